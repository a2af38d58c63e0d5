import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TapeMarket } from '../../domain/tape.ts';
import { literal, rowsOf, withDuck } from './duck.ts';
import type { TapeManifest, TapePart } from './manifest.ts';
import { marketNamesSql, PARQUET_OPTIONS } from './part-writer.ts';
import type { TapeStore } from './tape-store.ts';

export interface QuoteTapeOptions {
  readonly store: TapeStore;
  readonly name: string;
  readonly markets: readonly TapeMarket[];
  /**
   * SQL whose columns are `market` (index into `markets`), `received_at_us`, `exchange_time_us`,
   * `bid`, `bid_size`, `ask` and `ask_size`, in order of receive time.
   */
  readonly select: string;
  readonly replace?: boolean;
}

/**
 * Writes a tape of best prices that SQL makes, for benchmarks and tests: nothing passes through
 * JavaScript, and no row is checked.
 *
 * @throws TAPE_EXISTS; what the engine says of the SQL
 */
export async function writeQuoteTape(options: QuoteTapeOptions): Promise<TapeManifest> {
  const { store, name, markets, select, replace = false } = options;
  return store.place({ name, replace }, async ({ folder, prefix }) => {
    const file = `quote-${prefix}-0000.parquet`;
    const path = join(folder, file);
    const columns =
      'market::USMALLINT AS market, received_at_us::BIGINT AS received_at_us, ' +
      'exchange_time_us::BIGINT AS exchange_time_us, bid::DOUBLE AS bid, ' +
      'bid_size::DOUBLE AS bid_size, ask::DOUBLE AS ask, ask_size::DOUBLE AS ask_size';
    const totals = await withDuck(async (connection) => {
      const sql = `SELECT ${marketNamesSql(markets)}, ${columns} FROM (${select})`;
      await connection.run(`COPY (${sql}) TO ${literal(path)} ${PARQUET_OPTIONS}`);
      return rowsOf(
        connection,
        'SELECT market, count(*)::DOUBLE, min(received_at_us)::DOUBLE, ' +
          `max(received_at_us)::DOUBLE FROM ${literal(path)} GROUP BY market`,
      );
    });
    const byMarket = markets.map((market, index) => {
      const [, rows = 0, fromUs = 0, untilUs = 0] = totals.find(([at]) => at === index) ?? [];
      return { ...market, rows: Number(rows), fromUs: Number(fromUs), untilUs: Number(untilUs) };
    });
    const used = byMarket.filter(({ rows }) => rows > 0);
    const rows = used.reduce((sum, market) => sum + market.rows, 0);
    const part: TapePart = {
      kind: 'quote',
      levels: 1,
      rows,
      fromUs: Math.min(...used.map(({ fromUs }) => fromUs)),
      untilUs: Math.max(...used.map(({ untilUs }) => untilUs)),
      files: [{ file, rows, bytes: (await stat(path)).size }],
    };
    const source = { reference: 'SQL', format: 'generated quotes', sha256: '', bytes: 0 };
    const badRows = { count: 0, first: [], reasons: {} };
    return { markets: byMarket, parts: rows === 0 ? [] : [part], source, badRows };
  });
}
