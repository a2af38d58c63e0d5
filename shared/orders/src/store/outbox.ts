import {
  type Clock,
  fullJitterMs,
  type Logger,
  type Metrics,
  type RandomStream,
  type TimerHandle,
  type Timers,
} from '@ats/runtime';
import type { EventLog, ItemKey, NewRecord, StateStore, TransactItem } from '@ats/storage';
import { decodeRecords, encodeRecords } from './outbox-codec.ts';

export interface OutboxOptions {
  /** Whose outbox it is: one per service instance, for it keeps the order of its records. */
  readonly owner: string;
  readonly state: StateStore;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomStream;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Entries that may wait for the log. */
  readonly waitingMax?: number;
}

/** Records that are to be in the log if, and only if, a transaction commits. */
export interface OutboxEntry {
  readonly key: ItemKey;
  readonly records: readonly NewRecord[];
  /** The step to put into the transaction. */
  readonly item: TransactItem;
}

const DEFAULTS = { waitingMax: 10_000 };
const BACKOFF = { baseMs: 50, maxMs: 2000 };
/** One less than a store takes: a fence may go with them. */
const DELETES_MAX = 99;
/** Deletions at the same time: one alone falls behind a busy store, more crowd a remote one. */
const FORGETTING_MAX = 8;
/** What is published within this time is deleted together, not each by a transaction. */
const FORGET_MS = 250;
/** Entries published at once. */
const BATCH_MAX = 256;
const SEQUENCE_DIGITS = 20;

/** The orders that an entry tells of: event ids of commands and events begin with the order's. */
function ordersOf({ records }: OutboxEntry): ReadonlySet<string> {
  const about = records.filter(
    ({ topic }) => topic === 'orders.events' || topic === 'orders.commands',
  );
  return new Set(about.map(({ headers }) => headers.eventId.split(':', 1)[0] ?? ''));
}

/**
 * Publishes to the log what transactions have decided. An entry is stored in the transaction
 * itself, published after it, and deleted once all of its records are durable: a crash at any
 * instruction publishes it again, with the same event ids, and never loses it.
 *
 * Order: entries are published in the order of the calls of `publish`; those of an earlier run
 * come first. While the log is down they wait, and `health` says so.
 */
export class Outbox {
  private readonly options: OutboxOptions;
  private readonly waitingMax: number;
  private readonly waiting: { entry: OutboxEntry; done: () => void }[] = [];
  private readonly published: ItemKey[] = [];
  private pumping: Promise<void> | undefined;
  private forgetTimer: TimerHandle | undefined;
  /** Deletions under way; each goes on until nothing is left to delete. */
  private readonly forgetting = new Set<Promise<void>>();
  private trouble = '';
  /** Transactions of which the store does not say whether they were made. */
  private doubts = 0;
  private lastSequence = 0;
  private closed = false;

  constructor(options: OutboxOptions) {
    this.options = options;
    this.waitingMax = options.waitingMax ?? DEFAULTS.waitingMax;
    const waiting = options.metrics.gauge({
      name: 'ats_orders_outbox_waiting_entries',
      help: 'Entries that wait for the log.',
      labels: [],
    });
    const age = options.metrics.gauge({
      name: 'ats_orders_outbox_oldest_age_seconds',
      help: 'Age of the oldest entry that waits for the log, 0 when none does.',
      labels: [],
    });
    const full = options.metrics.gauge({
      name: 'ats_orders_outbox_full_ratio',
      help: 'What waits as a part of what may; at 1 no new orders are taken.',
      labels: [],
    });
    options.metrics.beforeCollect(() => {
      waiting.set({}, this.waiting.length);
      full.set({}, this.waiting.length / this.waitingMax);
      // An entry's place in the order is when it was made, in microseconds.
      const oldest = Number(this.waiting[0]?.entry.key.sort ?? options.clock.nowUs());
      age.set({}, Math.max(0, options.clock.nowUs() - oldest) / 1e6);
    });
  }

  /** An entry for a transaction that is about to be made. Nothing is kept if it is not made. */
  entry(records: readonly NewRecord[]): OutboxEntry {
    this.lastSequence = Math.max(this.lastSequence + 1, this.options.clock.nowUs());
    const sort = String(this.lastSequence).padStart(SEQUENCE_DIGITS, '0');
    const key: ItemKey = { table: 'outbox', partition: this.options.owner, sort };
    const attributes = { records: encodeRecords(records) };
    return { key, records, item: { kind: 'create', key, attributes } };
  }

