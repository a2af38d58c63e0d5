import { AtsError } from '@ats/domain';
import type { Clock, Logger, Metrics, Timers } from '@ats/runtime';
import type { Database } from 'lmdb';
import type {
  EventLog,
  LogPosition,
  LogRecord,
  LogSubscription,
  LogTopic,
  NewRecord,
  PartitionLag,
  ReadOptions,
  SubscribeOptions,
} from '../event-log.ts';
import { GroupCommit } from '../lmdb/group-commit.ts';
import { ConsumerGroup } from './consumer-group.ts';
import { type LogMetrics, logMetrics } from './log-metrics.ts';
import { LogTail } from './log-tail.ts';
import type { ReaderLog } from './partition-reader.ts';
import { fromRow, offsetKey, partitionKey, type Row, toRow } from './record-codec.ts';
import { deadTopicOf, partitionOf, partitionsOf, recordBytes } from './topics.ts';

export interface LmdbEventLogOptions {
  /** The folder that holds the log; made if it is not there. One process at a time opens it. */
  readonly folder: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Appends and commits that may wait for the disk. */
  readonly queueMax?: number;
  /** Bytes of records that may wait for the disk. */
  readonly queueBytesMax?: number;
  /** Appends and commits in one group commit at most. */
  readonly batchMax?: number;
}

const DEFAULTS = { queueMax: 10_000, queueBytesMax: 64 * 2 ** 20, batchMax: 1000 };
const READ_LIMIT = 1000;
const NAME = 'lmdb';

class LmdbEventLog implements EventLog, ReaderLog {
  readonly name = NAME;
  readonly metrics: LogMetrics;
  readonly logger: Logger;
  readonly timers: Timers;
  private readonly clock: Clock;
  private readonly commits: GroupCommit;
  private readonly records: Database<Row, Buffer>;
  /** The offset that the next record of a partition gets. */
  private readonly heads: Database<number, Buffer>;
  /** The first offset that a group has not committed. */
  private readonly offsets: Database<number, Buffer>;
  private readonly groups = new Map<string, ConsumerGroup>();
  private readonly subscriptions = new Set<LogSubscription>();
  private readonly tail = new LogTail();
  private readonly queueBytesMax: number;
  private pendingBytes = 0;

  constructor(options: LmdbEventLogOptions) {
    const limits = { ...DEFAULTS, ...options };
    this.clock = options.clock;
    this.timers = options.timers;
    this.logger = options.logger;
    this.metrics = logMetrics(options.metrics, NAME);
    this.queueBytesMax = limits.queueBytesMax;
    this.commits = new GroupCommit({ ...limits, field: 'eventLog.url', store: 'log' });
    this.records = this.commits.database<Row>('records');
    this.heads = this.commits.database<number>('heads');
    this.offsets = this.commits.database<number>('offsets');
    options.metrics.beforeCollect(() => this.collect());
  }

  async append(record: NewRecord): Promise<LogPosition> {
    const bytes = recordBytes(record);
    const { topic } = record;
    const partition = partitionOf(topic, record.key);
    if (this.pendingBytes + bytes > this.queueBytesMax) throw this.full();
    this.pendingBytes += bytes;
    try {
      const head = partitionKey(topic, partition);
      const written = await this.commits.run((view) => {
        const offset = view.get(this.heads, head) ?? 0;
        const row = toRow(record, this.clock.nowUs());
        view.put(this.records, offsetKey(head, offset), row);
        view.put(this.heads, head, offset + 1);
        return fromRow(row, { topic, partition, offset });
      });
      this.tail.add(written);
      this.metrics.appended.add({ log: NAME, topic });
      for (const group of this.groups.values()) group.wake(topic, partition);
      return { topic, partition, offset: written.offset };
    } finally {
      this.pendingBytes -= bytes;
    }
  }

  async subscribe(options: SubscribeOptions): Promise<LogSubscription> {
    const { group: name, topics, from } = options;
    for (const topic of topics) partitionsOf(topic);
    this.mustBeOpen();
    if (from === 'end') await this.beginAtEnd(name, topics);
    let group = this.groups.get(name);
    if (group === undefined) {
      const positionOf = (topic: LogTopic, partition: number): number =>
        this.committed({ group: name, topic, partition });
      group = new ConsumerGroup({ log: this, positionOf });
      this.groups.set(name, group);
    }
    const joined = await group.join(options);
    const subscription: LogSubscription = {
      get assigned() {
        return joined.assigned;
      },
      close: async () => {
        this.subscriptions.delete(subscription);
        await joined.close();
      },
    };
    this.subscriptions.add(subscription);
    return subscription;
  }

  async read({ limit = READ_LIMIT, ...place }: ReadOptions): Promise<readonly LogRecord[]> {
    partitionsOf(place.topic);
    this.mustBeOpen();
    return this.readNow({ ...place, limit });
  }

  readNow({ topic, partition, from, limit }: Required<ReadOptions>): readonly LogRecord[] {
    if (this.commits.isClosed) return [];
    const newest = this.tail.read({ topic, partition, from, limit });
    if (newest !== undefined) return newest;
    const place = partitionKey(topic, partition);
    const start = offsetKey(place, from);
    const end = offsetKey(place, Number.MAX_SAFE_INTEGER);
    const found: LogRecord[] = [];
    for (const { key, value } of this.records.getRange({ start, end, limit })) {
      const offset = Number(key.readBigUInt64BE(key.length - 8));
      found.push(fromRow(value, { topic, partition, offset }));
    }
    return found;
  }

