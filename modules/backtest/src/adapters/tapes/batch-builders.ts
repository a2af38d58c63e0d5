import type { BookBatch, QuoteBatch, TradeBatch } from '../../domain/tape.ts';

const ROWS_START = 64;

/** What is said of a row beside its values. */
export interface RowPlace {
  readonly market: number;
  readonly timeUs: number;
  readonly exchangeTimeUs: number;
}

/** A book of which the best levels can be copied. */
interface TopCopies {
  readonly bids: { copyTop(prices: Float64Array, sizes: Float64Array): number };
  readonly asks: { copyTop(prices: Float64Array, sizes: Float64Array): number };
}

/** A batch of books that grows row by row and is used again when it was cleared. */
export class BookRows implements BookBatch {
  readonly kind = 'book';
  readonly levels: number;
  count = 0;
  market = new Uint16Array(ROWS_START);
  receivedAtUs = new Float64Array(ROWS_START);
  exchangeTimeUs = new Float64Array(ROWS_START);
  bidCount = new Uint16Array(ROWS_START);
  askCount = new Uint16Array(ROWS_START);
  bidPrices: Float64Array;
  bidSizes: Float64Array;
  askPrices: Float64Array;
  askSizes: Float64Array;

  constructor(levels: number) {
    this.levels = levels;
    this.bidPrices = new Float64Array(ROWS_START * levels);
    this.bidSizes = new Float64Array(ROWS_START * levels);
    this.askPrices = new Float64Array(ROWS_START * levels);
    this.askSizes = new Float64Array(ROWS_START * levels);
  }

  clear(): void {
    this.count = 0;
  }

  push(place: RowPlace, { bids, asks }: TopCopies): void {
    if (this.count === this.market.length) this.grow();
    const { count: at, levels } = this;
    const from = at * levels;
    const to = from + levels;
    const { bidPrices, bidSizes, askPrices, askSizes } = this;
    this.market[at] = place.market;
    this.receivedAtUs[at] = place.timeUs;
    this.exchangeTimeUs[at] = place.exchangeTimeUs;
    this.bidCount[at] = bids.copyTop(bidPrices.subarray(from, to), bidSizes.subarray(from, to));
    this.askCount[at] = asks.copyTop(askPrices.subarray(from, to), askSizes.subarray(from, to));
    this.count = at + 1;
  }

  private grow(): void {
    this.market = doubled(this.market);
    this.receivedAtUs = doubled(this.receivedAtUs);
    this.exchangeTimeUs = doubled(this.exchangeTimeUs);
    this.bidCount = doubled(this.bidCount);
    this.askCount = doubled(this.askCount);
    this.bidPrices = doubled(this.bidPrices);
    this.bidSizes = doubled(this.bidSizes);
    this.askPrices = doubled(this.askPrices);
    this.askSizes = doubled(this.askSizes);
  }
}

/** A batch of trades that grows row by row. */
export class TradeRows implements TradeBatch {
  readonly kind = 'trade';
  count = 0;
  market = new Uint16Array(ROWS_START);
  receivedAtUs = new Float64Array(ROWS_START);
  exchangeTimeUs = new Float64Array(ROWS_START);
  price = new Float64Array(ROWS_START);
  size = new Float64Array(ROWS_START);
  aggressor = new Int8Array(ROWS_START);

  clear(): void {
    this.count = 0;
  }

  push(
    place: RowPlace,
    trade: {
      readonly price: string | number;
      readonly size: string | number;
      readonly aggressor: 'bid' | 'ask' | 'unknown';
    },
  ): void {
    if (this.count === this.market.length) this.grow();
    const at = this.count;
    this.market[at] = place.market;
    this.receivedAtUs[at] = place.timeUs;
    this.exchangeTimeUs[at] = place.exchangeTimeUs;
    this.price[at] = Number(trade.price);
    this.size[at] = Number(trade.size);
    this.aggressor[at] = trade.aggressor === 'bid' ? 1 : trade.aggressor === 'ask' ? -1 : 0;
    this.count = at + 1;
  }

  private grow(): void {
    this.market = doubled(this.market);
    this.receivedAtUs = doubled(this.receivedAtUs);
    this.exchangeTimeUs = doubled(this.exchangeTimeUs);
    this.price = doubled(this.price);
    this.size = doubled(this.size);
    this.aggressor = doubled(this.aggressor);
  }
}

/** A batch of best prices that grows row by row. A side of size 0 is empty. */
export class QuoteRows implements QuoteBatch {
  readonly kind = 'quote';
  count = 0;
  market = new Uint16Array(ROWS_START);
  receivedAtUs = new Float64Array(ROWS_START);
  exchangeTimeUs = new Float64Array(ROWS_START);
  bid = new Float64Array(ROWS_START);
  bidSize = new Float64Array(ROWS_START);
  ask = new Float64Array(ROWS_START);
  askSize = new Float64Array(ROWS_START);

  clear(): void {
    this.count = 0;
  }

  push(
    place: RowPlace,
    quote: {
      readonly bid: number;
      readonly bidSize: number;
      readonly ask: number;
      readonly askSize: number;
    },
  ): void {
    if (this.count === this.market.length) this.grow();
    const at = this.count;
    this.market[at] = place.market;
    this.receivedAtUs[at] = place.timeUs;
    this.exchangeTimeUs[at] = place.exchangeTimeUs;
    this.bid[at] = quote.bidSize === 0 ? Number.NaN : quote.bid;
    this.bidSize[at] = quote.bidSize === 0 ? Number.NaN : quote.bidSize;
    this.ask[at] = quote.askSize === 0 ? Number.NaN : quote.ask;
    this.askSize[at] = quote.askSize === 0 ? Number.NaN : quote.askSize;
    this.count = at + 1;
  }

  private grow(): void {
    this.market = doubled(this.market);
    this.receivedAtUs = doubled(this.receivedAtUs);
    this.exchangeTimeUs = doubled(this.exchangeTimeUs);
    this.bid = doubled(this.bid);
    this.bidSize = doubled(this.bidSize);
    this.ask = doubled(this.ask);
    this.askSize = doubled(this.askSize);
  }
}

/** The same values with room for as many again. */
function doubled<C extends Float64Array | Uint16Array | Int8Array>(column: C): C {
  const Column = column.constructor as new (length: number) => C;
  const larger = new Column(column.length * 2);
  larger.set(column);
  return larger;
}
