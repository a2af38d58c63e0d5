import { fullJitterMs } from '../../src/rpc/backoff.ts';

describe('full jitter', () => {
  it('spreads over a bound that doubles up to its limit', () => {
    const bound = (attempt: number) =>
      fullJitterMs({ attempt, baseMs: 100, maxMs: 1000, random: 0.999_999 });
    expect([0, 1, 2, 3, 4, 400].map(bound)).toEqual([99, 199, 399, 799, 999, 999]);
    expect(fullJitterMs({ attempt: 9, baseMs: 100, maxMs: 1000, random: 0 })).toBe(0);
  });
});
