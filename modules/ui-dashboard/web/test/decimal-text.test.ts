import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  compareTexts,
  fitsStep,
  formatDecimal,
  lessText,
  overText,
  signOf,
  sumTexts,
  timesTexts,
} from '../src/text/decimal-text.ts';

describe('decimal text', () => {
  it('keeps every digit of amounts that a double cannot hold', () => {
    expect(formatDecimal('12345678901234567890.123456789')).toBe(
      '12,345,678,901,234,567,890.123456789',
    );
    expect(sumTexts(['0.1', '0.2'])).toBe('0.3');
    expect(sumTexts(['9007199254740993', '0.0000000001'])).toBe('9007199254740993.0000000001');
  });

  it('rounds half away from zero to the places asked for, and fills up with zeros', () => {
    expect(formatDecimal('1.005', { places: 2 })).toBe('1.01');
    expect(formatDecimal('-1.005', { places: 2 })).toBe('−1.01');
    expect(formatDecimal('1.5', { places: 4 })).toBe('1.5000');
    expect(formatDecimal('999.995', { places: 2 })).toBe('1,000.00');
  });

  it('shows a sign where gain and loss are meant, and none for what rounds to nothing', () => {
    expect(formatDecimal('12.4', { places: 2, plus: true })).toBe('+12.40');
    expect(formatDecimal('-0.001', { places: 2, plus: true })).toBe('0.00');
    expect(formatDecimal('0', { places: 2, plus: true })).toBe('0.00');
  });

  it('shows a dash for what is no number', () => {
    for (const text of ['', 'abc', '1e5', '--1', '.']) expect(formatDecimal(text)).toBe('—');
  });

  it('compares, subtracts and multiplies exactly', () => {
    expect(compareTexts('0.30', '0.3')).toBe(0);
    expect(compareTexts('0.1', '0.09')).toBe(1);
    expect(lessText('1', '-0.5')).toBe('1.5');
    expect(signOf(timesTexts('-2', '0.5'))).toBe(-1);
    expect(timesTexts('0.00001', '97016.42')).toBe('0.9701642');
  });

  it('knows whole numbers of steps', () => {
    expect(fitsStep('0.10003', '0.00001')).toBe(true);
    expect(fitsStep('0.100031', '0.00001')).toBe(false);
    expect(fitsStep('97016.5', '0.5')).toBe(true);
  });

  it('adds as whole numbers add, at any scale', () => {
    const amount = fc.tuple(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), fc.nat(12));
    fc.assert(
      fc.property(fc.array(amount, { maxLength: 8 }), (amounts) => {
        const texts = amounts.map(([units, scale]) => textOf(units, scale));
        const exact = amounts.reduce(
          (sum, [units, scale]) => sum + units * 10n ** BigInt(12 - scale),
          0n,
        );
        const scaled = sumTexts([...texts, '0.000000000000']);
        expect(BigInt(scaled.replace('.', ''))).toBe(exact);
      }),
    );
  });
});

function textOf(units: bigint, scale: number): string {
  const sign = units < 0n ? '-' : '';
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return `${sign}${whole}${scale === 0 ? '' : `.${digits.slice(-scale)}`}`;
}

describe('a quotient', () => {
  it('has the places asked for, half away from zero, and is none by zero', () => {
    expect(overText('10', '4', 2)).toBe('2.50');
    expect(overText('2', '3', 3)).toBe('0.667');
    expect(overText('-2', '3', 3)).toBe('-0.667');
    expect(overText('1', '0.000', 3)).toBe('');
    expect(overText('', '2', 3)).toBe('');
  });

  it('gives back what was multiplied', () => {
    const amounts = fc.bigInt({ min: 1n, max: 10n ** 24n }).map((units) => `0.${units}`);
    fc.assert(
      fc.property(amounts, amounts, (price, quantity) => {
        const places = price.length - 2;
        expect(overText(timesTexts(price, quantity), quantity, places)).toBe(price);
      }),
    );
  });
});
