import type { QuoteBatch, Tape } from '@ats/backtest';
import { type InstrumentId, venueId } from '@ats/domain';

/** Two venues of one market, in the order of their rows. */
const VENUES = ['binance', 'bitfinex'] as const;
const INSTRUMENT = 'BTC/USDT' as InstrumentId;
const BATCH = 2048;
const START_US = 1_780_000_000_000_000;

/** A wave that costs nothing to make: what is measured is what is done with the rows. */
const WAVE = Float64Array.from({ length: 4096 }, (_, at) => {
  const turn = (at / 4096) * 2 * Math.PI;
  return Math.round(60_000 + 40 * Math.sin(turn) + 12 * Math.sin(7 * turn + 1));
});

/**
 * Top-of-book rows of two venues in turn, whose prices wander together and hardly ever cross.
 * @param options `stepUs` between two rows
 */
export function syntheticTape(options: { readonly rows: number; readonly stepUs: number }): Tape {
  const { rows, stepUs } = options;
  const batch: QuoteBatch & { count: number } = {
    kind: 'quote',
    count: 0,
    market: new Uint16Array(BATCH),
    receivedAtUs: new Float64Array(BATCH),
    exchangeTimeUs: new Float64Array(BATCH),
    bid: new Float64Array(BATCH),
    bidSize: new Float64Array(BATCH),
    ask: new Float64Array(BATCH),
    askSize: new Float64Array(BATCH),
  };
  return {
    name: 'synthetic',
    markets: VENUES.map((venue) => ({ venue: venueId(venue), instrument: INSTRUMENT })),
    async *batches() {
      for (let from = 0; from < rows; from += BATCH) {
        batch.count = Math.min(BATCH, rows - from);
        for (let row = 0; row < batch.count; row += 1) {
          const at = from + row;
          const venue = at % VENUES.length;
          const middle = WAVE[(at >> 4) & 4095] as number;
          const apart = (at * 2_654_435_761) % 7;
          batch.market[row] = venue;
          batch.receivedAtUs[row] = START_US + at * stepUs;
          batch.exchangeTimeUs[row] = START_US + at * stepUs - 3000;
          batch.bid[row] = middle - 8 - apart;
          batch.bidSize[row] = 0.5 + apart / 10;
          batch.ask[row] = middle + 8 + apart;
          batch.askSize[row] = 0.7 + apart / 10;
        }
        yield batch;
      }
    },
    badRows: () => ({ count: 0, first: [] }),
  };
}
