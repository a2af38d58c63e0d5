import { Decimal as Reference } from 'decimal.js';
import fc from 'fast-check';
import { AtsError, Decimal, plainText, type Rounding } from '../src/index.ts';

Reference.set({ precision: 200, toExpNeg: -200, toExpPos: 200 });

const ROUNDINGS: Record<Rounding, Reference.Rounding> = {
  down: Reference.ROUND_DOWN,
  up: Reference.ROUND_UP,
  floor: Reference.ROUND_FLOOR,
  ceiling: Reference.ROUND_CEIL,
  'half-even': Reference.ROUND_HALF_EVEN,
  'half-up': Reference.ROUND_HALF_UP,
};
const rounding = fc.constantFrom(...(Object.keys(ROUNDINGS) as Rounding[]));
const scale = fc.integer({ min: 0, max: 18 });
const units = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
const decimal = fc.tuple(units, scale).map(([value, digits]) => new Decimal(value, digits));
const reference = (value: Decimal) => new Reference(value.toString());

describe('Decimal against decimal.js', () => {
  test('adds, subtracts and multiplies exactly', () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        expect(reference(a.add(b)).eq(reference(a).add(reference(b)))).toBe(true);
        expect(reference(a.subtract(b)).eq(reference(a).sub(reference(b)))).toBe(true);
        expect(reference(a.multiply(b)).eq(reference(a).mul(reference(b)))).toBe(true);
      }),
    );
  });

  test('compares as numbers, whatever the scales', () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        expect(a.compare(b)).toBe(reference(a).comparedTo(reference(b)));
        expect(a.min(b).compare(a.max(b))).not.toBe(1);
      }),
    );
  });

  test('rounds by every named mode', () => {
    fc.assert(
      fc.property(decimal, scale, rounding, (a, digits, mode) => {
        const expected = reference(a).toDecimalPlaces(digits, ROUNDINGS[mode]);
        expect(reference(a.round(digits, mode)).eq(expected)).toBe(true);
        expect(a.round(digits, mode).scale).toBe(digits);
      }),
    );
  });

  test('divides at a scale by every named mode', () => {
    fc.assert(
      fc.property(decimal, decimal, scale, rounding, (a, b, digits, mode) => {
        fc.pre(!b.isZero());
        const wide = Reference.clone({ precision: 200, rounding: ROUNDINGS[mode] });
        const exact = new wide(a.toString()).div(new wide(b.toString()));
        const expected = exact.toDecimalPlaces(digits, ROUNDINGS[mode]);
        const got = a.divide(b, { scale: digits, rounding: mode });
        expect(got.toString()).toBe(new Decimal(got.units, digits).toString());
        expect(reference(got).eq(expected)).toBe(true);
      }),
    );
  });

  test('rounds to a step on the named side', () => {
    fc.assert(
      fc.property(decimal, fc.bigInt({ min: 1n, max: 10n ** 12n }), scale, (a, step, digits) => {
        const grid = new Decimal(step, digits);
        const down = a.roundToStep(grid, 'floor');
        expect(down.compare(a)).not.toBe(1);
        expect(down.add(grid).compare(a)).toBe(1);
        expect(down.divide(grid, { scale: 0, rounding: 'down' }).multiply(grid).equals(down)).toBe(
          true,
        );
      }),
    );
  });

  test('reads back what it prints, and what a double prints as', () => {
    fc.assert(
      fc.property(decimal, fc.double({ noNaN: true, noDefaultInfinity: true }), (a, value) => {
        expect(Decimal.parse(a.toString()).equals(a)).toBe(true);
        fc.pre(value === 0 || (Math.abs(value) > 1e-20 && Math.abs(value) < 1e20));
        expect(Decimal.fromNumber(value).toNumber()).toBe(value === 0 ? 0 : value);
        expect(Number(plainText(Math.abs(value)))).toBe(Math.abs(value));
        expect(plainText(Math.abs(value))).toMatch(/^\d+(\.\d+)?$/);
      }),
    );
  });
});

describe('Decimal.parse', () => {
  test.each([
    ['7e-7', '0.0000007'],
    ['0E-8', '0.00000000'],
    ['1.50000000', '1.50000000'],
    ['-0.5', '-0.5'],
    ['12e3', '12000'],
    ['5.', '5'],
    ['007.50', '7.50'],
    ['999999999999999', '999999999999999'],
    ['9999999999999999', '9999999999999999'],
    ['0.00000000000001', '0.00000000000001'],
    ['99999999.99999999', '99999999.99999999'],
    ['+3', '3'],
  ])('reads %s as %s', (text, expected) => {
    expect(Decimal.parse(text).toString()).toBe(expected);
  });

  test.each(['', '.', '.5', '1,5', '0x10', 'NaN', '1e9999', '1e-41', '1 000'])(
    'refuses "%s" by name',
    (text) => {
      expect(() => Decimal.parse(text)).toThrow(AtsError);
      expect(() => Decimal.parse(text)).toThrow(
        expect.objectContaining({ code: 'DECIMAL_INVALID' }),
      );
    },
  );

  test('refuses to divide by zero', () => {
    expect(() => Decimal.ONE.divide(Decimal.ZERO, { scale: 2, rounding: 'down' })).toThrow(
      expect.objectContaining({ code: 'DECIMAL_INVALID' }),
    );
  });
});
