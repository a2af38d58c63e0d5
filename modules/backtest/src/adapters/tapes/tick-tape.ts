import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AtsError } from '@ats/domain';
import { readTickWindows, type TickWindow } from '@ats/storage';
import { BadRowTally } from '../../domain/bad-row-tally.ts';
import type { Tape, TapeBatch, TapeMarket, TapeRange } from '../../domain/tape.ts';
import { tapeOfParts } from '../../domain/tape-parts.ts';
import { CheckedRows } from './checked-rows.ts';
import { formatOfHeader } from './columns.ts';
import { type Column, chunksOf, connectDuck, rowsOf, withDuck } from './duck.ts';
import { firstLineOf, unreadable } from './failure.ts';
import { chooseMarkets, type FoundMarkets, type MarketChoice, type MarketKey } from './markets.ts';
import { parquetTable, timeConditions } from './parquet-tape.ts';
import { BatchShaper, type Relation, relationSql } from './relation.ts';

export interface TickTapeOptions extends MarketChoice {
  readonly strict?: boolean;
}

type Chunks = AsyncIterable<{ readonly count: number; readonly columns: readonly Column[] }>;

/** Parquet bytes that are sorted at once: some million rows. */
const WINDOW_BYTES = 8 * 2 ** 20;
const KINDS = ['quote', 'trade'] as const;

/** The columns of the tick store's files that a tape needs. */
const COLUMNS = {
  quote: ['bid', 'bid_size', 'ask', 'ask_size'],
  trade: ['price', 'size', 'aggressor'],
} as const;

/** Rows that somebody else wrote: what cannot be used is skipped and counted by its number. */
function checkedTape(options: {
  readonly name: string;
  readonly markets: readonly TapeMarket[];
  readonly relation: Relation;
  readonly strict: boolean;
  readonly scan: (range: TapeRange) => Chunks;
}): Tape {
  const { name, markets, relation, strict, scan } = options;
  let tally = new BadRowTally();
  return {
    name,
    markets,
    badRows: () => tally.value(),
    async *batches(range: TapeRange = {}): AsyncGenerator<TapeBatch> {
      tally = new BadRowTally();
      const shaper = new BatchShaper(relation);
      const lineOf = (row: number): number => shaper.sourceRow(row) + 1;
      const rows = new CheckedRows({ name, strict, range, tally, lineOf });
      try {
        for await (const { count, columns } of scan(range)) {
          const batch = rows.filter(shaper.shape(count, columns));
          if (batch !== undefined) yield batch;
        }
      } catch (cause) {
        throw cause instanceof AtsError ? cause : damaged(name, cause);
      }
    },
  };
}

function damaged(reference: string, cause: unknown): AtsError {
  return unreadable({
    reference,
    why: `it cannot be read as Parquet: ${firstLineOf(cause)}`,
    remedy: 'Fetch the file again, or move a damaged one out of the folder.',
    cause,
  });
}

/** @throws TAPE_UNREADABLE when no market can be told */
function found(reference: string, keys: readonly MarketKey[], choice: MarketChoice): FoundMarkets {
  const chosen = chooseMarkets(keys, { choice, venue: 'venue', symbol: 'instrument' });
  if (keys.length > 0 && chosen.unknown.length < keys.length) return chosen;
  const [unknown] = chosen.unknown;
  const why =
    unknown === undefined
      ? 'it holds no rows'
      : `nobody can tell which assets "${unknown.symbol}" on "${unknown.venue}" trades`;
  const remedy = 'Name the market: --market SYMBOL=venue:BASE/QUOTE.';
  throw unreadable({ reference, why, remedy });
}

const keysOf = (rows: readonly (readonly unknown[])[]): MarketKey[] =>
  rows.map(([venue, symbol]) => ({ venue: String(venue ?? ''), symbol: String(symbol ?? '') }));

const DISTINCT = 'SELECT DISTINCT venue, instrument FROM';

