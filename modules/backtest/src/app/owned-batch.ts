import type { BookBatch, TapeBatch } from '../domain/tape.ts';

type Columns = Float64Array | Uint16Array | Int8Array | Int32Array;

/** A batch that stays as it is until it is given back. */
export type OwnedBatch = TapeBatch & {
  /** Index of each row's market in the run; below 0 for one that is not listed. */
  readonly markets: Int32Array;
  /** Rows that still wait to be delivered. */
  left: number;
};

/** How many entries of each column a row has. */
function widthsOf(batch: TapeBatch): Readonly<Record<string, number>> {
  const base = { receivedAtUs: 1, exchangeTimeUs: 1 };
  switch (batch.kind) {
    case 'quote':
      return { ...base, bid: 1, bidSize: 1, ask: 1, askSize: 1 };
    case 'trade':
      return { ...base, price: 1, size: 1, aggressor: 1 };
    case 'book': {
      const { levels } = batch;
      const sides = { bidPrices: levels, bidSizes: levels, askPrices: levels, askSizes: levels };
      return { ...base, bidCount: 1, askCount: 1, ...sides };
    }
  }
}

const columnOf = (batch: object, name: string): Columns => Reflect.get(batch, name) as Columns;

/**
 * Copies of what readers lend for a moment. What is given back is filled again, so that the memory
 * of a run does not grow with its tapes.
 */
export class BatchPool {
  private readonly free: OwnedBatch[] = [];

  /** @param marketOf the run's index of each market of the tape */
  copy(batch: TapeBatch, marketOf: Int32Array): OwnedBatch {
    const at = this.free.findIndex((one) => fits(one, batch));
    const owned = at < 0 ? make(batch) : (this.free.splice(at, 1)[0] as OwnedBatch);
    const { count } = batch;
    for (const [name, width] of Object.entries(widthsOf(batch))) {
      const column = columnOf(batch, name).subarray(0, count * width);
      columnOf(owned, name).set(column as Float64Array);
    }
    for (let row = 0; row < count; row += 1) {
      owned.markets[row] = marketOf[batch.market[row] as number] as number;
    }
    Object.assign(owned, { count, left: count });
    return owned;
  }

  release(batch: OwnedBatch): void {
    this.free.push(batch);
  }
}

function fits(owned: OwnedBatch, batch: TapeBatch): boolean {
  if (owned.kind !== batch.kind || owned.markets.length < batch.count) return false;
  return owned.kind !== 'book' || owned.levels === (batch as BookBatch).levels;
}

function make(batch: TapeBatch): OwnedBatch {
  const columns = Object.entries(widthsOf(batch)).map(([name, width]) => {
    const Column = columnOf(batch, name).constructor as new (length: number) => Columns;
    return [name, new Column(batch.count * width)] as const;
  });
  const { kind } = batch;
  const levels = kind === 'book' ? { levels: batch.levels } : {};
  const markets = new Int32Array(batch.count);
  const owned = { kind, ...levels, ...Object.fromEntries(columns), markets, market: batch.market };
  return owned as unknown as OwnedBatch;
}
