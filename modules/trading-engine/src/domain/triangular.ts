import { Decimal } from '@ats/domain';
import { EdgeStrategy } from './edge-strategy.ts';
import type { CrossExchangeSettings } from './settings.ts';
import type { StrategyContext } from './strategy.ts';
import { buildTriangularView } from './triangular-view.ts';

/** Slippage is set aside by the value of two legs, and all three are worth about the same. */
const LEGS_OVER_TWO = Decimal.parse('1.5');

/**
 * Goes around three markets of one venue, such as BTC/USDT, ETH/BTC and ETH/USDT, in both
 * directions. All three orders leave at once, so each asset must be there beforehand; what a leg
 * takes of one, another brings back.
 */
export class Triangular extends EdgeStrategy {
  constructor(context: StrategyContext, given: CrossExchangeSettings) {
    const settings = { ...given, slippageBps: given.slippageBps.multiply(LEGS_OVER_TWO) };
    const view = buildTriangularView(context.listings, settings);
    super(context, { name: 'triangular', settings, view });
  }

  /** Whether any venue lists markets that it can go around. */
  get canTrade(): boolean {
    return this.view.pairs.length > 0;
  }

  readiness(): readonly string[] {
    const { pairs } = this.view;
    if (!this.canTrade) {
      const { numeraire } = this.settings;
      return [`no venue lists three markets that make a triangle with ${numeraire}`];
    }
    const isLive = pairs.some(
      ({ buy, sell, bridge }) =>
        buy.book.live && sell.book.live && bridge?.conversion.book.live === true,
    );
    return isLive ? [] : ['no triangle has three live books'];
  }
}
