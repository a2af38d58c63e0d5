import {
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
  VARCHAR,
} from '@duckdb/node-api';
import type { Tick } from '../tick-store.ts';
import { type TickKind, tickColumns, tickValues } from './tick-table.ts';

/** Rows that are copied in one go: about a millisecond in which nothing else runs. */
const CHUNK_ROWS = 512;

/** SQL text of a string. */
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** SQL text of a list of strings, `('a', 'b')`. */
export const literals = (texts: readonly string[]): string => texts.map(literal).join(', ');

/** SQL that reads Parquet files as one table. */
export const parquetTable = (paths: readonly string[]): string =>
  `read_parquet([${literals(paths)}], hive_partitioning = false)`;

/** A DuckDB in memory, as the engine that writes, sorts and reads Parquet files. */
export async function openDuck(options: {
  readonly threads: number;
  readonly memoryMaxBytes: number;
  /** Where sorts that outgrow the memory spill. */
  readonly spillFolder: string;
}): Promise<{ readonly instance: DuckDBInstance; readonly connection: DuckDBConnection }> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(options.threads),
    memory_limit: `${Math.floor(options.memoryMaxBytes / 2 ** 20)}MiB`,
    temp_directory: options.spillFolder,
    autoinstall_known_extensions: 'false',
    // Files are read once to be merged and go away then: what DuckDB kept of them would only grow.
    enable_external_file_cache: 'false',
  });
  return { instance, connection: await instance.connect() };
}

/**
 * Fills a new table `name` with ticks of one kind and their ordinals. Whole numbers travel as
 * doubles, which hold them exactly up to 2^53 and cost no bigint, and are cast where they land.
 */
export async function loadTicks(
  connection: DuckDBConnection,
  load: {
    readonly name: string;
    readonly kind: TickKind;
    readonly ticks: readonly Tick[];
    readonly firstOrdinal: number;
    /** Awaited between chunks, so that a large batch does not hold up the process. */
    readonly pause: () => Promise<void>;
  },
): Promise<void> {
  const columns = tickColumns(load.kind);
  const types: DuckDBType[] = columns.map((one) => (one.type === 'VARCHAR' ? VARCHAR : DOUBLE));
  const declared = columns.map(
    (one) => `${one.name} ${one.type === 'VARCHAR' ? 'VARCHAR' : 'DOUBLE'}`,
  );
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE ${load.name} (${declared.join(', ')}, ordinal DOUBLE)`,
  );
  const appender = await connection.createAppender(load.name, null, 'temp');
  try {
    for (let start = 0; start < load.ticks.length; start += CHUNK_ROWS) {
      const ticks = load.ticks.slice(start, start + CHUNK_ROWS);
      const values: DuckDBValue[][] = [...columns.map(() => []), []];
      for (const [row, tick] of ticks.entries()) {
        for (const [column, value] of tickValues(tick).entries()) values[column]?.push(value);
        values[columns.length]?.push(load.firstOrdinal + start + row);
      }
      const chunk = DuckDBDataChunk.create([...types, DOUBLE], ticks.length);
      chunk.setColumns(values);
      appender.appendDataChunk(chunk);
      await load.pause();
    }
  } finally {
    appender.closeSync();
  }
}

/** SQL of a Parquet file made of `source`, in order of receive time, then of arrival. */
export function copySql(copy: {
  readonly kind: TickKind;
  readonly source: string;
  readonly path: string;
}): string {
  const columns = tickColumns(copy.kind).map((one) => `${one.name}::${one.type} AS ${one.name}`);
  const select = `SELECT ${columns.join(', ')}, ordinal::BIGINT AS ordinal FROM ${copy.source}`;
  return (
    `COPY (${select} ORDER BY received_at_us, ordinal) TO ${literal(copy.path)} ` +
    '(FORMAT parquet, COMPRESSION zstd)'
  );
}
