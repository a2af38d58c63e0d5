import { Decimal } from '@ats/domain';
import { type Figure, type FigureValue, isKnown } from './figures.ts';
import type { RunSpec } from './run-record.ts';

/** A run as it is compared: its specification and all its figures. */
export interface ComparedRun {
  readonly id: string;
  readonly spec: RunSpec;
  /** Hash of what it follows from beside the specification: configuration, contents of tapes. */
  readonly inputs: string;
  readonly numeraire: string;
  readonly figures: readonly Figure[];
}

/** One setting that not all runs have alike. */
export interface SettingDifference {
  readonly setting: string;
  /** In the order of the runs; empty where a run does not set it. */
  readonly values: readonly string[];
}

export interface FigureDifference {
  readonly figure: Omit<Figure, 'value'>;
  /** In the order of the runs. */
  readonly values: readonly FigureValue[];
  /** Each less the first; undefined for the first, and where one of the two is not known. */
  readonly changes: readonly FigureValue[];
  /** Positions of the runs that are best; none where all are alike or no way is good. */
  readonly best: readonly number[];
}

export interface Comparison {
  readonly runs: readonly ComparedRun[];
  readonly settings: readonly SettingDifference[];
  readonly figures: readonly FigureDifference[];
  /** Why the runs cannot be compared in all, for people. */
  readonly warnings: readonly string[];
}

const OTHER_INPUTS =
  'Their configuration files, or what the tapes hold, differ beyond what is listed: what is set ' +
  'with --set is listed.';

/** Sets runs side by side, the first as the one that others are compared with. */
export function compareRuns(runs: readonly ComparedRun[]): Comparison {
  const [first] = runs;
  const numeraires = new Set(runs.map(({ numeraire }) => numeraire));
  const tapes = new Set(
    runs.map(({ spec }) => JSON.stringify([spec.tapes, spec.fromUs, spec.toUs])),
  );
  const inputs = new Set(runs.map((run) => run.inputs));
  return {
    runs,
    settings: settingsOf(runs),
    figures: (first?.figures ?? []).map((_figure, at) => differenceOf(runs, at)),
    warnings: [
      ...(numeraires.size > 1 ? ['Their money differs: amounts are not comparable.'] : []),
      ...(tapes.size > 1 ? ['They were played over different markets or times.'] : []),
      ...(tapes.size === 1 && inputs.size > 1 ? [OTHER_INPUTS] : []),
    ],
  };
}

function settingsOf(runs: readonly ComparedRun[]): readonly SettingDifference[] {
  const flat = runs.map(({ spec }): Readonly<Record<string, string>> => {
    const { tapes, strategy, seed, fromUs, toUs, settings } = spec;
    const range = { from: String(fromUs), to: String(toUs) };
    return { tapes: tapes.join(', '), strategy, seed: String(seed), ...range, ...settings };
  });
  const names = [...new Set(flat.flatMap((settings) => Object.keys(settings)))];
  return names
    .map((setting) => ({ setting, values: flat.map((settings) => settings[setting] ?? '') }))
    .filter(({ values }) => new Set(values).size > 1);
}

function differenceOf(runs: readonly ComparedRun[], at: number): FigureDifference {
  const [figure] = runs.map(({ figures }) => figures[at]);
  const { value: base, ...named } = figure as Figure;
  const values = runs.map(({ figures }) => figures[at]?.value);
  return {
    figure: named,
    values,
    changes: values.map((value, run) => (run === 0 ? undefined : changeOf(base, value))),
    best: bestOf(named, values),
  };
}

function changeOf(base: FigureValue, value: FigureValue): FigureValue {
  if (!isKnown(base) || !isKnown(value)) return undefined;
  if (base instanceof Decimal && value instanceof Decimal) return value.subtract(base);
  return asNumber(value) - asNumber(base);
}

function bestOf(
  { better }: Pick<Figure, 'better'>,
  values: readonly FigureValue[],
): readonly number[] {
  const known = values.filter(isKnown).map(asNumber);
  if (better === 'none' || new Set(known).size < 2) return [];
  const best = known.reduce((a, b) => (better === 'higher' ? Math.max(a, b) : Math.min(a, b)));
  return values.flatMap((value, at) => (isKnown(value) && asNumber(value) === best ? [at] : []));
}

const asNumber = (value: Decimal | number): number =>
  value instanceof Decimal ? value.toNumber() : value;
