import type { DuckDBConnection } from '@duckdb/node-api';
import { BAD_ROWS_SHOWN } from '../../domain/bad-row-tally.ts';
import { rowsOf } from './duck.ts';
import { linesOf } from './text-lines.ts';

/** A line that could not be read as its columns. */
interface Reject {
  readonly line: number;
  readonly column: string;
  readonly value: string;
  readonly why: string;
}

export interface Rejects {
  readonly first: readonly Reject[];
  readonly reasons: ReadonlyMap<string, number>;
  /** Lines of all of them in order, as many as there is room for. */
  readonly lines: readonly number[];
}

const LINES_MAX = 1_000_000;

const WORDS: Readonly<Record<string, string>> = {
  CAST: 'not a number',
  'MISSING COLUMNS': 'too few fields',
  'TOO MANY COLUMNS': 'too many fields',
  'UNQUOTED VALUE': 'a quote is not closed',
  'LINE SIZE OVER MAXIMUM': 'the line is too long',
  'INVALID ENCODING': 'not UTF-8',
};

/** What the engine put aside during the last scan of a connection. */
export async function rejectsOf(connection: DuckDBConnection): Promise<Rejects> {
  const each =
    'SELECT line, first(error_type) AS type, first(column_name) AS name, ' +
    'first(error_message) AS message FROM reject_errors GROUP BY line';
  const reasons = await rowsOf(connection, `SELECT type, count(*) FROM (${each}) GROUP BY type`);
  const first = await rowsOf(connection, `${each} ORDER BY line LIMIT ${BAD_ROWS_SHOWN}`);
  const lines = await rowsOf(
    connection,
    `SELECT DISTINCT line FROM reject_errors ORDER BY line LIMIT ${LINES_MAX}`,
  );
  return {
    reasons: new Map(reasons.map(([type, count]) => [wordsOf(type), Number(count)])),
    first: first.map(([line, type, name, message]) => ({
      line: Number(line),
      column: type === 'CAST' ? String(name ?? '') : '',
      value: /convert string "(.*)" to/s.exec(String(message))?.[1] ?? '',
      why: wordsOf(type),
    })),
    lines: lines.map(([line]) => Number(line)),
  };
}

const wordsOf = (type: unknown): string => WORDS[String(type)] ?? String(type).toLowerCase();

/**
 * Finds the lines of rows that are known by their number among the rows the engine gave, from 0.
 * It skips blank lines and those it rejected. Reads the file up to the last of them.
 */
export async function locateRows(
  file: string,
  options: { readonly rows: readonly number[]; readonly rejected: readonly number[] },
): Promise<ReadonlyMap<number, { readonly line: number; readonly text: string }>> {
  const located = new Map<number, { line: number; text: string }>();
  const wanted = new Set(options.rows);
  if (wanted.size === 0) return located;
  const rejected = new Set(options.rejected);
  let line = 0;
  let row = -1;
  for await (const text of linesOf(file)) {
    line += 1;
    if (text === '' || rejected.has(line)) continue;
    // The first line that is left is the header.
    if (wanted.delete(row)) located.set(row, { line, text });
    row += 1;
    if (wanted.size === 0) break;
  }
  return located;
}
