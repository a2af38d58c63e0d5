import type { BookSide, Digits } from '@ats/domain';
import { CRC32_START, crc32Add, crc32AddText, crc32Shift } from './crc32.ts';

/**
 * The CRC-32 of each of a side's best levels, kept from update to update: most updates change one
 * level and move the ones behind it by one place. A level is known by its numbers and how they
 * were written, so that no text is made of one that did not change.
 */
export class SideChecksum {
  private readonly levels: number;
  /** What of a level is checked, in ASCII. */
  private readonly textOf: (side: BookSide, index: number) => string;
  private readonly prices: Float64Array;
  private readonly sizes: Float64Array;
  private readonly priceDigits: (Digits | undefined)[];
  private readonly sizeDigits: (Digits | undefined)[];
  /** What each level adds, and how long its text is. */
  private readonly checksums: Int32Array;
  private readonly lengths: Int32Array;
  private count = 0;

  constructor(options: { levels: number; textOf: (side: BookSide, index: number) => string }) {
    const { levels } = options;
    this.levels = levels;
    this.textOf = options.textOf;
    this.prices = new Float64Array(levels);
    this.sizes = new Float64Array(levels);
    this.priceDigits = new Array(levels).fill(undefined);
    this.sizeDigits = new Array(levels).fill(undefined);
    this.checksums = new Int32Array(levels);
    this.lengths = new Int32Array(levels);
  }

  /** How many levels were read off the book last. */
  get depth(): number {
    return this.count;
  }

  /** Reads the best levels off the book. */
  refresh(side: BookSide): void {
    const { prices, sizes, priceDigits, sizeDigits } = this;
    const count = Math.min(side.depth, this.levels);
    for (let index = 0; index < count; index += 1) {
      const price = side.price(index);
      if (index >= this.count || prices[index] !== price) {
        if (index + 1 < this.count && prices[index + 1] === price) this.removeAt(index);
        else this.insertAt(index);
      }
      const size = side.size(index);
      const priceForm = side.priceDigits(index);
      const sizeForm = side.sizeDigits(index);
      const isKnown =
        prices[index] === price &&
        sizes[index] === size &&
        priceDigits[index] === priceForm &&
        sizeDigits[index] === sizeForm;
      if (isKnown) continue;
      prices[index] = price;
      sizes[index] = size;
      priceDigits[index] = priceForm;
      sizeDigits[index] = sizeForm;
      const text = this.textOf(side, index);
      this.checksums[index] = ~crc32AddText(CRC32_START, text);
      this.lengths[index] = text.length;
    }
    this.count = count;
  }

  private removeAt(index: number): void {
    for (let to = index; to + 1 < this.count; to += 1) this.move(to + 1, to);
    this.count -= 1;
  }

  /** Makes room for a level; what stands there is no longer taken for the level read. */
  private insertAt(index: number): void {
    if (this.count < this.levels) this.count += 1;
    for (let to = this.count - 1; to > index; to -= 1) this.move(to - 1, to);
    this.prices[index] = Number.NaN;
  }

  private move(from: number, to: number): void {
    this.prices[to] = this.prices[from] as number;
    this.sizes[to] = this.sizes[from] as number;
    this.priceDigits[to] = this.priceDigits[from];
    this.sizeDigits[to] = this.sizeDigits[from];
    this.checksums[to] = this.checksums[from] as number;
    this.lengths[to] = this.lengths[from] as number;
  }

  /** The checksum of what `checksum` covers followed by all of this side's levels. */
  extend(checksum: number): number {
    let total = checksum;
    for (let index = 0; index < this.count; index += 1) total = this.extendBy(index, total);
    return total;
  }

  /** The checksum of what `checksum` covers followed by one level. */
  extendBy(index: number, checksum: number): number {
    return crc32Shift(checksum, this.lengths[index] as number) ^ (this.checksums[index] as number);
  }
}

/** The checksum of what `checksum` covers followed by one byte. */
export function crc32Append(checksum: number, byte: number): number {
  return ~crc32Add(~checksum, byte);
}
