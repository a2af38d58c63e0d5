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
  afterFill,
  NO_POSITION,
  type Position,
  realisedOf,
  unrealisedOf,
} from '../../../src/domain/positions/position.ts';
import {
  afterDelta,
  netByAsset,
  type Place,
  type PlacedPosition,
  placeKey,
} from '../../../src/domain/positions/position-book.ts';

const amounts = (max: number, scale: number) =>
  fc.integer({ min: 1, max }).map((units) => new Decimal(BigInt(units), scale));

const fills = fc.array(
  fc.record({
    accountId: fc.constantFrom(...['alice', 'bob'].map(accountId)),
    venue: fc.constantFrom(...['binance', 'kraken'].map(venueId)),
    instrument: fc.constantFrom('BTC/USDT', 'ETH/BTC', 'USDT/KRW') as fc.Arbitrary<InstrumentId>,
    side: fc.constantFrom<OrderSide>('buy', 'sell'),
    quantity: amounts(1_000_000, 5),
    price: amounts(10_000_000, 3),
    feeAsset: fc.constantFrom(...['BTC', 'USDT', 'BNB'].map(assetId)),
    fee: fc.integer({ min: -100, max: 1000 }).map((units) => new Decimal(BigInt(units), 7)),
  }),
  { maxLength: 60 },
);

/** Zeros say nothing, and scales differ. */
const plain = (sums: ReadonlyMap<AssetId, Decimal>) =>
  Object.fromEntries(
    [...sums]
      .filter(([, sum]) => !sum.isZero())
      .map(([asset, sum]) => [asset, sum.normalized().toString()])
      .toSorted(),
  );

describe('positions of any sequence of fills', () => {
  it('make the profit that the ledger has, to the last digit', () => {
    fc.assert(
      fc.property(fills, (sequence) => {
        const places = new Map<string, PlacedPosition>();
        const entries = sequence.map((one, index) => {
          const { side, quantity, price, instrument } = one;
          const fee = { asset: one.feeAsset, amount: one.fee };
          const notional = quantity.multiply(price);
          const key = placeKey(one);
          const before: Place = places.get(key) ?? one;
          const delta = { fill: { side, quantity, notional }, fees: [fee] };
          places.set(key, afterDelta(before, delta));
          const [base, quote] = instrument.split('/') as [AssetId, AssetId];
          const order = { orderId: orderId(`o-${index}`), accountId: one.accountId };
          return settleFill({
            hold: emptyHold({ ...order, venue: one.venue }),
            ...{ side, instrument, base, quote, atUs: index },
            executionId: executionId(`e-${index}`),
            fill: { quantity, price, fee },
          }).entry;
        });
        const ledger = new Map([...profitOf(entries)].map(([asset, { net }]) => [asset, net]));
        expect(plain(netByAsset(places.values()))).toEqual(plain(ledger));
      }),
    );
  });

  it('divide all profit into realised and unrealised, exactly, at any price', () => {
    fc.assert(
      fc.property(fills, amounts(10_000_000, 3), (sequence, mark) => {
        let position: Position = NO_POSITION;
        for (const { side, quantity, price } of sequence) {
          position = afterFill(position, { side, quantity, notional: quantity.multiply(price) });
          const worth = position.cash.add(position.quantity.multiply(mark));
          expect(realisedOf(position).add(unrealisedOf(position, mark)).equals(worth)).toBe(true);
          if (position.quantity.isZero()) expect(position.cost.isZero()).toBe(true);
          else expect(position.cost.isNegative()).toBe(position.quantity.isNegative());
        }
      }),
    );
  });
});

describe('a position at average cost', () => {
  const decimal = Decimal.parse;
  const trade = (side: OrderSide, quantity: string, price: string) => ({
    side,
    quantity: decimal(quantity),
    notional: decimal(quantity).multiply(decimal(price)),
  });
  const figures = (...made: ReturnType<typeof trade>[]) => {
    const position = made.reduce(afterFill, NO_POSITION);
    const { quantity, cost } = position;
    return [quantity, cost, realisedOf(position)].map((one) => one.normalized().toString());
  };

  it('earns when it is closed for more than it cost', () => {
    expect(figures(trade('buy', '2', '100'), trade('buy', '2', '110'))).toEqual(['4', '420', '0']);
    const part = [trade('buy', '2', '100'), trade('buy', '2', '110'), trade('sell', '1', '120')];
    expect(figures(...part)).toEqual(['3', '315', '15']);
    expect(figures(...part, trade('sell', '3', '100'))).toEqual(['0', '0', '0']);
  });

  it('sold first earns when it is bought back for less', () => {
    expect(figures(trade('sell', '1', '100'), trade('buy', '1', '90'))).toEqual(['0', '0', '10']);
  });

  it('that is turned round begins anew with what is left of the fill', () => {
    const turned = figures(trade('buy', '1', '100'), trade('sell', '3', '110'));
    expect(turned).toEqual(['-2', '-220', '10']);
  });
});
