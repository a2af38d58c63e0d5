import { seededRandom } from '@ats/runtime';
import { judge, median, type Point, trendOf } from '../../src/soak/trend.ts';

const random = seededRandom(7).stream('noise');

/** A sawtooth as a heap makes it, on top of a slope, with wild values now and then. */
function series(minutes: number, shape: { base: number; perMinute: number; noise: number }) {
  const points: Point[] = [];
  for (let second = 0; second < minutes * 60; second += 2) {
    const wild = random.next() < 0.05 ? random.next() * shape.base : 0;
    const saw = (second % 14) * shape.noise * 0.1;
    const value = shape.base + (shape.perMinute * second) / 60 + saw + wild;
    points.push({ minute: second / 60, value: value + random.next() * shape.noise });
  }
  return points;
}

const rule = { windows: 30, pick: 'min', tolerance: { amount: 48, share: 0.12 } } as const;

describe('what a soak takes for growth', () => {
  it('is the median slope, which wild values do not move', () => {
    const points = [0, 1, 2, 3, 4, 5, 6, 7].map((minute) => ({ minute, value: 3 * minute }));
    points[3] = { minute: 3, value: 900 };
    expect(trendOf(points).perMinute).toBeCloseTo(3);
    expect(median([3, 1, 2, 10])).toBe(2.5);
  });

  it.each([3, 12, 60])('is not noise, in %d minutes', (minutes) => {
    for (let run = 0; run < 20; run += 1) {
      const points = series(minutes, { base: 400, perMinute: 0, noise: 40 });
      expect(judge(points, rule)).toMatchObject({ grows: false });
    }
  });

  it('is a leak of 9 MiB a minute under that noise, in a run that is long enough', () => {
    const points = series(15, { base: 400, perMinute: 9, noise: 40 });
    const found = judge(points, rule);
    expect(found.grows).toBe(true);
    expect(found.low).toBeLessThanOrEqual(found.perMinute);
    expect(Math.abs(found.perMinute - 9)).toBeLessThan(2);
  });

  it('is a fast leak in a short run', () => {
    expect(judge(series(2, { base: 400, perMinute: 60, noise: 40 }), rule).grows).toBe(true);
  });

  it('is nothing that is known of too few values', () => {
    const points = [0, 1, 2].map((minute) => ({ minute, value: minute * 1000 }));
    expect(judge(points, rule)).toMatchObject({ grows: false, surelyGrew: 0 });
  });
});
