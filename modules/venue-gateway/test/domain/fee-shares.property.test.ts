import { assetId, Decimal } from '@ats/domain';
import fc from 'fast-check';
import { shareFee } from '../../src/domain/fee-shares.ts';
import type { VenueFill } from '../../src/domain/venue-facts.ts';

const asset = assetId('KRW');
const amount = fc.bigInt({ min: 1n, max: 10n ** 12n }).map((units) => new Decimal(units, 8));

const fillsOf = fc
  .array(fc.record({ quantity: amount, price: amount }), { minLength: 1, maxLength: 20 })
  .map((list) =>
    list.map(
      ({ quantity, price }, index): VenueFill => ({
        tradeId: `t-${index}`,
        venueOrderId: 'o',
        instrument: 'BTC/KRW' as VenueFill['instrument'],
        side: 'buy',
        quantity,
        price,
        fee: undefined,
        timeUs: index,
      }),
    ),
  );

const sum = (fees: readonly Decimal[]): Decimal =>
  fees.reduce((total, one) => total.add(one), Decimal.ZERO);

describe('sharing a fee among fills', () => {
  it('adds up to the fee, to the last digit, in whatever order the fills come', () => {
    fc.assert(
      fc.property(fillsOf, amount, (fills, fee) => {
        const total = { asset, amount: fee };
        const shares = shareFee({ fills, total, given: new Map() });
        const again = shareFee({ fills: [...fills].reverse(), total, given: new Map() });
        expect(sum(shares.map((one) => one.fee.amount)).equals(fee)).toBe(true);
        expect(again).toEqual(shares);
      }),
    );
  });

  it('keeps what was given before when more fills come', () => {
    fc.assert(
      fc.property(fillsOf, amount, amount, fc.nat(19), (fills, first, more, at) => {
        const early = fills.slice(0, (at % fills.length) + 1);
        const before = shareFee({
          fills: early,
          total: { asset, amount: first },
          given: new Map(),
        });
        const given = new Map(before.map(({ tradeId, fee }) => [tradeId, fee]));
        const grown = early.length === fills.length ? first : first.add(more);
        const after = shareFee({ fills, total: { asset, amount: grown }, given });
        for (const { tradeId, fee } of before) {
          expect(after.find((one) => one.tradeId === tradeId)?.fee).toEqual(fee);
        }
        expect(sum(after.map((one) => one.fee.amount)).equals(grown)).toBe(true);
      }),
    );
  });
});
