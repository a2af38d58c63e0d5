import type { Logger, TimerHandle, Timers } from '@ats/runtime';
import type { LogBatch, LogRecord, LogTopic, SubscribeOptions } from '../event-log.ts';
import type { LogMetrics } from './log-metrics.ts';

const RETRY_DELAY_MS_MIN = 50;
const RETRY_DELAY_MS_MAX = 5000;

/** What a reader needs of its log. */
export interface ReaderLog {
  readonly name: string;
  readonly metrics: LogMetrics;
  readonly logger: Logger;
  readonly timers: Timers;
  /** Durable records from an offset on; empty when there are none yet. */
  readNow(options: {
    topic: LogTopic;
    partition: number;
    from: number;
    limit: number;
  }): readonly LogRecord[];
  commit(options: {
    group: string;
    topic: LogTopic;
    partition: number;
    next: number;
  }): Promise<{ readonly kind: 'committed' | 'lost' }>;
  park(options: { group: string; record: LogRecord; reason: string }): Promise<void>;
}

export interface ReaderOptions {
  readonly log: ReaderLog;
  readonly topic: LogTopic;
  readonly partition: number;
  /** The first offset to deliver. */
  readonly position: number;
  readonly batchMax: number;
  readonly subscribe: SubscribeOptions;
}

/** Delivers one partition to one member of a group, one batch at a time. */
export class PartitionReader {
  readonly topic: LogTopic;
  readonly partition: number;
  private readonly options: ReaderOptions;
  private position: number;
  private committed: number;
  private stopped = false;
  private pause: { readonly wake: () => void; readonly timer: TimerHandle | undefined } | undefined;
  private readonly ended: Promise<void>;

  constructor(options: ReaderOptions) {
    this.options = options;
    this.topic = options.topic;
    this.partition = options.partition;
    this.position = options.position;
    this.committed = options.position;
    this.ended = this.run();
  }

  /** There may be new records. A delay after a failure goes on. */
  wake(): void {
    if (this.pause?.timer === undefined) this.pause?.wake();
  }

  /** Delivers nothing more; resolves when the handler under way has ended. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.pause?.wake();
    await this.ended;
  }

  private async run(): Promise<void> {
    const { log, batchMax, subscribe } = this.options;
    const { topic, partition } = this;
    const labels = { log: log.name, group: subscribe.group, topic };
    let delayMs = 0;
    // The first batch is delivered when whoever subscribes has what `subscribe` gives.
    await Promise.resolve();
    while (!this.stopped) {
      const from = this.position;
      try {
        const records = log.readNow({ topic, partition, from, limit: batchMax });
        const last = records.at(-1);
        if (last === undefined) {
          await this.wait(undefined);
          continue;
        }
        log.metrics.delivered.add(labels, records.length);
        await subscribe.handle(this.batch(records));
        this.position = last.offset + 1;
        delayMs = 0;
      } catch (error) {
        log.metrics.handlerFailures.add(labels);
        this.position = Math.max(from, this.committed);
        delayMs = Math.min(Math.max(2 * delayMs, RETRY_DELAY_MS_MIN), RETRY_DELAY_MS_MAX);
        const fields = {
          ...labels,
          partition,
          offset: this.position,
          delayMs,
          error: String(error),
        };
        log.logger.warn('log.handler_failed', 'A batch was not handled and comes again.', fields);
        await this.wait(delayMs);
      }
    }
  }

  private batch(records: readonly LogRecord[]): LogBatch {
    const { topic, partition } = this;
    const { log, subscribe } = this.options;
    const { group } = subscribe;
    return {
      topic,
      partition,
      records,
      commit: async (record = records.at(-1)) => {
        if (record === undefined || this.handedOver) return { kind: 'lost' };
        const next = record.offset + 1;
        const result = await log.commit({ group, topic, partition, next });
        if (result.kind === 'committed') this.committed = Math.max(this.committed, next);
        return result;
      },
      park: async (record, reason) => {
        await log.park({ group, record, reason });
        log.metrics.parked.add({ log: log.name, group, topic });
      },
    };
  }

  /** Set when the partition may be another member's. */
  private handedOver = false;

  /** From now on this reader's commits are `lost`. */
  release(): void {
    this.handedOver = true;
  }

  private wait(delayMs: number | undefined): Promise<void> {
    if (this.stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.pause?.timer?.cancel();
        this.pause = undefined;
        resolve();
      };
      const timer =
        delayMs === undefined ? undefined : this.options.log.timers.after(delayMs, wake);
      this.pause = { wake, timer };
    });
  }
}
