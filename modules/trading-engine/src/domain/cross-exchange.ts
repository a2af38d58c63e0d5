import { buildConsolidatedView } from './consolidated-view.ts';
import { EdgeStrategy } from './edge-strategy.ts';
import type { CrossExchangeSettings } from './settings.ts';
import type { StrategyContext } from './strategy.ts';

/** Buys on one exchange and sells on another. */
export class CrossExchange extends EdgeStrategy {
  constructor(context: StrategyContext, settings: CrossExchangeSettings) {
    const view = buildConsolidatedView(context.listings, settings);
    super(context, { name: 'cross-exchange', settings, view });
  }

  readiness(): readonly string[] {
    const { markets, unconverted } = this.view;
    const live = markets.filter((market) => market.book.live);
    const venues = new Set(live.map((market) => market.listing.venue));
    return [
      ...(venues.size >= 2 ? [] : [`books of ${venues.size} venues are live, 2 are needed`]),
      ...unconverted.map((money) => `no listing converts ${money} to ${this.settings.numeraire}`),
    ];
  }
}
