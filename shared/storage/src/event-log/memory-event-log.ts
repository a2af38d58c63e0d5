import type { Clock, Timers } from '@ats/runtime';
import type {
  EventLog,
  LogBatch,
  LogPosition,
  LogRecord,
  LogSubscription,
  LogTopic,
  NewRecord,
  PartitionLag,
  ReadOptions,
  SubscribeOptions,
} from '../event-log.ts';
import { deadTopicOf, partitionOf, partitionsOf, recordBytes } from './topics.ts';

export interface MemoryEventLogOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Told of every record as it enters; must not throw. */
  readonly onAppend?: (record: LogRecord) => void;
  /** Told of every call: each goes on by promises alone. */
  readonly onCall?: () => void;
}

/** Records of one partition; `first` is the offset of the oldest that is kept. */
interface Partition {
  first: number;
  records: LogRecord[];
}

const BATCH_MAX = 256;
/** Records that nobody needs and that may lie about: letting go of each by itself would cost. */
const UNNEEDED_MAX = 256;
const RETRY_MS = 50;

/**
 * A log in memory, for one process and one run: nothing outlives it, everything else is promised
 * as by any log. A group has one member here: a second subscription of a group takes partitions
 * that the first has closed.
 */
export class MemoryEventLog implements EventLog {
  private readonly options: MemoryEventLogOptions;
  private readonly partitions = new Map<string, Partition>();
  private readonly offsets = new Map<string, number>();
  private readonly readers = new Map<string, Set<Reader>>();
  private forgets = false;

  constructor(options: MemoryEventLogOptions) {
    this.options = options;
  }

  async append(record: NewRecord): Promise<LogPosition> {
    recordBytes(record);
    this.options.onCall?.();
    const { topic } = record;
    const partition = partitionOf(topic, record.key);
    const { records } = this.partition(topic, partition);
    const position = { topic, partition, offset: this.end(topic, partition) };
    const stored = { ...record, ...position, loggedAtUs: this.options.clock.nowUs() };
    records.push(stored);
    this.options.onAppend?.(stored);
    for (const reader of this.readers.get(placeOf(topic, partition)) ?? []) reader.wake();
    this.forget(topic, partition);
    return position;
  }

  /**
   * From now on records go once every group that has subscribed to their topic has committed them;
   * of a topic without a group all go. For when everybody who reads has subscribed: a group that
   * comes later begins with what is left. The newest few hundred of a partition may stay.
   */
  forgetCommitted(): void {
    this.forgets = true;
  }

  /** Lets go of what everybody has committed. */
  forget(topic: LogTopic, partition: number): void {
    const kept = this.partition(topic, partition);
    if (!this.forgets || kept.records.length <= UNNEEDED_MAX) return;
    let needed = this.end(topic, partition);
    for (const reader of this.readers.get(placeOf(topic, partition)) ?? []) {
      needed = Math.min(needed, reader.needed);
    }
    const count = needed - kept.first;
    if (count <= UNNEEDED_MAX) return;
    kept.records = kept.records.slice(count);
    kept.first = needed;
  }

  /** @returns the offset of the next record */
  end(topic: LogTopic, partition: number): number {
    const { first, records } = this.partition(topic, partition);
    return first + records.length;
  }

  async subscribe(options: SubscribeOptions): Promise<LogSubscription> {
    const mine: Reader[] = [];
    for (const topic of options.topics) {
      for (let partition = 0; partition < partitionsOf(topic); partition += 1) {
        const reader = new Reader({ log: this, options, topic, partition });
        const place = placeOf(topic, partition);
        const ofPlace = this.readers.get(place) ?? new Set();
        this.readers.set(place, ofPlace.add(reader));
        mine.push(reader);
        reader.wake();
      }
    }
    return {
      assigned: mine.map(({ topic, partition }) => ({ topic, partition })),
      close: async () => {
        for (const reader of mine) {
          this.readers.get(placeOf(reader.topic, reader.partition))?.delete(reader);
        }
        await Promise.all(mine.map((reader) => reader.stop()));
      },
    };
  }

  async read(options: ReadOptions): Promise<readonly LogRecord[]> {
    return this.readNow(options);
  }

  readNow({ topic, partition, from, limit = 1000 }: ReadOptions): readonly LogRecord[] {
    const { first, records } = this.partition(topic, partition);
    const at = Math.max(0, from - first);
    return records.slice(at, at + limit);
  }