/** A Parquet file with our columns. @throws TAPE_UNREADABLE */
export async function openParquetFile(
  file: string,
  options: TickTapeOptions,
): Promise<{ readonly tape: Tape; readonly format: string }> {
  const from = parquetTable([file]);
  const { header, keys } = await withDuck(async (connection) => {
    const described = await rowsOf(connection, `DESCRIBE SELECT * FROM ${from}`);
    const names = described.map(([name]) => String(name));
    const has = names.includes('venue') && names.includes('instrument');
    const rows = has ? await rowsOf(connection, `${DISTINCT} ${from} ORDER BY ALL`) : [];
    return { header: names, keys: keysOf(rows) };
  }).catch((cause: unknown) => {
    throw damaged(file, cause);
  });
  const format = formatOfHeader(header);
  if (format === undefined || format.kind === 'levels') {
    const why = `its columns are of no known format: ${header.join(', ').slice(0, 120)}`;
    const remedy = 'Name the columns as docs/tape-format.md has them.';
    throw unreadable({ reference: file, why, remedy });
  }
  const { markets, sql } = found(file, keys, options);
  const relation = { ...format, kind: format.kind, from };
  const scan = (range: TapeRange): Chunks => streamed(relation, sql, range);
  const strict = options.strict === true;
  const tape = checkedTape({ name: file, markets, relation, strict, scan });
  return { tape, format: `Parquet of ${format.name}` };
}

async function* streamed(relation: Relation, market: string, range: TapeRange): Chunks {
  const connection = await connectDuck();
  try {
    const conditions = timeConditions(range);
    const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
    yield* chunksOf(await connection.stream(relationSql(relation, market, where)));
  } finally {
    connection.disconnectSync();
  }
}

/** Whether a folder is one that the tick store writes. */
export async function isTickFolder(folder: string): Promise<boolean> {
  const found = await Promise.all(
    KINDS.map((kind) => stat(join(folder, kind)).catch(() => undefined)),
  );
  return found.some((one) => one?.isDirectory() === true);
}

/** Quotes and trades that the tick store has in a folder. @throws TAPE_UNREADABLE */
export async function openTickFolder(folder: string, options: TickTapeOptions): Promise<Tape> {
  const keys = new Map<string, MarketKey>();
  const present: (typeof KINDS)[number][] = [];
  for (const kind of KINDS) {
    const windows = windowsOf(folder, { kind }, ({ table }) => `${DISTINCT} ${table}`);
    for await (const result of windows) {
      if (!present.includes(kind)) present.push(kind);
      for (const key of keysOf(await result.getRowsJS())) {
        keys.set(`${key.venue}:${key.symbol}`, key);
      }
    }
  }
  const inOrder = [...keys].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, key]) => key);
  const { markets, sql } = found(folder, inOrder, options);
  const parts = present.map((kind) => {
    const header = ['venue', 'instrument', 'received_at_us', 'exchange_time_us', ...COLUMNS[kind]];
    const format = formatOfHeader(header);
    if (format === undefined) throw new TypeError(`no columns of ${kind}`);
    const relation: Relation = { ...format, kind, from: '' };
    const scan = (range: TapeRange): Chunks => sorted({ folder, relation, market: sql, range });
    const strict = options.strict === true;
    return checkedTape({ name: folder, markets, relation, strict, scan });
  });
  return tapeOfParts({ name: folder, markets, parts });
}

async function* sorted(options: {
  readonly folder: string;
  readonly relation: Relation;
  readonly market: string;
  readonly range: TapeRange;
}): Chunks {
  const { folder, relation, market, range } = options;
  const kind = relation.kind === 'trade' ? 'trade' : 'quote';
  const windows = windowsOf(folder, { kind, ...range }, ({ table, conditions }) => {
    const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
    const from = `${table}${where} ORDER BY received_at_us, ordinal`;
    return relationSql({ ...relation, from }, market);
  });
  for await (const result of windows) yield* chunksOf(result);
}

/** The answers of one query for each window of a tick store's files, in order of time. */
function windowsOf(
  root: string,
  selection: { readonly kind: 'quote' | 'trade' } & TapeRange,
  sql: (window: TickWindow) => string,
) {
  return readTickWindows({ root, windowBytes: WINDOW_BYTES, ...selection }, (window) =>
    // All of it at once: a writer may merge the files away while it is looked at.
    withDuck((connection) => connection.run(sql(window))),
  );
}
