import { count, dateAndTime } from '../../app/report/format.ts';
import { HOUR_US } from '../../domain/metrics/sampling.ts';
import type { OpportunityCell } from '../../domain/run-record.ts';

/** Longer runs are shown by the hour of the day. */
const HOURS_MAX = 48;
const DAY_HOURS = 24;
/** Darker than this, letters are those of the page's ground. */
const DARK_FROM = 55;

interface Heat {
  readonly note: string;
  readonly hours: readonly string[];
  readonly rows: readonly {
    readonly label: string;
    readonly cells: readonly {
      readonly text: string;
      /** From 0 to 90, percent of the accent. */
      readonly heat: number;
      readonly dark: boolean;
      readonly title: string;
    }[];
  }[];
}

/** Opportunities by venue pair and hour, the busiest pair first. */
export function heatOf(cells: readonly OpportunityCell[]): Heat {
  const hours = [...new Set(cells.map(({ hourUs }) => hourUs))].sort((a, b) => a - b);
  const [first = 0, last = 0] = [hours[0], hours.at(-1)];
  const folded = (last - first) / HOUR_US >= HOURS_MAX;
  const columnOf = (hourUs: number): number =>
    folded ? Math.floor(hourUs / HOUR_US) % DAY_HOURS : (hourUs - first) / HOUR_US;
  const columns = folded ? DAY_HOURS : (last - first) / HOUR_US + 1;
  const pairs = new Map<string, number[]>();
  for (const { buy, sell, hourUs, count: times } of cells) {
    const label = `${buy} > ${sell}`;
    const row = pairs.get(label) ?? Array<number>(columns).fill(0);
    row[columnOf(hourUs)] = (row[columnOf(hourUs)] ?? 0) + times;
    pairs.set(label, row);
  }
  const most = Math.max(1, ...[...pairs.values()].flat());
  const hourName = (column: number): string =>
    folded ? String(column).padStart(2, '0') : dateAndTime(first + column * HOUR_US).slice(11, 13);
  const sumOf = (row: readonly number[]): number => row.reduce((sum, times) => sum + times, 0);
  return {
    note: folded ? 'Hours of the day, UTC, of all days together.' : 'Hours are UTC.',
    hours: Array.from({ length: columns }, (_, column) => hourName(column)),
    rows: [...pairs]
      .sort(([, a], [, b]) => sumOf(b) - sumOf(a))
      .map(([label, row]) => ({
        label,
        cells: row.map((times, column) => {
          const heat = Math.round(90 * Math.sqrt(times / most));
          const title = `${label}, ${hourName(column)} h: ${count(times)}`;
          return { text: short(times), heat, dark: heat >= DARK_FROM, title };
        }),
      })),
  };
}

/** `1.2k` for what a cell has no room for. */
function short(times: number): string {
  if (times === 0) return '';
  return times < 1000 ? String(times) : `${(times / 1000).toFixed(times < 10_000 ? 1 : 0)}k`;
}
