import { crc32 } from 'node:zlib';
import { OrderBook } from '@ats/domain';
import fc from 'fast-check';
import { BitfinexChecksum } from '../../src/adapters/dialects/bitfinex-checksum.ts';
import { KrakenChecksum } from '../../src/adapters/dialects/kraken-checksum.ts';
import { CRC32_START, crc32AddText, crc32Before } from '../../src/adapters/dialects/wire/crc32.ts';

/** Kraken's published procedure on the texts of the book. */
function krakenNaively(book: OrderBook): number {
  const bare = (text: string): string => text.replace('.', '').replace(/^0+/, '');
  let text = '';
  for (const side of [book.asks, book.bids]) {
    for (let index = 0; index < Math.min(side.depth, 10); index += 1) {
      text += bare(side.priceText(index)) + bare(side.sizeText(index));
    }
  }
  return crc32(text);
}

/** Bitfinex's published procedure on the texts of the book. */
function bitfinexNaively({ bids, asks }: OrderBook): number {
  const parts: string[] = [];
  for (let index = 0; index < 25; index += 1) {
    if (index < bids.depth) parts.push(bids.priceText(index), bids.sizeText(index));
    if (index < asks.depth) parts.push(asks.priceText(index), `-${asks.sizeText(index)}`);
  }
  return crc32(parts.join(':')) | 0;
}

/** A number in the ways in which a venue may write it. */
const written = fc
  .record({
    mantissa: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 1e15 - 1 })),
    decimals: fc.nat(12),
    isText: fc.boolean(),
  })
  .map(({ mantissa, decimals, isText }) => {
    const digits = String(mantissa).padStart(decimals + 1, '0');
    const point = digits.length - decimals;
    const text = decimals === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
    return { value: Number(text), text, digits: isText ? text : decimals };
  });

const change = fc.record({
  isBid: fc.boolean(),
  price: written,
  size: written,
  isRemoval: fc.boolean(),
  at: fc.nat(30),
});

test('checksums kept from update to update are those of the whole book', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(change, { minLength: 1, maxLength: 8 }), { maxLength: 25 }),
      (updates) => {
        const book = new OrderBook(2);
        const kraken = new KrakenChecksum();
        const bitfinex = new BitfinexChecksum();
        for (const changes of updates) {
          const changed = { bestBid: 0, bestAsk: Number.POSITIVE_INFINITY };
          for (const { isBid, price, size, isRemoval, at } of changes) {
            const side = isBid ? book.bids : book.asks;
            const old = side.depth > 0 ? side.price(at % side.depth) : price.value;
            const level = isRemoval ? old : price.value;
            if (isBid) changed.bestBid = Math.max(changed.bestBid, level);
            else changed.bestAsk = Math.min(changed.bestAsk, level);
            if (isRemoval) side.set(level, 0);
            else {
              side.set(level, size.value, price.digits, size.digits);
              expect([side.priceText, side.sizeText].map((of) => of.call(side, indexOf()))).toEqual(
                [price.text, size.text],
              );
            }
            function indexOf(): number {
              let index = 0;
              while (side.price(index) !== level) index += 1;
              return index;
            }
          }
          book.truncate(40);
          expect(kraken.of(book, changed)).toBe(krakenNaively(book));
          expect(bitfinex.of(book)).toBe(bitfinexNaively(book));
        }
      },
    ),
  );
});

test('a separator before the first text takes nothing from the checksum', () => {
  const of = (text: string, start = CRC32_START): number => ~crc32AddText(start, text);
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), fc.nat(255), (text, byte) => {
      const start = ~crc32Before(byte);
      expect(of(String.fromCharCode(byte) + text, start)).toBe(of(text));
    }),
  );
});
