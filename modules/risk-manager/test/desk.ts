import { opportunityToWire, riskDecisionFromWire, SIDES, tradeIntentToWire } from '@ats/contracts';
import {
  type ApprovedLeg,
  assetId,
  type BookTop,
  Decimal,
  type InstrumentId,
  type Opportunity,
  type OrderId,
  type TradeIntent,
  venueId,
} from '@ats/domain';
import { listingsOf, seededRandom, systemTimers } from '@ats/runtime';
import { ApprovalSeal } from '@ats/security';
import { manualClock, silentLogger } from '@ats/testkit';
import { Exposures } from '../src/app/exposures.ts';
import { LimitBook } from '../src/app/limit-book.ts';
import { RiskDesk, type RiskDeskOptions, SOLE } from '../src/app/risk-desk.ts';
import { rulesOf } from '../src/config.ts';
import { limitTableOf } from '../src/limits-config.ts';
import { APPROVAL_KEY, APPROVAL_MS, intent, NOW_US, riskConfig } from './samples.ts';

export const seal = new ApprovalSeal(APPROVAL_KEY);
export const GRACE_US = 5_000_000;

/** A book with one level a side around a price. */
export function book(
  market: { readonly venue: string; readonly instrument: string },
  price: number,
  atUs = NOW_US,
): BookTop {
  return {
    kind: 'book',
    venue: venueId(market.venue),
    instrument: market.instrument as InstrumentId,
    ...{ exchangeTimeUs: atUs, receivedAtUs: atUs, bookAtUs: atUs, sequence: 1 },
    ...{ bidCount: 1, askCount: 1 },
    bidPrices: Float64Array.of(price - 0.5),
    bidSizes: Float64Array.of(1),
    askPrices: Float64Array.of(price + 0.5),
    askSizes: Float64Array.of(1),
  };
}

/** A desk without stores that has been up for long enough to approve, with books of all markets. */
export function openTestDesk(
  risk: Record<string, unknown> = {},
  changes: Partial<RiskDeskOptions> = {},
) {
  const config = riskConfig(risk);
  const clock = manualClock(NOW_US - APPROVAL_MS * 1000);
  const listings = listingsOf(config);
  const exposures = new Exposures({
    ...{ clock, timers: systemTimers, logger: silentLogger() },
    random: seededRandom(1).stream('test'),
    ...{ state: undefined, log: undefined, bus: undefined, listings },
    numeraire: assetId(config.risk.numeraire),
    timeZone: config.risk.timeZone,
    approvalUs: config.risk.approvalMs * 1000,
  });
  clock.advanceUs(APPROVAL_MS * 1000);
  const { markets } = exposures.exposure;
  for (const { venue, instrument, base } of listings) {
    markets.onBook(book({ venue, instrument }, base.id === 'BTC' ? 100_000 : 1));
  }
  const limits = new LimitBook(limitTableOf(config.risk.limits));
  const desk = new RiskDesk({
    ...{ rules: rulesOf(config), limits, exposures, seal, clock, authority: SOLE },
    marketCollarBps: () => Decimal.parse(config.gateway.marketCollarBps),
    approvalBurst: config.risk.approvalBurst,
    approvalUs: APPROVAL_MS * 1000,
    graceUs: GRACE_US,
    halts: { halt: undefined },
    breaches: { refusalFor: () => undefined },
    onDecision: () => undefined,
    onDefect: (thrown) => {
      throw thrown;
    },
    ...changes,
  });
  const ask = (asked: Opportunity, how: TradeIntent = intent()) => {
    const { decision, approval } = desk.answer({
      opportunity: opportunityToWire(asked),
      intent: tradeIntentToWire(how),
    });
    return { ...riskDecisionFromWire(decision), approval };
  };
  const askOrders = (
    orders: readonly (ApprovedLeg & { readonly orderId?: OrderId })[],
    { accountId, requestId }: Pick<TradeIntent, 'accountId' | 'requestId'> = intent(),
  ) => {
    const { decision, approval } = desk.answerOrders({
      ...{ accountId, requestId },
      orders: orders.map(({ orderId = '', venue, instrument, side, quantity, price }) => ({
        ...{ orderId, venue, instrument, side: SIDES.toWire(side) },
        ...{ quantity: quantity.toString(), price: price.toString() },
      })),
    });
    return { ...riskDecisionFromWire(decision), approval };
  };
  return { desk, exposures, limits, clock, ask, askOrders, markets };
}
