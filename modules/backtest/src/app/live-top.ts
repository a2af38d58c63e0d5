import { type BookTop, Decimal, type InstrumentId, type Trade, type VenueId } from '@ats/domain';
import type { BookBatch, QuoteBatch, TapeBatch, TradeBatch } from '../domain/tape.ts';
import type { ShownSide, TapeMarket } from './tape-market.ts';

type Mutable<Record> = { -readonly [Key in keyof Record]: Record[Key] };

/** A live view of one market's book that is used over and over, as collectors publish it. */
export class LiveTop {
  readonly top: Mutable<BookTop>;

  /** @param depth levels of each side */
  constructor(name: { readonly venue: VenueId; readonly instrument: InstrumentId }, depth: number) {
    this.top = {
      kind: 'book',
      venue: name.venue,
      instrument: name.instrument,
      exchangeTimeUs: 0,
      receivedAtUs: 0,
      bookAtUs: 0,
      sequence: 0,
      bidCount: 0,
      askCount: 0,
      bidPrices: new Float64Array(depth),
      bidSizes: new Float64Array(depth),
      askPrices: new Float64Array(depth),
      askSizes: new Float64Array(depth),
    };
  }

  /** Takes a row over. */
  take(batch: QuoteBatch | BookBatch, row: number, arrivalUs: number): BookTop {
    const { top } = this;
    if (batch.kind === 'quote') this.takeQuote(batch, row);
    else this.takeBook(batch, row);
    top.exchangeTimeUs = batch.exchangeTimeUs[row] as number;
    top.receivedAtUs = arrivalUs;
    top.bookAtUs = arrivalUs;
    top.sequence += 1;
    return top;
  }

  private takeQuote(batch: QuoteBatch, row: number): void {
    const { top } = this;
    const bid = batch.bid[row] as number;
    const ask = batch.ask[row] as number;
    top.bidPrices[0] = bid;
    top.bidSizes[0] = batch.bidSize[row] as number;
    top.askPrices[0] = ask;
    top.askSizes[0] = batch.askSize[row] as number;
    top.bidCount = bid > 0 ? 1 : 0;
    top.askCount = ask > 0 ? 1 : 0;
  }

  private takeBook(batch: BookBatch, row: number): void {
    const { top } = this;
    const from = row * batch.levels;
    top.bidCount = Math.min(batch.bidCount[row] as number, top.bidPrices.length);
    top.askCount = Math.min(batch.askCount[row] as number, top.askPrices.length);
    for (let level = 0; level < top.bidCount; level += 1) {
      top.bidPrices[level] = batch.bidPrices[from + level] as number;
      top.bidSizes[level] = batch.bidSizes[from + level] as number;
    }
    for (let level = 0; level < top.askCount; level += 1) {
      top.askPrices[level] = batch.askPrices[from + level] as number;
      top.askSizes[level] = batch.askSizes[from + level] as number;
    }
  }
}

/** A public trade as collectors publish it; tapes keep no ids. */
export function tradeOf(
  { venue, instrument }: BookTop,
  batch: TradeBatch,
  at: { readonly row: number; readonly arrivalUs: number },
): Trade {
  const { row, arrivalUs } = at;
  const aggressor = batch.aggressor[row] as number;
  return {
    kind: 'trade',
    venue,
    instrument,
    exchangeTimeUs: batch.exchangeTimeUs[row] as number,
    receivedAtUs: arrivalUs,
    tradeId: '',
    price: String(Decimal.fromNumber(batch.price[row] as number)),
    size: String(Decimal.fromNumber(batch.size[row] as number)),
    aggressor: aggressor > 0 ? 'bid' : aggressor < 0 ? 'ask' : 'unknown',
  };
}

/** The venue goes through one row of its tape. */
export function playRow(
  market: TapeMarket,
  batch: TapeBatch,
  at: { readonly row: number; readonly timeUs: number },
): void {
  const { row, timeUs } = at;
  if (batch.kind === 'trade') {
    market.trade(timeUs, {
      price: batch.price[row] as number,
      size: batch.size[row] as number,
      aggressor: batch.aggressor[row] as number,
    });
  } else if (batch.kind === 'quote') {
    const hasBid = (batch.bid[row] as number) > 0;
    const hasAsk = (batch.ask[row] as number) > 0;
    const bids = { count: hasBid ? 1 : 0, prices: batch.bid, sizes: batch.bidSize, from: row };
    const asks = { count: hasAsk ? 1 : 0, prices: batch.ask, sizes: batch.askSize, from: row };
    market.show(timeUs, bids, asks);
  } else {
    const from = row * batch.levels;
    market.show(
      timeUs,
      {
        count: batch.bidCount[row] as number,
        prices: batch.bidPrices,
        sizes: batch.bidSizes,
        from,
      },
      {
        count: batch.askCount[row] as number,
        prices: batch.askPrices,
        sizes: batch.askSizes,
        from,
      },
    );
  }
}

/** The venue shows what a live view holds. */
export function showTop(market: TapeMarket, top: BookTop, timeUs: number): void {
  const side = (count: number, prices: Float64Array, sizes: Float64Array): ShownSide => ({
    ...{ count, prices, sizes },
    from: 0,
  });
  market.show(
    timeUs,
    side(top.bidCount, top.bidPrices, top.bidSizes),
    side(top.askCount, top.askPrices, top.askSizes),
  );
}
