import { AtsError } from '@ats/domain';
import type { DuckDBConnection } from '@duckdb/node-api';
import { BAD_ROWS_SHOWN, BadRowTally } from '../../domain/bad-row-tally.ts';
import type { RowProblem } from '../../domain/row-check.ts';
import { RowFilter } from '../../domain/row-filter.ts';
import type { BadRows, Tape, TapeBatch, TapeMarket, TapeRange } from '../../domain/tape.ts';
import type { RowFormat } from './columns.ts';
import { locateRows, rejectsOf } from './csv-lines.ts';
import { type Column, chunksOf, connectDuck, literal, rowsOf, withDuck } from './duck.ts';
import { badRow, firstLineOf, unreadable } from './failure.ts';
import { LevelBooks } from './level-books.ts';
import { chooseMarkets, type FoundMarkets, type MarketChoice } from './markets.ts';
import { BatchShaper, type Relation, relationSql } from './relation.ts';

/** A CSV file whose columns are known. */
export interface CsvSource {
  readonly file: string;
  readonly gzip: boolean;
  readonly delimiter: string;
  readonly header: readonly string[];
  readonly format: RowFormat;
}

export interface CsvTapeOptions extends MarketChoice {
  readonly strict?: boolean;
  /** Levels of each side that a rebuilt book keeps. */
  readonly bookLevels?: number;
}

type Faults = 'skip' | 'store' | 'throw';

const FAULTS: Readonly<Record<Faults, string>> = {
  skip: ', ignore_errors = true',
  store: ', store_rejects = true',
  throw: '',
};

/** SQL that reads the file as a table; what is not of its type is skipped, kept or thrown. */
function csvTable(source: CsvSource, faults: Faults): string {
  const columns = source.header.map(
    (name) => `${literal(name)}: ${literal(source.format.types[name] ?? 'VARCHAR')}`,
  );
  const options = [
    'auto_detect = false, header = true',
    `delim = ${literal(source.delimiter)}, quote = '"', escape = '"'`,
    `compression = ${literal(source.gzip ? 'gzip' : 'none')}`,
    `columns = {${columns.join(', ')}}`,
  ];
  return `read_csv(${literal(source.file)}, ${options.join(', ')}${FAULTS[faults]})`;
}

function relationOf(source: CsvSource, faults: Faults): Relation & Pick<RowFormat, 'kind'> {
  const { format } = source;
  const table = csvTable(source, faults);
  const kind = format.kind as Relation['kind'];
  return { ...format, kind, from: format.around?.(table) ?? table };
}

/** @throws TAPE_UNREADABLE when no market of the file can be told */
async function marketsOf(
  source: CsvSource,
  choice: MarketChoice,
): Promise<FoundMarkets & { readonly rows: number }> {
  const { format, file } = source;
  const { venue, symbol } = format;
  const table = csvTable(source, 'skip');
  const sql = `SELECT ${venue}, ${symbol}, count(*) FROM ${table} GROUP BY ALL ORDER BY ALL`;
  const rows = await withDuck((connection) => rowsOf(connection, sql)).catch((cause) => {
    throw damaged(source, cause);
  });
  const keys = rows.map(([one, two]) => ({ venue: String(one ?? ''), symbol: String(two ?? '') }));
  const found = chooseMarkets(keys, { choice, venue, symbol });
  const [unknown] = found.unknown;
  if (unknown !== undefined && found.unknown.length === keys.length) {
    throw unreadable({
      reference: file,
      why: `nobody can tell which assets "${unknown.symbol}" on "${unknown.venue}" trades`,
      remedy: `Say it: --market ${unknown.symbol}=venue:BASE/QUOTE.`,
    });
  }
  const lines = rows.reduce((sum, [, , count]) => sum + Number(count), 0);
  return { ...found, rows: lines * format.rowsPerLine };
}

function damaged(source: CsvSource, cause: unknown): AtsError {
  return unreadable({
    reference: source.file,
    why: `it cannot be read as ${source.format.name}: ${firstLineOf(cause)}`,
    remedy: 'Compare it with docs/tape-format.md, or fetch it again if it is damaged.',
    cause,
  });
}

/** Makes batches of chunks. A batch is good until the next one. */
interface Shaper {
  shape(count: number, columns: readonly Column[]): TapeBatch;
  /** Where a row of the last batch stands among the rows that the engine gave. */
  sourceRow(row: number): number;
  /** What is left at the end. */
  finish(): TapeBatch | undefined;
}

/** Levels of each side that a rebuilt book keeps, if nobody says. */
export const BOOK_LEVELS = 25;

class CsvTape implements Tape {
  readonly name: string;
  readonly markets: readonly TapeMarket[];
  readonly rowsExpected: number;
  private readonly source: CsvSource;
  private readonly options: CsvTapeOptions;
  private readonly found: FoundMarkets;
  private bad: BadRows = { count: 0, first: [], reasons: {} };

  constructor(
    source: CsvSource,
    options: CsvTapeOptions,
    found: FoundMarkets & { readonly rows: number },
  ) {
    this.name = source.file;
    this.rowsExpected = found.rows;
    this.markets = found.markets;
    this.source = source;
    this.options = options;
    this.found = found;
  }

  badRows(): BadRows {
    return this.bad;
  }

