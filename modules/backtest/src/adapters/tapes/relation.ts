import { MARKET_UNWANTED } from '../../domain/row-check.ts';
import type { TapeBatch } from '../../domain/tape.ts';
import { type Column, literal } from './duck.ts';

/** What SQL gives the rows of a tape, whatever they are read from. */
export interface Relation {
  readonly kind: TapeBatch['kind'];
  /** What follows FROM, with its order if it has to be sorted. */
  readonly from: string;
  /** SQL of the venue and of the symbol, as text. */
  readonly venue: string;
  readonly symbol: string;
  /** SQL of times in whole microseconds. */
  readonly receivedAtUs: string;
  readonly exchangeTimeUs: string;
  /** SQL of the values, in the order that `batchOf` takes them. */
  readonly values: readonly string[];
  /** Levels of a book; 1 for other kinds. */
  readonly levels: number;
  /** Rows that one line of the file becomes. */
  readonly rowsPerLine: number;
  /** SQL of which rows count at all: a bar without volume, say, does not. */
  readonly wanted?: string;
}

/** SQL of a level: a price and a size, or NaN twice where there is none. */
export function levelSql(price: string, size: string): readonly [string, string] {
  const nan = `'NaN'::DOUBLE`;
  return [
    `coalesce(CASE WHEN ${size} = 0 THEN NULL ELSE ${price} END, ${nan})`,
    `coalesce(nullif(${size}, 0), ${nan})`,
  ];
}

/** SQL of the side that took, from a column of text. */
export function aggressorSql(side: string, words: { buy: string; sell: string }): string {
  return (
    `(CASE ${side} WHEN ${literal(words.buy)} THEN 1 ` +
    `WHEN ${literal(words.sell)} THEN -1 ELSE 0 END)::TINYINT`
  );
}

/** A whole relation in SQL, its markets as `market` says. */
export function relationSql(relation: Relation, market: string, where = ''): string {
  const index =
    relation.wanted === undefined
      ? market
      : `CASE WHEN ${relation.wanted} THEN ${market} ELSE ${MARKET_UNWANTED} END`;
  const columns = [
    `(${index})::USMALLINT`,
    `coalesce((${relation.receivedAtUs})::DOUBLE, 'NaN'::DOUBLE)`,
    `coalesce((${relation.exchangeTimeUs})::DOUBLE, 0::DOUBLE)`,
    ...relation.values,
  ];
  return `SELECT ${columns.join(', ')} FROM ${relation.from}${where}`;
}

/** Makes batches of one relation's chunks. Book levels go into memory that is reused. */
export class BatchShaper {
  private readonly kind: TapeBatch['kind'];
  private readonly levels: number;
  private books = emptyBooks(0, 0);
  private start = 0;
  private rows = 0;

  constructor(relation: Pick<Relation, 'kind' | 'levels'>) {
    this.kind = relation.kind;
    this.levels = relation.levels;
  }

  shape(count: number, columns: readonly Column[]): TapeBatch {
    this.start += this.rows;
    this.rows = count;
    const doubles = (at: number): Float64Array => columns[at] as Float64Array;
    const base = {
      count,
      market: columns[0] as Uint16Array,
      receivedAtUs: doubles(1),
      exchangeTimeUs: doubles(2),
    };
    switch (this.kind) {
      case 'quote':
        return {
          kind: 'quote',
          ...base,
          bid: doubles(3),
          bidSize: doubles(4),
          ask: doubles(5),
          askSize: doubles(6),
        };
      case 'trade':
        return {
          kind: 'trade',
          ...base,
          price: doubles(3),
          size: doubles(4),
          aggressor: columns[5] as Int8Array,
        };
      case 'book':
        return { kind: 'book', ...base, levels: this.levels, ...this.shapeBooks(count, columns) };
    }
  }

  /** @returns where a row of the last batch stands among all */
  sourceRow(row: number): number {
    return this.start + row;
  }

  /** Nothing is held back. */
  finish(): undefined {
    return undefined;
  }

  /** Columns by level become rows of levels; levels that are not there leave no hole. */
  private shapeBooks(count: number, columns: readonly Column[]): typeof this.books {
    const { levels } = this;
    if (this.books.bidCount.length < count) this.books = emptyBooks(count, levels);
    const { books } = this;
    const side = (
      first: number,
      counts: Uint16Array,
      prices: Float64Array,
      sizes: Float64Array,
    ) => {
      counts.fill(0);
      for (let level = 0; level < levels; level += 1) {
        const fromPrices = columns[first + 2 * level] as Float64Array;
        const fromSizes = columns[first + 2 * level + 1] as Float64Array;
        for (let row = 0; row < count; row += 1) {
          const price = fromPrices[row] as number;
          const size = fromSizes[row] as number;
          if (Number.isNaN(price) && Number.isNaN(size)) continue;
          const at = row * levels + (counts[row] as number);
          prices[at] = price;
          sizes[at] = size;
          counts[row] = (counts[row] as number) + 1;
        }
      }
    };
    side(3, books.bidCount, books.bidPrices, books.bidSizes);
    side(3 + 2 * levels, books.askCount, books.askPrices, books.askSizes);
    return books;
  }
}

function emptyBooks(rows: number, levels: number) {
  return {
    bidCount: new Uint16Array(rows),
    askCount: new Uint16Array(rows),
    bidPrices: new Float64Array(rows * levels),
    bidSizes: new Float64Array(rows * levels),
    askPrices: new Float64Array(rows * levels),
    askSizes: new Float64Array(rows * levels),
  };
}
