import { seededRandom } from '@ats/runtime';
import { latencyOf } from '../../../src/domain/latency.ts';
import { fitLatency } from '../../../src/domain/parity/latency-fit.ts';

describe('the fit of a lognormal', () => {
  it('has the mean and the uncorrected deviation of the logarithms', () => {
    // ln: 0, 1 and 2; mean 1, mean squared deviation 2/3.
    const { count, medianMs, sigma } = fitLatency([1, Math.E, Math.E ** 2]);
    expect(count).toBe(3);
    expect(medianMs).toBeCloseTo(Math.E, 12);
    expect(sigma).toBeCloseTo(Math.sqrt(2 / 3), 12);
  });

  it('finds what the latency model was drawn from', () => {
    const random = seededRandom(3).stream('fit');
    const draw = latencyOf({ model: 'lognormal', medianMs: 20, sigma: 0.4 }, random);
    const samplesMs = Array.from({ length: 20_000 }, () => draw() / 1000);
    const { medianMs, sigma } = fitLatency(samplesMs);
    // Standard errors: sigma / sqrt(n) of mu, sigma / sqrt(2 n) of sigma; four of each.
    expect(Math.abs(Math.log(medianMs / 20))).toBeLessThan((4 * 0.4) / Math.sqrt(20_000));
    expect(Math.abs(sigma - 0.4)).toBeLessThan((4 * 0.4) / Math.sqrt(40_000));
  });

  it('takes what is shorter than a microsecond for one', () => {
    expect(fitLatency([0, 0]).medianMs).toBeCloseTo(0.001, 12);
  });
});
