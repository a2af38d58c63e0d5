import { type FluxTableMetaData, fluxString, type QueryApi } from '@influxdata/influxdb-client';
import type { TickQuery } from '../tick-store.ts';
import { fluxTime, MEASUREMENTS, timeUsOf } from './influx-lines.ts';
import { type TickKind, type TickOf, tickColumns, tickReader } from './tick-table.ts';

const BATCH_ROWS = 2000;
/** Rows that a window aims at: the server sorts a window at a time. */
const WINDOW_ROWS = 20_000;
const WINDOW_US_START = 60_000_000;
const WINDOW_US_MAX = 86_400_000_000;
const WINDOW_US_MIN = 1000;
const YEAR_2200_US = 7_258_118_400_000_000;

interface Range {
  readonly fromUs: number;
  readonly toUs: number;
}

function anyOf(column: string, texts: readonly string[] | undefined): string {
  if (texts === undefined) return '';
  const terms = texts.map((text) => `r.${column} == ${fluxString(text)}`);
  return `|> filter(fn: (r) => ${terms.join(' or ')})`;
}

function selection(bucket: string, query: TickQuery, range: Range): string {
  return [
    `from(bucket: ${fluxString(bucket)})`,
    `|> range(start: ${fluxTime(range.fromUs)}, stop: ${fluxTime(range.toUs)})`,
    `|> filter(fn: (r) => r._measurement == ${fluxString(MEASUREMENTS[query.kind].name)})`,
    anyOf('venue', query.venues),
    anyOf('instrument', query.instruments),
  ].join('\n');
}

/** When the first tick at or after `fromUs` was received, so that empty spans cost one query. */
async function firstTime(
  api: QueryApi,
  bucket: string,
  query: TickQuery,
  range: Range,
): Promise<number | undefined> {
  const flux = [
    selection(bucket, query, range),
    `|> filter(fn: (r) => r._field == ${fluxString(MEASUREMENTS[query.kind].field)})`,
    '|> first()',
    '|> keep(columns: ["_time"])',
    '|> group()',
    '|> sort(columns: ["_time"])',
    '|> limit(n: 1)',
  ].join('\n');
  for await (const { values, tableMeta } of api.iterateRows(flux)) {
    return timeUsOf(values[tableMeta.column('_time').index] ?? '');
  }
  return undefined;
}

async function* rowsOf<Kind extends TickKind>(
  api: QueryApi,
  flux: string,
  kind: Kind,
): AsyncGenerator<TickOf<Kind>> {
  const columns = tickColumns(kind);
  const tickAt = tickReader(kind);
  let meta: FluxTableMetaData | undefined;
  let indices: readonly number[] = [];
  const cells: unknown[][] = columns.map(() => [undefined]);
  for await (const { values, tableMeta } of api.iterateRows(flux)) {
    if (tableMeta !== meta) {
      meta = tableMeta;
      indices = columns.map(
        (column) =>
          tableMeta.column(column.name === 'received_at_us' ? '_time' : column.name, false).index,
      );
    }
    for (const [at, column] of columns.entries()) {
      const value = values[indices[at] ?? -1] ?? '';
      const cell = cells[at] as unknown[];
      if (column.name === 'received_at_us') cell[0] = timeUsOf(value);
      else cell[0] = column.type === 'VARCHAR' ? value : Number(value);
    }
    yield tickAt(cells, 0);
  }
}

/**
 * Yields a query's ticks in order, one window of time after the other. Windows widen and narrow
 * with what they hold, so that neither side ever holds more than some tens of thousands of rows.
 */
export async function* scanInflux<Kind extends TickKind>(
  query: TickQuery<Kind>,
  options: { readonly api: QueryApi; readonly bucket: string },
): AsyncGenerator<readonly TickOf<Kind>[]> {
  if (query.venues?.length === 0 || query.instruments?.length === 0) return;
  const { api, bucket } = options;
  const toUs = Math.min(query.toUs ?? YEAR_2200_US, YEAR_2200_US);
  let fromUs = Math.max(query.fromUs ?? 0, 0);
  let windowUs = WINDOW_US_START;
  while (fromUs < toUs) {
    const startUs = await firstTime(api, bucket, query, { fromUs, toUs });
    if (startUs === undefined) return;
    const endUs = Math.min(startUs + windowUs, toUs);
    const flux = [
      selection(bucket, query, { fromUs: startUs, toUs: endUs }),
      '|> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")',
      '|> group()',
      '|> sort(columns: ["_time"])',
    ].join('\n');
    let rows = 0;
    let batch: TickOf<Kind>[] = [];
    for await (const tick of rowsOf(api, flux, query.kind)) {
      rows += 1;
      if (batch.push(tick) < BATCH_ROWS) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
    if (rows < WINDOW_ROWS / 4) windowUs = Math.min(2 * windowUs, WINDOW_US_MAX);
    if (rows > WINDOW_ROWS) windowUs = Math.max(Math.floor(windowUs / 2), WINDOW_US_MIN);
    fromUs = endUs;
  }
}
