import {
  type ArbitrageTrade,
  accountId,
  assetId,
  clientOrderId,
  Decimal,
  type Opportunity,
  type Order,
  type OrderStatus,
  type TradeOrder,
} from '@ats/domain';
import fc from 'fast-check';
import { openTrade, unwindOrder } from '../../src/domain/trade/open-trade.ts';
import { openParts, waterfallOf } from '../../src/domain/trade/trade-figures.ts';
import {
  applyAllToTrade,
  applyToTrade,
  hasTradeEnded,
  type TradeInput,
} from '../../src/domain/trade/trade-machine.ts';
import { approval, opportunity, triangle } from '../trading/world.ts';
import { decimal } from './helpers.ts';

const ENDS: readonly OrderStatus[] = ['FILLED', 'CANCELED', 'REJECTED', 'EXPIRED'];

interface Step {
  readonly order: number;
  /** Hundredths of the quantity filled in all, price in cents, fee in millionths. */
  readonly share: number;
  readonly price: number;
  readonly fee: number;
  readonly feeInBase: boolean;
  readonly ends: boolean;
  readonly other: 'none' | 'overdue' | 'cancel' | 'carry' | 'unwind' | 'arrival' | 'repeat';
}

const steps = fc.array(
  fc.record<Step>({
    order: fc.nat(3),
    share: fc.nat(100),
    price: fc.integer({ min: 9000, max: 11_000 }),
    fee: fc.integer({ min: -50, max: 3000 }),
    feeInBase: fc.boolean(),
    ends: fc.boolean(),
    other: fc.constantFrom(
      'none',
      'none',
      'overdue',
      'cancel',
      'carry',
      'unwind',
      'arrival',
      'repeat',
    ),
  }),
  { maxLength: 30 },
);

function begin(found: Opportunity): ArbitrageTrade {
  const trade = openTrade({
    opportunity: found,
    origin: 'engine',
    accountId: accountId('main'),
    smallestQuantity: decimal('0.001'),
    smallestBridge: decimal('0.001'),
    nowUs: 1000,
    sendBeforeUs: 2000,
  });
  return applyToTrade(trade, { kind: 'risk', decision: approval(found), atUs: 1000 });
}

/** The order as a later version of what the trade knows, never with less filled. */
function later(known: TradeOrder, step: Step, version: number): Order {
  const share = known.quantity.multiply(new Decimal(BigInt(step.share), 2));
  const cumulativeQuantity = share.max(known.cumulativeQuantity).normalized();
  const more = cumulativeQuantity.subtract(known.cumulativeQuantity);
  const price = new Decimal(BigInt(step.price), 2);
  const [base = '', quote = ''] = known.instrument.split('/');
  const fees = [
    { asset: assetId(step.feeInBase ? base : quote), amount: new Decimal(BigInt(step.fee), 6) },
  ];
  return {
    orderId: known.orderId,
    accountId: accountId('main'),
    tradeId: undefined,
    terms: {
      ...known,
      clientOrderId: clientOrderId('c'),
      type: 'limit',
      timeInForce: 'ioc',
      postOnly: false,
    },
    purpose: 'entry',
    worstPrice: undefined,
    sendBeforeUs: 0,
    status: step.ends ? (ENDS[step.share % 4] as OrderStatus) : 'PARTIALLY_FILLED',
    venueOrderId: undefined,
    cumulativeQuantity,
    cumulativeNotional: known.cumulativeNotional.add(more.multiply(price)),
    fees: more.isZero() ? known.fees : fees,
    leavesQuantity: Decimal.ZERO,
    progress: {
      submitted: true,
      sent: true,
      acknowledged: true,
      ambiguous: false,
      ended: undefined,
      pendingCancel: undefined,
      pendingReplace: undefined,
    },
    createdAtUs: 0,
    updatedAtUs: 0,
    detail: '',
    version,
  };
}

function inputsOf(trade: ArbitrageTrade, step: Step, count: number): readonly TradeInput[] {
  const atUs = 1000 + count * 100;
  const orders = [...trade.legs, ...trade.unwinds];
  const known = orders[step.order % orders.length] as TradeOrder;
  const event: TradeInput = { kind: 'order', order: later(known, step, count + 1), atUs };
  switch (step.other) {
    case 'overdue':
    case 'carry':
      return [{ kind: step.other, atUs }];
    case 'cancel':
      return [{ kind: 'cancel', detail: 'asked to', atUs }];
    case 'arrival':
      return [{ kind: 'arrival', orderId: known.orderId, notional: decimal('10.3'), atUs }, event];
    case 'repeat':
      return [event, event];
    case 'unwind': {
      const plan = { ...known, quantity: decimal('0.01') };
      const attempt = { plan, strategy: 'hedge', nowUs: atUs, sendBeforeUs: atUs + 1 } as const;
      return [{ kind: 'unwind', order: unwindOrder(trade, attempt), atUs }];
    }
    default:
      return [event];
  }
}

const unitValue = ({ base, baseValue, bridge }: ArbitrageTrade, asset: string): Decimal => {
  if (asset === base) return baseValue;
  return asset === bridge?.asset ? bridge.value : Decimal.ONE;
};

const realisedValue = (trade: ArbitrageTrade): Decimal =>
  trade.realised.reduce(
    (total, { asset, amount }) => total.add(amount.multiply(unitValue(trade, asset))),
    Decimal.ZERO,
  );

describe('the machine of trades', () => {
  it.each([
    ['two legs', () => opportunity({ quantity: '0.1' })],
    ['a triangle', triangle],
  ])('keeps its figures exact and its ends final, whatever happens to %s', (_, found) => {
    fc.assert(
      fc.property(steps, (all) => {
        let trade = begin(found());
        for (const [count, step] of all.entries()) {
          const inputs = inputsOf(trade, step, count);
          const before = trade;
          trade = applyAllToTrade(before, inputs);
          expect(trade.version).toBe(before.version + (trade === before ? 0 : 1));
          expect(trade.unhedgedUsdSeconds).toBeGreaterThanOrEqual(before.unhedgedUsdSeconds);
          if (hasTradeEnded(before)) expect(trade).toBe(before);
          // The same again is no news.
          const orders = inputs.filter(({ kind }) => kind === 'order');
          expect(applyAllToTrade(trade, orders)).toBe(trade);
          // At any time the steps sum to what was realised, to the last digit.
          const { quoted, staleness, fees, slippage, unwind, realised } = waterfallOf(trade);
          const sum = [quoted, staleness, fees, slippage, unwind].reduce((a, b) => a.add(b));
          expect(sum.equals(realised)).toBe(true);
          if (!hasTradeEnded(trade)) continue;
          expect(trade.waterfall?.realised.equals(realisedValue(trade))).toBe(true);
          if (trade.state !== 'EXPOSED') {
            expect(openParts(trade).every(({ open }) => open.isZero())).toBe(true);
          }
          if (trade.state === 'COMPLETED') {
            expect(trade.legs.every((leg) => leg.cumulativeQuantity.isPositive())).toBe(true);
          }
          if (trade.state === 'EXPIRED') expect(trade.realised).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });
});
