import type { Side } from '@ats/domain';
import { NONE, widened } from './order-pool.ts';

/** With one node in four rising a level, twelve levels serve sixteen million prices. */
const HEIGHT_MAX = 12;
const HEAD = 0;

/**
 * The price levels of one side, best price first: a skip list in typed arrays (Pugh, 1990). Best
 * price in O(1), any other in O(log n), close to the best in less. Heights come from a fixed
 * sequence, so the same operations leave the same structure.
 */
export class PriceLevels {
  readonly side: Side;
  /** Summed open lots, order count, first and last order slot, by level. */
  lots: Float64Array;
  counts: Int32Array;
  firsts: Int32Array;
  lasts: Int32Array;
  private readonly sign: 1 | -1;
  /** `sign * price`: ascending keys run from the best price to the worst. */
  private keys: Float64Array;
  private next: Int32Array;
  private heights: Uint8Array;
  private capacity: number;
  private freeHead = NONE;
  private levelCount = 0;
  private heightState = 0x9e3779b9;
  private readonly path = new Int32Array(HEIGHT_MAX);

  constructor(side: Side, capacity: number) {
    this.side = side;
    this.sign = side === 'bid' ? -1 : 1;
    this.capacity = capacity + 1;
    this.keys = new Float64Array(this.capacity);
    this.lots = new Float64Array(this.capacity);
    this.counts = new Int32Array(this.capacity);
    this.firsts = new Int32Array(this.capacity);
    this.lasts = new Int32Array(this.capacity);
    this.heights = new Uint8Array(this.capacity);
    this.next = new Int32Array(this.capacity * HEIGHT_MAX).fill(NONE, 0, HEIGHT_MAX);
    this.free(HEAD + 1, this.capacity);
  }

  /** Levels that hold an order. */
  get depth(): number {
    return this.levelCount;
  }

  /** @returns the best level, or NONE. */
  best(): number {
    return this.next[HEAD] as number;
  }

  /** @returns the level after, one worse, or NONE. */
  worse(level: number): number {
    return this.next[level * HEIGHT_MAX] as number;
  }

  price(level: number): number {
    return this.sign * (this.keys[level] as number);
  }

  find(price: number): number {
    const level = this.seek(this.sign * price);
    return level !== NONE && this.keys[level] === this.sign * price ? level : NONE;
  }

  /** @returns the level of a price, made empty when it was not there. */
  findOrAdd(price: number): number {
    const key = this.sign * price;
    const found = this.seek(key);
    if (found !== NONE && this.keys[found] === key) return found;
    if (this.freeHead === NONE) this.grow();
    const level = this.freeHead;
    this.freeHead = this.next[level * HEIGHT_MAX] as number;
    this.keys[level] = key;
    this.lots[level] = 0;
    this.counts[level] = 0;
    this.firsts[level] = NONE;
    this.lasts[level] = NONE;
    const height = this.randomHeight();
    this.heights[level] = height;
    for (let row = 0; row < height; row += 1) {
      const before = (this.path[row] as number) * HEIGHT_MAX + row;
      this.next[level * HEIGHT_MAX + row] = this.next[before] as number;
      this.next[before] = level;
    }
    this.levelCount += 1;
    return level;
  }

  remove(level: number): void {
    this.seek(this.keys[level] as number);
    const height = this.heights[level] as number;
    for (let row = 0; row < height; row += 1) {
      const before = (this.path[row] as number) * HEIGHT_MAX + row;
      this.next[before] = this.next[level * HEIGHT_MAX + row] as number;
    }
    this.next[level * HEIGHT_MAX] = this.freeHead;
    this.freeHead = level;
    this.levelCount -= 1;
  }

  /** Leaves in `path` the last node of each row before the key. @returns the first not before. */
  private seek(key: number): number {
    let node = HEAD;
    for (let row = HEIGHT_MAX - 1; row >= 0; row -= 1) {
      let after = this.next[node * HEIGHT_MAX + row] as number;
      while (after !== NONE && (this.keys[after] as number) < key) {
        node = after;
        after = this.next[node * HEIGHT_MAX + row] as number;
      }
      this.path[row] = node;
    }
    return this.next[node * HEIGHT_MAX] as number;
  }

  private randomHeight(): number {
    let state = this.heightState;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.heightState = state;
    const height = 1 + (Math.clz32(state) >>> 1);
    return height < HEIGHT_MAX ? height : HEIGHT_MAX;
  }

  private free(from: number, to: number): void {
    for (let level = to - 1; level >= from; level -= 1) {
      this.next[level * HEIGHT_MAX] = this.freeHead;
      this.freeHead = level;
    }
  }

  private grow(): void {
    const from = this.capacity;
    this.capacity *= 2;
    this.keys = widened(this.keys, new Float64Array(this.capacity));
    this.lots = widened(this.lots, new Float64Array(this.capacity));
    this.counts = widened(this.counts, new Int32Array(this.capacity));
    this.firsts = widened(this.firsts, new Int32Array(this.capacity));
    this.lasts = widened(this.lasts, new Int32Array(this.capacity));
    this.heights = widened(this.heights, new Uint8Array(this.capacity));
    this.next = widened(this.next, new Int32Array(this.capacity * HEIGHT_MAX));
    this.free(from, this.capacity);
  }
}