  async lag(options: {
    readonly group: string;
    readonly topics: readonly LogTopic[];
  }): Promise<readonly PartitionLag[]> {
    return options.topics.flatMap((topic) =>
      Array.from({ length: partitionsOf(topic) }, (_, partition) => {
        const committed = this.committed(`${options.group} ${placeOf(topic, partition)}`) ?? 0;
        const next = this.end(topic, partition);
        return { topic, partition, committed, next, lag: next - committed };
      }),
    );
  }

  health(): { readonly ok: boolean; readonly reason: string } {
    return { ok: true, reason: '' };
  }

  async close(): Promise<void> {
    const readers = [...this.readers.values()].flatMap((ofPlace) => [...ofPlace]);
    this.readers.clear();
    await Promise.all(readers.map((reader) => reader.stop()));
  }

  /** @returns the next offset of a group in a partition; undefined where it never committed. */
  committed(place: string): number | undefined {
    return this.offsets.get(place);
  }

  commit(place: string, next: number): void {
    this.offsets.set(place, Math.max(next, this.offsets.get(place) ?? 0));
  }

  sleep(delayMs: number): Promise<void> {
    return this.options.timers.sleep(delayMs);
  }

  private partition(topic: LogTopic, partition: number): Partition {
    const place = placeOf(topic, partition);
    const known = this.partitions.get(place);
    if (known !== undefined) return known;
    const made: Partition = { first: 0, records: [] };
    this.partitions.set(place, made);
    return made;
  }
}

const placeOf = (topic: LogTopic, partition: number): string => `${topic}/${partition}`;

/** One partition for the one member of a group. */
class Reader {
  readonly topic: LogTopic;
  readonly partition: number;
  private readonly log: MemoryEventLog;
  private readonly options: SubscribeOptions;
  private readonly place: string;
  private readonly begin: number;
  private position: number;
  private working = false;
  /** Of the latest work. */
  private ended: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(parts: {
    readonly log: MemoryEventLog;
    readonly options: SubscribeOptions;
    readonly topic: LogTopic;
    readonly partition: number;
  }) {
    this.log = parts.log;
    this.options = parts.options;
    this.topic = parts.topic;
    this.partition = parts.partition;
    this.place = `${parts.options.group} ${placeOf(parts.topic, parts.partition)}`;
    this.begin = parts.options.from === 'end' ? this.log.end(this.topic, this.partition) : 0;
    this.position = this.needed;
  }

  /** The oldest offset that may still be asked for. */
  get needed(): number {
    return this.log.committed(this.place) ?? this.begin;
  }

  wake(): void {
    if (this.stopped || this.working) return;
    this.working = true;
    this.ended = Promise.resolve().then(() => this.work());
  }

  /** Delivers nothing more. @returns when the handler under way has ended */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.ended;
  }

  private records(from: number, limit: number): readonly LogRecord[] {
    const { topic, partition } = this;
    return this.log.readNow({ topic, partition, from, limit });
  }

  private async work(): Promise<void> {
    const { batchMax = BATCH_MAX } = this.options;
    for (;;) {
      const records = this.records(this.position, batchMax);
      const last = records.at(-1);
      if (last === undefined || this.stopped) {
        this.working = false;
        return;
      }
      try {
        await this.options.handle(this.batch(records));
        this.position = last.offset + 1;
      } catch {
        this.position = Math.max(this.log.committed(this.place) ?? 0, records[0]?.offset ?? 0);
        await this.log.sleep(RETRY_MS);
      }
    }
  }

  private batch(records: readonly LogRecord[]): LogBatch {
    const { topic, partition, log, place } = this;
    return {
      topic,
      partition,
      records,
      commit: async (record = records.at(-1)) => {
        if (record === undefined || this.stopped) return { kind: 'lost' };
        log.commit(place, record.offset + 1);
        log.forget(topic, partition);
        return { kind: 'committed' };
      },
      park: async (record, reason) => {
        const { group } = this.options;
        const { offset, key, payload, headers } = record;
        const deadLetter = { topic, partition, offset, group, reason };
        await log.append({
          topic: deadTopicOf(topic),
          key,
          payload,
          headers: { ...headers, deadLetter },
        });
      },
    };
  }
}
