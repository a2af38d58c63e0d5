import { AtsError } from '@ats/domain';
import { BookView } from './book-view.ts';

/** Where the columns of one wide tape stand: timestamp, symbol, b1.., bv1.., a1.., av1... */
export interface TapeColumns {
  readonly width: number;
  readonly timestamp: number;
  readonly symbol: number;
  readonly bidPrices: readonly number[];
  readonly bidSizes: readonly number[];
  readonly askPrices: readonly number[];
  readonly askSizes: readonly number[];
}

/** The place of a line, for messages. */
export interface TapePlace {
  readonly file: string;
  /** Counts from 1, the header is line 1. */
  readonly line: number;
}

/** Venue suffixes that recordings use, `LINKUSDT.BNC`. Others stand for themselves. */
const VENUE_SUFFIXES: Readonly<Record<string, string>> = {
  BNC: 'binance',
  BFX: 'bitfinex',
  CBS: 'coinbase',
  HB: 'huobi',
  HUO: 'huobi',
  KRK: 'kraken',
  OKX: 'okx',
  UPB: 'upbit',
};

const HEADER_REMEDY =
  'Give a wide CSV whose header is timestamp,symbol,b1..bN,bv1..bvN,a1..aN,av1..avN.';

export function tapeProblem(place: TapePlace, what: string, remedy: string): AtsError {
  return new AtsError({
    code: 'TAPE_INVALID',
    message: `${place.file}, line ${place.line}: ${what}`,
    remedy,
    context: { field: '--tape', value: place.file, line: place.line },
  });
}

/** @throws TAPE_INVALID when a column is missing */
export function parseTapeHeader(text: string, place: TapePlace): TapeColumns {
  const names = text.split(',').map((name) => name.trim());
  const find = (name: string): number => {
    const at = names.indexOf(name);
    if (at < 0) throw tapeProblem(place, `the header has no column "${name}"`, HEADER_REMEDY);
    return at;
  };
  let depth = 0;
  while (names.includes(`b${depth + 1}`)) depth += 1;
  const columns = (prefix: string): number[] =>
    Array.from({ length: Math.max(depth, 1) }, (_, index) => find(`${prefix}${index + 1}`));
  return {
    width: names.length,
    timestamp: find('timestamp'),
    symbol: find('symbol'),
    bidPrices: columns('b'),
    bidSizes: columns('bv'),
    askPrices: columns('a'),
    askSizes: columns('av'),
  };
}

/** One row of a tape, reused from row to row. */
export class TapeRow {
  readonly book: BookView;
  symbol = '';
  timestampUs = 0;
  private readonly columns: TapeColumns;

  constructor(columns: TapeColumns) {
    this.columns = columns;
    this.book = new BookView(columns.bidPrices.length);
  }

  /** Overwrites this row. @throws TAPE_INVALID naming the column and the value */
  read(text: string, place: TapePlace): void {
    const { columns, book } = this;
    const cells = text.split(',');
    if (cells.length !== columns.width) {
      const what = `has ${cells.length} fields where the header has ${columns.width}`;
      throw tapeProblem(place, what, 'Restore the line, or leave it out.');
    }
    this.symbol = cells[columns.symbol] as string;
    this.timestampUs = parseTimestampUs(cells[columns.timestamp] as string, place);
    book.bidCount = this.readSide(cells, 'b', place);
    book.askCount = this.readSide(cells, 'a', place);
    book.receivedAtUs = this.timestampUs;
    book.live = true;
  }

  /** @returns how many levels the side has; levels that are empty or of size 0 end or skip. */
  private readSide(cells: readonly string[], side: 'a' | 'b', place: TapePlace): number {
    const { columns, book } = this;
    const prices = side === 'b' ? book.bidPrices : book.askPrices;
    const sizes = side === 'b' ? book.bidSizes : book.askSizes;
    const priceAt = side === 'b' ? columns.bidPrices : columns.askPrices;
    const sizeAt = side === 'b' ? columns.bidSizes : columns.askSizes;
    const better = side === 'b' ? -1 : 1;
    let count = 0;
    for (let level = 0; level < priceAt.length; level += 1) {
      const priceText = cells[priceAt[level] as number] as string;
      const sizeText = cells[sizeAt[level] as number] as string;
      if (priceText === '' && sizeText === '') break;
      const price = numberOf(priceText, `${side}${level + 1}`, place);
      const size = numberOf(sizeText, `${side}v${level + 1}`, place);
      if (size === 0) continue;
      if (count > 0 && (price - (prices[count - 1] as number)) * better <= 0) {
        const what = `${side}${level + 1} "${priceText}" is not behind the level before it`;
        throw tapeProblem(place, what, 'Sort the levels best price first, or leave the line out.');
      }
      prices[count] = price;
      sizes[count] = size;
      count += 1;
    }
    return count;
  }
}

function numberOf(text: string, column: string, place: TapePlace): number {
  const value = text === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value) || value < 0) {
    const what = `${column} "${text}" is not a number of 0 or more`;
    throw tapeProblem(place, what, 'Correct the value, or leave the line out.');
  }
  return value;
}

/** Reads `2021-08-20 00:00:01`, ISO 8601 (UTC unless it says otherwise) or seconds, ms, us, ns. */
function parseTimestampUs(text: string, place: TapePlace): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? epochUs(Number(text)) : isoUs(text.trim());
  if (!Number.isFinite(value)) {
    const what = `timestamp "${text}" cannot be read`;
    throw tapeProblem(place, what, 'Write it like 2021-08-20 00:00:01, in UTC.');
  }
  return value;
}

function epochUs(value: number): number {
  if (value < 1e11) return Math.round(value * 1e6);
  if (value < 1e14) return Math.round(value * 1e3);
  return value < 1e17 ? Math.round(value) : Math.round(value / 1e3);
}

function isoUs(text: string): number {
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`;
  return Date.parse(zoned.replace(' ', 'T')) * 1000;
}

/** @returns the instrument and venue that a tape's symbol names, `LINKUSDT.BNC`. */
export function splitTapeSymbol(symbol: string): { instrument: string; venue: string | undefined } {
  const at = symbol.lastIndexOf('.');
  if (at < 0) return { instrument: plainSymbol(symbol), venue: undefined };
  const suffix = symbol.slice(at + 1).toUpperCase();
  return {
    instrument: plainSymbol(symbol.slice(0, at)),
    venue: VENUE_SUFFIXES[suffix] ?? suffix.toLowerCase(),
  };
}

const plainSymbol = (text: string): string => text.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
