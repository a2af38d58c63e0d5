import { AtsError } from '@ats/domain';
import type { LoadedConfig } from '@ats/runtime';
import { sharpeMoments } from '@ats/statistics';
import { figuresOf, figureText } from '../../domain/figures.ts';
import { metricsOf, tradingCurve } from '../../domain/metrics/run-metrics.ts';
import { sampleReturns } from '../../domain/metrics/sampling.ts';
import type { Trial, TrialOutcome } from '../../domain/optimise/study.ts';
import type { RunSpec } from '../../domain/run-record.ts';
import type { Tape } from '../../domain/tape.ts';
import { runBacktest } from '../run-backtest.ts';

/** What every trial of a study has in common. */
export interface StudyBase {
  readonly spec: RunSpec;
  readonly loaded: LoadedConfig;
}

/** One trial: the study's run with the trial's settings over its range, and its figures. */
export async function runTrial(
  { settings, span }: Trial,
  { spec, loaded, tapes }: StudyBase & { readonly tapes: readonly Tape[] },
): Promise<TrialOutcome> {
  try {
    const record = await runBacktest({
      spec: { ...spec, ...span, settings: { ...spec.settings, ...settings } },
      tapes,
      loaded,
    });
    const metrics = metricsOf(record);
    const figures = figuresOf(metrics).map(({ name, value }) => [name, figureText(value)]);
    const returns = sampleReturns(tradingCurve(record), metrics.sampling.intervalUs);
    return { kind: 'done', figures: Object.fromEntries(figures), moments: sharpeMoments(returns) };
  } catch (problem) {
    // Settings that do not go together are an answer; a tape that cannot be read is not.
    if (!(problem instanceof AtsError) || problem.code !== 'CONFIG_INVALID') throw problem;
    return { kind: 'refused', why: problem.message };
  }
}
