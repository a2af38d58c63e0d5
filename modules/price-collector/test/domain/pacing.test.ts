import fc from 'fast-check';
import { ClockSkewGuard } from '../../src/domain/clock-skew.ts';
import { fullJitterMs, TokenBucket } from '../../src/domain/pacing.ts';

describe('a token bucket', () => {
  it('gives its burst at once and its rate from then on', () => {
    const bucket = new TokenBucket({ perSecond: 2, burst: 3 });
    const atUs = 1_000_000_000;
    expect([1, 2, 3, 4].map(() => bucket.take(atUs))).toEqual([true, true, true, false]);
    expect(bucket.waitMs(atUs)).toBe(500);
    expect(bucket.take(atUs + 499_000)).toBe(false);
    expect(bucket.take(atUs + 500_000)).toBe(true);
  });

  it('never gives more than burst plus rate, however it is asked', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 400_000 }), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (delays) => {
        const bucket = new TokenBucket({ perSecond: 5, burst: 4 });
        let nowUs = 5_000_000;
        let taken = 0;
        for (const delay of delays) {
          nowUs += delay;
          if (bucket.take(nowUs)) taken += 1;
        }
        expect(taken).toBeLessThanOrEqual(4 + ((nowUs - 5_000_000) / 1e6) * 5 + 1e-6);
      }),
    );
  });
});

describe('full jitter', () => {
  it('spreads over a bound that doubles up to its limit', () => {
    const bound = (attempt: number) =>
      fullJitterMs({ attempt, baseMs: 100, maxMs: 1000, random: 0.999_999 });
    expect([0, 1, 2, 3, 4, 400].map(bound)).toEqual([99, 199, 399, 799, 999, 999]);
    expect(fullJitterMs({ attempt: 9, baseMs: 100, maxMs: 1000, random: 0 })).toBe(0);
  });
});

describe('a clock skew guard', () => {
  const guardWith = (delaysMs: readonly number[]) => {
    const guard = new ClockSkewGuard({ limitMs: 1000, windowMs: 100 });
    guard.evaluate(1_000_000);
    for (const delayMs of delaysMs) {
      guard.observe({ exchangeTimeUs: 5_000_000, receivedAtUs: 5_000_000 + delayMs * 1000 });
    }
    guard.evaluate(2_000_000);
    return guard;
  };
  const times = (count: number, delayMs: number) => Array.from({ length: count }, () => delayMs);

  it('trusts the smallest delay of a window: old times of a quiet market are no skew', () => {
    const guard = guardWith([...times(20, 30_000), 40]);
    expect(guard.isSkewed).toBe(false);
    expect(guard.skewUs).toBe(40_000);
  });

  it('sees a venue clock that is ahead, and one that is behind', () => {
    expect(guardWith(times(10, -1500)).isSkewed).toBe(true);
    expect(guardWith(times(10, 1500)).isSkewed).toBe(true);
    expect(guardWith(times(10, -900)).isSkewed).toBe(false);
  });

  it('says nothing after a few samples', () => {
    expect(guardWith(times(9, -5000)).isSkewed).toBe(false);
  });
});
