import { settle, type VirtualTimers } from '@ats/runtime';
import type { MarketBus, MarketPublisher } from '@ats/storage';
import type { FeeTiers } from '../domain/fee-tiers.ts';
import type { Lane } from './lane.ts';
import { type LiveTop, playRow, showTop, tradeOf } from './live-top.ts';
import type { OwnedBatch } from './owned-batch.ts';
import type { TapeFeed } from './tape-feed.ts';
import type { TapeMarket } from './tape-market.ts';
import type { TapeVenue } from './tape-venue.ts';

/** One market of the run, at its venue and as it has arrived. */
export interface PlayedMarket {
  readonly live: LiveTop;
  readonly atVenue: TapeMarket;
  /** Whether orders of ours stand there, or left a mark on the book. */
  active: boolean;
}

/** One venue of the run with its rows. */
export interface PlayedVenue {
  readonly venue: TapeVenue;
  readonly lane: Lane;
  readonly markets: readonly PlayedMarket[];
  readonly tiers: FeeTiers | undefined;
  /** Whether any of its markets is active. */
  active: boolean;
}

export interface PlayerOptions {
  readonly feed: TapeFeed;
  readonly timers: VirtualTimers;
  readonly bus: Pick<MarketBus, 'publisherOf'>;
  /** By the run's index of markets. */
  readonly markets: readonly PlayedMarket[];
  readonly venues: readonly PlayedVenue[];
  readonly signal: AbortSignal | undefined;
}

/** How many rows may pass between two looks at the signal. */
const LOOK_ROWS = 65_536;

/**
 * Lets time pass: rows arrive, timers run, and venues with orders of ours go through their tapes,
 * in order of time. Between two timers nothing waits, unless something was begun that goes on by
 * promises.
 */
export class Player {
  /** Rows that have arrived. */
  events = 0;
  private readonly options: PlayerOptions;
  private readonly activeVenues: PlayedVenue[] = [];
  /** Whether anybody listens to public trades: they are made of texts, which cost. */
  tradesAreWanted = false;
  private touched = false;
  /** By the run's index of markets. */
  private readonly publishers: readonly MarketPublisher[];
  /** The market whose book was taken and is not shown yet; below 0 where all are. */
  private held = -1;
  private heldUs = 0;
  private awaited: Promise<unknown>[] = [];

  constructor(options: PlayerOptions) {
    this.options = options;
    this.publishers = options.markets.map(({ live }) => options.bus.publisherOf(live.top));
  }

  /** Something was begun that goes on by promises. */
  readonly touch = (): void => {
    this.touched = true;
  };

  /** Something was begun that is waited for at this moment, however long it really takes. */
  readonly hold = (work: Promise<unknown>): void => {
    this.touched = true;
    this.awaited.push(work);
  };

  /** When the first row arrives; Infinity where there is none. */
  async firstUs(): Promise<number> {
    const { feed } = this.options;
    for (;;) {
      const lane = feed.next();
      if (lane !== undefined) return lane.arrivalsUs[lane.head & lane.mask] as number;
      if (feed.ended) return Number.POSITIVE_INFINITY;
      if (!feed.read()) await feed.fill();
    }
  }

  /** Plays all tapes to their end. */
  async play(): Promise<void> {
    const { feed } = this.options;
    while (!feed.ended) {
      this.options.signal?.throwIfAborted();
      if (this.playRows()) {
        await this.calm();
        continue;
      }
      const lane = feed.next();
      if (lane === undefined) {
        if (!feed.ended && !feed.read()) await feed.fill();
        continue;
      }
      await this.step(lane.arrivalsUs[lane.head & lane.mask] as number);
    }
    this.show(false);
    await this.calm();
  }

  /** Lets time pass without rows until a promise is settled. */
  async until<Value>(promise: Promise<Value>, untilUs = Number.POSITIVE_INFINITY): Promise<Value> {
    let settled = false;
    const note = (): void => {
      settled = true;
    };
    promise.then(note, note);
    await this.calm();
    while (!settled && (await this.step(untilUs)));
    return promise;
  }

  /** Lets time pass to a moment; rows wait. */
  async pass(untilUs: number): Promise<void> {
    while (await this.step(untilUs));
    const { clock } = this.options.timers;
    if (clock.nowUs() < untilUs) clock.setUs(untilUs);
  }

  /**
   * The markets of a venue go on to the present, from now on row by row: orders come.
   */
  wake(played: PlayedVenue): void {
    const nowUs = this.options.timers.clock.nowUs();
    const { lane } = played;
    if (!played.active) {
      played.active = true;
      lane.seen = lane.head;
      this.activeVenues.push(played);
    }
    for (const market of played.markets) {
      if (!market.active) this.wakeMarket(lane, market, nowUs);
    }
    while (lane.seen < lane.tail && (lane.venueUs[lane.seen & lane.mask] as number) <= nowUs) {
      this.playVenueRow(played, nowUs);
    }
  }

  /** What has arrived of a market, then what its venue went through since. */
  private wakeMarket(lane: Lane, market: PlayedMarket, nowUs: number): void {
    const { top } = market.live;
    market.active = true;
    market.atVenue.clear();
    if (top.sequence > 0) showTop(market.atVenue, top, nowUs);
    for (let index = lane.head; index < lane.seen; index += 1) {
      const at = index & lane.mask;
      const batch = lane.batches[at] as OwnedBatch;
      const row = lane.rows[at] as number;
      if (this.options.markets[batch.markets[row] as number] !== market) continue;
      playRow(market.atVenue, batch, { row, timeUs: nowUs });
    }
  }

