import type { Tape, TapeBatch, TapeRange } from '../../../src/index.ts';

type Row = Readonly<Record<string, unknown>>;

/** The rows of a batch as plain objects, for tests that compare a few. */
function rowsOfBatch(tape: Tape, batch: TapeBatch): Row[] {
  return Array.from({ length: batch.count }, (_, row) => rowOf(tape, batch, row));
}

function rowOf(tape: Tape, batch: TapeBatch, row: number): Row {
  const market = tape.markets[batch.market[row] as number];
  const base = {
    market: `${market?.venue}:${market?.instrument}`,
    at: batch.receivedAtUs[row],
    exchangeAt: batch.exchangeTimeUs[row],
  };
  switch (batch.kind) {
    case 'quote': {
      const { bid, bidSize, ask, askSize } = batch;
      return {
        ...base,
        bid: bid[row],
        bidSize: bidSize[row],
        ask: ask[row],
        askSize: askSize[row],
      };
    }
    case 'trade':
      return {
        ...base,
        price: batch.price[row],
        size: batch.size[row],
        aggressor: batch.aggressor[row],
      };
    case 'book': {
      const side = (count: number, prices: Float64Array, sizes: Float64Array) =>
        Array.from({ length: count }, (_, level) => {
          const at = row * batch.levels + level;
          return [prices[at], sizes[at]];
        });
      return {
        ...base,
        bids: side(batch.bidCount[row] as number, batch.bidPrices, batch.bidSizes),
        asks: side(batch.askCount[row] as number, batch.askPrices, batch.askSizes),
      };
    }
  }
}

/** All rows of a tape. */
export async function readRows(tape: Tape, range?: TapeRange): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of tape.batches(range)) rows.push(...rowsOfBatch(tape, batch));
  return rows;
}
