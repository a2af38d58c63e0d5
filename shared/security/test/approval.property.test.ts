import { createHmac } from 'node:crypto';
import { type Approval, accountId, Decimal, instrumentId, requestId, venueId } from '@ats/domain';
import fc from 'fast-check';
import { ApprovalSeal } from '../src/index.ts';

const seal = new ApprovalSeal('a key of the tests, which signs nothing else');

const decimals = fc
  .tuple(fc.bigInt({ min: 1n, max: 10n ** 20n }), fc.integer({ min: 0, max: 18 }))
  .map(([units, scale]) => new Decimal(units, scale));

/** Printable characters without the space, as the gateway takes ids. */
const names = fc.stringMatching(/^[!-~]{1,40}$/);

const approvals: fc.Arbitrary<Approval> = fc.record({
  accountId: names.map(accountId),
  requestId: names.map(requestId),
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
  it('ends in the HMAC-SHA256 of all that stands before, whatever the key', () => {
    fc.assert(
      fc.property(approvals, fc.string({ minLength: 1, maxLength: 200 }), (approval, key) => {
        const text = new ApprovalSeal(key).sign(approval);
        const end = text.lastIndexOf(' ');
        const mac = createHmac('sha256', key).update(text.slice(0, end)).digest('base64url');
        expect(text.slice(end + 1)).toBe(mac);
      }),
    );
  });

  it('is read back as it was signed', () => {
    fc.assert(
      fc.property(approvals, (approval) => {
        expect(seal.read(seal.sign(approval))).toEqual(approval);
      }),
    );
  });

  it('is worth nothing once a character of it is another', () => {
    fc.assert(
      fc.property(approvals, fc.nat(), fc.string({ minLength: 1 }), (approval, at, by) => {
        const text = seal.sign(approval);
        const index = at % text.length;
        const changed = text.slice(0, index) + by.charAt(0) + text.slice(index + 1);
        fc.pre(changed !== text);
        expect(seal.read(changed)).toBeUndefined();
      }),
    );
  });

  it('is worth nothing with a name that has a space, which could be read in two ways', () => {
    const [approval] = fc.sample(approvals, 1) as [Approval];
    const odd = seal.sign({ ...approval, requestId: requestId('one two') });
    expect(seal.read(odd)).toBeUndefined();
  });

  it.each(['', ' ', 'a1', 'a1 ', 'a1  ', 'a1 b c 1 2 x', `a1 ${'x'.repeat(20_000)} y`])(
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
