import { ClockSkewGuard } from '../../src/domain/clock-skew.ts';

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