  /** Call it right after the transaction committed. Resolves when the records are in the log. */
  publish(entry: OutboxEntry): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.waiting.push({ entry, done: resolve });
    this.pump();
    return promise;
  }

  /**
   * For a transaction whose answer was lost (STORAGE_UNAVAILABLE, retry `unknown`): asks the store
   * until it says whether the entry is there, which tells whether the transaction was made. It is
   * not published by this. While the store does not answer, `health` says so.
   *
   * @param options `giveUp` is asked after each failure; the failure is thrown when it says so
   */
  async wasMade(
    { key }: OutboxEntry,
    { giveUp }: { readonly giveUp: () => boolean },
  ): Promise<boolean> {
    const { state, random, timers } = this.options;
    this.doubts += 1;
    try {
      for (let attempt = 0; ; attempt += 1) {
        try {
          return (await state.get(key)) !== undefined;
        } catch (error) {
          if (giveUp()) throw error;
          await timers.sleep(fullJitterMs({ ...BACKOFF, attempt, random: random.next() }));
        }
      }
    } finally {
      this.doubts -= 1;
    }
  }

  /** Whether new work may be taken: the log takes records and not too many wait for it. */
  health(): { readonly ok: boolean; readonly reason: string } {
    if (this.trouble !== '') return { ok: false, reason: this.trouble };
    if (this.doubts > 0) {
      return { ok: false, reason: `${this.doubts} transactions wait for the store's answer` };
    }
    const full = this.waiting.length >= this.waitingMax;
    const reason = full ? `${this.waiting.length} entries wait for the log` : '';
    return { ok: !full, reason };
  }

  /**
   * Publishes what an earlier run left behind, before whatever is published after it.
   *
   * @param options `until` it is in the log, or `queued` only, where no log is waited for; `owner`
   *   is another instance that is gone for good, or that publishes the same with the same event ids
   * @returns how many entries that were
   */
  async recover({
    until = 'published' as 'published' | 'queued',
    owner = this.options.owner,
  } = {}): Promise<number> {
    const { state } = this.options;
    let after: string | undefined;
    let count = 0;
    const left: Promise<void>[] = [];
    do {
      const page = await state.query({
        table: 'outbox',
        partition: owner,
        limit: 1000,
        ...(after === undefined ? {} : { after }),
      });
      for (const item of page.items) {
        const records = decodeRecords(item.attributes['records']);
        const { key } = item;
        this.lastSequence = Math.max(this.lastSequence, Number(key.sort));
        left.push(this.publish({ key, records, item: { kind: 'delete', key } }));
        count += 1;
      }
      after = page.next;
    } while (after !== undefined);
    if (until === 'published') await Promise.all(left);
    return count;
  }

  /** Waits for what is being published; what the log does not take stays stored. */
  async close(): Promise<void> {
    this.closed = true;
    await this.pumping;
    this.forgetTimer?.cancel();
    await Promise.all(this.forgetting);
    await this.forget();
  }

  private pump(): void {
    this.pumping ??= this.work().finally(() => {
      this.pumping = undefined;
      if (this.waiting.length > 0 && !this.closed) this.pump();
    });
  }

  private async work(): Promise<void> {
    let attempt = 0;
    while (this.waiting.length > 0) {
      const batch = this.nextWave();
      const failure = await this.append(batch.flatMap(({ entry }) => entry.records));
      if (failure === undefined) {
        attempt = 0;
        this.trouble = '';
        this.waiting.splice(0, batch.length);
        for (const { entry, done } of batch) {
          this.published.push(entry.key);
          done();
        }
        this.forgetSoon();
        continue;
      }
      if (this.trouble === '') {
        this.options.logger.error('outbox.log_unavailable', 'the log takes no records', {
          error: failure,
        });
      }
      this.trouble = `the log takes no records: ${failure.message}`;
      if (this.closed) return;
      const random = this.options.random.next();
      await this.options.timers.sleep(fullJitterMs({ ...BACKOFF, attempt, random }));
      attempt += 1;
    }
  }

  /** Nobody waits for it, and a write of its own would hold up those that somebody waits for. */
  private forgetSoon(): void {
    this.forgetLater();
    if (this.published.length >= DELETES_MAX) this.forgetNow();
  }

  private forgetLater(): void {
    this.forgetTimer ??= this.options.timers.after(FORGET_MS, () => this.forgetNow());
  }

  private forgetNow(): void {
    this.forgetTimer?.cancel();
    this.forgetTimer = undefined;
    if (this.forgetting.size === FORGETTING_MAX) return;
    const ended = this.forget().finally(() => {
      this.forgetting.delete(ended);
      // What could not be deleted waits for nobody's next record.
      if (this.published.length > 0 && !this.closed) this.forgetLater();
    });
    this.forgetting.add(ended);
  }

  /**
   * The next entries to append at once: no two of them about one order. Should an append fail while
   * a later one of its wave succeeds, no later entry overtakes an earlier one. Within an entry the
   * events of an order can: all of it is appended again, and readers pass over older versions.
   */
  private nextWave(): readonly { entry: OutboxEntry; done: () => void }[] {
    const seen = new Set<string>();
    const most = this.waiting.slice(0, BATCH_MAX);
    const end = most.findIndex(({ entry }) => {
      const orders = ordersOf(entry);
      if ([...orders].some((one) => seen.has(one))) return true;
      for (const one of orders) seen.add(one);
      return false;
    });
    return end < 0 ? most : most.slice(0, end);
  }

  /** Appends all, in order. After a failure all are appended again: readers know event ids. */
  private async append(records: readonly NewRecord[]): Promise<Error | undefined> {
    const results = await Promise.allSettled(records.map((one) => this.options.log.append(one)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed === undefined) return undefined;
    const { reason } = failed as PromiseRejectedResult;
    return reason instanceof Error ? reason : new Error(String(reason));
  }

  /**
   * Deletes published entries; those that cannot be deleted go with the next. What is still stored
   * after a crash is published again, and should not be older than it has to be.
   */
  private async forget(): Promise<void> {
    const { state, logger } = this.options;
    while (this.published.length > 0) {
      const keys = this.published.splice(0, DELETES_MAX);
      try {
        const { kind } = await state.transact(keys.map((key) => ({ kind: 'delete', key })));
        if (kind === 'committed') continue;
      } catch (error) {
        logger.warn('outbox.delete_failed', 'entries stay stored for now', { error });
      }
      this.published.unshift(...keys);
      return;
    }
  }
}
