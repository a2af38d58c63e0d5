import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DOUBLE,
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBType,
  TINYINT,
  USMALLINT,
} from '@duckdb/node-api';
import type { TapeBatch, TapeMarket } from '../../domain/tape.ts';
import { type Column, connectDuck, itemsOf, literal } from './duck.ts';
import type { TapeFile } from './manifest.ts';

/** Values that wait in memory before they are written as a file: 128 MB. */
const CELLS_PER_FILE = 16_000_000;
/** Most rows of a chunk, by the engine. */
const CHUNK_ROWS = 2048;

interface StoredColumn {
  readonly name: string;
  readonly type: DuckDBType;
  /** What it is in the file; `type` if absent. */
  readonly stored?: string;
}

const double = (name: string): StoredColumn => ({ name, type: DOUBLE });
const time = (name: string): StoredColumn => ({ name, type: DOUBLE, stored: 'BIGINT' });

/** The columns of a kind as tapes are stored, after venue and instrument. */
export function storedColumns(kind: TapeBatch['kind'], levels: number): readonly StoredColumn[] {
  const base = [
    { name: 'market', type: USMALLINT },
    time('received_at_us'),
    time('exchange_time_us'),
  ];
  switch (kind) {
    case 'quote':
      return [...base, ...['bid', 'bid_size', 'ask', 'ask_size'].map(double)];
    case 'trade':
      return [...base, double('price'), double('size'), { name: 'aggressor', type: TINYINT }];
    case 'book':
      return [...base, ...levelColumns('bid', levels), ...levelColumns('ask', levels)];
  }
}

function levelColumns(side: string, levels: number): StoredColumn[] {
  return Array.from({ length: levels }, (_, at) =>
    [`${side}_price_${at + 1}`, `${side}_size_${at + 1}`].map(double),
  ).flat();
}

/** SQL that names a row's market in words, so that any program can read a stored tape. */
export function marketNamesSql(markets: readonly TapeMarket[]): string {
  const list = (texts: readonly string[]): string => `[${texts.map(literal).join(', ')}]`;
  return (
    `${list(markets.map(({ venue }) => venue))}[market + 1] AS venue, ` +
    `${list(markets.map(({ instrument }) => instrument))}[market + 1] AS instrument`
  );
}

export const PARQUET_OPTIONS = '(FORMAT parquet, COMPRESSION zstd)';

/** Writes the rows of one kind into Parquet files, in their order, in bounded memory. */
export class PartWriter {
  readonly files: TapeFile[] = [];
  rows = 0;
  private readonly kind: TapeBatch['kind'];
  private readonly levels: number;
  private readonly columns: readonly StoredColumn[];
  private readonly rowsPerFile: number;
  private readonly folder: string;
  private readonly prefix: string;
  private readonly connection: DuckDBConnection;
  private readonly markets: () => readonly TapeMarket[];
  private appender: DuckDBAppender | undefined;
  private waiting = 0;

  private constructor(options: PartOptions, connection: DuckDBConnection) {
    this.kind = options.kind;
    this.levels = options.levels;
    this.folder = options.folder;
    this.prefix = options.prefix;
    this.markets = options.markets;
    this.connection = connection;
    this.columns = storedColumns(options.kind, options.levels);
    this.rowsPerFile = Math.ceil(CELLS_PER_FILE / this.columns.length / CHUNK_ROWS) * CHUNK_ROWS;
  }

  static async open(options: PartOptions): Promise<PartWriter> {
    const writer = new PartWriter(options, await connectDuck());
    await writer.begin();
    return writer;
  }

  async append(batch: TapeBatch): Promise<void> {
    for (let from = 0; from < batch.count; from += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, batch.count - from);
      const types = this.columns.map(({ type }) => type);
      const chunk = DuckDBDataChunk.create(types, count);
      fillChunk(chunk, batch, { from, count, levels: this.levels });
      this.appender?.appendDataChunk(chunk);
      this.waiting += count;
      this.rows += count;
      if (this.waiting >= this.rowsPerFile) {
        await this.flush();
        await this.begin();
      }
    }
  }

  /** Writes what waits and frees the engine. */
  async finish(): Promise<void> {
    if (this.waiting > 0) await this.flush();
    this.close();
  }

  close(): void {
    this.appender?.closeSync();
    this.appender = undefined;
    this.connection.disconnectSync();
  }

  private async begin(): Promise<void> {
    const declared = this.columns.map(({ name, type }) => `${name} ${type.toString()}`);
    await this.connection.run(`CREATE OR REPLACE TEMP TABLE rows (${declared.join(', ')})`);
    this.appender = await this.connection.createAppender('rows', null, 'temp');
    this.waiting = 0;
  }

  private async flush(): Promise<void> {
    this.appender?.closeSync();
    this.appender = undefined;
    const number = String(this.files.length).padStart(4, '0');
    const name = `${this.kind}-${this.prefix}-${number}.parquet`;
    const path = join(this.folder, name);
    const columns = this.columns.map((column) =>
      column.stored === undefined
        ? column.name
        : `${column.name}::${column.stored} AS ${column.name}`,
    );
    const names = marketNamesSql(this.markets());
    const select = `SELECT ${names}, ${columns.join(', ')} FROM rows`;
    await this.connection.run(`COPY (${select}) TO ${literal(path)} ${PARQUET_OPTIONS}`);
    this.files.push({ file: name, rows: this.waiting, bytes: (await stat(path)).size });
    this.waiting = 0;
  }
}

export interface PartOptions {
  readonly kind: TapeBatch['kind'];
  readonly levels: number;
  readonly folder: string;
  readonly prefix: string;
  /** The tape's markets so far. */
  readonly markets: () => readonly TapeMarket[];
}

/** Copies rows of a batch into a chunk of `storedColumns`. */
function fillChunk(
  chunk: DuckDBDataChunk,
  batch: TapeBatch,
  place: { readonly from: number; readonly count: number; readonly levels: number },
): void {
  const { from, count } = place;
  let index = 0;
  const put = (column: Column): void => {
    itemsOf(chunk, index).set(column.subarray(from, from + count));
    chunk.getColumnVector(index).flush();
    index += 1;
  };
  put(batch.market);
  put(batch.receivedAtUs);
  put(batch.exchangeTimeUs);
  switch (batch.kind) {
    case 'quote':
      for (const column of [batch.bid, batch.bidSize, batch.ask, batch.askSize]) put(column);
      return;
    case 'trade':
      for (const column of [batch.price, batch.size, batch.aggressor]) put(column);
      return;
    case 'book': {
      const level = (values: Float64Array, counts: Uint16Array, at: number): void => {
        const items = itemsOf(chunk, index);
        for (let row = 0; row < count; row += 1) {
          const has = at < (counts[from + row] as number);
          items[row] = has ? (values[(from + row) * batch.levels + at] as number) : Number.NaN;
        }
        chunk.getColumnVector(index).flush();
        index += 1;
      };
      for (let at = 0; at < place.levels; at += 1) {
        level(batch.bidPrices, batch.bidCount, at);
        level(batch.bidSizes, batch.bidCount, at);
      }
      for (let at = 0; at < place.levels; at += 1) {
        level(batch.askPrices, batch.askCount, at);
        level(batch.askSizes, batch.askCount, at);
      }
    }
  }
}
