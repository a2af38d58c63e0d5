import { access } from 'node:fs/promises';
import { AtsError } from '@ats/domain';
import type { DuckDBConnection, DuckDBInstance, DuckDBResult } from '@duckdb/node-api';
import type { TickQuery } from '../tick-store.ts';
import { literals, parquetTable } from './duck.ts';
import { listDays, listSegments, partitionFolder, type Segment } from './parquet-segments.ts';
import {
  type TickColumn,
  type TickKind,
  type TickOf,
  tickColumns,
  tickReader,
} from './tick-table.ts';

/** A half-open range of receive times whose ticks are sorted together. */
interface Window {
  readonly fromUs: number;
  readonly toUs: number;
  readonly segments: readonly Segment[];
}

export interface ParquetScanOptions {
  readonly root: string;
  readonly instance: DuckDBInstance;
  /** Parquet bytes that are sorted at once: bounds the memory of a scan, whatever its length. */
  readonly windowBytes: number;
}

const ATTEMPTS_MAX = 5;

/** The files of one window as a table. */
export interface TickWindow {
  /** SQL that reads them. */
  readonly table: string;
  /** SQL conditions of the range, to be joined by AND. */
  readonly conditions: readonly string[];
}

export interface TickWindowsOptions {
  readonly root: string;
  readonly kind: TickKind;
  readonly fromUs?: number;
  readonly toUs?: number;
  readonly windowBytes: number;
}

/**
 * Reads the files of a kind one window of receive times after the other: sorted by
 * `received_at_us, ordinal` within each they are in order as a whole. Each window's files are
 * listed afresh, so this may go on while a writer merges files; `read` must have read them when it
 * resolves, and is called again where they were merged away meanwhile.
 *
 * @throws STORAGE_UNAVAILABLE
 */
export async function* readTickWindows<T>(
  options: TickWindowsOptions,
  read: (window: TickWindow) => Promise<T>,
): AsyncGenerator<T> {
  const range = {
    fromUs: options.fromUs ?? Number.NEGATIVE_INFINITY,
    toUs: options.toUs ?? Number.POSITIVE_INFINITY,
  };
  for (const day of await listDays(options.root, { kind: options.kind, ...range })) {
    const folder = partitionFolder(options.root, { kind: options.kind, day });
    let { fromUs } = range;
    while (fromUs < range.toUs) {
      const window = await readWindow({ ...options, folder, fromUs, toUs: range.toUs }, read);
      if (window === undefined) break;
      yield window.value;
      fromUs = window.toUs;
    }
  }
}

/** Yields the ticks of a query in order of receive time, then of arrival, holding one window. */
export async function* scanParquet<Kind extends TickKind>(
  query: TickQuery<Kind>,
  options: ParquetScanOptions,
): AsyncGenerator<readonly TickOf<Kind>[]> {
  const windows = readTickWindows({ ...options, ...query }, async (window) => {
    const connection = await options.instance.connect();
    try {
      const words = await wordsOf(connection, query, window);
      return batchesOf(query.kind, await connection.run(windowSql(query, window, words)));
    } finally {
      connection.disconnectSync();
    }
  });
  for await (const batches of windows) yield* batches;
}

interface WindowPlace extends TickWindowsOptions {
  readonly folder: string;
  readonly fromUs: number;
  readonly toUs: number;
}

/** Reads the window that begins at `fromUs`; undefined when no file reaches it. */
async function readWindow<T>(
  place: WindowPlace,
  read: (window: TickWindow) => Promise<T>,
): Promise<{ readonly value: T; readonly toUs: number } | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const window = nextWindow((await listSegments(place.folder)).live, place);
    if (window === undefined) return undefined;
    const paths = window.segments.map((segment) => segment.path);
    try {
      const value = await read({ table: parquetTable(paths), conditions: conditionsOf(window) });
      return { value, toUs: window.toUs };
    } catch (cause) {
      // Another process may have merged these files away since they were listed.
      if (attempt < ATTEMPTS_MAX && !(await allExist(paths))) continue;
      throw new AtsError({
        code: 'STORAGE_UNAVAILABLE',
        message: `ticks in ${place.folder} cannot be read: ${String(cause)}`,
        remedy: 'Look at the files there; move a damaged one away to read the others.',
        context: { field: 'tickStore.url', value: place.root, paths: paths.slice(0, 10) },
        cause,
      });
    }
  }
}

