import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { AtsError } from '@ats/domain';
import type { Clock, Metrics, TimerHandle, Timers } from '@ats/runtime';
import { type Database, open, type RootDatabase } from 'lmdb';
import { workMetrics } from '../work-metrics.ts';
import { lockFolder } from './folder-lock.ts';

/** What waits to be written may see its own batch: reads go through `get`, writes through `put`. */
export interface BatchView {
  /** @returns the value as it will stand after the work before this one, undefined when absent. */
  get<Value>(database: Database<Value, Buffer>, key: Buffer): Value | undefined;
  /** @param value undefined removes the key. */
  put<Value>(database: Database<Value, Buffer>, key: Buffer, value: Value | undefined): void;
}

export interface GroupCommitOptions {
  /** The folder of the database; made if it is not there. */
  readonly folder: string;
  /** The configuration key that names the folder, for errors: `eventLog.url`. */
  readonly field: string;
  /** Names the store in metrics: `log` or `state`. */
  readonly store: string;
  /** Pieces of work that may wait; further ones are refused with STORAGE_QUEUE_FULL. */
  readonly queueMax: number;
  /** Pieces of work in one commit at most. */
  readonly batchMax: number;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: Metrics;
}

/** Longest that unhurried work waits for other work to be written with, milliseconds. */
const UNHURRIED_MS = 5;

interface Waiting {
  run(view: BatchView): void;
  done(): void;
  fail(error: unknown): void;
}

const ignore = (): void => {};

/** LMDB gives the reason of a failed commit as a promise that rejects with it. */
async function commitErrorOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error;
  return Promise.resolve(error.commitError).then(
    () => error,
    (reason: unknown) => reason,
  );
}

type Values = Map<string, { readonly key: Buffer; readonly value: unknown }>;

/** The writes of one batch, not yet in the database: later work of the batch reads them. */
class PendingWrites implements BatchView {
  private readonly written = new Map<Database<unknown, Buffer>, Values>();

  get<Value>(database: Database<Value, Buffer>, key: Buffer): Value | undefined {
    const values = this.written.get(database as Database<unknown, Buffer>);
    const mine = values?.get(key.toString('latin1'));
    return mine === undefined ? database.get(key) : (mine.value as Value | undefined);
  }

  put<Value>(database: Database<Value, Buffer>, key: Buffer, value: Value | undefined): void {
    const shared = database as Database<unknown, Buffer>;
    let values = this.written.get(shared);
    if (values === undefined) {
      values = new Map();
      this.written.set(shared, values);
    }
    values.set(key.toString('latin1'), { key, value });
  }

  get empty(): boolean {
    return this.written.size === 0;
  }

  /** Keys that the batch puts or removes, each once. */
  get count(): number {
    let count = 0;
    for (const values of this.written.values()) count += values.size;
    return count;
  }

  /** Hands the last value of each key to LMDB, which answers for all of them at once. */
  apply(): void {
    for (const [database, values] of this.written) {
      for (const { key, value } of values.values()) {
        const written = value === undefined ? database.remove(key) : database.put(key, value);
        // A failure is told by the batch's own promise; left alone, this one's ends the process.
        written.catch(ignore);
      }
    }
  }
}

/**
 * One LMDB folder with one writer: work waits in a bounded queue, a batch of it is computed on the
 * state that is on the disk, written as one LMDB transaction off the main thread, synced once, and
 * only then acknowledged. The next batch is taken when the one before is safe, so work never
 * rests on a write that may yet fail. A batch that fails leaves nothing behind.
 */
export class GroupCommit {
  readonly root: RootDatabase<unknown, Buffer>;
  readonly folder: string;
  private readonly options: GroupCommitOptions;
  private readonly metrics: ReturnType<typeof workMetrics>;
  private readonly unlock: () => void;
  private queue: Waiting[] = [];
  /** Work that goes along with the next commit and starts none of its own for a while. */
  private unhurried: Waiting[] = [];
  private unhurriedTimer: TimerHandle | undefined;
  private inFlight = 0;
  private running: Promise<void> | undefined;
  private failure: string | undefined;
  private closed = false;

  /** @throws STORAGE_UNAVAILABLE when the folder cannot be opened or another process has it. */
  constructor(options: GroupCommitOptions) {
    this.options = options;
    this.folder = resolve(options.folder);
    this.metrics = workMetrics(options.metrics, options.store);
    try {
      mkdirSync(this.folder, { recursive: true });
    } catch (cause) {
      throw this.unavailable(`cannot be made: ${String(cause)}`, { cause, retry: 'safe' });
    }
    this.unlock = lockFolder({ folder: this.folder, field: options.field });
    try {
      // Without overlapping sync nothing can be read before it is on the disk. Batches are made
      // here; LMDB's own batching by event turn leaves a promise that, rejected, ends the process.
      const batching = { eventTurnBatching: false, overlappingSync: false };
      this.root = open({ path: this.folder, maxDbs: 16, ...batching });
    } catch (cause) {
      this.unlock();
      throw this.unavailable(`cannot be opened: ${String(cause)}`, { cause, retry: 'safe' });
    }
    const { store } = options;
    options.metrics.beforeCollect(() => {
      this.metrics.depth.set({ store }, this.depth);
    });
  }

