import {
  type AssetId,
  accountId,
  assetId,
  Decimal,
  executionId,
  type InstrumentId,
  type OrderSide,
  orderId,
  venueId,
} from '@ats/domain';
import { emptyHold, profitOf, settleFill } from '@ats/orders';
import fc from 'fast-check';
import {
  afterDelta,
  type Place,
  type PlacedPosition,
  placeKey,
} from '../../../src/domain/positions/position-book.ts';
import { PositionSums } from '../../../src/domain/positions/position-sums.ts';
import { worthOf } from '../../../src/domain/profit/sums.ts';
import { type Prices, valuationOf } from '../../../src/domain/profit/valuation.ts';
import {
  historyAfter,
  type ProfitHistory,
  type Standing,
  WINDOW_NAMES,
  windowFigures,
} from '../../../src/domain/profit/windows.ts';

const DAY_US = 86_400_000_000;
/** What assets are worth: halves and fifths, so that no rate is rounded. */
const WORTH: Readonly<Record<string, string>> = {
  ...{ USDT: '1', KRW: '0.0008', BTC: '64000', ETH: '2500', BNB: '512.5' },
};
const rateOf = (asset: AssetId): Decimal => Decimal.parse(WORTH[asset] ?? '0');
/** Markets that agree with what assets are worth. */
const MARKS: Readonly<Record<string, string>> = {
  ...{ 'BTC/USDT': '64000', 'ETH/BTC': '0.0390625', 'USDT/KRW': '1250' },
};
const prices: Prices = {
  rateOf,
  markOf: (_venue, instrument) => Decimal.parse(MARKS[instrument] ?? '0'),
};

const amounts = (max: number, scale: number) =>
  fc.integer({ min: 1, max }).map((units) => new Decimal(BigInt(units), scale));

const fills = fc.array(
  fc.record({
    accountId: fc.constantFrom(...['alice', 'bob'].map(accountId)),
    venue: fc.constantFrom(...['binance', 'upbit'].map(venueId)),
    instrument: fc.constantFrom('BTC/USDT', 'ETH/BTC', 'USDT/KRW') as fc.Arbitrary<InstrumentId>,
    side: fc.constantFrom<OrderSide>('buy', 'sell'),
    quantity: amounts(1_000_000, 4),
    price: amounts(10_000_000, 2),
    feeAsset: fc.constantFrom(...['BTC', 'USDT', 'BNB'].map(assetId)),
    fee: fc.integer({ min: -100, max: 1000 }).map((units) => new Decimal(BigInt(units), 5)),
    /** How long after the fill before. */
    laterUs: fc.integer({ min: 0, max: 3 * DAY_US }),
  }),
  { minLength: 1, maxLength: 40 },
);

type Fill = typeof fills extends fc.Arbitrary<(infer One)[]> ? One : never;

const entryOf = (one: Fill, index: number) => {
  const [base, quote] = one.instrument.split('/') as [AssetId, AssetId];
  const { side, quantity, price, instrument, venue } = one;
  const order = { orderId: orderId(`o-${index}`), accountId: one.accountId };
  return settleFill({
    hold: emptyHold({ ...order, venue }),
    ...{ side, instrument, base, quote, atUs: index },
    executionId: executionId(`e-${index}`),
    fill: { quantity, price, fee: { asset: one.feeAsset, amount: one.fee } },
  }).entry;
};

/** A cent: what conversion of each market may round by. */
const NEARLY = Decimal.parse('0.00000001');
const isNear = (one: Decimal, other: Decimal): boolean => {
  const gap = one.subtract(other);
  return !(gap.isNegative() ? gap.negate() : gap).greaterThan(NEARLY);
};

