import { Point } from '@influxdata/influxdb-client';
import type { Tick } from '../tick-store.ts';
import { type TickKind, tickColumns, tickValues } from './tick-table.ts';

/** The measurement that holds a kind, and a field that each of its points has. */
export const MEASUREMENTS: Readonly<Record<TickKind, { name: string; field: string }>> = {
  quote: { name: 'ats_quote', field: 'bid' },
  trade: { name: 'ats_trade', field: 'price' },
  opportunity: { name: 'ats_opportunity', field: 'net_edge_bps' },
  alert: { name: 'ats_alert', field: 'alert_id' },
  delivery: { name: 'ats_delivery', field: 'latency_us' },
  backtest: { name: 'ats_backtest', field: 'value' },
};

/** What tells series apart: runs over one tape have points of the same times. */
const MARKET: ReadonlySet<string> = new Set(['venue', 'instrument']);
const TAGS: ReadonlySet<string> = new Set([...MARKET, 'run_id', 'series']);
/** The tags of a kind; a backtest is about no market. */
export const tagsOf = (kind: TickKind): readonly string[] =>
  tickColumns(kind)
    .map(({ name }) => name)
    .filter((name) => TAGS.has(name) && !(kind === 'backtest' && MARKET.has(name)));

const DIGITS = 1000;
const MICROSECONDS_MAX = 4096;

/**
 * Gives ticks of one microsecond different nanoseconds. InfluxDB keeps one point per series and
 * time, so two trades of one microsecond would otherwise overwrite each other; the three digits
 * below the microsecond count arrivals, and keep their order.
 */
export class ArrivalDigits {
  private readonly next = new Map<number, number>();

  /** @returns nanoseconds since the epoch as text, or undefined after 1,000 in one microsecond. */
  nanoseconds(receivedAtUs: number): string | undefined {
    const digit = this.next.get(receivedAtUs) ?? 0;
    if (digit >= DIGITS) return undefined;
    this.next.set(receivedAtUs, digit + 1);
    if (this.next.size > MICROSECONDS_MAX) {
      const [oldest] = this.next.keys();
      if (oldest !== undefined) this.next.delete(oldest);
    }
    return (BigInt(receivedAtUs) * 1000n + BigInt(digit)).toString();
  }
}

/**
 * @returns the tick as a line of InfluxDB's line protocol: its columns, time and tags as such.
 * Empty texts are left out, and read back as such: a server that sorts rows of several series was
 * seen to give empty texts to the wrong rows.
 */
export function tickLine(tick: Tick, nanoseconds: string): string {
  const point = new Point(MEASUREMENTS[tick.kind].name).timestamp(nanoseconds);
  const values = tickValues(tick);
  for (const [index, { name, type }] of tickColumns(tick.kind).entries()) {
    const value = values[index] ?? '';
    if (value === '' || name === 'received_at_us') continue;
    if (TAGS.has(name)) point.tag(name, String(value));
    else if (type === 'VARCHAR') point.stringField(name, value);
    else if (type === 'BIGINT') point.intField(name, value);
    else point.floatField(name, value);
  }
  return point.toLineProtocol() ?? '';
}

/** @returns a time as Flux writes it, to the microsecond. */
export function fluxTime(timeUs: number): string {
  const micros = ((timeUs % 1_000_000) + 1_000_000) % 1_000_000;
  const seconds = (timeUs - micros) / 1_000_000;
  const text = new Date(seconds * 1000).toISOString().slice(0, 19);
  return `${text}.${String(micros).padStart(6, '0')}Z`;
}

/** @returns whole microseconds of an RFC 3339 time; digits below them are dropped. */
export function timeUsOf(text: string): number {
  const seconds = Date.parse(`${text.slice(0, 19)}Z`) / 1000;
  const fraction = text.slice(20, -1).padEnd(6, '0').slice(0, 6);
  return seconds * 1_000_000 + Number(fraction);
}
