import { seededRandom } from '@ats/runtime';
import { type LatencyModel, latencyOf } from '../../src/domain/latency.ts';

const DRAWS = 4001;

/** Sorted, microseconds. */
function drawn(model: LatencyModel, seed = 1): readonly number[] {
  const latency = latencyOf(model, seededRandom(seed).stream('a latency'));
  return Array.from({ length: DRAWS }, latency).sort((a, b) => a - b);
}

describe('a latency', () => {
  it('that is fixed is always the same', () => {
    expect(new Set(drawn({ model: 'fixed', ms: 12.5 }))).toEqual(new Set([12_500]));
  });

  it('that is lognormal has its median in the middle and its sigma around it', () => {
    const all = drawn({ model: 'lognormal', medianMs: 20, sigma: 0.4 });
    expect(all.at(DRAWS / 2)).toBeGreaterThan(19_000);
    expect(all.at(DRAWS / 2)).toBeLessThan(21_000);
    // One sigma above the median: the 84.13 % quantile.
    expect((all.at(DRAWS * 0.8413) ?? 0) / 20_000).toBeCloseTo(Math.exp(0.4), 1);
  });

  it('that was measured is drawn from what was measured, each as often', () => {
    const all = drawn({ model: 'empirical', samplesMs: [5, 7, 7, 90] });
    expect(new Set(all)).toEqual(new Set([5000, 7000, 90_000]));
    const share = (us: number): number => all.filter((one) => one === us).length / DRAWS;
    expect(share(7000)).toBeCloseTo(0.5, 1);
    expect(share(90_000)).toBeCloseTo(0.25, 1);
  });

  it('is the same again with the same seed', () => {
    const model = { model: 'lognormal', medianMs: 20, sigma: 1 } as const;
    expect(drawn(model, 3)).toEqual(drawn(model, 3));
    expect(drawn(model, 4)).not.toEqual(drawn(model, 3));
  });
});