  async *batches(range: TapeRange = {}): AsyncGenerator<TapeBatch> {
    const connection = await connectDuck();
    try {
      yield* this.read(connection, range);
    } catch (cause) {
      if (cause instanceof AtsError) throw cause;
      throw (
        (this.options.strict ? await this.firstReject() : undefined) ?? damaged(this.source, cause)
      );
    } finally {
      connection.disconnectSync();
    }
  }

  private async *read(connection: DuckDBConnection, range: TapeRange): AsyncGenerator<TapeBatch> {
    const { source, options } = this;
    const relation = relationOf(source, options.strict ? 'throw' : 'store');
    const result = await connection.stream(relationSql(relation, this.found.sql));
    const wrong = new WrongRows(relation.rowsPerLine);
    const shaper = this.shaperOf(relation, (row, problem) => wrong.add(row, problem));
    const filter = new RowFilter(range, (row, problem) => {
      wrong.add(shaper.sourceRow(row), problem);
    });
    for await (const { count, columns } of chunksOf(result)) {
      const batch = filter.filter(shaper.shape(count, columns));
      if (wrong.count > 0) await this.note(wrong);
      if (batch !== undefined) yield batch;
      if (filter.ended) break;
    }
    const last = shaper.finish();
    const batch = last === undefined || filter.ended ? undefined : filter.filter(last);
    if (wrong.count > 0) await this.note(wrong);
    if (batch !== undefined) yield batch;
    if (!options.strict) this.bad = await this.badOf(connection, wrong);
  }

  private shaperOf(relation: Relation, onBad: (row: number, problem: RowProblem) => void): Shaper {
    if (this.source.format.kind === 'levels') {
      const levels = this.options.bookLevels ?? BOOK_LEVELS;
      return new LevelBooks({ markets: this.markets.length, levels, onBad });
    }
    return new BatchShaper(relation);
  }

  /** @throws TAPE_BAD_ROW where the tape is read strictly */
  private async note(wrong: WrongRows): Promise<void> {
    if (this.options.strict) throw await this.asError(wrong);
    this.bad = wrong.tally(new Map()).value();
  }

  /** What was skipped, with its lines. The engine knows those that it could not even read. */
  private async badOf(connection: DuckDBConnection, wrong: WrongRows): Promise<BadRows> {
    const rejects = await rejectsOf(connection);
    const located = await locateRows(this.source.file, {
      rows: wrong.first.map(({ row }) => row),
      rejected: rejects.lines,
    });
    const tally = wrong.tally(located);
    for (const [reason, count] of rejects.reasons) tally.addMany(reason, count);
    for (const { line, column, why } of rejects.first) {
      tally.show({ line, problem: column === '' ? why : `${column}: ${why}` });
    }
    return tally.value();
  }

  private async asError(wrong: WrongRows): Promise<AtsError> {
    const [first] = wrong.first;
    const { row = 0, problem } = first ?? {};
    const located = await locateRows(this.source.file, { rows: [row], rejected: [] });
    const { line = row + 2, text = '' } = located.get(row) ?? {};
    const field = problem?.field ?? '';
    const column = this.source.format.fields?.[field] ?? field;
    const cell = text.split(this.source.delimiter)[this.source.header.indexOf(column)];
    const value = cell ?? String(problem?.value ?? '');
    const why = problem?.reason ?? 'it cannot be read';
    return badRow({ file: this.source.file, line, column, value, why });
  }

  /** The engine stopped: which line did it stop at? Undefined if it was no line's fault. */
  private firstReject(): Promise<AtsError | undefined> {
    return withDuck(async (connection) => {
      const relation = relationOf(this.source, 'store');
      const sql = relationSql(relation, this.found.sql);
      await connection.run(`SELECT count(COLUMNS(*)) FROM (${sql})`);
      const [first] = (await rejectsOf(connection)).first;
      if (first === undefined) return undefined;
      return badRow({ file: this.source.file, ...first });
    }).catch(() => undefined);
  }
}

/** Rows that could be read but make no sense, counted; the first of them by their place. */
class WrongRows {
  count = 0;
  readonly first: { readonly row: number; readonly problem: RowProblem }[] = [];
  private readonly reasons = new Map<string, number>();
  private readonly rowsPerLine: number;
  private last = -1;

  constructor(rowsPerLine: number) {
    this.rowsPerLine = rowsPerLine;
  }

  add(index: number, problem: RowProblem): void {
    const row = Math.floor(index / this.rowsPerLine);
    if (row === this.last) return;
    this.last = row;
    this.count += 1;
    this.reasons.set(problem.reason, (this.reasons.get(problem.reason) ?? 0) + 1);
    if (this.first.length < BAD_ROWS_SHOWN) this.first.push({ row, problem });
  }

  tally(located: ReadonlyMap<number, { readonly line: number }>): BadRowTally {
    const tally = new BadRowTally();
    for (const [reason, count] of this.reasons) tally.addMany(reason, count);
    for (const { row, problem } of this.first) {
      const line = located.get(row)?.line ?? row + 2;
      tally.show({ line, problem: `${problem.field} ${problem.value}: ${problem.reason}` });
    }
    return tally;
  }
}

/** @throws TAPE_UNREADABLE */
export async function openCsvTape(source: CsvSource, options: CsvTapeOptions): Promise<Tape> {
  return new CsvTape(source, options, await marketsOf(source, options));
}

/** The cells of a header line. */
export function parseHeader(line: string, delimiter: string): readonly string[] {
  return line
    .replace(/^\uFEFF/, '')
    .split(delimiter)
    .map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
}