describe('profit of any sequence of fills', () => {
  it('is what the ledger has, at the worth of its assets, in every window', () => {
    fc.assert(
      fc.property(fills, (sequence) => {
        const places = new Map<string, PlacedPosition>();
        const sums = new PositionSums();
        let history: ProfitHistory | undefined;
        let atUs = 0;
        const worths: { readonly atUs: number; readonly worth: Decimal }[] = [];
        for (const [index, one] of sequence.entries()) {
          const { side, quantity, price } = one;
          const before = places.get(placeKey(one));
          const place: Place = before ?? one;
          const after = afterDelta(place, {
            fill: { side, quantity, notional: quantity.multiply(price) },
            fees: [{ asset: one.feeAsset, amount: one.fee }],
          });
          places.set(placeKey(one), after);
          sums.replace(before, after);
          atUs += one.laterUs;
          const entries = sequence.slice(0, index + 1).map(entryOf);
          const net = new Map([...profitOf(entries)].map(([asset, { net }]) => [asset, net]));
          worths.push({ atUs, worth: worthOf(net, rateOf).worth });
          const valued = valuationOf(sums.all(), prices);
          expect(valued.unmarked).toEqual([]);
          expect(isNear(valued.profit, worths.at(-1)?.worth ?? Decimal.ZERO)).toBe(true);
          const standing: Standing = {
            ...{ atUs, profit: valued.profit, realisedIn: valued.realisedIn },
            ...{ feesIn: valued.feesIn, fundingIn: new Map(), unhedged: Decimal.ZERO },
          };
          history = historyAfter(history, standing, 'America/New_York');
        }
        if (history === undefined) return;
        for (const name of WINDOW_NAMES) {
          const { start, startedAtUs } = history.windows[name];
          const figures = windowFigures(start, history.last, rateOf);
          const { profit, realised, unrealised, fees } = figures;
          expect(profit.equals(realised.add(unrealised).subtract(fees))).toBe(true);
          // The last that the ledger had before the window, or at the very first.
          const begun = worths.findLast((one) => one.atUs < startedAtUs) ?? worths[0];
          const now = worths.at(-1)?.worth ?? Decimal.ZERO;
          expect(isNear(profit, now.subtract(begun?.worth ?? Decimal.ZERO))).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is the same added up by market as position by position', () => {
    fc.assert(
      fc.property(fills, (sequence) => {
        const places = new Map<string, PlacedPosition>();
        const sums = new PositionSums();
        for (const one of sequence) {
          const { side, quantity, price } = one;
          const before = places.get(placeKey(one));
          const after = afterDelta(before ?? one, {
            fill: { side, quantity, notional: quantity.multiply(price) },
            fees: [{ asset: one.feeAsset, amount: one.fee }],
          });
          places.set(placeKey(one), after);
          sums.replace(before, after);
        }
        const one = valuationOf(places.values(), prices);
        const other = valuationOf(sums.all(), prices);
        for (const name of ['profit', 'realised', 'unrealised', 'fees'] as const) {
          expect(isNear(one[name], other[name])).toBe(true);
        }
      }),
    );
  });
});

describe('what cannot be valued', () => {
  const position = {
    ...{ quantity: Decimal.ONE, cash: Decimal.parse('-90'), cost: Decimal.parse('90') },
  };
  const held = (instrument: string, fee = 'USDT') => ({
    ...{ venue: venueId('upbit'), instrument: instrument as InstrumentId, position },
    fees: new Map([[assetId(fee), Decimal.ONE]]),
  });

  it('counts at what it cost without a book, is left out without a rate, and is named', () => {
    const nothing: Prices = {
      markOf: () => undefined,
      rateOf: (asset) => (asset === 'USDT' ? Decimal.ONE : undefined),
    };
    const unmarked = valuationOf([held('BTC/USDT')], nothing);
    expect(unmarked).toMatchObject({ whole: true });
    expect(unmarked.unmarked).toEqual(['BTC/USDT on upbit counts at cost: no book']);
    expect(unmarked.profit.toNumber()).toBe(-1);
    const unrated = valuationOf([held('BTC/KRW', 'BNB')], nothing);
    expect(unrated.whole).toBe(false);
    expect(unrated.unmarked).toEqual([
      'BTC/KRW on upbit is left out: KRW has no price',
      'fees in BNB are left out: it has no price',
    ]);
    expect(unrated.profit.isZero()).toBe(true);
  });
});
