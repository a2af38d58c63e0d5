import type { InstrumentId, VenueId } from '@ats/domain';
import type {
  AlertTick,
  BacktestTick,
  DeliveryTick,
  OpportunityTick,
  QuoteTick,
  Tick,
  TradeTick,
} from '../tick-store.ts';

export type TickKind = Tick['kind'];
export type TickOf<Kind extends TickKind> = Extract<Tick, { kind: Kind }>;

export const TICK_KINDS = [
  'quote',
  'trade',
  'opportunity',
  'alert',
  'delivery',
  'backtest',
] as const satisfies readonly TickKind[];

/** Values of one row or columns of one chunk, in the order of the table's columns. */
type Value = string | number;

/** A column of ticks as files and databases hold it. Times are whole microseconds. */
export interface TickColumn {
  readonly name: string;
  readonly type: 'VARCHAR' | 'BIGINT' | 'DOUBLE';
  /** Whether few different values come again and again, so that a reader can share them. */
  readonly repeats: boolean;
}

interface TickTable<T extends Tick> {
  readonly columns: readonly TickColumn[];
  values(tick: T): readonly Value[];
  tick(columns: readonly (readonly unknown[])[], row: number): T;
}

const text = (name: string): TickColumn => ({ name, type: 'VARCHAR', repeats: false });
const word = (name: string): TickColumn => ({ name, type: 'VARCHAR', repeats: true });
const integer = (name: string): TickColumn => ({ name, type: 'BIGINT', repeats: false });
const double = (name: string): TickColumn => ({ name, type: 'DOUBLE', repeats: false });

type Columns = readonly (readonly unknown[])[];
const textAt = (columns: Columns, column: number, row: number): string =>
  columns[column]?.[row] as string;
const numberAt = (columns: Columns, column: number, row: number): number =>
  columns[column]?.[row] as number;

const QUOTES: TickTable<QuoteTick> = {
  columns: [
    ...[word('venue'), word('instrument'), integer('received_at_us'), integer('exchange_time_us')],
    ...[double('bid'), double('bid_size'), double('ask'), double('ask_size')],
  ],
  values: (tick) => [
    ...[tick.venue, tick.instrument, tick.receivedAtUs, tick.exchangeTimeUs],
    ...[tick.bid, tick.bidSize, tick.ask, tick.askSize],
  ],
  tick: (columns, row) => ({
    kind: 'quote',
    venue: textAt(columns, 0, row) as VenueId,
    instrument: textAt(columns, 1, row) as InstrumentId,
    receivedAtUs: numberAt(columns, 2, row),
    exchangeTimeUs: numberAt(columns, 3, row),
    bid: numberAt(columns, 4, row),
    bidSize: numberAt(columns, 5, row),
    ask: numberAt(columns, 6, row),
    askSize: numberAt(columns, 7, row),
  }),
};

const TRADES: TickTable<TradeTick> = {
  columns: [
    ...[word('venue'), word('instrument'), integer('received_at_us'), integer('exchange_time_us')],
    ...[double('price'), double('size'), word('aggressor'), text('trade_id')],
  ],
  values: (tick) => [
    ...[tick.venue, tick.instrument, tick.receivedAtUs, tick.exchangeTimeUs],
    ...[tick.price, tick.size, tick.aggressor, tick.tradeId],
  ],
  tick: (columns, row) => ({
    kind: 'trade',
    venue: textAt(columns, 0, row) as VenueId,
    instrument: textAt(columns, 1, row) as InstrumentId,
    receivedAtUs: numberAt(columns, 2, row),
    exchangeTimeUs: numberAt(columns, 3, row),
    price: numberAt(columns, 4, row),
    size: numberAt(columns, 5, row),
    aggressor: textAt(columns, 6, row) as TradeTick['aggressor'],
    tradeId: textAt(columns, 7, row),
  }),
};

const OPPORTUNITIES: TickTable<OpportunityTick> = {
  columns: [
    ...[word('venue'), word('instrument'), integer('received_at_us'), text('id')],
    ...[word('reason'), double('net_edge_bps'), text('record')],
  ],
  values: (tick) => [
    ...[tick.venue, tick.instrument, tick.receivedAtUs, tick.id],
    ...[tick.reason, tick.netEdgeBps, tick.record],
  ],
  tick: (columns, row) => ({
    kind: 'opportunity',
    venue: textAt(columns, 0, row) as VenueId,
    instrument: textAt(columns, 1, row) as InstrumentId,
    receivedAtUs: numberAt(columns, 2, row),
    id: textAt(columns, 3, row),
    reason: textAt(columns, 4, row),
    netEdgeBps: numberAt(columns, 5, row),
    record: textAt(columns, 6, row),
  }),
};

