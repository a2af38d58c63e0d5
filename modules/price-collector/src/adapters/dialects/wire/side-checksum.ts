import type { BookSide } from '@ats/domain';
import { CRC32_START, crc32Add, crc32AddText, crc32Shift } from './crc32.ts';
import { POWERS_OF_TEN } from './decimal-text.ts';

/** Adds what is checked of one level. */
export type LevelMeasure = (into: LevelText, side: BookSide, index: number) => void;

/**
 * The CRC-32 of each of a side's best levels, kept from update to update: most updates change one
 * level and move the ones behind it by one place. Only levels that were set again are walked.
 */
export class SideChecksum {
  private readonly levels: number;
  private readonly measure: LevelMeasure;
  private readonly text: LevelText;
  private readonly revisions: Float64Array;
  private readonly prices: Float64Array;
  /** What each level adds, and how long its text is. */
  private readonly checksums: Int32Array;
  private readonly lengths: Int32Array;
  private count = 0;

  constructor(options: {
    readonly levels: number;
    readonly isBare: boolean;
    readonly measure: LevelMeasure;
  }) {
    const { levels } = options;
    this.levels = levels;
    this.text = new LevelText(options.isBare);
    this.measure = options.measure;
    this.revisions = new Float64Array(levels);
    this.prices = new Float64Array(levels);
    this.checksums = new Int32Array(levels);
    this.lengths = new Int32Array(levels);
  }

  /** How many levels were read off the book last. */
  get depth(): number {
    return this.count;
  }

  /** Reads the best levels off the book. */
  refresh(side: BookSide): void {
    const { revisions } = this;
    const count = Math.min(side.depth, this.levels);
    for (let index = 0; index < count; index += 1) {
      const revision = side.revision(index);
      if (index < this.count) {
        if (revisions[index] === revision) continue;
        if (index + 1 < this.count && revisions[index + 1] === revision) {
          this.removeAt(index);
          continue;
        }
      }
      const price = side.price(index);
      if (index >= this.count || this.prices[index] !== price) this.insertAt(index);
      revisions[index] = revision;
      this.prices[index] = price;
      this.text.clear();
      this.measure(this.text, side, index);
      this.checksums[index] = this.text.checksum;
      this.lengths[index] = this.text.length;
    }
    this.count = count;
  }

  private removeAt(index: number): void {
    for (let to = index; to + 1 < this.count; to += 1) this.move(to + 1, to);
    this.count -= 1;
  }

  private insertAt(index: number): void {
    if (this.count < this.levels) this.count += 1;
    for (let to = this.count - 1; to > index; to -= 1) this.move(to - 1, to);
  }

  private move(from: number, to: number): void {
    this.revisions[to] = this.revisions[from] as number;
    this.prices[to] = this.prices[from] as number;
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

const POINT = 46;
const ZERO = 48;
/** Digits that are taken apart with 32-bit integers. */
const HALF = 1e8;
const DIGITS = new Uint8Array(16);

/** The text of one level while its checksum is taken: never made, only counted. */
export class LevelText {
  length = 0;
  private running = CRC32_START;
  private readonly isBare: boolean;

  /** @param isBare whether numbers go without point and zeros before the first other digit */
  constructor(isBare: boolean) {
    this.isBare = isBare;
  }

  get checksum(): number {
    return ~this.running;
  }

  clear(): void {
    this.length = 0;
    this.running = CRC32_START;
  }

  add(byte: number): void {
    this.running = crc32Add(this.running, byte);
    this.length += 1;
  }

  addPrice(side: BookSide, index: number): void {
    const digits = side.priceDigits(index);
    if (typeof digits === 'number') this.addDecimal(side.price(index), digits);
    else this.addText(side.priceText(index));
  }

  addSize(side: BookSide, index: number): void {
    const digits = side.sizeDigits(index);
    if (typeof digits === 'number') this.addDecimal(side.size(index), digits);
    else this.addText(side.sizeText(index));
  }

  private addText(text: string): void {
    const written = this.isBare ? text.replace('.', '').replace(/^0+/, '') : text;
    this.running = crc32AddText(this.running, written);
    this.length += written.length;
  }

  private addDecimal(value: number, decimals: number): void {
    const count = takeApart(value, decimals);
    const point = this.isBare ? 0 : decimals;
    // Where no digit stands before the point, a zero does.
    const places = this.isBare ? count : Math.max(count, decimals + 1);
    for (let place = places; place > 0; place -= 1) {
      if (place === point) this.add(POINT);
      this.add(ZERO + (place <= count ? (DIGITS[place - 1] as number) : 0));
    }
  }
}

/**
 * Fills `DIGITS` with a number's digits, the last one first. Up to fifteen of them come back whole
 * from a product that is off by 2 in 2^53.
 * @returns how many there are, without zeros at the front
 */
function takeApart(value: number, decimals: number): number {
  const mantissa = Math.round(value * (POWERS_OF_TEN[decimals] as number));
  const high = Math.floor(mantissa / HALF);
  let count = 0;
  let rest = (mantissa - high * HALF) | 0;
  for (let part = 0; part < 2; part += 1) {
    const full = part === 0 && high > 0 ? 8 : 0;
    while (rest > 0 || count < full) {
      const tenth = (rest / 10) | 0;
      DIGITS[count] = rest - tenth * 10;
      rest = tenth;
      count += 1;
    }
    rest = high | 0;
  }
  return count;
}
