import { encodeMarketEvent } from '@ats/contracts';
import type { MarketEvent } from '@ats/domain';
import type { TimerHandle, Timers } from '@ats/runtime';
import { Redis } from 'ioredis';
import type { BusCounts } from './bus-metrics.ts';
import { kindIndex, MARKET_KINDS, type MarketKind } from './filter.ts';
import { channelName, isRemembered, latestPrefix } from './redis-channels.ts';
import { type RedisLink, whileConnected } from './redis-connection.ts';

export interface RedisSenderLimits {
  /** Messages that the server has not acknowledged; beyond it events conflate. */
  readonly inFlightMax: number;
  readonly marketsMax: number;
  /** How long the server remembers a market after its publisher fell silent for good. */
  readonly latestTtlMs: number;
  /** How often changed books are written to the latest-value cache. */
  readonly latestIntervalMs: number;
}

/** One kind of one market on its way to the server. */
interface Slot {
  readonly channel: string;
  readonly latestKey: string | undefined;
  readonly kind: MarketKind;
  /** The newest payload that could not be sent yet. */
  waiting: Buffer | undefined;
  /** The newest payload, for the latest-value cache, and whether the server lacks it. */
  newest: Buffer | undefined;
  dirty: boolean;
}

/** Called when the server has taken a message, or when it will not. */
interface Replies {
  sent(): void;
  lost(): void;
}

const REFRESHES_PER_TTL = 3;

/** @returns the bytes as a Buffer, which is what makes ioredis send them as they are. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Sends events without waiting. What one turn of the event loop publishes leaves together at its
 * end, in one write; nothing waits for a timer. While the server is away or `inFlightMax` messages
 * are unanswered, the newest per kind and market waits instead.
 */
export class RedisSender {
  private readonly redis: RedisLink;
  private readonly prefix: string;
  private readonly counts: BusCounts;
  private readonly limits: RedisSenderLimits;
  private readonly venues = new Map<string, Map<string, (Slot | undefined)[]>>();
  private readonly slots: Slot[] = [];
  private readonly waiting: Slot[] = [];
  private readonly dirty: Slot[] = [];
  private burst: { readonly slot: Slot; readonly payload: Buffer }[] = [];
  private burstScheduled = false;
  private inFlight = 0;
  private ready = false;
  private replies: Replies | undefined;
  private readonly timers: TimerHandle[] = [];

  constructor(options: {
    readonly redis: RedisLink;
    readonly prefix: string;
    readonly counts: BusCounts;
    readonly timers: Timers;
    readonly limits: RedisSenderLimits;
  }) {
    this.redis = options.redis;
    this.prefix = options.prefix;
    this.counts = options.counts;
    this.limits = options.limits;
    const { latestIntervalMs, latestTtlMs } = options.limits;
    this.timers.push(
      options.timers.every(latestIntervalMs, () => void this.writeLatest()),
      options.timers.every(latestTtlMs / REFRESHES_PER_TTL, () => this.refreshLatest()),
    );
    this.redis.on('ready', () => {
      this.ready = true;
      this.replies = this.repliesOfConnection();
      // The server may have lost its memory together with the connection.
      this.refreshLatest();
      this.sendWaiting();
    });
    this.redis.on('close', () => {
      this.ready = false;
      this.loseInFlight();
    });
  }

  send(event: MarketEvent): void {
    const slot = this.slotOf(event);
    if (slot === undefined) {
      this.counts.droppedMarketsFull += 1;
      return;
    }
    const payload = asBuffer(encodeMarketEvent(event));
    if (slot.latestKey !== undefined) {
      slot.newest = payload;
      if (!slot.dirty) this.dirty.push(slot);
      slot.dirty = true;
    }
    // What waits goes first, or an older event would come after a newer one.
    if (this.ready && slot.waiting === undefined && this.inFlight < this.limits.inFlightMax) {
      this.enqueue(slot, payload);
      return;
    }
    if (slot.waiting === undefined) this.waiting.push(slot);
    else this.counts.conflatedSender += 1;
    slot.waiting = payload;
  }

  /** Sends what it can of what waits, and stops. */
  async close(): Promise<void> {
    for (const timer of this.timers) timer.cancel();
    this.flushBurst();
    if (this.ready) await this.writeLatest();
  }

