import type { Listing } from '@ats/domain';
import { type LoadedConfig, listingsOf, parseConfig, seededRandom } from '@ats/runtime';
import {
  MarketModel,
  modelParameters,
  type SimulatedMarket,
  simulatorConfigSchema,
} from '@ats/venue-simulator';
import type { QuoteBatch, Tape, TapeBatch, TapeRange, TradeBatch } from '../../domain/tape.ts';
import { tapeOfParts } from '../../domain/tape-parts.ts';

/** When simulated days begin: 2026-01-01T00:00Z. */
const START_US = 1_767_225_600_000_000;
/** What a frame takes from its venue. */
const LATENCY_US = 1000;

export interface SimulatedTapeOptions {
  readonly loaded: LoadedConfig;
  readonly seed: number;
  readonly seconds: number;
}

/** A table of numbers that grows row by row. */
class Rows {
  readonly markets: number[] = [];
  readonly timesUs: number[] = [];
  readonly values: readonly number[][];

  constructor(width: number) {
    this.values = Array.from({ length: width }, () => []);
  }

  add(market: number, timeUs: number, row: readonly number[]): void {
    this.markets.push(market);
    this.timesUs.push(timeUs);
    for (const [at, value] of row.entries()) this.values[at]?.push(value);
  }

  /** Times, markets and columns of a half-open range of receive times. */
  between({ fromUs = 0, toUs = Number.POSITIVE_INFINITY }: TapeRange) {
    const after = (limitUs: number): number => {
      const at = this.timesUs.findIndex((timeUs) => timeUs + LATENCY_US >= limitUs);
      return at < 0 ? this.timesUs.length : at;
    };
    const span = [after(fromUs), after(toUs)] as const;
    const exchangeTimeUs = Float64Array.from(this.timesUs.slice(...span));
    return {
      count: exchangeTimeUs.length,
      market: Uint16Array.from(this.markets.slice(...span)),
      exchangeTimeUs,
      receivedAtUs: exchangeTimeUs.map((timeUs) => timeUs + LATENCY_US),
      columns: this.values.map((column) => Float64Array.from(column.slice(...span))),
    };
  }
}

/**
 * Quotes and trades of the simulated exchanges, as they would be recorded; in memory. The same
 * configuration and seed give the same rows, on any machine.
 * @throws {AtsError} CONFIG_INVALID
 */
export function simulatedTape({ loaded, seed, seconds }: SimulatedTapeOptions): Tape {
  const config = parseConfig(loaded, simulatorConfigSchema);
  const listings = listingsOf(config);
  const stepUs = config.simulator.stepMs * 1000;
  const model = new MarketModel({
    ...{ listings, stepUs, startUs: START_US },
    parameters: modelParameters(config),
    random: seededRandom(seed),
  });
  const quotes = new Rows(4);
  const trades = new Rows(3);
  for (const [at, listing] of listings.entries()) {
    record(marketOf(model, listing), { at, quotes, trades });
  }
  for (let step = 0; step * stepUs < seconds * 1_000_000; step += 1) model.step();
  const name = `simulated-${seed}`;
  const markets = listings.map(({ venue, instrument }) => ({ venue, instrument }));
  const part = (batchOf: (range: TapeRange) => TapeBatch): Tape => ({
    ...{ name, markets },
    async *batches(range = {}) {
      yield batchOf(range);
    },
    badRows: () => ({ count: 0, first: [] }),
  });
  const parts = [
    part((range) => quoteBatch(quotes, range)),
    part((range) => tradeBatch(trades, range)),
  ];
  return tapeOfParts({ name, markets, parts });
}

function marketOf(model: MarketModel, { venue, symbol }: Listing): SimulatedMarket {
  return model.venues.get(venue)?.markets.get(symbol) as SimulatedMarket;
}

/** Notes every change of the best prices and sizes, and every trade. */
function record(
  market: SimulatedMarket,
  into: { readonly at: number; readonly quotes: Rows; readonly trades: Rows },
): void {
  const { at, quotes, trades } = into;
  const { book } = market;
  const bids = book.side('bid');
  const asks = book.side('ask');
  let before: readonly number[] = [];
  market.onBatch((batch) => {
    const top = [bids.price(0), bids.size(0), asks.price(0), asks.size(0)];
    if (top.some((value, index) => !Object.is(value, before[index])))
      quotes.add(at, batch.timeUs, top);
    before = top;
    for (const { price, size, aggressor } of batch.trades) {
      trades.add(at, batch.timeUs, [price, size, aggressor === 'bid' ? 1 : -1]);
    }
  });
}

function quoteBatch(rows: Rows, range: TapeRange): QuoteBatch {
  const { columns, ...times } = rows.between(range);
  const [bid, bidSize, ask, askSize] = columns as Float64Array[];
  return { kind: 'quote', ...times, bid, bidSize, ask, askSize } as QuoteBatch;
}

function tradeBatch(rows: Rows, range: TapeRange): TradeBatch {
  const { columns, ...times } = rows.between(range);
  const [price, size, aggressor] = columns as Float64Array[];
  return {
    kind: 'trade',
    ...times,
    price,
    size,
    aggressor: Int8Array.from(aggressor ?? []),
  } as TradeBatch;
}
