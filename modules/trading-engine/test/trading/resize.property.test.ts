import { Decimal as Reference } from 'decimal.js';
import fc from 'fast-check';
import { resized } from '../../src/domain/trade/resize.ts';
import { decimal } from '../domain/helpers.ts';
import { opportunity } from './world.ts';

const Exact = Reference.clone({ precision: 120 });

/** Money as a decision has it: the reserve of 30 digits of turnover at a rate of 10 has 40. */
const amounts = (digits: number) =>
  fc
    .tuple(fc.integer({ min: 0, max: 1e9 }), fc.stringMatching(new RegExp(`^\\d{${digits}}$`)))
    .map(([whole, rest]) => decimal(`${whole}.${rest}`));

const quantities = fc
  .tuple(fc.integer({ min: 1, max: 999_999_999 }), fc.integer({ min: 1, max: 999_999_999 }))
  .filter(([one, other]) => one !== other)
  .map(([one, other]) => [Math.min(one, other), Math.max(one, other)] as const)
  .map((pair) => pair.map((units) => `0.${String(units).padStart(18, '0')}`))
  .map(([less = '', more = '']) => ({ less, more }));

describe('a smaller opportunity', () => {
  test('costs its share or more and earns its share or less, whatever digits rates have', () => {
    fc.assert(
      fc.property(amounts(40), amounts(38), quantities, (reserve, gross, { less, more }) => {
        const whole = opportunity({ quantity: more });
        const netProfit = gross.subtract(reserve);
        const given = { ...whole, slippageReserve: reserve, grossProfit: gross, netProfit };
        const smaller = resized(given, decimal(less));
        const share = new Exact(less).div(more);
        const apart = (found: unknown, of: unknown) =>
          new Exact(String(found)).sub(new Exact(String(of)).mul(share)).toNumber();
        expect(apart(smaller.slippageReserve, reserve)).toBeGreaterThanOrEqual(0);
        expect(apart(smaller.slippageReserve, reserve)).toBeLessThan(2e-18);
        expect(apart(smaller.grossProfit, gross)).toBeLessThanOrEqual(0);
        expect(apart(smaller.grossProfit, gross)).toBeGreaterThan(-2e-18);
        expect(smaller.netProfit).toEqual(smaller.grossProfit.subtract(smaller.slippageReserve));
      }),
    );
  });
});
