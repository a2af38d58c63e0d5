import type { BookSideView, OrderBook } from '@ats/domain';
import { CRC32_START, crc32Add, crc32Shift } from './wire/crc32.ts';

/** Levels of each side that Kraken's checksum covers, whatever the subscribed depth. */
const LEVELS = 10;
const POINT = 46;
const ZERO = 48;

/** The texts of one side's best levels, and what each adds to the checksum. */
class Levels {
  readonly priceTexts: string[] = new Array(LEVELS).fill('');
  readonly sizeTexts: string[] = new Array(LEVELS).fill('');
  readonly checksums = new Int32Array(LEVELS);
  readonly lengths = new Int32Array(LEVELS);
  count = 0;
}

/** One side's share of the checksum, kept from update to update. */
class SideChecksum {
  private levels = new Levels();
  private spare = new Levels();

  /**
   * Reads the best levels off the book. A level whose texts are as they were keeps its checksum:
   * most updates change one level and move the ones behind it by one place.
   */
  refresh(side: BookSideView): void {
    const before = this.levels;
    const after = this.spare;
    const count = Math.min(side.depth, LEVELS);
    let old = 0;
    for (let index = 0; index < count; index += 1) {
      const priceText = side.priceText(index);
      const sizeText = side.sizeText(index);
      if (old + 1 < before.count && before.priceTexts[old + 1] === priceText) old += 1;
      const samePrice = old < before.count && before.priceTexts[old] === priceText;
      after.priceTexts[index] = priceText;
      after.sizeTexts[index] = sizeText;
      if (samePrice && before.sizeTexts[old] === sizeText) {
        after.checksums[index] = before.checksums[old] as number;
        after.lengths[index] = before.lengths[old] as number;
      } else {
        measure(after, index);
      }
      if (samePrice) old += 1;
    }
    after.count = count;
    this.levels = after;
    this.spare = before;
  }

  /** The checksum of what `checksum` covers followed by this side's levels. */
  extend(checksum: number): number {
    const { checksums, lengths, count } = this.levels;
    let total = checksum;
    for (let index = 0; index < count; index += 1) {
      total = crc32Shift(total, lengths[index] as number) ^ (checksums[index] as number);
    }
    return total;
  }
}

/** Price then size, both without the point and the zeros before the first other digit. */
function measure(levels: Levels, index: number): void {
  let running = CRC32_START;
  let length = 0;
  for (let part = 0; part < 2; part += 1) {
    const text = (part === 0 ? levels.priceTexts : levels.sizeTexts)[index] as string;
    let leading = true;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === POINT || (leading && code === ZERO)) continue;
      leading = false;
      running = crc32Add(running, code);
      length += 1;
    }
  }
  levels.checksums[index] = ~running;
  levels.lengths[index] = length;
}

/**
 * The CRC-32 that Kraken sends with a book: the ten best asks, then the ten best bids, on the
 * digits as they were sent. A side whose best levels an update did not reach keeps its share, and
 * of the other only levels that changed are walked again.
 *
 * @see https://docs.kraken.com/api/docs/guides/spot-ws-book-v2
 */
export class KrakenChecksum {
  private readonly asks = new SideChecksum();
  private readonly bids = new SideChecksum();
  private readsAll = true;

  /** A snapshot has replaced the book. */
  restart(): void {
    this.readsAll = true;
  }

  /**
   * The checksum of a book after one update.
   * @param changed the best price that the update named on each side
   * @returns an unsigned 32-bit number
   */
  of(book: OrderBook, changed: { readonly bestBid: number; readonly bestAsk: number }): number {
    // A side of fewer levels has no tenth price: NaN, which compares false.
    if (this.readsAll || !(changed.bestAsk > book.asks.price(LEVELS - 1))) {
      this.asks.refresh(book.asks);
    }
    if (this.readsAll || !(changed.bestBid < book.bids.price(LEVELS - 1))) {
      this.bids.refresh(book.bids);
    }
    this.readsAll = false;
    return this.bids.extend(this.asks.extend(0)) >>> 0;
  }
}
