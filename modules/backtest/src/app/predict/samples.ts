import type { Listing } from '@ats/domain';
import { FEATURE_COUNT, FeatureTable } from '@ats/trading-engine';
import type { Tape } from '../../domain/tape.ts';
import { mergeTapes } from '../../domain/tape-merge.ts';
import { LiveTop, tradeOf } from '../live-top.ts';

/** Rows of features, and what the middle of their market did afterwards. */
export interface Samples {
  readonly count: number;
  /** `count` rows, one after the other. */
  readonly rows: Float32Array;
  /** Change of the middle within the horizon, basis points. */
  readonly changes: Float64Array;
  /** Index into the table's markets. */
  readonly markets: Uint16Array;
  readonly table: FeatureTable;
}

export interface SampleOptions {
  readonly tapes: readonly Tape[];
  readonly listings: readonly Listing[];
  readonly horizonMs: number;
  /** How often a row is taken of each market; the horizon is a multiple of it. */
  readonly everyMs: number;
}

/** All that was known at one moment. */
interface Moment {
  readonly rows: Float32Array;
  readonly has: Uint8Array;
  /** Logarithms of the middles; NaN where there was none. */
  readonly logs: Float64Array;
}

/**
 * Walks tapes through the features of the engine and takes a row of each market at the multiples
 * of a span of time, before whatever happens at that moment: a row knows the past alone.
 */
export async function samplesOf(options: SampleOptions): Promise<Samples> {
  const { horizonMs, everyMs } = options;
  const table = new FeatureTable(options.listings);
  const moments = await momentsOf(options, table);
  const ahead = Math.round(horizonMs / everyMs);
  const width = table.markets.length;
  const rows: Float32Array[] = [];
  const changes: number[] = [];
  const markets: number[] = [];
  for (let at = 0; at + ahead < moments.length; at += 1) {
    const now = moments[at] as Moment;
    const then = moments[at + ahead] as Moment;
    for (let market = 0; market < width; market += 1) {
      const change = (then.logs[market] as number) - (now.logs[market] as number);
      if (now.has[market] === 0 || Number.isNaN(change)) continue;
      rows.push(now.rows.subarray(market * FEATURE_COUNT, (market + 1) * FEATURE_COUNT));
      changes.push(change * 10_000);
      markets.push(market);
    }
  }
  const joined = new Float32Array(rows.length * FEATURE_COUNT);
  for (const [at, row] of rows.entries()) joined.set(row, at * FEATURE_COUNT);
  return {
    count: rows.length,
    rows: joined,
    changes: Float64Array.from(changes),
    markets: Uint16Array.from(markets),
    table,
  };
}

async function momentsOf(
  { tapes, everyMs }: SampleOptions,
  table: FeatureTable,
): Promise<Moment[]> {
  const everyUs = everyMs * 1000;
  const cursor = mergeTapes(tapes);
  const tops = cursor.markets.map((market) => new LiveTop(market, 1));
  const moments: Moment[] = [];
  let dueUs = 0;
  while (await cursor.load()) {
    while (cursor.next()) {
      const { batch, row, timeUs } = cursor;
      if (dueUs === 0) dueUs = Math.ceil(timeUs / everyUs) * everyUs;
      for (; dueUs <= timeUs; dueUs += everyUs) moments.push(momentOf(table, dueUs));
      const live = tops[cursor.market] as LiveTop;
      if (batch.kind === 'trade')
        table.onEvent(tradeOf(live.top, batch, { row, arrivalUs: timeUs }));
      else table.onEvent(live.take(batch, row, timeUs));
    }
  }
  await cursor.close();
  return moments;
}

function momentOf(table: FeatureTable, nowUs: number): Moment {
  const { length } = table.markets;
  const rows = new Float32Array(length * FEATURE_COUNT);
  const has = new Uint8Array(length);
  for (let market = 0; market < length; market += 1) {
    has[market] = table.write(market, nowUs, rows, market * FEATURE_COUNT) ? 1 : 0;
  }
  return { rows, has, logs: Float64Array.from(table.tracks, ({ log }) => log) };
}

/** A part of samples by their position, in order of time: from a share of them to another one. */
export function shareOf(samples: Samples, from: number, to: number): Samples {
  const first = Math.floor(samples.count * from);
  const last = Math.floor(samples.count * to);
  return {
    count: last - first,
    rows: samples.rows.subarray(first * FEATURE_COUNT, last * FEATURE_COUNT),
    changes: samples.changes.subarray(first, last),
    markets: samples.markets.subarray(first, last),
    table: samples.table,
  };
}
