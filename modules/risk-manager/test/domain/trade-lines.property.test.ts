import { Decimal as Reference } from 'decimal.js';
import fc from 'fast-check';
import { tradeLines } from '../../src/domain/trade-lines.ts';
import { decimal, intent, leg, opportunity } from '../samples.ts';

const Exact = Reference.clone({ precision: 200 });

/** Money and rates as a decision has them: sums of shares at rates of many digits. */
const amounts = (digits: number) =>
  fc
    .tuple(fc.integer({ min: 1, max: 1e6 }), fc.stringMatching(new RegExp(`^\\d{${digits}}$`)))
    .map(([whole, rest]) => decimal(`${whole}.${rest}`));

const part = fc.integer({ min: 1, max: 99_999_999 }).map((units) => decimal(`${units}e-8`));

describe('what a trade is worth', () => {
  test('is its share or a little more, whatever digits amounts and rates have', () => {
    fc.assert(
      fc.property(
        fc.record({ fees: amounts(36), loss: amounts(40), rate: amounts(18), part }),
        fc.record({ notional: amounts(30), conversionRate: amounts(18) }),
        ({ fees, loss, rate, part: quantity }, money) => {
          const given = opportunity({ quantity: decimal('1'), fees, buy: leg(money) });
          const lines = tradeLines(
            { opportunity: given, intent: intent({ worstCaseLoss: loss }) },
            { quantity, rate },
          );
          const lossLine = lines.find(({ name }) => name === 'tradeLoss');
          const exact = new Exact(String(loss)).mul(String(quantity)).mul(String(rate));
          const apart = new Exact(String(lossLine?.value)).sub(exact);
          expect(apart.toNumber()).toBeGreaterThanOrEqual(0);
          expect(apart.toNumber()).toBeLessThan(2e-12 * Number(String(rate)) + 1e-12);
        },
      ),
    );
  });

  test('is what it is to the last digit where those are few and all of it is traded', () => {
    const whole = opportunity();
    const lines = tradeLines(
      { opportunity: whole, intent: intent() },
      { quantity: whole.quantity, rate: decimal('1') },
    );
    expect(lines.map(({ name, value }) => [name, String(value)])).toContainEqual([
      'tradeLoss',
      '80',
    ]);
  });
});
