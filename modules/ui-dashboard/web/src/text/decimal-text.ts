/** Decimal text as it comes from the server, without ever going through a double. */
interface Scaled {
  readonly units: bigint;
  readonly scale: number;
}

const SHAPE = /^([+-]?)(\d*)(?:\.(\d*))?$/;

function parse(text: string): Scaled | undefined {
  const match = SHAPE.exec(text.trim());
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const units = BigInt(whole + fraction);
  return { units: sign === '-' ? -units : units, scale: fraction.length };
}

const scaledTo = ({ units, scale }: Scaled, to: number): bigint =>
  units * 10n ** BigInt(to - scale);

/** @returns -1, 0 or 1; what is no number counts as 0 */
export function signOf(text: string): -1 | 0 | 1 {
  const units = parse(text)?.units ?? 0n;
  if (units === 0n) return 0;
  return units < 0n ? -1 : 1;
}

/** Half away from zero, as people expect of money that is shown. */
function rounded({ units, scale }: Scaled, places: number): Scaled {
  if (places >= scale) return { units: units * 10n ** BigInt(places - scale), scale: places };
  const divisor = 10n ** BigInt(scale - places);
  const half = units < 0n ? -divisor / 2n : divisor / 2n;
  return { units: (units + half) / divisor, scale: places };
}

function digitsOf({ units, scale }: Scaled): readonly [whole: string, fraction: string] {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  return [digits.slice(0, digits.length - scale), scale === 0 ? '' : digits.slice(-scale)];
}

const grouped = (whole: string): string => whole.replace(/\B(?=(\d{3})+$)/g, ',');

export interface DecimalFormat {
  /** Digits after the point; all that there are if absent. */
  readonly places?: number;
  /** Whether a plus stands before what is above zero. */
  readonly plus?: boolean;
}

/** @returns grouped by thousands with a true minus; an em dash for what is no number */
export function formatDecimal(text: string, { places, plus = false }: DecimalFormat = {}): string {
  const parsed = parse(text);
  if (parsed === undefined) return '—';
  const value = rounded(parsed, places ?? parsed.scale);
  const [whole, fraction] = digitsOf(value);
  const positive = plus && value.units > 0n ? '+' : '';
  const sign = value.units < 0n ? '−' : positive;
  return `${sign}${grouped(whole)}${fraction === '' ? '' : `.${fraction}`}`;
}

function textOf(value: Scaled): string {
  const [whole, fraction] = digitsOf(value);
  return `${value.units < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** @returns the exact sum as decimal text; what is no number is left out */
export function sumTexts(texts: readonly string[]): string {
  const values = texts.flatMap((text) => parse(text) ?? []);
  const scale = Math.max(0, ...values.map((value) => value.scale));
  const units = values.reduce((sum, value) => sum + scaledTo(value, scale), 0n);
  return textOf({ units, scale });
}

/** @returns `a` less `b`, exact */
export const lessText = (a: string, b: string): string =>
  sumTexts([a, b.startsWith('-') ? b.slice(1) : `-${b.replace(/^\+/, '')}`]);

/** @returns the exact product as decimal text; empty where one is no number */
export function timesTexts(a: string, b: string): string {
  const [x, y] = [parse(a), parse(b)];
  if (x === undefined || y === undefined) return '';
  return textOf({ units: x.units * y.units, scale: x.scale + y.scale });
}

/** @returns `a` over `b`, rounded; empty where one is no number, or `b` is zero */
export function overText(a: string, b: string, places: number): string {
  const [x, y] = [parse(a), parse(b)];
  if (x === undefined || y === undefined || y.units === 0n) return '';
  // One digit more than asked for, which says which way the rest goes.
  const scale = x.scale + places + 1;
  const units = (scaledTo(x, scale) * 10n ** BigInt(y.scale)) / y.units;
  return textOf(rounded({ units, scale }, places));
}

/** -1, 0 or 1, as sorts want it. */
export const compareTexts = (a: string, b: string): number => signOf(lessText(a, b));

/** Digits after the point of a step such as `0.00001`. */
export const placesOf = (step: string): number => parse(step)?.scale ?? 0;

/** Whether the text is a number above zero. */
export const isPositive = (text: string): boolean => signOf(text) > 0;

/** Whether the text is a whole number of steps. */
export function fitsStep(text: string, step: string): boolean {
  const [value, unit] = [parse(text), parse(step)];
  if (value === undefined || unit === undefined || unit.units === 0n) return value !== undefined;
  const scale = Math.max(value.scale, unit.scale);
  return scaledTo(value, scale) % scaledTo(unit, scale) === 0n;
}

/** For charts and bars alone, never for money that is written. */
export const approximate = (text: string): number => Number(text === '' ? Number.NaN : text);