  /** Rows until a timer is due, or something goes on by promises. @returns whether it does */
  private playRows(): boolean {
    const { feed, timers } = this.options;
    const { clock } = timers;
    if (this.touched) return true;
    if (this.isWatched) return false;
    for (let count = 0; count < LOOK_ROWS; count += 1) {
      let lane = feed.next();
      if (lane === undefined) {
        if (feed.ended || !feed.read()) return false;
        lane = feed.next();
        if (lane === undefined) return false;
      }
      const dueUs = lane.arrivalsUs[lane.head & lane.mask] as number;
      if (dueUs !== this.heldUs) {
        this.show(false);
        if (this.touched) return true;
      }
      const timerUs = timers.nextDueUs();
      if (timerUs !== undefined && timerUs <= dueUs) return false;
      clock.setUs(dueUs);
      this.deliver(lane);
      if (this.touched) return true;
    }
    return false;
  }

  /** Whether venues have to be followed: orders are there or on their way. */
  private get isWatched(): boolean {
    if (this.activeVenues.length > 0) return true;
    const { venues } = this.options;
    for (let index = 0; index < venues.length; index += 1) {
      if ((venues[index] as PlayedVenue).venue.underWay > 0) return true;
    }
    return false;
  }

  /** The next thing of all but later than `rowUs`, which is when the next row arrives. */
  private async step(rowUs: number): Promise<boolean> {
    const { feed, timers } = this.options;
    if (this.held >= 0 && rowUs !== this.heldUs) {
      this.show(false);
      if (this.touched) await this.calm();
      return true;
    }
    const timerUs = timers.nextDueUs() ?? Number.POSITIVE_INFINITY;
    const nextUs = Math.min(rowUs, timerUs);
    if (this.isWatched && nextUs < Number.POSITIVE_INFINITY) {
      while (!feed.hasSeen(nextUs)) if (!feed.read()) await feed.fill();
      const played = this.nextVenue(nextUs);
      if (played !== undefined) {
        const { lane } = played;
        const timeUs = lane.venueUs[lane.seen & lane.mask] as number;
        if (timeUs > timers.clock.nowUs()) timers.clock.setUs(timeUs);
        this.playVenueRow(played, timers.clock.nowUs());
        if (this.touched) await this.calm();
        return true;
      }
    }
    if (timerUs <= rowUs && timerUs < Number.POSITIVE_INFINITY) {
      timers.runNext(timerUs);
      if (this.touched) await this.calm();
      return true;
    }
    const lane = feed.next();
    if (lane === undefined || (lane.arrivalsUs[lane.head & lane.mask] as number) !== rowUs) {
      return false;
    }
    timers.clock.setUs(rowUs);
    this.deliver(lane);
    if (this.touched) await this.calm();
    return true;
  }

  private nextVenue(untilUs: number): PlayedVenue | undefined {
    let first: PlayedVenue | undefined;
    let firstUs = untilUs;
    for (const played of this.activeVenues) {
      const { lane } = played;
      if (lane.seen === lane.tail) continue;
      const timeUs = lane.venueUs[lane.seen & lane.mask] as number;
      if (timeUs > untilUs || (first !== undefined && timeUs >= firstUs)) continue;
      first = played;
      firstUs = timeUs;
    }
    return first;
  }

  private playVenueRow(played: PlayedVenue, timeUs: number): void {
    const { lane } = played;
    const at = lane.seen & lane.mask;
    const batch = lane.batches[at] as OwnedBatch;
    const row = lane.rows[at] as number;
    const market = this.options.markets[batch.markets[row] as number] as PlayedMarket;
    lane.seen += 1;
    if (!market.active) return;
    playRow(market.atVenue, batch, { row, timeUs });
    this.rest(played, market);
  }

  /** A market without our orders and marks need not be followed. */
  private rest(played: PlayedVenue, market: PlayedMarket): void {
    const { venue } = played;
    const { symbol } = market.atVenue.market.listing;
    if (venue.underWay > 0 || market.atVenue.isMarked) return;
    if (venue.account.openOrders(symbol).length > 0) return;
    market.active = false;
    if (played.markets.some(({ active }) => active)) return;
    played.active = false;
    this.activeVenues.splice(this.activeVenues.indexOf(played), 1);
  }

  private deliver(lane: Lane): void {
    const { feed, markets } = this.options;
    const at = lane.head & lane.mask;
    const batch = lane.batches[at] as OwnedBatch;
    const row = lane.rows[at] as number;
    const arrivalUs = lane.arrivalsUs[at] as number;
    if (!lane.muted && (batch.kind !== 'trade' || this.tradesAreWanted)) {
      const index = batch.markets[row] as number;
      const { live } = markets[index] as PlayedMarket;
      if (batch.kind === 'trade') {
        const publish = this.publishers[index] as MarketPublisher;
        publish(tradeOf(live.top, batch, { row, arrivalUs }));
      } else {
        this.show(arrivalUs === this.heldUs);
        live.take(batch, row, arrivalUs);
        this.held = index;
        this.heldUs = arrivalUs;
      }
    }
    this.events += 1;
    feed.done(lane);
  }

  /**
   * Publishes the book that is held. Each waits until it is known whether the next row is of the
   * same moment: books of one moment are compared once all of them are there.
   */
  private show(more: boolean): void {
    const { held } = this;
    if (held < 0) return;
    this.held = -1;
    const publish = this.publishers[held] as MarketPublisher;
    publish((this.options.markets[held] as PlayedMarket).live.top, more);
  }

  /** Lets what was begun go on as far as it can without time: every promise that can be settled. */
  private async calm(): Promise<void> {
    await settle();
    while (this.awaited.length > 0) {
      await Promise.allSettled(this.awaited.splice(0));
      await settle();
    }
    this.touched = false;
  }
}