  private slotOf(event: MarketEvent): Slot | undefined {
    const index = kindIndex(event.kind);
    const slot = this.venues.get(event.venue)?.get(event.instrument)?.[index];
    return slot ?? this.addSlot(event, index);
  }

  private addSlot(event: MarketEvent, index: number): Slot | undefined {
    if (this.slots.length >= this.limits.marketsMax * MARKET_KINDS.length) return undefined;
    const { kind, venue, instrument } = event;
    const slot: Slot = {
      channel: channelName(this.prefix, event),
      latestKey: isRemembered(kind) ? channelName(latestPrefix(this.prefix), event) : undefined,
      kind,
      waiting: undefined,
      newest: undefined,
      dirty: false,
    };
    this.slots.push(slot);
    const instruments = this.venues.get(venue) ?? new Map<string, (Slot | undefined)[]>();
    this.venues.set(venue, instruments);
    const kinds = instruments.get(instrument) ?? [];
    instruments.set(instrument, kinds);
    kinds[index] = slot;
    return slot;
  }

  private enqueue(slot: Slot, payload: Buffer): void {
    this.inFlight += 1;
    this.burst.push({ slot, payload });
    if (this.burstScheduled) return;
    this.burstScheduled = true;
    process.nextTick(this.flushBurst);
  }

  private readonly flushBurst = (): void => {
    this.burstScheduled = false;
    const { burst, replies } = this;
    if (burst.length === 0 || replies === undefined) return;
    this.burst = [];
    let statusChanged = false;
    // ioredis writes each command by itself; corking joins a burst to one system call.
    const single = burst.length > 1 && this.redis instanceof Redis;
    const stream = single ? this.redis.stream : undefined;
    stream?.cork();
    for (const { slot, payload } of burst) {
      this.redis.publish(slot.channel, payload).then(replies.sent, replies.lost);
      statusChanged ||= slot.kind === 'status';
    }
    // A market that must not be used has to be known at once to whoever joins late.
    if (statusChanged) void this.writeLatest();
    stream?.uncork();
  };

  /**
   * What to do when the server answers. Answers of an earlier connection mean nothing any more:
   * what was under way on it has been counted as lost when it broke.
   */
  private repliesOfConnection(): Replies {
    const isCurrent = (): boolean => this.replies === replies;
    const replies: Replies = {
      sent: () => {
        if (isCurrent()) this.settleOne();
      },
      lost: () => {
        if (!isCurrent()) return;
        this.counts.droppedSend += 1;
        this.settleOne();
      },
    };
    return replies;
  }

  private settleOne(): void {
    this.inFlight -= 1;
    if (this.waiting.length > 0) this.sendWaiting();
  }

  private loseInFlight(): void {
    this.replies = undefined;
    this.counts.droppedSend += this.inFlight;
    this.inFlight = 0;
    this.burst = [];
  }

  private sendWaiting(): void {
    let taken = 0;
    while (this.ready && taken < this.waiting.length && this.inFlight < this.limits.inFlightMax) {
      const slot = this.waiting[taken] as Slot;
      taken += 1;
      const payload = slot.waiting;
      slot.waiting = undefined;
      if (payload !== undefined) this.enqueue(slot, payload);
    }
    this.waiting.splice(0, taken);
  }

  /** Writes the changed entries of the latest-value cache, each with its time to live. */
  private writeLatest(): Promise<void> {
    if (!this.ready || this.dirty.length === 0) return Promise.resolve();
    const index = latestPrefix(this.prefix);
    const pipeline = this.redis.pipeline();
    for (const slot of this.dirty) {
      slot.dirty = false;
      if (slot.latestKey === undefined || slot.newest === undefined) continue;
      pipeline.set(slot.latestKey, slot.newest, 'PX', this.limits.latestTtlMs);
      pipeline.sadd(index, slot.latestKey);
    }
    this.dirty.length = 0;
    // A failure here is a lost connection, after which everything is written again.
    return whileConnected(this.redis, pipeline.exec()).then(ignore, ignore);
  }

  private refreshLatest(): void {
    this.dirty.length = 0;
    for (const slot of this.slots) {
      slot.dirty = slot.newest !== undefined;
      if (slot.dirty) this.dirty.push(slot);
    }
    void this.writeLatest();
  }
}

const ignore = (): void => {};
