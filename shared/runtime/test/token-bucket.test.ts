import fc from 'fast-check';
import { TokenBucket } from '../src/token-bucket.ts';

describe('a token bucket', () => {
  it('gives its burst at once and its rate from then on', () => {
    const bucket = new TokenBucket({ perSecond: 2, burst: 3 });
    const atUs = 1_000_000_000;
    expect([1, 2, 3, 4].map(() => bucket.take(atUs))).toEqual([true, true, true, false]);
    expect(bucket.available(atUs)).toBe(0);
    expect(bucket.waitMs(atUs)).toBe(500);
    expect(bucket.take(atUs + 499_000)).toBe(false);
    expect(bucket.take(atUs + 500_000)).toBe(true);
  });

  it('holds no more than its burst, however long it rests', () => {
    const bucket = new TokenBucket({ perSecond: 1000, burst: 3 });
    bucket.take(0);
    expect(bucket.available(60_000_000)).toBe(3);
    expect(bucket.waitMs(60_000_000)).toBe(0);
  });

  it('earns nothing when the clock does not move forward', () => {
    const bucket = new TokenBucket({ perSecond: 1000, burst: 3 });
    bucket.take(1_000_000);
    expect(bucket.available(0)).toBe(2);
    expect(bucket.available(1_000_000)).toBe(2);
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