  async lag(options: {
    readonly group: string;
    readonly topics: readonly LogTopic[];
  }): Promise<readonly PartitionLag[]> {
    this.mustBeOpen();
    const { group, topics } = options;
    return topics.flatMap((topic) => this.lagOf(group, topic));
  }

  async commit(options: {
    group: string;
    topic: LogTopic;
    partition: number;
    next: number;
  }): Promise<{ readonly kind: 'committed' }> {
    const key = this.groupKey(options);
    await this.commits.runUnhurried((view) => {
      const current = view.get(this.offsets, key) ?? 0;
      if (options.next > current) view.put(this.offsets, key, options.next);
    });
    return { kind: 'committed' };
  }

  async park(options: { group: string; record: LogRecord; reason: string }): Promise<void> {
    const { group, record, reason } = options;
    const { topic, partition, offset, key, payload, headers } = record;
    const deadLetter = { topic, partition, offset, group, reason };
    await this.append({
      topic: deadTopicOf(topic),
      key,
      payload,
      headers: { ...headers, deadLetter },
    });
  }

  health(): { readonly ok: boolean; readonly reason: string } {
    return this.commits.health();
  }

  async close(): Promise<void> {
    await Promise.all([...this.subscriptions].map((subscription) => subscription.close()));
    await this.commits.close();
  }

  private lagOf(group: string, topic: LogTopic): PartitionLag[] {
    return Array.from({ length: partitionsOf(topic) }, (_, partition) => {
      const committed = this.committed({ group, topic, partition });
      const next = this.heads.get(partitionKey(topic, partition)) ?? 0;
      return { topic, partition, committed, next, lag: next - committed };
    });
  }

  private groupKey(place: { group: string; topic: LogTopic; partition: number }): Buffer {
    const where = partitionKey(place.topic, place.partition);
    return Buffer.concat([Buffer.from(`${place.group}\0`), where]);
  }

  private committed(place: { group: string; topic: LogTopic; partition: number }): number {
    return this.offsets.get(this.groupKey(place)) ?? 0;
  }

  /** A group that has never committed in a partition begins after what is there now. */
  private async beginAtEnd(group: string, topics: readonly LogTopic[]): Promise<void> {
    await this.commits.run((view) => {
      for (const topic of topics) {
        for (let partition = 0; partition < partitionsOf(topic); partition += 1) {
          const key = this.groupKey({ group, topic, partition });
          if (view.get(this.offsets, key) !== undefined) continue;
          view.put(this.offsets, key, view.get(this.heads, partitionKey(topic, partition)) ?? 0);
        }
      }
    });
  }

  private collect(): void {
    this.metrics.pendingBytes.set({ log: NAME }, this.pendingBytes);
    if (this.commits.isClosed) return;
    for (const [group, { topics }] of this.groups) {
      for (const topic of topics) {
        const lag = this.lagOf(group, topic).reduce((sum, one) => sum + one.lag, 0);
        this.metrics.lag.set({ log: NAME, group, topic }, lag);
      }
    }
  }

  private mustBeOpen(): void {
    if (!this.commits.isClosed) return;
    throw new AtsError({
      code: 'STORAGE_UNAVAILABLE',
      message: 'the event log is closed',
      retry: 'safe',
    });
  }

  private full(): AtsError {
    this.metrics.refused.add({ log: NAME, reason: 'bytes_full' });
    const field = 'eventLog.queueBytesMax';
    return new AtsError({
      code: 'STORAGE_QUEUE_FULL',
      message: `${field}: ${this.pendingBytes} bytes of records already wait for the disk`,
      remedy: 'Send less at once, use a faster disk, or raise the named limit.',
      retry: 'safe',
      context: { field, value: this.queueBytesMax },
    });
  }
}

/**
 * Opens the log in an LMDB folder. Records that wait together share one fsync. Members of a group
 * are those of this process, which alone has the folder open. Nothing is ever trimmed.
 *
 * @throws STORAGE_UNAVAILABLE when the folder cannot be opened or another process has it open.
 */
export async function openLmdbEventLog(options: LmdbEventLogOptions): Promise<EventLog> {
  return new LmdbEventLog(options);
}

/**
 * Makes groups of a log that nobody has open begin anew, as if they had never committed: for
 * services whose state was lost with what they made of the records.
 *
 * @returns how many offsets were forgotten. @throws STORAGE_UNAVAILABLE
 */
export async function forgetLmdbOffsets(
  options: LmdbEventLogOptions & { readonly isForgotten: (group: string) => boolean },
): Promise<number> {
  const limits = { ...DEFAULTS, ...options };
  const commits = new GroupCommit({ ...limits, field: 'eventLog.url', store: 'log' });
  try {
    const offsets = commits.database<number>('offsets');
    const keys = [...offsets.getKeys()].filter((key) =>
      options.isForgotten(key.toString('utf8', 0, key.indexOf(0))),
    );
    await commits.run((view) => {
      for (const key of keys) view.put(offsets, key, undefined);
    });
    return keys.length;
  } finally {
    await commits.close();
  }
}
