import { Decimal } from '@ats/domain';
import { lasting, plainText, sensible, signed } from '../../src/view/format.ts';

describe('how long it lasts, for people', () => {
  test.each([
    [Number.NaN, '-'],
    [Number.POSITIVE_INFINITY, 'never'],
    [0, 'now'],
    [0.2, '1 s'],
    [119, '119 s'],
    [120, '2 min'],
    [7199, '120 min'],
    [9000, '2.5 h'],
    [216_000, '2.5 d'],
  ])('%d seconds are %s', (seconds, shown) => {
    expect(lasting(seconds)).toBe(shown);
  });
});

describe('amounts for people', () => {
  test.each([
    ['-45160215.184471', '-45,160,215.18'],
    ['100', '100.00'],
    ['-26.7650', '-26.765'],
    ['1.23456', '1.2346'],
    ['0.13231149', '0.13231149'],
    ['-0.000000409', '-0.00000041'],
    ['0.0000000004', '0'],
    ['0', '0'],
  ])('%s is shown as %s', (exact, shown) => {
    expect(sensible(Decimal.parse(exact))).toBe(shown);
  });

  test('a change has its sign, from decimal text too', () => {
    expect(signed('1024.845', 2)).toBe('+1,024.84');
    expect(signed(Decimal.parse('-3'), 2)).toBe('-3.00');
  });

  test("somebody else's text cannot steer the terminal", () => {
    expect(plainText('a\u001b[2Jb\n')).toBe('a [2Jb ');
  });
});
