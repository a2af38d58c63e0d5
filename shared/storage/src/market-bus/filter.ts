import type { MarketEvent } from '@ats/domain';
import type { MarketFilter } from '../market-bus.ts';

export type MarketKind = MarketEvent['kind'];

/** Every kind of market event; its position is the kind's index in arrays by kind. */
export const MARKET_KINDS: readonly MarketKind[] = ['book', 'trade', 'ticker', 'status', 'alert'];

/** @returns the kind's index in `MARKET_KINDS`. */
export function kindIndex(kind: MarketKind): number {
  switch (kind) {
    case 'book':
      return 0;
    case 'trade':
      return 1;
    case 'ticker':
      return 2;
    case 'status':
      return 3;
    case 'alert':
      return 4;
  }
}

/** Whether an event of this kind, venue and instrument is what the filter asks for. */
export function filterMatches(
  filter: MarketFilter,
  market: { readonly kind: MarketKind; readonly venue: string; readonly instrument: string },
): boolean {
  return (
    (filter.kinds === undefined || filter.kinds.includes(market.kind)) &&
    (filter.venues === undefined || filter.venues.includes(market.venue)) &&
    (filter.instruments === undefined || filter.instruments.includes(market.instrument))
  );
}
