import { AtsError } from '@ats/domain';
import type { RandomStream } from '@ats/runtime';
import type {
  EventLog,
  Item,
  ItemKey,
  ItemQuery,
  LogBatch,
  LogPosition,
  LogRecord,
  LogSubscription,
  LogTopic,
  NewRecord,
  ReadOptions,
  StateStore,
  SubscribeOptions,
  TransactItem,
  TransactResult,
} from '@ats/storage';
import { partitionOf, partitionsOf } from '@ats/storage';
import { type ManualTimers, memoryStateStore } from '@ats/testkit';
import type { SimProcess } from './sim-process.ts';

/** How the disks of one simulation behave. Shares are of writes. */
export interface DiskFaults {
  readonly latencyMsMax: number;
  /** Writes that fail with an unknown outcome: half of them have happened. */
  readonly failShare: number;
  /** Records that consumers get a second time though they committed them. */
  readonly redeliverShare: number;
}

export const CALM_DISK: DiskFaults = { latencyMsMax: 1, failShare: 0, redeliverShare: 0 };

const BATCH_MAX = 16;
const RETRY_MS = 50;

/**
 * What survives crashes: one state store and one event log for all processes, on virtual time.
 * Writes take a while; a process that is killed meanwhile never learns what became of them, and a
 * coin decides it. Appends of one process happen in order, so what is lost is always their tail.
 */
export class SimDisk {
  faults: DiskFaults = CALM_DISK;
  private readonly timers: ManualTimers;
  private readonly random: RandomStream;
  readonly state: StateStore;
  private readonly records = new Map<string, LogRecord[]>();
  private readonly offsets = new Map<string, number>();
  private readonly readers = new Set<Reader>();
  private readonly lastAppendUs = new Map<SimProcess, number>();
  private readonly tornAt = new Set<SimProcess>();
  /** Keys of items that were written to, whatever became of them. */
  private readonly keys = new Map<string, ItemKey>();

  constructor(timers: ManualTimers, random: RandomStream) {
    this.timers = timers;
    this.random = random;
    this.state = memoryStateStore(timers.clock);
  }

  /** All records of a topic, partition by partition. */
  all(topic: LogTopic): readonly LogRecord[] {
    return Array.from({ length: partitionsOf(topic) }, (_, partition) =>
      this.partition(topic, partition),
    ).flat();
  }

  /** Every item that is there. */
  async items(): Promise<readonly Item[]> {
    const found = await Promise.all([...this.keys.values()].map((key) => this.state.get(key)));
    return found.filter((item) => item !== undefined);
  }

  stateFor(process: SimProcess): StateStore {
    return {
      transact: (items: readonly TransactItem[]): Promise<TransactResult> => {
        for (const { key } of items) this.keys.set(JSON.stringify(key), key);
        return this.write(process, () => this.state.transact(items));
      },
      get: (key: ItemKey) => process.seen(this.state.get(key)),
      query: (query: ItemQuery) => process.seen(this.state.query(query)),
      health: () => ({ ok: true, reason: '' }),
      close: () => Promise.resolve(),
    };
  }

  logFor(process: SimProcess): EventLog {
    return {
      append: (record) => this.append(process, record),
      subscribe: (options) => this.subscribe(process, options),
      read: (options: ReadOptions) => process.seen(Promise.resolve(this.readNow(options))),
      lag: async ({ group, topics }) =>
        topics.flatMap((topic) =>
          Array.from({ length: partitionsOf(topic) }, (_, partition) => {
            const committed = this.committed(group, topic, partition);
            const next = this.partition(topic, partition).length;
            return { topic, partition, committed, next, lag: next - committed };
          }),
        ),
      health: () => ({ ok: true, reason: '' }),
      close: () => Promise.resolve(),
    };
  }

  readNow({ topic, partition, from, limit = 1000 }: ReadOptions): readonly LogRecord[] {
    return this.partition(topic, partition).slice(from, from + limit);
  }

  committed(group: string, topic: LogTopic, partition: number): number {
    return this.offsets.get(`${group}/${topic}/${partition}`) ?? 0;
  }

  redelivers(): boolean {
    return this.random.next() < this.faults.redeliverShare;
  }

  commit(process: SimProcess, place: string, next: number): Promise<void> {
    return this.write(process, async () => {
      this.offsets.set(place, Math.max(next, this.offsets.get(place) ?? 0));
    });
  }

  /** Does `work` some time from now. Who is dead by then is not told, and a coin decides. */
  private write<Result>(process: SimProcess, work: () => Promise<Result>): Promise<Result> {
    const fails = this.random.next() < this.faults.failShare;
    const happens = this.random.next() < 0.5;
    return new Promise((resolve, reject) => {
      this.timers.after(this.latencyMs(), () => {
        if ((fails || !process.alive) && !happens) {
          if (process.alive) reject(unavailable());
          return;
        }
        void work().then((result) => {
          if (!process.alive) return;
          if (fails) reject(unavailable());
          else resolve(result);
        });
      });
    });
  }

