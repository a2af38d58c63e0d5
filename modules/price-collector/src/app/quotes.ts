import { bookTopToWire, venueStatusToWire, type WireMessages } from '@ats/contracts';
import type { CollectorMarket } from './collector-market.ts';

export type Quote = WireMessages['ats.marketdata.v1.Quote'];
type Book = WireMessages['ats.marketdata.v1.StreamBookResponse'];

const NO_PRICES = { bid: 0, bidSize: 0, ask: 0, askSize: 0 };

function stateOf({ top, state, reason }: CollectorMarket): Pick<Quote, 'state' | 'reason'> {
  const wire = venueStatusToWire({ ...top, kind: 'status', state, reason });
  return { state: wire.state, reason: wire.reason };
}

/** A book that is not live has no prices: what is left of it is not to be looked at. */
function pricesOf({ live, top }: CollectorMarket) {
  if (!live) return NO_PRICES;
  const first = (values: Float64Array, count: number) => (count > 0 ? (values[0] as number) : 0);
  return {
    bid: first(top.bidPrices, top.bidCount),
    bidSize: first(top.bidSizes, top.bidCount),
    ask: first(top.askPrices, top.askCount),
    askSize: first(top.askSizes, top.askCount),
  };
}

export function quoteOf(market: CollectorMarket): Quote {
  const { venue, instrument } = market.top;
  const receivedAtUs = market.updatedAtUs;
  return { venue, instrument, ...stateOf(market), receivedAtUs, ...pricesOf(market) };
}

/** @param depth most levels of each side; 0 for all that are published */
export function bookOf(market: CollectorMarket, depth: number): Book {
  const { top, live } = market;
  const most = live ? depth || Number.MAX_SAFE_INTEGER : 0;
  const bidCount = Math.min(top.bidCount, most);
  const askCount = Math.min(top.askCount, most);
  return { book: bookTopToWire({ ...top, bidCount, askCount }), ...stateOf(market) };
}

/** Says whether a market has changed since it was last asked. */
export class ChangeWatch {
  private readonly seen = new Map<CollectorMarket, string>();

  changed(market: CollectorMarket): boolean {
    const { top, state, reason, live } = market;
    const now = `${top.sequence} ${state} ${reason} ${live}`;
    if (this.seen.get(market) === now) return false;
    this.seen.set(market, now);
    return true;
  }
}
