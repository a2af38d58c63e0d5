const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** An age in as many characters as it needs: `40 ms`, `2.1 s`, `3 min`, `5 h`, `2 d`. */
export function formatAge(ageMs: number): string {
  const age = Math.max(0, ageMs);
  if (age < SECOND_MS) return `${Math.round(age)} ms`;
  if (age < 10 * SECOND_MS) return `${(age / SECOND_MS).toFixed(1)} s`;
  if (age < 2 * MINUTE_MS) return `${Math.round(age / SECOND_MS)} s`;
  if (age < 2 * HOUR_MS) return `${Math.round(age / MINUTE_MS)} min`;
  if (age < 2 * DAY_MS) return `${Math.round(age / HOUR_MS)} h`;
  return `${Math.round(age / DAY_MS)} d`;
}

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const stamp = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium' });

export const formatClock = (atUs: number): string => (atUs === 0 ? '—' : clock.format(atUs / 1000));

export const formatMoment = (atUs: number): string =>
  atUs === 0 ? '—' : stamp.format(atUs / 1000);

const hourMinute = new Intl.DateTimeFormat('sv-SE', { hour: '2-digit', minute: '2-digit' });

/** `01-31` of `2026-01-31 12:00:00`. */
const monthDay = (atMs: number): string => stamp.format(atMs).slice(5, 10);

/** @returns a time of day from seconds since the Unix epoch */
export const formatTime = (atSeconds: number): string => clock.format(atSeconds * SECOND_MS);

/** @returns what stands under the marks of a time axis: seconds, minutes or days as they need */
export function axisTimes(marks: readonly number[]): readonly string[] {
  const [first = 0, second = first] = marks;
  const stepMs = (second - first) * SECOND_MS;
  return marks.map((mark) => {
    const atMs = mark * SECOND_MS;
    if (stepMs >= DAY_MS) return monthDay(atMs);
    if (stepMs < MINUTE_MS && stepMs > 0) return clock.format(atMs);
    const time = hourMinute.format(atMs);
    return time === '00:00' ? monthDay(atMs) : time;
  });
}

const numbers = new Map<number, Intl.NumberFormat>();

/** Making one takes longer than all that it is used for in a frame. */
function numbersOf(places: number): Intl.NumberFormat {
  const known = numbers.get(places);
  if (known !== undefined) return known;
  const made = new Intl.NumberFormat('en-US', {
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  });
  numbers.set(places, made);
  return made;
}

/** A double of the market or of statistics, never money of record. */
export function formatNumber(value: number | null, places: number, plus = false): string {
  if (value === null || !Number.isFinite(value)) return '—';
  const text = numbersOf(places).format(Math.abs(value));
  const zero = Number(text.replaceAll(',', '')) === 0;
  if (value < 0 && !zero) return `−${text}`;
  return plus && !zero ? `+${text}` : text;
}

export const formatCount = (value: number): string => formatNumber(value, 0);

/** `REASON_CODE_EDGE_BELOW_MIN` with its prefix is `EDGE_BELOW_MIN`. */
export const bare = (name: string, prefix: string): string =>
  name.startsWith(prefix) ? name.slice(prefix.length) : name;

/** `EDGE_BELOW_MIN` in words: `Edge below min`. */
export function words(code: string): string {
  const text = code.toLowerCase().replaceAll('_', ' ').replaceAll('-', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** How long something took, from microseconds: `850 µs`, `12.4 ms`, `3.2 s`. */
export function formatDurationUs(us: number): string {
  if (us < 1000) return `${Math.round(us)} µs`;
  if (us < 100_000) return `${(us / 1000).toFixed(1)} ms`;
  return formatAge(us / 1000);
}
