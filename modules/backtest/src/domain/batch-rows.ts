import type { TapeBatch } from './tape.ts';

type Column = Float64Array | Uint16Array | Int8Array;

/** A batch of the rows `from` to `to - 1`, on the same memory. */
export function sliceBatch(batch: TapeBatch, from: number, to: number): TapeBatch {
  if (from === 0 && to === batch.count) return batch;
  return mapped(batch, to - from, (column, width) => column.subarray(from * width, to * width));
}

/** A batch of the given rows, in their own memory. */
export function pickRows(batch: TapeBatch, rows: Uint32Array): TapeBatch {
  return mapped(batch, rows.length, (column, width) => {
    const picked = column.slice(0, rows.length * width);
    for (let to = 0; to < rows.length; to += 1) {
      const from = (rows[to] as number) * width;
      for (let level = 0; level < width; level += 1) {
        picked[to * width + level] = column[from + level] as number;
      }
    }
    return picked;
  });
}

function mapped(
  batch: TapeBatch,
  count: number,
  change: (column: Column, width: number) => Column,
): TapeBatch {
  const own = <C extends Column>(column: C, width = 1): C => change(column, width) as C;
  const base = {
    count,
    market: own(batch.market),
    receivedAtUs: own(batch.receivedAtUs),
    exchangeTimeUs: own(batch.exchangeTimeUs),
  };
  switch (batch.kind) {
    case 'quote':
      return {
        kind: 'quote',
        ...base,
        bid: own(batch.bid),
        bidSize: own(batch.bidSize),
        ask: own(batch.ask),
        askSize: own(batch.askSize),
      };
    case 'trade':
      return {
        kind: 'trade',
        ...base,
        price: own(batch.price),
        size: own(batch.size),
        aggressor: own(batch.aggressor),
      };
    case 'book':
      return {
        kind: 'book',
        ...base,
        levels: batch.levels,
        bidCount: own(batch.bidCount),
        askCount: own(batch.askCount),
        bidPrices: own(batch.bidPrices, batch.levels),
        bidSizes: own(batch.bidSizes, batch.levels),
        askPrices: own(batch.askPrices, batch.levels),
        askSizes: own(batch.askSizes, batch.levels),
      };
  }
}
