import type { BookTop } from '@ats/domain';

/** Prices are kept for a while at the ends of slots of this length. */
const SLOT_US = 10_000;
/** How many are kept, a power of two: 2.56 seconds. */
const SLOTS = 256;
/** After a silence of so many slots nothing is left of the volatility: 100 seconds. */
const QUIET_SLOTS = 10_000;
const BAR_US = 1_000_000;
/** After so many bars without a trade nothing is left of the mean volume. */
const QUIET_BARS = 600;
/** Time constants of the slow mean price, of the volatility and of the mean volume. */
const SLOW_US = 30_000_000;
const VOLATILITY_WEIGHT = 1 - Math.exp(-SLOT_US / 5_000_000);
const VOLUME_WEIGHT = 1 - Math.exp(-BAR_US / 60_000_000);
const SLOTS_PER_SECOND = 1_000_000 / SLOT_US;

/**
 * What one market did lately, kept up to date row by row without allocating. Prices are natural
 * logarithms of the middle of the best prices. Nothing here knows what comes later: what is read
 * at a moment follows from the rows until then alone, however often it was read before.
 */
export class MarketTrack {
  /** NaN while there is no whole book. */
  log = Number.NaN;
  bid = Number.NaN;
  ask = Number.NaN;
  bidSize = 0;
  askSize = 0;
  /** When the book came, and the first one since it was last lost; microseconds. */
  updatedAtUs = 0;
  sinceUs = 0;
  /** The last whole bar of a second: logarithms, and base. */
  barReturn = 0;
  barRange = 0;
  barVolume = 0;
  /** Mean volume of a bar. */
  volumeMean = 0;
  private slow = Number.NaN;
  /** Of a slot's return. */
  private variance = 0;
  private readonly ends = new Float64Array(SLOTS).fill(Number.NaN);
  /** The slot under way. */
  private slot = 0;
  private barIndex = 0;
  private open = Number.NaN;
  private high = Number.NaN;
  private low = Number.NaN;
  private volume = 0;
  private tradedBar = 0;

  onBook(top: BookTop): void {
    const bid = top.bidCount > 0 ? (top.bidPrices[0] as number) : Number.NaN;
    const ask = top.askCount > 0 ? (top.askPrices[0] as number) : Number.NaN;
    // Written so that NaN fails: a book with an empty side or that is crossed has no middle.
    if (!(bid > 0 && ask > bid)) return;
    const timeUs = Math.max(top.receivedAtUs, this.updatedAtUs);
    const log = Math.log((bid + ask) / 2);
    if (Number.isNaN(this.log)) this.begin(timeUs, log);
    this.advance(timeUs);
    this.slow += (this.log - this.slow) * this.slowWeight(timeUs);
    this.updatedAtUs = timeUs;
    this.log = log;
    this.bid = bid;
    this.ask = ask;
    this.bidSize = top.bidSizes[0] as number;
    this.askSize = top.askSizes[0] as number;
    if (log > this.high) this.high = log;
    if (log < this.low) this.low = log;
  }

  /** @param size base */
  onTrade(timeUs: number, size: number): void {
    if (Number.isNaN(this.log) || !(size > 0)) return;
    this.advance(timeUs);
    this.tradedBar = this.barIndex;
    this.volume += size;
  }

  /** The book is gone, and what was known with it. */
  onLost(): void {
    this.log = Number.NaN;
    this.ends.fill(Number.NaN);
  }

  /** Goes on to a moment at which nothing happened. It never goes back. */
  advance(timeUs: number): void {
    const slot = Math.floor(timeUs / SLOT_US);
    const quiet = Math.floor(this.updatedAtUs / SLOT_US) + QUIET_SLOTS;
    let before = this.ends[(this.slot - 1) & (SLOTS - 1)] as number;
    for (let at = Math.max(this.slot, slot - QUIET_SLOTS - SLOTS); at < slot; at += 1) {
      const move = this.log - before;
      before = this.log;
      if (at > quiet) this.variance = 0;
      // NaN, before the first slot has ended, is left out.
      else if (!Number.isNaN(move)) {
        this.variance += (move * move - this.variance) * VOLATILITY_WEIGHT;
      }
      this.ends[at & (SLOTS - 1)] = this.log;
    }
    if (slot > this.slot) this.slot = slot;
    const bar = Math.floor(timeUs / BAR_US);
    if (bar > this.barIndex) this.endBar(bar);
  }

  /**
   * Return since `slots` slots of 10 ms ago and up to one more, a logarithm; NaN where it is not
   * known. Call `advance` first.
   */
  returnOver(slots: number): number {
    return this.log - (this.ends[(this.slot - slots - 1) & (SLOTS - 1)] as number);
  }

  /** How far the price is from its slow mean, a logarithm: the same at venues in other money. */
  get deviation(): number {
    return this.log - this.slow;
  }

  /** Standard deviation of a second's return. */
  get volatility(): number {
    return Math.sqrt(this.variance * SLOTS_PER_SECOND);
  }

  private begin(timeUs: number, log: number): void {
    this.log = log;
    this.slow = log;
    this.sinceUs = timeUs;
    this.updatedAtUs = timeUs;
    this.variance = 0;
    this.slot = Math.floor(timeUs / SLOT_US);
    this.barIndex = Math.floor(timeUs / BAR_US);
    this.beginBar();
    this.barReturn = 0;
    this.barRange = 0;
    this.barVolume = 0;
  }

  private endBar(next: number): void {
    const isLast = next === this.barIndex + 1;
    // A longer silence ends with a bar in which nothing happened.
    this.barReturn = isLast ? this.log - this.open : 0;
    this.barRange = isLast ? this.high - this.low : 0;
    this.barVolume = isLast ? this.volume : 0;
    this.volumeMean += (this.volume - this.volumeMean) * VOLUME_WEIGHT;
    for (let bar = Math.max(this.barIndex + 1, next - QUIET_BARS); bar < next; bar += 1) {
      this.volumeMean -= this.volumeMean * VOLUME_WEIGHT;
    }
    if (next > this.tradedBar + QUIET_BARS) this.volumeMean = 0;
    this.barIndex = next;
    this.beginBar();
  }

  private beginBar(): void {
    this.open = this.log;
    this.high = this.log;
    this.low = this.log;
    this.volume = 0;
  }

  /** A plain mean at first, then one that forgets; by time, not by rows. */
  private slowWeight(timeUs: number): number {
    const spanUs = timeUs - this.updatedAtUs;
    const lifeUs = timeUs - this.sinceUs;
    if (lifeUs < SLOW_US) return lifeUs > 0 ? spanUs / lifeUs : 0;
    return 1 - Math.exp(-spanUs / SLOW_US);
  }
}