  /** @returns a named part of the database whose keys are bytes and sort as bytes. */
  database<Value>(name: string): Database<Value, Buffer> {
    return this.root.openDB<Value, Buffer>(name, { keyEncoding: 'binary', encoding: 'msgpack' });
  }

  /**
   * Computes and writes; resolves once the writes are on the disk. `work` must not put anything
   * before it has decided not to throw: what it put stays in the batch.
   *
   * @throws STORAGE_QUEUE_FULL (nothing happened), STORAGE_UNAVAILABLE, and what `work` throws.
   */
  run<Result>(work: (view: BatchView) => Result): Promise<Result> {
    return this.enqueue(work, (waiting) => {
      this.queue.push(waiting);
      this.running ??= this.drain();
    });
  }

  /**
   * As `run`, for work that nobody waits for: an fsync of its own would only hold up the work that
   * somebody does wait for. It is written with whatever comes next, or alone after a few
   * milliseconds.
   */
  runUnhurried<Result>(work: (view: BatchView) => Result): Promise<Result> {
    return this.enqueue(work, (waiting) => {
      this.unhurried.push(waiting);
      this.unhurriedTimer ??= this.options.timers.after(UNHURRIED_MS, () => {
        this.running ??= this.drain();
      });
    });
  }

  private enqueue<Result>(
    work: (view: BatchView) => Result,
    push: (waiting: Waiting) => void,
  ): Promise<Result> {
    const { store, queueMax } = this.options;
    if (this.closed) {
      this.metrics.refused.add({ store, reason: 'closed' });
      return Promise.reject(this.unavailable('is closed', { retry: 'safe' }));
    }
    if (this.depth >= queueMax) {
      this.metrics.refused.add({ store, reason: 'queue_full' });
      return Promise.reject(this.full());
    }
    return new Promise<Result>((done, fail) => {
      let answer: { readonly value: Result } | undefined;
      push({
        run: (view) => {
          answer = { value: work(view) };
        },
        done: () => answer !== undefined && done(answer.value),
        fail,
      });
    });
  }

  private get depth(): number {
    return this.queue.length + this.unhurried.length + this.inFlight;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  health(): { readonly ok: boolean; readonly reason: string } {
    if (this.closed) return { ok: false, reason: `${this.options.field} is closed` };
    return { ok: this.failure === undefined, reason: this.failure ?? '' };
  }

  /** Writes what waits, then closes. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.unhurriedTimer?.cancel();
    await this.running;
    while (this.unhurried.length > 0) await this.drain();
    await this.root.close();
    this.unlock();
  }

  private async drain(): Promise<void> {
    // What the same turn of the event loop asks for goes into one commit.
    await new Promise<void>((resume) => process.nextTick(resume));
    const { batchMax } = this.options;
    do {
      this.unhurriedTimer?.cancel();
      this.unhurriedTimer = undefined;
      const hurried = this.queue.splice(0, batchMax);
      await this.commit([...hurried, ...this.unhurried.splice(0, batchMax - hurried.length)]);
    } while (this.queue.length > 0);
    this.running = undefined;
    if (this.unhurried.length === 0) return;
    this.unhurriedTimer = this.options.timers.after(UNHURRIED_MS, () => {
      this.running ??= this.drain();
    });
  }

  private async commit(batch: readonly Waiting[]): Promise<void> {
    const { store, clock } = this.options;
    const view = new PendingWrites();
    this.inFlight = batch.length;
    const startUs = clock.nowUs();
    const computed = batch.filter((waiting) => {
      try {
        waiting.run(view);
        return true;
      } catch (error) {
        waiting.fail(error);
        return false;
      }
    });
    try {
      if (!view.empty) {
        await this.root.batch(() => view.apply());
        // Who is told next looks at once, and must see what was written.
        this.root.resetReadTxn();
        this.metrics.seconds.observe({ store }, (clock.nowUs() - startUs) / 1e6);
      }
      this.failure = undefined;
      this.metrics.committed.add({ store }, computed.length);
      this.metrics.keys.add({ store }, view.count);
      for (const waiting of computed) waiting.done();
    } catch (error) {
      const cause = await commitErrorOf(error);
      this.metrics.failures.add({ store });
      const failure = this.unavailable(`cannot be written: ${String(cause)}`, { cause });
      this.failure = failure.message;
      for (const waiting of computed) waiting.fail(failure);
    }
    this.inFlight = 0;
  }

  private unavailable(
    what: string,
    { cause, retry = 'unknown' }: { cause?: unknown; retry?: 'safe' | 'unknown' } = {},
  ): AtsError {
    const { field } = this.options;
    return new AtsError({
      code: 'STORAGE_UNAVAILABLE',
      message: `${field}: ${this.folder} ${what}`,
      remedy: `Make the folder of ${field} writable and see that the disk has room.`,
      retry,
      context: { field, value: this.folder },
      cause,
    });
  }

  private full(): AtsError {
    const { store, queueMax, field } = this.options;
    const limit = `${field.replace(/\.url$/, '')}.queueMax`;
    return new AtsError({
      code: 'STORAGE_QUEUE_FULL',
      message: `${limit}: ${queueMax} pieces of work already wait to be written to the ${store}`,
      remedy: 'Send less at once, use a faster disk, or raise the named limit.',
      retry: 'safe',
      context: { field: limit, value: queueMax },
    });
  }
}