  private append(process: SimProcess, record: NewRecord): Promise<LogPosition> {
    const nowUs = this.timers.clock.nowUs();
    const atUs = Math.max(nowUs + this.latencyMs() * 1000, this.lastAppendUs.get(process) ?? 0);
    this.lastAppendUs.set(process, atUs);
    const fails = this.random.next() < this.faults.failShare;
    const happens = this.random.next() < 0.5;
    return new Promise((resolve, reject) => {
      this.timers.after((atUs - nowUs) / 1000, () => {
        if (!process.alive && (this.tornAt.has(process) || !happens)) {
          this.tornAt.add(process);
          return;
        }
        if (fails && !happens) {
          reject(unavailable());
          return;
        }
        const position = this.store(record);
        if (!process.alive) return;
        if (fails) reject(unavailable());
        else resolve(position);
      });
    });
  }

  private store(record: NewRecord): LogPosition {
    const { topic } = record;
    const partition = partitionOf(topic, record.key);
    const records = this.partition(topic, partition);
    const position = { topic, partition, offset: records.length };
    records.push({ ...record, ...position, loggedAtUs: this.timers.clock.nowUs() });
    for (const reader of this.readers) reader.wake();
    return position;
  }

  private async subscribe(
    process: SimProcess,
    options: SubscribeOptions,
  ): Promise<LogSubscription> {
    const mine: Reader[] = [];
    for (const topic of options.topics) {
      for (let partition = 0; partition < partitionsOf(topic); partition += 1) {
        const reader = new Reader({ disk: this, process, subscribe: options, topic, partition });
        if (options.from === 'end') reader.skipToEnd();
        mine.push(reader);
        this.readers.add(reader);
        reader.wake();
      }
    }
    return {
      assigned: mine.map(({ topic, partition }) => ({ topic, partition })),
      close: async () => {
        for (const reader of mine) {
          reader.stop();
          this.readers.delete(reader);
        }
      },
    };
  }

  private partition(topic: LogTopic, partition: number): LogRecord[] {
    const name = `${topic}/${partition}`;
    const records = this.records.get(name) ?? [];
    this.records.set(name, records);
    return records;
  }

  private latencyMs(): number {
    return this.random.next() * this.faults.latencyMsMax;
  }
}

/** One partition for one member of a group; members of other processes must be dead. */
class Reader {
  readonly topic: LogTopic;
  readonly partition: number;
  private readonly disk: SimDisk;
  private readonly process: SimProcess;
  private readonly options: SubscribeOptions;
  private readonly place: string;
  private position: number;
  private working = false;
  private stopped = false;

  constructor(parts: {
    readonly disk: SimDisk;
    readonly process: SimProcess;
    readonly subscribe: SubscribeOptions;
    readonly topic: LogTopic;
    readonly partition: number;
  }) {
    this.disk = parts.disk;
    this.process = parts.process;
    this.options = parts.subscribe;
    this.topic = parts.topic;
    this.partition = parts.partition;
    this.place = `${parts.subscribe.group}/${parts.topic}/${parts.partition}`;
    this.position = this.disk.committed(parts.subscribe.group, parts.topic, parts.partition);
  }

  stop(): void {
    this.stopped = true;
  }

  skipToEnd(): void {
    if (this.position === 0) this.position = this.records(0, Number.MAX_SAFE_INTEGER).length;
  }

  wake(): void {
    if (this.working || this.stopped || !this.process.alive) return;
    this.working = true;
    void Promise.resolve()
      .then(() => this.work())
      .finally(() => {
        this.working = false;
      });
  }

  private records(from: number, limit: number): readonly LogRecord[] {
    const { topic, partition } = this;
    return this.disk.readNow({ topic, partition, from, limit });
  }

  private async work(): Promise<void> {
    const { batchMax = BATCH_MAX } = this.options;
    while (!this.stopped && this.process.alive) {
      const again = this.position > 0 && this.disk.redelivers();
      const from = again ? this.position - 1 : this.position;
      const records = this.records(from, batchMax);
      const last = records.at(-1);
      if (last === undefined || last.offset < this.position) return;
      try {
        await this.options.handle(this.batch(records));
        this.position = last.offset + 1;
      } catch {
        const { group } = this.options;
        this.position = this.disk.committed(group, this.topic, this.partition);
        await this.process.timers.sleep(RETRY_MS);
      }
    }
  }

  private batch(records: readonly LogRecord[]): LogBatch {
    const { topic, partition } = this;
    return {
      topic,
      partition,
      records,
      commit: async (record = records.at(-1)) => {
        if (record === undefined) return { kind: 'lost' };
        await this.disk.commit(this.process, this.place, record.offset + 1);
        return { kind: 'committed' };
      },
      park: async (record, reason) => {
        await this.disk.logFor(this.process).append({
          topic: `${topic}.dead` as LogTopic,
          key: record.key,
          payload: record.payload,
          headers: {
            ...record.headers,
            deadLetter: {
              topic,
              partition,
              offset: record.offset,
              group: this.options.group,
              reason,
            },
          },
        });
      },
    };
  }
}

function unavailable(): AtsError {
  return new AtsError({
    code: 'STORAGE_UNAVAILABLE',
    message: 'the simulated disk failed',
    retry: 'unknown',
  });
}
