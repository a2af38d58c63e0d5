import { AtsError } from '@ats/domain';
import type { Clock, Logger, Metrics, TimerHandle, Timers } from '@ats/runtime';
import type { Tick } from '../tick-store.ts';
import { type TickMetrics, tickMetrics } from './tick-metrics.ts';

export interface BatchLimits {
  /** Ticks that make a batch worth writing before its time. */
  readonly batchSize: number;
  /** How long a tick waits at most before its batch is written. */
  readonly flushIntervalMs: number;
  /** Ticks that may wait; further ones are refused. */
  readonly queueMax: number;
}

/** What every tick store is opened with. */
export interface TickStoreOptions extends Partial<BatchLimits> {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export const BATCH_DEFAULTS: BatchLimits = {
  batchSize: 5000,
  flushIntervalMs: 1000,
  queueMax: 200_000,
};

/** Where batches wait, in order, that the engine did not take; they outlive the process. */
export interface Aside {
  /** How many wait. */
  readonly ticks: number;
  readonly bytes: number;
  /** @returns whether the batch is safe there; false where there is no room for it. */
  keep(batch: readonly Tick[]): Promise<boolean>;
  /** Hands the oldest batch to the engine. @returns how many ticks it has */
  writeOldest(): Promise<number>;
  /** Gives the oldest batch up. @returns how many ticks it had */
  dropOldest(): Promise<number>;
}

const RETRY_DELAY_MS_MIN = 100;
const RETRY_DELAY_MS_MAX = 5000;

/** Waits for the ticks up to a count to be written. */
interface FlushWaiter {
  readonly upTo: number;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * The queue between `append` and an engine: bounded, written in order, one batch at a time.
 *
 * A failed batch is written again, with growing delays, until it succeeds; flushes that wait for
 * it are told of the failure at once. Where there is an `Aside`, it waits there instead, and what
 * comes after it too, until the engine is back. A batch that the engine refuses for good (an
 * `AtsError` with `retry: 'never'`) is dropped and counted, so that it cannot hold up what comes
 * after it.
 */
export class BatchWriter {
  private readonly write: (batch: readonly Tick[]) => Promise<void>;
  private readonly aside: Aside | undefined;
  private readonly options: TickStoreOptions;
  private readonly limits: BatchLimits;
  private readonly batchMax: number;
  private readonly metrics: TickMetrics;
  private readonly store: string;
  private readonly interval: TimerHandle;
  private queue: Tick[] = [];
  private batch: readonly Tick[] = [];
  private accepted = 0;
  private settled = 0;
  private waiters: FlushWaiter[] = [];
  private running: Promise<void> | undefined;
  private retryTimer: { readonly handle: TimerHandle; readonly wake: () => void } | undefined;
  private failure: unknown;
  /** While batches go aside: when the engine is tried again, and how long the next wait is. */
  private nextTryUs = 0;
  private delayMs = RETRY_DELAY_MS_MIN;
  private state: 'open' | 'closing' | 'closed' = 'open';

  constructor(options: {
    /** Makes the batch readable, or rejects. Called with one batch at a time. */
    readonly write: (batch: readonly Tick[]) => Promise<void>;
    /** The most ticks in one batch. */
    readonly batchMax: number;
    readonly store: string;
    readonly aside?: Aside;
    readonly options: TickStoreOptions;
  }) {
    this.write = options.write;
    this.aside = options.aside;
    this.batchMax = options.batchMax;
    this.store = options.store;
    this.options = options.options;
    const { batchSize, flushIntervalMs, queueMax } = { ...BATCH_DEFAULTS, ...options.options };
    this.limits = { batchSize, flushIntervalMs, queueMax };
    const depth = (): number => this.depth;
    this.metrics = tickMetrics({
      store: this.store,
      metrics: this.options.metrics,
      depth,
      ...(this.aside === undefined ? {} : { aside: this.aside }),
    });
    this.interval = this.options.timers.every(flushIntervalMs, () => this.start());
  }

  /** Ticks that wait, those of the batch being written among them. */
  get depth(): number {
    return this.queue.length + this.batch.length;
  }

  append(tick: Tick): boolean {
    if (this.state !== 'open') {
      this.metrics.refused('closed');
      return false;
    }
    if (this.depth >= this.limits.queueMax) {
      this.metrics.refused('queue_full');
      return false;
    }
    this.queue.push(tick);
    this.accepted += 1;
    this.metrics.accepted(tick.kind);
    if (this.queue.length >= this.limits.batchSize) this.start();
    return true;
  }

  /** Counts a tick that the store cannot hold, without queueing it. @returns false */
  refuse(): false {
    this.metrics.refused('invalid');
    return false;
  }

  flush(): Promise<void> {
    if (this.settled >= this.accepted && !this.anyAside) return Promise.resolve();
    const upTo = this.accepted;
    const written = new Promise<void>((resolve, reject) => {
      this.waiters.push({ upTo, resolve, reject });
    });
    // A flush asks for an attempt now, not after the delay of the last failure.
    this.nextTryUs = 0;
    this.retryTimer?.wake();
    this.start();
    return written;
  }

  health(): { readonly ok: boolean; readonly reason: string } {
    if (this.state !== 'open') return { ok: false, reason: 'the tick store is closed' };
    if (this.failure === undefined) return { ok: true, reason: '' };
    const waiting = this.depth + (this.aside?.ticks ?? 0);
    return { ok: false, reason: `${waiting} ticks wait: ${describe(this.failure)}` };
  }