function conditionsOf(window: Window): readonly string[] {
  return [
    ...(Number.isFinite(window.fromUs) ? [`received_at_us >= ${BigInt(window.fromUs)}`] : []),
    ...(Number.isFinite(window.toUs) ? [`received_at_us < ${BigInt(window.toUs)}`] : []),
  ];
}

async function allExist(paths: readonly string[]): Promise<boolean> {
  const results = await Promise.allSettled(paths.map((path) => access(path)));
  return results.every((result) => result.status === 'fulfilled');
}

/** Ends a window where the files begun in it reach `windowBytes` and another file begins. */
function nextWindow(
  segments: readonly Segment[],
  place: { readonly fromUs: number; readonly toUs: number; readonly windowBytes: number },
): Window | undefined {
  const ahead = segments.filter((one) => one.toUs >= place.fromUs && one.fromUs < place.toUs);
  const [first] = ahead;
  if (first === undefined) return undefined;
  let bytes = 0;
  let toUs = place.toUs;
  for (const segment of ahead) {
    if (bytes >= place.windowBytes && segment.fromUs > Math.max(place.fromUs, first.fromUs)) {
      toUs = segment.fromUs;
      break;
    }
    bytes += segment.bytes;
  }
  return { fromUs: place.fromUs, toUs, segments: ahead.filter((one) => one.fromUs < toUs) };
}

/** The different values of each column in which few repeat, by the column's name. */
type Words = ReadonlyMap<string, readonly string[]>;

/** A column of more different values than this is read as plain text. */
const WORDS_MAX = 4096;

/**
 * Asks which words a window holds. As an enumeration of them, a column is read as shared strings,
 * several times faster than as a new string for each row.
 */
async function wordsOf(
  connection: DuckDBConnection,
  query: TickQuery,
  window: TickWindow,
): Promise<Words> {
  const names = tickColumns(query.kind)
    .filter((column) => column.repeats)
    .map((column) => column.name);
  const lists = names.map((name) => `list(DISTINCT ${name})`);
  const reader = await connection.runAndReadAll(`SELECT ${lists.join(', ')} FROM ${window.table}`);
  const [row = []] = reader.getRowsJS();
  const words = new Map<string, readonly string[]>();
  for (const [index, name] of names.entries()) {
    const found = row[index];
    if (!Array.isArray(found) || found.length === 0 || found.length > WORDS_MAX) continue;
    words.set(name, found.map(String));
  }
  return words;
}

/** How a column is read: times as doubles, exact up to 2^53, repeated words as enumerations. */
function columnSql(column: TickColumn, words: Words): string {
  if (column.type === 'BIGINT') return `${column.name}::DOUBLE`;
  const values = words.get(column.name);
  return values === undefined ? column.name : `${column.name}::ENUM(${literals(values)})`;
}

function windowSql(query: TickQuery, window: TickWindow, words: Words): string {
  const columns = tickColumns(query.kind).map((column) => columnSql(column, words));
  const conditions = [
    ...window.conditions,
    ...(query.venues === undefined ? [] : [oneOf('venue', query.venues)]),
    ...(query.instruments === undefined ? [] : [oneOf('instrument', query.instruments)]),
  ];
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const from = `${window.table} ${where} ORDER BY received_at_us, ordinal`;
  return `SELECT ${columns.join(', ')} FROM ${from}`;
}

function oneOf(column: string, texts: readonly string[]): string {
  return texts.length === 0 ? 'false' : `${column} IN (${literals(texts)})`;
}

async function* batchesOf<Kind extends TickKind>(
  kind: Kind,
  result: DuckDBResult,
): AsyncGenerator<readonly TickOf<Kind>[]> {
  const tickAt = tickReader(kind);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    const columns = chunk.getColumns();
    const ticks: TickOf<Kind>[] = [];
    for (let row = 0; row < chunk.rowCount; row += 1) ticks.push(tickAt(columns, row));
    yield ticks;
  }
}
