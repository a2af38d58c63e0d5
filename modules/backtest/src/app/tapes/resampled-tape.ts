import { pickRows } from '../../domain/batch-rows.ts';
import type { Tape, TapeBatch, TapeRange, TradeBatch } from '../../domain/tape.ts';

/**
 * A tape with at most one row of best prices or book for each market and span: the last one, at
 * its own time. Trades of a span become four: its open, high, low and close, each at its own time
 * with a quarter of the volume. So nothing is known before it was, and bars of this length are
 * those of the whole tape.
 */
export function resampledTape(tape: Tape, lengthUs: number): Tape {
  return {
    name: tape.name,
    // Some readers learn of markets only as they come.
    get markets() {
      return tape.markets;
    },
    batches: (range) => resampled(tape, lengthUs, range),
    badRows: () => tape.badRows(),
  };
}

async function* resampled(
  tape: Tape,
  lengthUs: number,
  range: TapeRange | undefined,
): AsyncGenerator<TapeBatch> {
  const span = new OpenSpan(lengthUs);
  for await (const batch of tape.batches(range)) {
    for (let row = 0; row < batch.count; row += 1) {
      const timeUs = batch.receivedAtUs[row] as number;
      if (timeUs >= span.endUs) yield* span.end(batch);
      span.add(batch, row);
    }
    span.keep(batch);
  }
  yield* span.end();
}

interface Point {
  readonly timeUs: number;
  readonly price: number;
}

interface OpenBar {
  readonly open: Point;
  high: Point;
  low: Point;
  close: Point;
  volume: number;
}

/** What is known of the span that time is in. */
class OpenSpan {
  endUs = Number.POSITIVE_INFINITY;
  private readonly lengthUs: number;
  private readonly trades = new Map<number, OpenBar>();
  /** Last rows by kind and market: copies, and places in the batch that is being read. */
  private readonly kept = new Map<string, TapeBatch>();
  private readonly rows = new Map<string, number>();

  constructor(lengthUs: number) {
    this.lengthUs = lengthUs;
  }

  add(batch: TapeBatch, row: number): void {
    const timeUs = batch.receivedAtUs[row] as number;
    const market = batch.market[row] as number;
    if (this.endUs === Number.POSITIVE_INFINITY) {
      this.endUs = (Math.floor(timeUs / this.lengthUs) + 1) * this.lengthUs;
    }
    if (batch.kind === 'trade') {
      this.trade(market, { timeUs, price: batch.price[row] as number }, batch.size[row] as number);
    } else this.rows.set(`${batch.kind} ${market}`, row);
  }

  private trade(market: number, point: Point, size: number): void {
    const bar = this.trades.get(market);
    if (bar === undefined) {
      const prices = { open: point, high: point, low: point, close: point };
      this.trades.set(market, { ...prices, volume: size });
      return;
    }
    if (point.price > bar.high.price) bar.high = point;
    if (point.price < bar.low.price) bar.low = point;
    bar.close = point;
    bar.volume += size;
  }

  /** Copies what is needed of a batch before its memory is used again. */
  keep(batch: TapeBatch): void {
    for (const [key, row] of this.rows) this.kept.set(key, pickRows(batch, Uint32Array.of(row)));
    this.rows.clear();
  }

  /** The rows of the span, in order of time, and the next one begins. */
  end(batch?: TapeBatch): readonly TapeBatch[] {
    if (batch !== undefined) this.keep(batch);
    const ended = [...this.kept.values(), ...[...this.trades].flatMap(tradesOf)];
    this.kept.clear();
    this.trades.clear();
    this.endUs = Number.POSITIVE_INFINITY;
    const timeOf = ({ receivedAtUs }: TapeBatch): number => receivedAtUs[0] as number;
    return ended.sort((one, other) => timeOf(one) - timeOf(other));
  }
}

function tradesOf([market, bar]: readonly [number, OpenBar]): readonly TradeBatch[] {
  // Equal times keep this order, so that the open stays first and the close last.
  return [bar.open, bar.high, bar.low, bar.close].map(({ timeUs, price }) => ({
    kind: 'trade',
    count: 1,
    market: Uint16Array.of(market),
    receivedAtUs: Float64Array.of(timeUs),
    exchangeTimeUs: new Float64Array(1),
    price: Float64Array.of(price),
    size: Float64Array.of(bar.volume / 4),
    aggressor: new Int8Array(1),
  }));
}
