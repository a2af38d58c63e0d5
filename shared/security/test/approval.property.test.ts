import { type Approval, accountId, Decimal, instrumentId, requestId, venueId } from '@ats/domain';
import fc from 'fast-check';
import { ApprovalSeal } from '../src/index.ts';

const seal = new ApprovalSeal('a key of the tests, which signs nothing else');

const decimals = fc
  .tuple(fc.bigInt({ min: 1n, max: 10n ** 20n }), fc.integer({ min: 0, max: 18 }))
  .map(([units, scale]) => new Decimal(units, scale));

const approvals: fc.Arbitrary<Approval> = fc.record({
  accountId: fc.string({ minLength: 1 }).map(accountId),
  requestId: fc.string({ minLength: 1 }).map(requestId),
  epoch: fc.nat(),
  legs: fc.array(
    fc.record({
      venue: fc.constantFrom('binance', 'kraken').map(venueId),
      instrument: fc.constant(instrumentId({ base: 'BTC', quote: 'USDT' })),
      side: fc.constantFrom('buy', 'sell'),
      quantity: decimals,
      price: decimals,
    }),
    { maxLength: 4 },
  ),
  issuedAtUs: fc.maxSafeNat(),
  expiresAtUs: fc.maxSafeNat(),
});

describe('an approval', () => {
  it('is read back as it was signed', () => {
    fc.assert(
      fc.property(approvals, (approval) => {
        expect(seal.read(seal.sign(approval))).toEqual(approval);
      }),
    );
  });

  it('is worth nothing once a character of it is another', () => {
    fc.assert(
      fc.property(approvals, fc.nat(), fc.base64String({ minLength: 1 }), (approval, at, by) => {
        const text = seal.sign(approval);
        const index = at % text.length;
        const changed = text.slice(0, index) + by.charAt(0) + text.slice(index + 1);
        fc.pre(changed !== text && !sameBytes(changed, text));
        expect(seal.read(changed)).toBeUndefined();
      }),
    );
  });

  it.each(['', '.', 'a1', 'a1.', 'a1..', 'a1.e30.x', `a1.${'x'.repeat(20_000)}.y`])(
    'is not what reads %s',
    (text) => {
      expect(seal.read(text)).toBeUndefined();
    },
  );

  it('that another key has signed is worth nothing', () => {
    const [approval] = fc.sample(approvals, 1) as [Approval];
    const other = new ApprovalSeal('another key of the tests, as long as the first');
    expect(other.read(seal.sign(approval))).toBeUndefined();
  });
});

/** The last character of base64 has bits that stand for nothing. */
function sameBytes(one: string, other: string): boolean {
  const macOf = (text: string) => text.slice(text.lastIndexOf('.') + 1);
  const [a, b] = [macOf(one), macOf(other)];
  const same = Buffer.from(a, 'base64url').equals(Buffer.from(b, 'base64url'));
  return same && one.slice(0, -a.length) === other.slice(0, -b.length);
}
