import { Decimal } from '@ats/domain';
import fc from 'fast-check';
import { DecimalGrid } from '../../src/domain/decimal-grid.ts';

const STEPS = ['0.01', '0.00000001', '1000', '1', '0.5', '0.00001', '0.25'];

describe('a grid of ticks or lots', () => {
  test('writes the exact product, of which the number is the nearest double', () => {
    fc.assert(
      fc.property(fc.constantFrom(...STEPS), fc.nat({ max: 2 ** 40 }), (step, count) => {
        const grid = new DecimalGrid(Decimal.parse(step));
        const exact = Decimal.parse(step).multiply(Decimal.parse(String(count)));
        expect(Decimal.parse(grid.text(count)).equals(exact)).toBe(true);
        expect(grid.number(count)).toBe(Number(grid.text(count)));
        expect(grid.nearest(grid.number(count))).toBe(count);
      }),
    );
  });

  test.each([
    ['0.01', 1, '0.01'],
    ['0.01', 12_345, '123.45'],
    ['0.00000001', 150_000_000, '1.50000000'],
    ['1000', 97, '97000'],
    ['0.10', 0, '0.00'],
  ])('writes the full digits of its step: %s x %d is %s', (step, count, text) => {
    expect(new DecimalGrid(Decimal.parse(step)).text(count)).toBe(text);
  });
});
