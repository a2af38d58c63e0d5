import { type FinishedTrial, type Objective, scoreOf } from './study.ts';

/** How the objective depends on two settings: means over whatever else was varied. */
export interface HeatMap {
  readonly objective: Objective;
  readonly xPath: string;
  readonly yPath: string;
  readonly xs: readonly string[];
  readonly ys: readonly string[];
  /** Indices of x and y, and the mean; cells without a trial are left out. */
  readonly cells: readonly { readonly x: number; readonly y: number; readonly mean: number }[];
}

/** A map for each pair of settings, of the values that were tried. */
export function heatMapsOf(
  trials: readonly FinishedTrial[],
  objective: Objective,
): readonly HeatMap[] {
  const paths = [...new Set(trials.flatMap(({ settings }) => Object.keys(settings)))];
  return paths.flatMap((xPath, at) =>
    paths.slice(at + 1).map((yPath) => heatMapOf(trials, { objective, xPath, yPath })),
  );
}

function heatMapOf(
  trials: readonly FinishedTrial[],
  of: Pick<HeatMap, 'objective' | 'xPath' | 'yPath'>,
): HeatMap {
  const valuesAt = (path: string): readonly string[] =>
    [...new Set(trials.map(({ settings }) => settings[path] ?? ''))].toSorted(byNumberOrName);
  const [xs, ys] = [valuesAt(of.xPath), valuesAt(of.yPath)];
  const sums = new Map<string, { x: number; y: number; sum: number; count: number }>();
  for (const trial of trials) {
    const score = scoreOf(trial, of.objective);
    if (!Number.isFinite(score)) continue;
    const x = xs.indexOf(trial.settings[of.xPath] ?? '');
    const y = ys.indexOf(trial.settings[of.yPath] ?? '');
    const cell = sums.get(`${x} ${y}`) ?? { x, y, sum: 0, count: 0 };
    sums.set(`${x} ${y}`, { ...cell, sum: cell.sum + score, count: cell.count + 1 });
  }
  const cells = [...sums.values()].map(({ x, y, sum, count }) => ({ x, y, mean: sum / count }));
  return { ...of, xs, ys, cells };
}

function byNumberOrName(a: string, b: string): number {
  const difference = Number(a) - Number(b);
  if (!Number.isNaN(difference)) return difference;
  return a < b ? -1 : 1;
}
