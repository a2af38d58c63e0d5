import { TokenBucket } from '../../src/domain/token-bucket.ts';

describe('the rate limit', () => {
  it('lets a burst through and then what it earns', () => {
    const bucket = new TokenBucket({ perSecond: 2, burst: 3, nowUs: 0 });
    for (let taken = 0; taken < 3; taken += 1) {
      expect(bucket.available(0)).toBeGreaterThanOrEqual(1);
      bucket.take();
    }
    expect(bucket.available(0)).toBe(0);
    expect(bucket.available(499_999)).toBeLessThan(1);
    expect(bucket.available(500_000)).toBeCloseTo(1);
  });

  it('holds no more than its burst, however long it rests', () => {
    const bucket = new TokenBucket({ perSecond: 1000, burst: 3, nowUs: 0 });
    bucket.take();
    expect(bucket.available(60_000_000)).toBe(3);
  });

  it('earns nothing when the clock does not move forward', () => {
    const bucket = new TokenBucket({ perSecond: 1000, burst: 3, nowUs: 1_000_000 });
    bucket.take();
    expect(bucket.available(0)).toBe(2);
    expect(bucket.available(1_000_000)).toBe(2);
  });
});
