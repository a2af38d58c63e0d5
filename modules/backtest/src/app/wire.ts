import type { WireMessages } from '@ats/contracts';
import { Decimal } from '@ats/domain';
import type { Comparison, FigureDifference } from '../domain/comparison.ts';
import { type Figure, figureText } from '../domain/figures.ts';
import type { Worth } from '../domain/metrics/sampling.ts';
import type { JobState, RunJob } from '../domain/run-job.ts';
import type { OpportunityCell, RunSpec } from '../domain/run-record.ts';

type Wire<Name extends keyof WireMessages & `ats.backtest.v1.${string}`> = WireMessages[Name];
type WireRun = Wire<'ats.backtest.v1.BacktestRun'>;
type WireResult = Wire<'ats.backtest.v1.BacktestResult'>;

/** A stored run, as far as the messages need it. */
export interface ResultHead {
  readonly id: string;
  readonly savedAtUs: number;
  readonly spec: RunSpec;
  readonly numeraire: string;
  readonly toUs: number;
  /** By name, as `figureText` prints them. */
  readonly figures: Readonly<Record<string, string>>;
}

const STATES: Readonly<Record<JobState, WireRun['state']>> = {
  queued: 'RUN_STATE_QUEUED',
  running: 'RUN_STATE_RUNNING',
  done: 'RUN_STATE_DONE',
  failed: 'RUN_STATE_FAILED',
  canceled: 'RUN_STATE_CANCELED',
};

function specToWire(spec: RunSpec): Wire<'ats.backtest.v1.BacktestSpec'> {
  const { name, tapes, strategy, settings, seed, fromUs, toUs } = spec;
  return { name, tapes: [...tapes], strategy, parameters: { ...settings }, seed, fromUs, toUs };
}

export function specFromWire(wire: Wire<'ats.backtest.v1.BacktestSpec'>): RunSpec {
  const { name, tapes, strategy, parameters, seed, fromUs, toUs } = wire;
  return {
    ...{ name, tapes, strategy, settings: { ...parameters } },
    ...{ seed: Number(seed), fromUs: Number(fromUs), toUs: Number(toUs) },
  };
}

export function jobToWire(job: RunJob, result: WireResult | null = null): WireRun {
  return {
    ...{ runId: job.jobId, spec: specToWire(job.spec), state: STATES[job.state], result },
    ...{ progress: job.progress, error: job.error, events: job.events, timeUs: job.timeUs },
    ...{ trades: job.trades, resultId: job.resultId, queuedAtUs: job.queuedAtUs },
    ...{ startedAtUs: job.startedAtUs, endedAtUs: job.endedAtUs },
  };
}

/** A result that is kept, as the run that it was. */
export function storedToWire(head: ResultHead, figures: readonly Figure[] = []): WireRun {
  return {
    ...{ runId: head.id, spec: specToWire(head.spec), state: 'RUN_STATE_DONE', progress: 1 },
    ...{ error: '', events: 0, timeUs: head.toUs, trades: 0, resultId: head.id },
    ...{ queuedAtUs: 0, startedAtUs: 0, endedAtUs: head.savedAtUs },
    result: resultToWire(head, figures),
  };
}

export function resultToWire(head: ResultHead, figures: readonly Figure[] = []): WireResult {
  const text = (name: string): string => head.figures[name] ?? '';
  const profit = Decimal.parse(text('profit') || '0');
  return {
    opportunities: 0,
    trades: Number(text('traded') || 0),
    numeraire: head.numeraire,
    grossProfit: profit.add(Decimal.parse(text('fees') || '0')).toString(),
    netProfit: profit.toString(),
    drawdownMax: text('trading.drawdownMax'),
    sharpeRatio: Number(text('trading.sharpe') || Number.NaN),
    winRate: Number(text('winRate') || Number.NaN),
    figures: figures.map(figureToWire),
  };
}

function figureToWire(figure: Figure): Wire<'ats.backtest.v1.BacktestFigure'> {
  const { name, label, group, unit, better, value } = figure;
  return { name, label, group, unit, better, value: figureText(value) };
}

export function pointToWire({ timeUs, worth }: Worth): Wire<'ats.backtest.v1.CurvePoint'> {
  return { timeUs, worth: worth.toString() };
}

export function cellToWire(cell: OpportunityCell): Wire<'ats.backtest.v1.OpportunityCount'> {
  const { base, buy, sell, hourUs, reason, count, stoodUs } = cell;
  const [netProfit, quantity] = [cell.netProfit.toString(), cell.quantity.toString()];
  const named = { base, buyVenue: buy, sellVenue: sell, hourUs, reason };
  return { ...named, count, netProfit, quantity, stoodUs };
}

export function comparisonToWire(
  comparison: Comparison,
  heads: readonly ResultHead[],
): Wire<'ats.backtest.v1.CompareBacktestsResponse'> {
  return {
    runs: heads.map((head) => storedToWire(head)),
    settings: comparison.settings.map(({ setting, values }) => ({ setting, values: [...values] })),
    figures: comparison.figures.map(differenceToWire),
    warnings: [...comparison.warnings],
  };
}

function differenceToWire(one: FigureDifference): Wire<'ats.backtest.v1.FigureDifference'> {
  return {
    figure: figureToWire({ ...one.figure, value: one.values[0] }),
    values: one.values.map(figureText),
    changes: one.changes.map(figureText),
    best: [...one.best],
  };
}
