import fc from 'fast-check';
import { LatencyRecorder } from '../src/latency-recorder.ts';

describe('a latency recorder', () => {
  it('says 0 for everything before the first value', () => {
    expect(new LatencyRecorder().summary()).toEqual({ p50: 0, p99: 0, max: 0, count: 0 });
  });

  it('gives every quantile within 1/64 of the exact one', () => {
    const values = fc.array(fc.integer({ min: 0, max: 2 ** 31 - 1 }), { minLength: 1 });
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (numbers, quantile) => {
        const recorder = new LatencyRecorder();
        for (const number of numbers) recorder.record(number);
        const sorted = numbers.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)] as number;
        const given = recorder.quantile(quantile);
        expect(given).toBeGreaterThanOrEqual(exact);
        expect(given).toBeLessThanOrEqual(exact + exact / 64 + 1);
      }),
    );
  });

  it('counts a value below zero as zero and keeps what is beyond its range', () => {
    const recorder = new LatencyRecorder();
    recorder.record(-5);
    recorder.record(1e15);
    expect(recorder.summary()).toMatchObject({ p50: 0, max: 1e15, count: 2 });
  });

  it('counts what is within each bound, to 1.6% of the bound', () => {
    const recorder = new LatencyRecorder();
    for (const value of [0, 10, 10, 990, 1020, 5_000_000]) recorder.record(value);
    expect(recorder.countsWithin([5, 10, 1000, 1_000_000, 10_000_000])).toEqual([1, 3, 4, 5, 6]);
    expect(recorder.sum).toBe(5_002_030);
  });

  it('merges to what one recorder of both would say', () => {
    const [one, other, both] = [
      new LatencyRecorder(),
      new LatencyRecorder(),
      new LatencyRecorder(),
    ];
    for (const value of [3, 70, 900]) {
      one.record(value);
      both.record(value);
    }
    for (const value of [1, 100_000]) {
      other.record(value);
      both.record(value);
    }
    one.merge(other);
    expect(one.summary()).toEqual(both.summary());
  });
});
