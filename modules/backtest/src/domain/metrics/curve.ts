import type { Decimal } from '@ats/domain';
import {
  annualVolatility,
  calmarRatio,
  drawdownAfter,
  drawdownFrom,
  drawdownPeriods,
  expectedShortfall,
  meanOf,
  omegaRatio,
  sharpeRatio,
  sortinoRatio,
  valueAtRisk,
} from '@ats/statistics';
import { DAY_US, sampleReturns, type Worth, YEAR_US } from './sampling.ts';

/** Figures of one curve of worth. Ratios and shares are doubles; what is not known is NaN. */
export interface CurveMetrics {
  readonly start: Decimal;
  readonly end: Decimal;
  /** `end` less `start`. */
  readonly gain: Decimal;
  /** Shares of `start`, 0.01 for one percent. */
  readonly totalReturn: number;
  /** Mean return of a period times the periods of a year. */
  readonly annualReturn: number;
  /** Compound growth of a year; NaN for a run shorter than a day, which says nothing of a year. */
  readonly cagr: number;
  readonly volatility: number;
  readonly sharpe: number;
  readonly sortino: number;
  readonly calmar: number;
  readonly omega: number;
  /** The deepest fall from a peak, in the numeraire and as a share of that peak. */
  readonly drawdownMax: Decimal;
  readonly drawdownMaxShare: number;
  /** Mean of the deepest points of all falls, a share. */
  readonly drawdownMeanShare: number;
  readonly drawdownLongestUs: number;
  /** Of one period, shares, positive for a loss. */
  readonly valueAtRisk: number;
  readonly expectedShortfall: number;
}

export interface CurveOptions {
  readonly intervalUs: number;
  readonly periodsPerYear: number;
  /** What money earns in a year without risk, a share. */
  readonly riskFreePerYear: number;
  /** Between 0 and 1. */
  readonly confidence: number;
}

/** @param worths one or more, never falling in time */
export function curveMetrics(
  worths: readonly [Worth, ...Worth[]],
  options: CurveOptions,
): CurveMetrics {
  const { intervalUs, periodsPerYear, riskFreePerYear, confidence } = options;
  const [first] = worths;
  const last = worths.at(-1) ?? first;
  const returns = sampleReturns(worths, intervalUs);
  const ratio = { periodsPerYear, perPeriod: riskFreePerYear / periodsPerYear };
  const growth = last.worth.toNumber() / first.worth.toNumber();
  const spanUs = last.timeUs - first.timeUs;
  const cagr = spanUs < DAY_US ? Number.NaN : growth ** (YEAR_US / spanUs) - 1;
  const falls = drawdownPeriods(
    worths.map(({ timeUs, worth }) => ({ timeUs, value: worth.toNumber() })),
  );
  const drawdownMaxShare = falls.reduce((deepest, { depth }) => Math.max(deepest, depth), 0);
  return {
    start: first.worth,
    end: last.worth,
    gain: last.worth.subtract(first.worth),
    totalReturn: growth - 1,
    annualReturn: meanOf(returns) * periodsPerYear,
    cagr,
    volatility: annualVolatility(returns, periodsPerYear),
    sharpe: sharpeRatio(returns, ratio),
    sortino: sortinoRatio(returns, ratio),
    calmar: calmarRatio({ annualReturn: cagr, drawdownMax: drawdownMaxShare }),
    omega: omegaRatio(returns, ratio.perPeriod),
    drawdownMax: deepestOf(worths),
    drawdownMaxShare,
    drawdownMeanShare: falls.length === 0 ? 0 : meanOf(falls.map(({ depth }) => depth)),
    drawdownLongestUs: falls.reduce((longest, { lastingUs }) => Math.max(longest, lastingUs), 0),
    valueAtRisk: valueAtRisk(returns, 'historical', { confidence }),
    expectedShortfall: expectedShortfall(returns, 'historical', { confidence }),
  };
}

function deepestOf([first, ...rest]: readonly [Worth, ...Worth[]]): Decimal {
  let drawdown = drawdownFrom(first.worth);
  for (const { worth } of rest) drawdown = drawdownAfter(drawdown, worth);
  return drawdown.deepest;
}