  /**
   * Refuses new ticks, writes what waits, once. What then remains waits aside for the next
   * process; what cannot is lost, counted and told.
   */
  async close(): Promise<void> {
    if (this.state !== 'open') return;
    this.state = 'closing';
    this.interval.cancel();
    try {
      await this.flush();
    } catch (error) {
      await this.end();
      await this.leave();
      if (this.depth > 0) throw error;
    } finally {
      await this.end();
      if (this.depth > 0) this.metrics.dropped('closed', this.depth);
    }
  }

  private async end(): Promise<void> {
    this.state = 'closed';
    this.retryTimer?.wake();
    await this.running;
  }

  /** Puts aside all that was not written, as far as there is room. */
  private async leave(): Promise<void> {
    this.queue = [...this.batch, ...this.queue];
    this.batch = [];
    while (this.queue.length > 0) {
      if (!(await this.setAside(this.queue.slice(0, this.batchMax)))) return;
      this.queue.splice(0, this.batchMax);
    }
  }

  private get anyAside(): boolean {
    return (this.aside?.ticks ?? 0) > 0;
  }

  private start(): void {
    if (this.running !== undefined) return;
    if (this.queue.length === 0 && !this.anyAside) return;
    this.running = this.run().finally(() => {
      this.running = undefined;
      const due = this.waiters.length > 0 || this.queue.length >= this.limits.batchSize;
      // What came while the run was ending found it still running, and must not be left lying.
      if (due && this.state !== 'closed') this.start();
    });
  }

  private async run(): Promise<void> {
    while (this.state !== 'closed' && (this.queue.length > 0 || this.anyAside)) {
      this.batch = this.queue.splice(0, this.batchMax);
      if (!(await this.writeBatch())) return;
      this.settled += this.batch.length;
      this.batch = [];
      this.settleWaiters();
      const partial = this.queue.length < this.limits.batchSize;
      if (partial && (this.waiters.length === 0 || this.anyAside)) return;
    }
  }

  /** @returns whether the batch was dealt with; false when the store was closed over it. */
  private async writeBatch(): Promise<boolean> {
    let delayMs = RETRY_DELAY_MS_MIN;
    for (;;) {
      const startUs = this.options.clock.nowUs();
      try {
        await this.emptyAside();
        if (this.batch.length > 0) await this.write(this.batch);
        this.metrics.written(this.batch.length, (this.options.clock.nowUs() - startUs) / 1e6);
        this.failure = undefined;
        this.delayMs = RETRY_DELAY_MS_MIN;
        return true;
      } catch (error) {
        this.fail(error);
        if (error instanceof AtsError && error.retry === 'never') {
          this.metrics.dropped('refused', this.batch.length);
          this.failure = undefined;
          return true;
        }
        if (await this.setAside(this.batch)) return true;
      }
      if (this.state === 'closing' || this.state === 'closed') return false;
      await this.pause(delayMs);
      delayMs = Math.min(2 * delayMs, RETRY_DELAY_MS_MAX);
    }
  }

  /** Writes what waits aside, so that the order stays. @throws while the engine is away */
  private async emptyAside(): Promise<void> {
    const { aside } = this;
    if (aside === undefined || aside.ticks === 0) return;
    if (this.failure !== undefined && this.options.clock.nowUs() < this.nextTryUs) {
      throw this.failure;
    }
    while (aside.ticks > 0) {
      try {
        this.metrics.written(await aside.writeOldest());
      } catch (error) {
        if (!(error instanceof AtsError) || error.retry !== 'never') throw error;
        const ticks = await aside.dropOldest();
        this.metrics.dropped('refused', ticks);
        const fields = { store: this.store, ticks, error: describe(error) };
        this.options.logger.warn('ticks.given_up', 'Ticks that had waited are lost.', fields);
      }
    }
  }

  /** @returns whether the batch may be forgotten here */
  private async setAside(batch: readonly Tick[]): Promise<boolean> {
    if (this.aside === undefined) return false;
    const nowUs = this.options.clock.nowUs();
    if (nowUs >= this.nextTryUs) {
      this.nextTryUs = nowUs + this.delayMs * 1000;
      this.delayMs = Math.min(2 * this.delayMs, RETRY_DELAY_MS_MAX);
    }
    try {
      if (batch.length > 0 && !(await this.aside.keep(batch))) return false;
    } catch (error) {
      this.options.logger.warn('ticks.not_kept', 'A batch of ticks was not put onto the disk.', {
        store: this.store,
        error: describe(error),
      });
      return false;
    }
    this.metrics.setAside(batch.length);
    return true;
  }

  private fail(error: unknown): void {
    // The engine is not asked each time while batches go aside.
    if (error !== this.failure) this.metrics.writeFailed();
    // The log hears of an outage once, not at every attempt.
    if (this.failure === undefined) {
      const fields = { store: this.store, ticks: this.batch.length, error: describe(error) };
      this.options.logger.warn('ticks.write_failed', 'A batch of ticks was not written.', fields);
    }
    this.failure = error;
    for (const waiter of this.waiters) waiter.reject(error);
    this.waiters = [];
  }

  private pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.retryTimer?.handle.cancel();
        this.retryTimer = undefined;
        resolve();
      };
      this.retryTimer = { handle: this.options.timers.after(delayMs, wake), wake };
    });
  }

  private settleWaiters(): void {
    if (this.anyAside) return;
    const due = this.waiters.filter((waiter) => waiter.upTo <= this.settled);
    if (due.length === 0) return;
    this.waiters = this.waiters.filter((waiter) => waiter.upTo > this.settled);
    for (const waiter of due) waiter.resolve();
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
