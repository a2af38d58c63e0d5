import type { BookSideView, OrderBook } from '@ats/domain';
import { CRC32_START, crc32Add, crc32Shift } from './wire/crc32.ts';

/** Levels of each side that Kraken's checksum covers, whatever the subscribed depth. */
const LEVELS = 10;
const POINT = 46;
const ZERO = 48;

/** One side's share of the checksum, kept from update to update. */
class SideChecksum {
  private readonly priceTexts: string[] = new Array(LEVELS).fill('');
  private readonly sizeTexts: string[] = new Array(LEVELS).fill('');
  /** What each level adds, and how many digits it has. */
  private readonly checksums = new Int32Array(LEVELS);
  private readonly lengths = new Int32Array(LEVELS);
  private count = 0;

  /**
   * Reads the best levels off the book. A level whose texts are as they were keeps its checksum:
   * most updates change one level and move the ones behind it by one place.
   */
  refresh(side: BookSideView): void {
    const { priceTexts, sizeTexts } = this;
    const count = Math.min(side.depth, LEVELS);
    for (let index = 0; index < count; index += 1) {
      const priceText = side.priceText(index);
      const sizeText = side.sizeText(index);
      if (index >= this.count || priceTexts[index] !== priceText) {
        if (index + 1 < this.count && priceTexts[index + 1] === priceText) this.removeAt(index);
        else this.insertAt(index);
      }
      if (priceTexts[index] === priceText && sizeTexts[index] === sizeText) continue;
      priceTexts[index] = priceText;
      sizeTexts[index] = sizeText;
      this.measure(index);
    }
    this.count = count;
  }

  private removeAt(index: number): void {
    for (let to = index; to + 1 < this.count; to += 1) this.move(to + 1, to);
    this.count -= 1;
  }

  /** Makes room for a level; what stands there is no longer taken for the level read. */
  private insertAt(index: number): void {
    if (this.count < LEVELS) this.count += 1;
    for (let to = this.count - 1; to > index; to -= 1) this.move(to - 1, to);
    this.priceTexts[index] = '';
  }

  private move(from: number, to: number): void {
    this.priceTexts[to] = this.priceTexts[from] as string;
    this.sizeTexts[to] = this.sizeTexts[from] as string;
    this.checksums[to] = this.checksums[from] as number;
    this.lengths[to] = this.lengths[from] as number;
  }

  /** Price then size, both without the point and the zeros before the first other digit. */
  private measure(index: number): void {
    let running = CRC32_START;
    let length = 0;
    for (let part = 0; part < 2; part += 1) {
      const text = (part === 0 ? this.priceTexts : this.sizeTexts)[index] as string;
      let leading = true;
      for (let at = 0; at < text.length; at += 1) {
        const code = text.charCodeAt(at);
        if (code === POINT || (leading && code === ZERO)) continue;
        leading = false;
        running = crc32Add(running, code);
        length += 1;
      }
    }
    this.checksums[index] = ~running;
    this.lengths[index] = length;
  }

  /** The checksum of what `checksum` covers followed by this side's levels. */
  extend(checksum: number): number {
    let total = checksum;
    for (let index = 0; index < this.count; index += 1) {
      total = crc32Shift(total, this.lengths[index] as number) ^ (this.checksums[index] as number);
    }
    return total;
  }
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
  /** Of the asks alone, and of both sides. */
  private askTotal = 0;
  private total = 0;

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
    const asks = this.readsAll || !(changed.bestAsk > book.asks.price(LEVELS - 1));
    const bids = this.readsAll || !(changed.bestBid < book.bids.price(LEVELS - 1));
    this.readsAll = false;
    if (asks) {
      this.asks.refresh(book.asks);
      this.askTotal = this.asks.extend(0);
    }
    if (bids) this.bids.refresh(book.bids);
    if (asks || bids) this.total = this.bids.extend(this.askTotal) >>> 0;
    return this.total;
  }
}
