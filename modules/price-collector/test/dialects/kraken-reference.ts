import { crc32 } from 'node:zlib';
import type { PlainBook } from './recordings.ts';

const digits = (text: string) => text.replace('.', '').replace(/^0+/, '');

/** Kraken's checksum by the words of its documentation. */
export function plainKrakenChecksum(book: PlainBook): number {
  const side = (name: 'bids' | 'asks') =>
    book.levels(name, 10).map(([price, size]) => digits(price) + digits(size));
  return crc32([...side('asks'), ...side('bids')].join(''));
}

/** Cuts a book to its best levels, as Kraken's subscribers must. */
export function cut(book: PlainBook, depth: number): void {
  for (const side of ['bids', 'asks'] as const) {
    for (const [price] of book.levels(side).slice(depth)) book.set(side, price, '0');
  }
}
