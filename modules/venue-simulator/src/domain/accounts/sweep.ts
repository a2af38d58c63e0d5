import { Decimal, type Listing, type Side } from '@ats/domain';
import type { MatchingEngine } from '@ats/matching';
import { notionalOf, stepsWithin } from './money.ts';

export interface Sweep {
  readonly lots: number;
  /** What these lots cost or bring in quote, before fees. */
  readonly notional: Decimal;
}

/**
 * What a market order would trade now, other people's orders only: at most `lots`, or what
 * `quoteAmount` pays for.
 */
export function sweep(
  market: { readonly engine: MatchingEngine; readonly listing: Listing },
  order: {
    side: Side;
    owner: number;
    lots?: number | undefined;
    quoteAmount?: Decimal | undefined;
  },
): Sweep {
  const { engine, listing } = market;
  let lotsLeft = order.lots ?? Number.POSITIVE_INFINITY;
  let lots = 0;
  let notional = Decimal.ZERO;
  engine.forEachOrder(order.side === 'bid' ? 'ask' : 'bid', (resting) => {
    if (lotsLeft <= 0 || resting.owner === order.owner) return;
    const { priceTicks } = resting;
    let taken = Math.min(resting.lots, lotsLeft);
    if (order.quoteAmount !== undefined) {
      const perLot = notionalOf(listing, { priceTicks, lots: 1 });
      const affordable = stepsWithin(order.quoteAmount.subtract(notional), perLot);
      // What is left does not pay for the whole order: nothing behind it is cheaper.
      if (affordable < taken) lotsLeft = taken = affordable;
    }
    if (taken <= 0) return;
    lots += taken;
    lotsLeft -= taken;
    notional = notional.add(notionalOf(listing, { priceTicks, lots: taken }));
  });
  return { lots, notional };
}
