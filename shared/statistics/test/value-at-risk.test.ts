import fc from 'fast-check';
import { expectedShortfall, VAR_METHODS, valueAtRisk } from '../src/value-at-risk.ts';

/**
 * Monthly returns of the EDHEC index "Convertible Arbitrage", January 1997 to April 2005, as the R
 * package PerformanceAnalytics ships them in its data set `edhec`.
 */
const EDHEC_CONVERTIBLE_ARBITRAGE = [
  [119, 123, 78, 86, 156, 212, 193, 134, 122, 100, 0, 68],
  [145, 146, 144, 126, 56, -6, 60, -319, -196, -214, 269, 113],
  [219, 82, 136, 243, 166, 102, 101, 48, 96, 45, 124, 140],
  [227, 267, 243, 223, 149, 179, 93, 162, 141, 52, -81, -2],
  [344, 182, 162, 157, 33, 12, 91, 142, 78, 117, 80, -94],
  [148, -49, 53, 96, 33, 4, -159, 50, 146, 104, 251, 157],
  [283, 133, 89, 150, 136, -58, -72, -87, 171, 146, 92, 54],
  [119, 17, 61, 20, -128, -106, 13, 40, -17, -44, 81, 56],
  [-96, -58, -140, -316],
].flatMap((year) => year.map((points) => points / 10_000));

const PUBLISHED_DIGITS = 6;
const at95 = { confidence: 0.95 };

describe('value at risk of the EDHEC series', () => {
  // Published in PerformanceAnalytics' own baseline test of VaR and ES, p = 0.95, there as returns.
  it.each([
    ['parametric', 0.012133],
    ['cornish-fisher', 0.014674],
    ['historical', 0.014095],
  ] as const)('by method %s is the published %d', (method, published) => {
    expect(EDHEC_CONVERTIBLE_ARBITRAGE).toHaveLength(100);
    const found = valueAtRisk(EDHEC_CONVERTIBLE_ARBITRAGE, method, at95);
    expect(found).toBeCloseTo(published, PUBLISHED_DIGITS);
  });

  it.each([
    ['parametric', 0.017133],
    ['historical', 0.02408],
  ] as const)('expected shortfall by method %s is the published %d', (method, published) => {
    const found = expectedShortfall(EDHEC_CONVERTIBLE_ARBITRAGE, method, at95);
    expect(found).toBeCloseTo(published, PUBLISHED_DIGITS);
  });
});

const series = fc.array(fc.double({ min: -1000, max: 1000, noNaN: true }), {
  minLength: 1,
  maxLength: 200,
});
const confidences = fc.double({ min: 0.5, max: 0.999, noNaN: true });

describe('for any series', () => {
  it('expected shortfall is no smaller than value at risk', () => {
    fc.assert(
      fc.property(series, confidences, (changes, confidence) => {
        for (const method of ['historical', 'parametric'] as const) {
          const shortfall = expectedShortfall(changes, method, { confidence });
          const risk = valueAtRisk(changes, method, { confidence });
          expect(shortfall).toBeGreaterThanOrEqual(risk - 1e-6);
        }
      }),
    );
  });

  it('historical and parametric values grow with confidence', () => {
    fc.assert(
      fc.property(series, confidences, confidences, (changes, one, other) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        for (const method of ['historical', 'parametric'] as const) {
          const less = valueAtRisk(changes, method, { confidence: low });
          const more = valueAtRisk(changes, method, { confidence: high });
          expect(more).toBeGreaterThanOrEqual(less - 1e-9);
        }
      }),
    );
  });

  it('money counted in other units gives the same risk in those units', () => {
    fc.assert(
      fc.property(series, confidences, (changes, confidence) => {
        const cents = changes.map((change) => change * 100);
        for (const method of VAR_METHODS) {
          const risk = valueAtRisk(changes, method, { confidence });
          const inCents = valueAtRisk(cents, method, { confidence });
          expect(Math.abs(inCents / 100 - risk)).toBeLessThan(1e-6 * (1 + Math.abs(risk)));
        }
      }),
    );
  });
});

describe('the horizon', () => {
  it('scales deviation by the square root of time and the mean by time', () => {
    const changes = [3, -1, 4, -1, -5, 9];
    const mean = changes.reduce((sum, change) => sum + change, 0) / changes.length;
    const one = valueAtRisk(changes, 'parametric', at95);
    const four = valueAtRisk(changes, 'parametric', { ...at95, horizon: 4 });
    expect(four).toBeCloseTo((one + mean) * 2 - 4 * mean, 9);
    const past = valueAtRisk(changes, 'historical', at95);
    expect(valueAtRisk(changes, 'historical', { ...at95, horizon: 4 })).toBeCloseTo(2 * past, 9);
  });
});

describe('a series without shape', () => {
  it('has its own value at risk: what is lost each time', () => {
    for (const method of VAR_METHODS) expect(valueAtRisk([-2, -2, -2], method, at95)).toBe(2);
    expect(expectedShortfall([-2, -2, -2], 'historical', at95)).toBe(2);
  });

  it('that is empty has none', () => {
    for (const method of VAR_METHODS) expect(valueAtRisk([], method, at95)).toBeNaN();
    expect(expectedShortfall([], 'parametric', at95)).toBeNaN();
  });
});
