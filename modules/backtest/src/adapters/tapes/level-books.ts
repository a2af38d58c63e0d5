import { OrderBook } from '@ats/domain';
import { MARKET_UNKNOWN, MARKET_UNWANTED, type RowProblem } from '../../domain/row-check.ts';
import type { BookBatch } from '../../domain/tape.ts';
import { BookRows } from './batch-builders.ts';
import type { Column } from './duck.ts';

const NO_MARKET = 0xffff_ffff;

/**
 * Rebuilds books of single changes of levels. Rows of one market and receive time are one message,
 * and the book is given when all of it is applied. A snapshot takes the place of what was there; a
 * market whose snapshot has not come yet gives nothing.
 */
export class LevelBooks {
  private readonly books: readonly OrderBook[];
  private readonly hasBook: boolean[];
  private readonly inSnapshot: boolean[];
  private readonly ready: BookRows;
  private readonly onBad: (row: number, problem: RowProblem) => void;
  private readonly message = { market: NO_MARKET, timeUs: 0, exchangeTimeUs: 0, row: 0 };
  /** Rows of all chunks before, and of the last change in each book that is ready. */
  private start = 0;
  private readonly rows: number[] = [];

  constructor(options: {
    readonly markets: number;
    readonly levels: number;
    readonly onBad: (row: number, problem: RowProblem) => void;
  }) {
    this.books = Array.from({ length: options.markets }, () => new OrderBook());
    this.hasBook = this.books.map(() => false);
    this.inSnapshot = this.books.map(() => false);
    this.ready = new BookRows(options.levels);
    this.onBad = options.onBad;
  }

  /**
   * Applies a chunk of changes: market, received at, exchange time, price, amount, side (1 a bid,
   * -1 an ask) and whether it is of a snapshot. Rows are counted over all chunks.
   * @returns the books that are whole by now
   */
  shape(count: number, columns: readonly Column[]): BookBatch {
    const [market, times, exchangeTimes, prices, amounts, sides, snapshots] = columns as readonly [
      Column,
      Column,
      Column,
      Column,
      Column,
      Column,
      Column,
    ];
    this.ready.clear();
    for (let row = 0; row < count; row += 1) {
      const index = market[row] as number;
      if (index === MARKET_UNWANTED) continue;
      const timeUs = times[row] as number;
      const price = prices[row] as number;
      const amount = amounts[row] as number;
      const side = sides[row] as number;
      const problem = this.problemOf({ index, timeUs, price, amount, side });
      if (problem !== undefined) {
        this.onBad(this.start + row, problem);
        continue;
      }
      const { message } = this;
      if (index !== message.market || timeUs !== message.timeUs) {
        this.endMessage();
        message.market = index;
        message.timeUs = timeUs;
      }
      message.row = this.start + row;
      message.exchangeTimeUs = exchangeTimes[row] as number;
      this.change(index, { price, amount, side, isSnapshot: snapshots[row] === 1 });
    }
    this.start += count;
    return this.ready;
  }

  /** @returns where the change stands that made a book of the batch, counted over all chunks */
  sourceRow(row: number): number {
    return this.rows[row] ?? 0;
  }

  /** @returns the book of the last message, which nothing follows */
  finish(): BookBatch {
    this.ready.clear();
    this.endMessage();
    return this.ready;
  }

  private change(
    index: number,
    change: { price: number; amount: number; side: number; isSnapshot: boolean },
  ): void {
    const book = this.books[index] as OrderBook;
    if (change.isSnapshot && !this.inSnapshot[index]) {
      book.clear();
      this.hasBook[index] = true;
    }
    this.inSnapshot[index] = change.isSnapshot;
    if (!this.hasBook[index]) return;
    (change.side === 1 ? book.bids : book.asks).set(change.price, change.amount);
  }

  private endMessage(): void {
    const { market } = this.message;
    if (market === NO_MARKET || !this.hasBook[market]) return;
    this.rows[this.ready.count] = this.message.row;
    this.ready.push(this.message, this.books[market] as OrderBook);
  }

  private problemOf(row: {
    index: number;
    timeUs: number;
    price: number;
    amount: number;
    side: number;
  }): RowProblem | undefined {
    const { index, timeUs, price, amount, side } = row;
    const problem = (reason: string, field: string, value: number) => ({ reason, field, value });
    if (!(timeUs >= 0)) return problem('time is missing', 'received_at_us', timeUs);
    if (timeUs < this.message.timeUs) return problem('time falls', 'received_at_us', timeUs);
    if (index === MARKET_UNKNOWN) return problem('market is unknown', 'market', 0);
    if (side === 0) return problem('side is neither bid nor ask', 'side', 0);
    if (!(price > 0 && price < Number.POSITIVE_INFINITY)) {
      return problem('price is not above 0', 'price', price);
    }
    if (amount < 0) return problem('size is negative', 'amount', amount);
    if (!(amount < Number.POSITIVE_INFINITY)) return problem('size is missing', 'amount', amount);
    return undefined;
  }
}
