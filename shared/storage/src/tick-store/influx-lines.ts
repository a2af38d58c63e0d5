import { Point } from '@influxdata/influxdb-client';
import type { Tick } from '../tick-store.ts';
import type { TickKind } from './tick-table.ts';

/** The measurement that holds a kind, and a field that each of its points has. */
export const MEASUREMENTS: Readonly<Record<TickKind, { name: string; field: string }>> = {
  quote: { name: 'ats_quote', field: 'bid' },
  trade: { name: 'ats_trade', field: 'price' },
  opportunity: { name: 'ats_opportunity', field: 'net_edge_bps' },
};

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

/** @returns the tick as a line of InfluxDB's line protocol. */
export function tickLine(tick: Tick, nanoseconds: string): string {
  const point = new Point(MEASUREMENTS[tick.kind].name)
    .tag('venue', tick.venue)
    .tag('instrument', tick.instrument)
    .timestamp(nanoseconds);
  switch (tick.kind) {
    case 'quote':
      point
        .intField('exchange_time_us', tick.exchangeTimeUs)
        .floatField('bid', tick.bid)
        .floatField('bid_size', tick.bidSize)
        .floatField('ask', tick.ask)
        .floatField('ask_size', tick.askSize);
      break;
    case 'trade':
      point
        .intField('exchange_time_us', tick.exchangeTimeUs)
        .floatField('price', tick.price)
        .floatField('size', tick.size)
        .stringField('aggressor', tick.aggressor)
        .stringField('trade_id', tick.tradeId);
      break;
    case 'opportunity':
      point
        .stringField('id', tick.id)
        .stringField('reason', tick.reason)
        .floatField('net_edge_bps', tick.netEdgeBps)
        .stringField('record', tick.record);
      break;
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
