import type { Message } from '../../../src/contract.ts';
import { approximate } from './decimal-text.ts';

type Trade = Message<'ats.execution.v1.ArbitrageTrade'>;

/** For a chart: what trades kept, one after the other, and how far that is below its peak. */
export interface ProfitCurve {
  /** Seconds since the Unix epoch. */
  readonly xs: readonly number[];
  readonly kept: readonly number[];
  /** Never above zero. */
  readonly belowPeak: readonly number[];
}

const SECOND_US = 1_000_000;

/** @returns the curve of trades that have ended, in the order of their end */
export function profitCurve(trades: readonly Trade[]): ProfitCurve {
  const ended = trades
    .filter(({ realisedProfit }) => realisedProfit !== '')
    .toSorted((a, b) => a.updatedAtUs - b.updatedAtUs);
  const xs: number[] = [];
  const kept: number[] = [];
  const belowPeak: number[] = [];
  let sum = 0;
  let peak = 0;
  for (const { realisedProfit, updatedAtUs } of ended) {
    sum += approximate(realisedProfit);
    peak = Math.max(peak, sum);
    xs.push(updatedAtUs / SECOND_US);
    kept.push(sum);
    belowPeak.push(sum - peak);
  }
  return { xs, kept, belowPeak };
}
