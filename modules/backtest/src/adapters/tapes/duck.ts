import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBResult,
} from '@duckdb/node-api';

/** A column of a chunk as the engine holds it. */
export type Column = Float64Array | Uint16Array | Int8Array;

const MEMORY_MAX = '1024MiB';
/** What a scan may be ahead of its reader: with the default of 1 MB it waits half its time. */
const STREAM_BUFFER = '64MB';

/** Chunks that are fetched before they are asked for, of 2048 rows each. */
const CHUNKS_AHEAD = 16;

let shared: Promise<DuckDBInstance> | undefined;

/** Connects to the engine that reads and writes all tapes of this process. */
export async function connectDuck(): Promise<DuckDBConnection> {
  shared ??= DuckDBInstance.create(':memory:', {
    memory_limit: MEMORY_MAX,
    temp_directory: join(tmpdir(), `ats-tapes-${process.pid}`),
    autoinstall_known_extensions: 'false',
  });
  const connection = await (await shared).connect();
  await connection.run("SET TimeZone = 'UTC'");
  await connection.run(`SET streaming_buffer_size = '${STREAM_BUFFER}'`);
  return connection;
}

/** Does some work on a connection of its own. */
export async function withDuck<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const connection = await connectDuck();
  try {
    return await work(connection);
  } finally {
    connection.disconnectSync();
  }
}

/** SQL text of a string. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** SQL text of a column's name. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The rows of a small answer. */
export async function rowsOf(
  connection: DuckDBConnection,
  sql: string,
): Promise<readonly (readonly unknown[])[]> {
  return (await connection.runAndReadAll(sql)).getRowsJS();
}

/**
 * The columns of a query's chunks, in the engine's own memory: nothing is copied. A few chunks are
 * fetched ahead: where a group of rows begins in a file one takes ten times as long as others do.
 */
export async function* chunksOf(
  result: DuckDBResult,
): AsyncGenerator<{ readonly count: number; readonly columns: readonly Column[] }> {
  const ahead: Promise<DuckDBDataChunk | null>[] = [];
  let stopped = false;
  const fetch = (): void => {
    // One at a time: the engine gives chunks in order to whoever asks first.
    const before = ahead.at(-1);
    const next =
      before === undefined
        ? result.fetchChunk()
        : before.then((chunk) => (stopped || isEmpty(chunk) ? null : result.fetchChunk()));
    // Whoever stops early leaves this one; its failure is nobody's then.
    next.catch(() => undefined);
    ahead.push(next);
  };
  try {
    for (;;) {
      while (ahead.length < CHUNKS_AHEAD) fetch();
      const chunk = await (ahead[0] as Promise<DuckDBDataChunk | null>);
      if (chunk === null || isEmpty(chunk)) return;
      fetch();
      ahead.shift();
      yield { count: chunk.rowCount, columns: columnsOf(chunk) };
    }
  } finally {
    stopped = true;
    await Promise.allSettled(ahead);
  }
}

const isEmpty = (chunk: DuckDBDataChunk | null): boolean => chunk === null || chunk.rowCount === 0;

function columnsOf(chunk: DuckDBDataChunk): Column[] {
  return Array.from({ length: chunk.columnCount }, (_, index) => itemsOf(chunk, index));
}

/**
 * The typed array behind a vector. The client's types keep it to themselves, but its accessors
 * call a function for each value, at a tenth of the speed.
 */
export function itemsOf(chunk: DuckDBDataChunk, index: number): Column {
  const { items } = chunk.getColumnVector(index) as unknown as { readonly items: unknown };
  if (items instanceof Float64Array || items instanceof Uint16Array || items instanceof Int8Array) {
    return items;
  }
  throw new TypeError(`column ${index} is not of DOUBLE, USMALLINT or TINYINT`);
}
