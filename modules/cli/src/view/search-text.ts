import {
  type FinishedTrial,
  type LookAheadCheck,
  type Objective,
  type Overfitting,
  scoreOf,
  type WalkForward,
} from '@ats/backtest';
import { dateAndTime } from './format.ts';
import { table } from './table.ts';

const SHOWN = 10;
const SHOWN_FIGURES = ['profit', 'traded', 'winRate', 'trading.drawdownMax'];

const number = (value: number): string =>
  Number.isFinite(value) ? String(Number(value.toPrecision(6))) : '-';

const settingsText = ({ settings }: Pick<FinishedTrial, 'settings'>): string =>
  Object.entries(settings)
    .map(([path, value]) => `${path}=${value}`)
    .join(' ');

/** The best trials, and how far they can be believed. */
export function searchText(found: {
  readonly trials: readonly FinishedTrial[];
  readonly best: readonly FinishedTrial[];
  readonly objective: Objective;
  readonly overfitting: Overfitting;
}): string {
  const { trials, best, objective, overfitting } = found;
  const figures = SHOWN_FIGURES.filter((name) => name !== objective.figure);
  const refused = trials.flatMap(({ outcome }) =>
    outcome.kind === 'refused' ? [outcome.why] : [],
  );
  const rows = best
    .slice(0, SHOWN)
    .map((trial) => [
      number(scoreOf(trial, objective)),
      ...figures.map((figure) => number(scoreOf(trial, { figure, better: 'higher' }))),
      settingsText(trial),
    ]);
  const columns = [objective.figure, ...figures].map((name) => name.toUpperCase());
  const deflated = number(overfitting.deflatedSharpe);
  return [
    table([...columns, 'SETTINGS'], [...columns.map(() => 'right' as const), 'left'], rows),
    `${trials.length} trials; deflated Sharpe ratio of the best: ${deflated}`,
    ...(refused.length === 0 ? [] : [`${refused.length} refused, the first: ${refused[0]}`]),
    ...(overfitting.warning === '' ? [] : [`warning: ${overfitting.warning}`]),
  ].join('\n');
}

/** Each window with what was chosen in it and what that was worth. */
export function walkForwardText({ steps, efficiency }: WalkForward, objective: Objective): string {
  const rows = steps.map((step) => [
    dateAndTime(step.outOfSample.fromUs),
    number(step.inSampleScore),
    number(step.outOfSampleScore),
    number(step.overfitting.deflatedSharpe),
    step.best === undefined ? 'no trial had the figure' : settingsText(step.best),
  ]);
  return [
    `objective: ${objective.figure}`,
    table(
      ['JUDGED FROM (UTC)', 'IN SAMPLE', 'OUT OF SAMPLE', 'DEFLATED', 'CHOSEN'],
      ['left', 'right', 'right', 'right', 'left'],
      rows,
    ),
    `out of sample over in sample: ${number(efficiency)}`,
  ].join('\n');
}

export function lookAheadText({ cutsUs, compared, found }: LookAheadCheck): string {
  if (found === undefined) {
    return `no look-ahead: ${compared} fills, trades and values before ${cutsUs.length} cuts agree`;
  }
  const { what, timeUs, cutUs, withFuture, without } = found;
  return [
    `LOOK-AHEAD: with the tapes cut at ${dateAndTime(cutUs)}, something before it is another`,
    `first difference: ${what} at ${dateAndTime(timeUs)}`,
    `  with the future on the tapes: ${withFuture}`,
    `  without:                      ${without}`,
  ].join('\n');
}