const ALERTS: TickTable<AlertTick> = {
  columns: [
    ...[word('venue'), word('instrument'), integer('received_at_us'), text('alert_id')],
    ...[text('alert_key'), word('severity'), word('area'), word('change')],
    ...[text('summary'), text('record')],
  ],
  values: (tick) => [
    ...[tick.venue, tick.instrument, tick.receivedAtUs, tick.alertId],
    ...[tick.key, tick.severity, tick.area, tick.change, tick.summary, tick.record],
  ],
  tick: (columns, row) => ({
    kind: 'alert',
    venue: textAt(columns, 0, row) as VenueId,
    instrument: textAt(columns, 1, row) as InstrumentId,
    receivedAtUs: numberAt(columns, 2, row),
    alertId: textAt(columns, 3, row),
    key: textAt(columns, 4, row),
    severity: textAt(columns, 5, row) as AlertTick['severity'],
    area: textAt(columns, 6, row) as AlertTick['area'],
    change: textAt(columns, 7, row) as AlertTick['change'],
    summary: textAt(columns, 8, row),
    record: textAt(columns, 9, row),
  }),
};

const DELIVERIES: TickTable<DeliveryTick> = {
  columns: [
    ...[word('venue'), word('instrument'), integer('received_at_us'), text('message_id')],
    ...[word('person_id'), word('channel'), word('outcome'), word('severity')],
    ...[text('alert_keys'), integer('alerts'), text('rule_ids'), integer('attempts')],
    ...[integer('latency_us'), word('error_code'), text('error')],
  ],
  values: (tick) => [
    ...[tick.venue, tick.instrument, tick.receivedAtUs, tick.messageId],
    ...[tick.personId, tick.channel, tick.outcome, tick.severity],
    ...[JSON.stringify(tick.alertKeys), tick.alerts, JSON.stringify(tick.ruleIds), tick.attempts],
    ...[tick.latencyUs, tick.errorCode, tick.error],
  ],
  tick: (columns, row) => ({
    kind: 'delivery',
    venue: textAt(columns, 0, row) as VenueId,
    instrument: textAt(columns, 1, row) as InstrumentId,
    receivedAtUs: numberAt(columns, 2, row),
    messageId: textAt(columns, 3, row),
    personId: textAt(columns, 4, row),
    channel: textAt(columns, 5, row),
    outcome: textAt(columns, 6, row) as DeliveryTick['outcome'],
    severity: textAt(columns, 7, row) as DeliveryTick['severity'],
    alertKeys: JSON.parse(textAt(columns, 8, row)) as string[],
    alerts: numberAt(columns, 9, row),
    ruleIds: JSON.parse(textAt(columns, 10, row)) as string[],
    attempts: numberAt(columns, 11, row),
    latencyUs: numberAt(columns, 12, row),
    errorCode: textAt(columns, 13, row),
    error: textAt(columns, 14, row),
  }),
};

const BACKTESTS: TickTable<BacktestTick> = {
  columns: [
    ...[word('venue'), word('instrument'), integer('received_at_us'), word('run_id')],
    ...[word('strategy'), word('series'), double('value')],
  ],
  values: (tick) => [
    ...[tick.venue, tick.instrument, tick.receivedAtUs, tick.runId],
    ...[tick.strategy, tick.series, tick.value],
  ],
  tick: (columns, row) => ({
    kind: 'backtest',
    venue: '',
    instrument: '',
    receivedAtUs: numberAt(columns, 2, row),
    runId: textAt(columns, 3, row),
    strategy: textAt(columns, 4, row),
    series: textAt(columns, 5, row),
    value: numberAt(columns, 6, row),
  }),
};

const TABLES = {
  quote: QUOTES,
  trade: TRADES,
  opportunity: OPPORTUNITIES,
  alert: ALERTS,
  delivery: DELIVERIES,
  backtest: BACKTESTS,
};

/** The columns of a kind: `venue`, `instrument` and `received_at_us` come first in each. */
export function tickColumns(kind: TickKind): readonly TickColumn[] {
  return TABLES[kind].columns;
}

/** @returns the tick's values in the order of its kind's columns. */
export function tickValues(tick: Tick): readonly Value[] {
  const values = TABLES[tick.kind].values as (tick: Tick) => readonly Value[];
  return values(tick);
}

/** Makes a tick of one row of columns, which are in the order of `tickColumns(kind)`. */
export type TickReader<Kind extends TickKind> = (columns: Columns, row: number) => TickOf<Kind>;

export function tickReader<Kind extends TickKind>(kind: Kind): TickReader<Kind> {
  return TABLES[kind].tick as (columns: Columns, row: number) => Tick as TickReader<Kind>;
}

/**
 * Whether every number of the tick can be stored: finite, and a whole microsecond where it is a
 * time. What cannot be stored is refused at `append`, not found out in a batch later.
 */
export function isStorable(tick: Tick): boolean {
  if (!Number.isSafeInteger(tick.receivedAtUs)) return false;
  switch (tick.kind) {
    case 'quote':
      return (
        Number.isSafeInteger(tick.exchangeTimeUs) &&
        Number.isFinite(tick.bid + tick.bidSize + tick.ask + tick.askSize)
      );
    case 'trade':
      return Number.isSafeInteger(tick.exchangeTimeUs) && Number.isFinite(tick.price + tick.size);
    case 'opportunity':
      return Number.isFinite(tick.netEdgeBps);
    case 'alert':
      return true;
    case 'delivery':
      return [tick.alerts, tick.attempts, tick.latencyUs].every(Number.isSafeInteger);
    case 'backtest':
      return Number.isFinite(tick.value);
  }
}
