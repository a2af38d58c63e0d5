import {
  deflatedSharpe,
  expectedMaxSharpe,
  probabilisticSharpe,
  sharpeMoments,
} from '@ats/statistics';

/** The example of the paper: 2.5 a year over five years of days, fat tails to the left. */
const EXAMPLE = { sharpe: 2.5 / Math.sqrt(250), samples: 1250, skewness: -3, kurtosis: 10 };
const VARIANCE = 1 / (2 * 250);

describe('the deflated Sharpe ratio', () => {
  it('gives the figures of the example of Bailey and Lopez de Prado, 2014', () => {
    expect(expectedMaxSharpe(VARIANCE, 100)).toBeCloseTo(0.1132, 4);
    expect(deflatedSharpe(EXAMPLE, { variance: VARIANCE, trials: 100 })).toBeCloseTo(0.9004, 4);
    expect(deflatedSharpe(EXAMPLE, { variance: VARIANCE, trials: 46 })).toBeCloseTo(0.9505, 4);
    const normal = { ...EXAMPLE, skewness: 0, kurtosis: 3 };
    expect(deflatedSharpe(normal, { variance: VARIANCE, trials: 88 })).toBeCloseTo(0.9505, 4);
  });

  it('believes a ratio less, the more was tried', () => {
    const of = (trials: number) => deflatedSharpe(EXAMPLE, { variance: VARIANCE, trials });
    expect(of(1)).toBeCloseTo(probabilisticSharpe(EXAMPLE, 0), 12);
    expect(of(1)).toBeGreaterThan(of(10));
    expect(of(10)).toBeGreaterThan(of(1000));
  });

  it('takes the moments of returns', () => {
    const { sharpe, samples, skewness, kurtosis } = sharpeMoments([1, 2, 3, 4, 5, 6]);
    expect({ samples, skewness }).toEqual({ samples: 6, skewness: expect.closeTo(0, 12) });
    expect(sharpe).toBeCloseTo(3.5 / Math.sqrt(3.5), 12);
    // A uniform distribution of six: (3 x 36 - 7) x 3 / (5 x 35).
    expect(kurtosis).toBeCloseTo(((3 * 36 - 7) * 3) / (5 * 35), 6);
    expect(sharpeMoments([1, 1, 1]).sharpe).toBeNaN();
  });
});
