import { AtsError } from '@ats/domain';

/** Even draws from 0 to below 1. */
interface Draws {
  next(): number;
}

/** Values of settings by path, as texts. */
export type Settings = Readonly<Record<string, string>>;

/** A setting that is searched over. */
export type Parameter =
  | {
      readonly kind: 'linear' | 'log';
      readonly path: string;
      readonly min: number;
      readonly max: number;
      /** Of a grid; a factor where it is logarithmic. Undefined: a tenth of the range. */
      readonly step: number | undefined;
      readonly whole: boolean;
    }
  | { readonly kind: 'choice'; readonly path: string; readonly values: readonly string[] };

/** Figures behind the point of what a range gives: finer is of no use to any setting. */
const DIGITS = 12;
const STEPS = 10;

/**
 * Reads `path=min:max[:step]`, `path=int:min:max[:step]`, `path=log:min:max[:factor]` or
 * `path=choice:a,b,c`. @throws CONFIG_INVALID
 */
export function parseParameter(text: string): Parameter {
  const at = text.indexOf('=');
  const path = text.slice(0, at);
  const [first = '', ...rest] = text.slice(at + 1).split(':');
  if (at < 1) throw invalid(text);
  if (first === 'choice') {
    const values = rest.join(':').split(',').filter(Boolean);
    if (values.length === 0) throw invalid(text);
    return { kind: 'choice', path, values };
  }
  const named = first === 'int' || first === 'log';
  const numbers = (named ? rest : [first, ...rest]).map((part) =>
    part === '' ? Number.NaN : Number(part),
  );
  const [min = Number.NaN, max = Number.NaN, step] = numbers;
  const whole = first === 'int';
  const kind = first === 'log' ? 'log' : 'linear';
  const sound =
    numbers.length <= 3 &&
    numbers.every(Number.isFinite) &&
    min <= max &&
    (step === undefined || step > (kind === 'log' ? 1 : 0)) &&
    (kind === 'linear' || min > 0) &&
    (!whole || numbers.every(Number.isInteger));
  if (!sound) throw invalid(text);
  return { kind, path, min, max, step, whole };
}

function invalid(text: string): AtsError {
  return new AtsError({
    code: 'CONFIG_INVALID',
    message: `--param "${text}" is no range`,
    remedy:
      'Write engine.minEdgeBps=1:10:1, engine.bookDepth=int:5:50:5, engine.recheckMs=log:10:1000:2 ' +
      'or engine.strategy=choice:cross-exchange,triangular.',
    context: { field: '--param', value: text },
  });
}

const textOf = (value: number): string => String(Number(value.toFixed(DIGITS)));

/** Every value of a grid, ends included. */
export function valuesOf(parameter: Parameter): readonly string[] {
  if (parameter.kind === 'choice') return parameter.values;
  const { kind, min, max, whole } = parameter;
  const log = kind === 'log';
  const step = parameter.step ?? (log ? (max / min) ** (1 / STEPS) : (max - min) / STEPS);
  const span = log ? Math.log(max / min) / Math.log(step) : (max - min) / step;
  // A range that is a whole number of steps ends at its end, whatever rounding makes of it.
  const count = max === min ? 0 : Math.floor(span + 1e-9);
  const values = Array.from({ length: count + 1 }, (_, at) =>
    log ? min * step ** at : min + step * at,
  );
  return [...new Set(values.map((value) => textOf(whole ? Math.round(value) : value)))];
}

/** Every combination. @throws CONFIG_INVALID where there are more than `max` */
export function gridOf(parameters: readonly Parameter[], max: number): readonly Settings[] {
  const all = parameters.map((parameter) => ({
    path: parameter.path,
    values: valuesOf(parameter),
  }));
  const count = all.reduce((product, { values }) => product * values.length, 1);
  if (count > max) {
    throw new AtsError({
      code: 'CONFIG_INVALID',
      message: `the grid has ${count} combinations, more than ${max}`,
      remedy: 'Widen the steps, search at random, or raise --trials.',
      context: { field: '--param', value: count },
    });
  }
  return all.reduce<readonly Settings[]>(
    (sets, { path, values }) =>
      sets.flatMap((set) => values.map((value) => ({ ...set, [path]: value }))),
    [{}],
  );
}

/** So many combinations drawn evenly, logarithms of a logarithmic range; no one twice. */
export function randomOf(
  parameters: readonly Parameter[],
  { count, random }: { readonly count: number; readonly random: Draws },
): readonly Settings[] {
  const drawn = new Map<string, Settings>();
  // Where there are fewer combinations than asked for, draws repeat: then it ends with those.
  for (let tries = 0; drawn.size < count && tries < count * 20; tries += 1) {
    const settings = settingsAt(
      parameters,
      parameters.map(() => random.next()),
    );
    drawn.set(keyOf(settings), settings);
  }
  return [...drawn.values()];
}

/** The settings so far along each range: shares from 0 to below 1, in the parameters' order. */
export function settingsAt(parameters: readonly Parameter[], shares: ArrayLike<number>): Settings {
  return Object.fromEntries(
    parameters.map((one, at) => [one.path, valueAt(one, shares[at] as number)]),
  );
}

function valueAt(parameter: Parameter, share: number): string {
  if (parameter.kind === 'choice') {
    const { values } = parameter;
    return values[Math.floor(share * values.length)] as string;
  }
  const { kind, min, max, step, whole } = parameter;
  if (step !== undefined) {
    const values = valuesOf(parameter);
    return values[Math.floor(share * values.length)] as string;
  }
  const value = kind === 'log' ? min * (max / min) ** share : min + (max - min) * share;
  return textOf(whole ? Math.round(value) : value);
}

/** One text for equal settings, in whatever order they stand. */
export function keyOf(settings: Settings): string {
  return JSON.stringify(Object.entries(settings).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
