import { parseExactly } from '../../src/adapters/ccxt/keep-digits.ts';

describe('figures of venues that send JSON numbers', () => {
  test('keep digits that a double has no room for', () => {
    expect(parseExactly('[["exchange","UST",81406.259120546776,0,-0.1]]')).toEqual([
      ['exchange', 'UST', '81406.259120546776', 0, -0.1],
    ]);
  });

  test('stay numbers where a double holds them', () => {
    expect(parseExactly('{"a":1.5,"b":[97000,1795387528716]}')).toEqual({
      a: 1.5,
      b: [97000, 1795387528716],
    });
  });
});
