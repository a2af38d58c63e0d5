import type { Logger, Timers } from '@ats/runtime';
import type { Admin, Consumer } from '@platformatic/kafka';
import type { LogRecord, LogSubscription, LogTopic, SubscribeOptions } from '../event-log.ts';
import { ConsumerGroup } from './consumer-group.ts';
import { FetchBuffer } from './fetch-buffer.ts';
import type { KafkaClients } from './kafka-clients.ts';
import { KafkaCommits } from './kafka-commits.ts';
import { hasApiError, kafkaUnavailable } from './kafka-failure.ts';
import { type FetchWish, fetchRecords } from './kafka-fetch.ts';
import { positionsOf } from './kafka-positions.ts';
import type { LogMetrics } from './log-metrics.ts';
import type { ReaderLog } from './partition-reader.ts';

export interface KafkaGroupOptions {
  readonly clients: KafkaClients;
  readonly admin: Admin;
  /** The group's name in Kafka. */
  readonly groupId: string;
  readonly nameOf: (topic: LogTopic) => string;
  readonly metrics: LogMetrics;
  readonly logger: Logger;
  readonly timers: Timers;
  readonly park: ReaderLog['park'];
  readonly onSuccess: () => void;
  readonly onFailure: (message: string) => void;
}

interface Place {
  readonly topic: LogTopic;
  readonly name: string;
  readonly partition: number;
}

const FETCH_WAIT_MS = 100;
const RETRY_MS = 200;
const SETTLE_MS = 100;
const BUFFER_RECORDS_MAX = 2048;
const EARLIEST = -2n;
const JOIN_TRIES_MAX = 30;

/**
 * This process's part in one group: one membership in Kafka, whatever number of members there are
 * here. Kafka deals partitions to processes, and they are dealt on to the members here. One loop
 * fetches ahead for all of them.
 */
export class KafkaGroup implements ReaderLog {
  readonly name = 'kafka';
  readonly metrics: LogMetrics;
  readonly logger: Logger;
  readonly timers: Timers;
  private readonly options: KafkaGroupOptions;
  private readonly client: Consumer;
  private readonly reader: Consumer;
  private readonly commits: KafkaCommits;
  private readonly members: ConsumerGroup;
  private readonly topics = new Map<string, { topic: LogTopic; from: 'start' | 'end' }>();
  /** The partitions that are ours, with the first offset that is not committed. */
  private readonly owned = new Map<string, number>();
  private readonly ends = new Map<string, number>();
  private readonly buffers = new Map<string, FetchBuffer>();
  private readonly places = new Map<string, Place>();
  private changing: Promise<void> = Promise.resolve();
  private wakeFetch: (() => void) | undefined;
  private fetching: Promise<void> | undefined;
  private closed = false;

  constructor(options: KafkaGroupOptions) {
    this.options = options;
    this.metrics = options.metrics;
    this.logger = options.logger;
    this.timers = options.timers;
    this.client = options.clients.member(options.groupId);
    this.reader = options.clients.reader();
    this.commits = new KafkaCommits({
      client: this.client,
      owns: (name, partition) => this.owned.has(`${name}/${partition}`),
      settled: async () => {
        await this.timers.sleep(SETTLE_MS);
        await this.changing;
      },
      onCommitted: (name, partition, next) => this.moved(`${name}/${partition}`, next),
    });
    this.members = new ConsumerGroup({
      log: this,
      owns: (topic, partition) => this.owned.has(this.keyOf(topic, partition)),
      positionOf: (topic, partition) => this.owned.get(this.keyOf(topic, partition)) ?? 0,
    });
    // Partitions that went to others stop being ours at once, and their commits are lost.
    this.client.on('consumer:group:rebalance', () => this.change(() => this.reassign()));
    this.client.on('consumer:group:join', () => this.change(() => this.reassign()));
    this.client.on('error', () => this.change(() => this.rejoin()));
  }

  /** @throws STORAGE_UNAVAILABLE */
  async join(options: SubscribeOptions): Promise<LogSubscription> {
    const fresh = options.topics.filter((topic) => !this.topics.has(this.options.nameOf(topic)));
    if (fresh.length > 0) {
      for (const topic of fresh) {
        this.topics.set(this.options.nameOf(topic), { topic, from: options.from ?? 'start' });
      }
      this.client.topics.trackAll(...fresh.map((topic) => this.options.nameOf(topic)));
      await this.change(async () => {
        await this.rejoin();
        await this.reassign();
      });
    }
    this.fetching ??= this.fetchForEver();
    return this.members.join(options);
  }

  get isEmpty(): boolean {
    return this.members.topics.length === 0;
  }

  /** Records not yet committed, by topic, of the partitions that are ours. */
  get lags(): ReadonlyMap<LogTopic, number> {
    const sums = new Map<LogTopic, number>();
    for (const [key, committed] of this.owned) {
      const place = this.places.get(key);
      if (place === undefined) continue;
      const lag = Math.max(0, (this.ends.get(key) ?? 0) - committed);
      sums.set(place.topic, (sums.get(place.topic) ?? 0) + lag);
    }
    return sums;
  }

  readNow(options: {
    topic: LogTopic;
    partition: number;
    from: number;
    limit: number;
  }): readonly LogRecord[] {
    const { topic, partition, from, limit } = options;
    const key = this.keyOf(topic, partition);
    let buffer = this.buffers.get(key);
    if (buffer === undefined) {
      buffer = new FetchBuffer({ from, recordsMax: BUFFER_RECORDS_MAX });
      this.buffers.set(key, buffer);
    }
    const records = buffer.read(from, limit);
    if (!buffer.full) this.wakeFetch?.();
    return records;
  }

  commit(options: { topic: LogTopic; partition: number; next: number }) {
    const { topic, partition, next } = options;
    const current = this.owned.get(this.keyOf(topic, partition));
    if (current !== undefined && next <= current) {
      return Promise.resolve({ kind: 'committed' } as const);
    }
    return this.commits.commit({ name: this.options.nameOf(topic), partition, next });
  }

  park(options: { group: string; record: LogRecord; reason: string }): Promise<void> {
    return this.options.park(options);
  }

  /** Leaves the group once nobody here is a member. */
  async close(): Promise<void> {
    this.closed = true;
    this.wakeFetch?.();
    await this.changing;
    await this.commits.drained();
    // Brokers that are away find out by themselves that nobody is here.
    const left: unknown = this.client.leaveGroup(true);
    await Promise.resolve(left).catch(() => undefined);
    await this.client.close(true).catch(() => undefined);
    await this.fetching;
    await this.reader.close(true).catch(() => undefined);
  }

  private keyOf(topic: LogTopic, partition: number): string {
    return `${this.options.nameOf(topic)}/${partition}`;
  }

  private moved(key: string, next: number): void {
    const current = this.owned.get(key);
    if (current !== undefined) this.owned.set(key, Math.max(current, next));
  }

  private change(work: () => Promise<void>): Promise<void> {
    if (this.closed) return Promise.resolve();
    const changed = this.changing.then(work);
    this.changing = changed.catch((error: unknown) => {
      this.options.onFailure(String(error));
      this.logger.warn('log.group_change_failed', 'A rebalance failed and is tried again.', {
        group: this.options.groupId,
        error: String(error),
      });
      this.timers.after(RETRY_MS, () => void this.change(() => this.reassign()));
    });
    return changed;
  }

  private async rejoin(): Promise<void> {
    for (let tries = 1; !this.closed; tries += 1) {
      try {
        await this.client.joinGroup({});
        return;
      } catch (error) {
        if (tries >= JOIN_TRIES_MAX) throw kafkaUnavailable('does not let us join', error);
        await this.timers.sleep(RETRY_MS);
      }
    }
  }

  /** Brings what is ours here to what Kafka says is ours, and deals it out. */
  private async reassign(): Promise<void> {
    const assigned = new Map<string, Place>();
    for (const { topic: name, partitions } of this.client.assignments ?? []) {
      const topic = this.topics.get(name)?.topic;
      if (topic === undefined) continue;
      for (const partition of partitions) {
        assigned.set(`${name}/${partition}`, { topic, name, partition });
      }
    }
    for (const key of [...this.owned.keys()]) {
      if (!assigned.has(key)) this.owned.delete(key);
    }
    // Readers of what is lost end before anything of it could come back and begin anew.
    await this.members.rebalance();
    for (const key of [...this.buffers.keys()]) {
      if (!this.owned.has(key)) this.buffers.delete(key);
    }
    const gained = [...assigned].filter(([key]) => !this.owned.has(key));
    if (gained.length === 0) return;
    await this.begin(gained);
    await this.members.rebalance();
  }

  private async begin(gained: readonly (readonly [string, Place])[]): Promise<void> {
    const { admin, groupId } = this.options;
    const topics = [...this.topics].map(([name, { topic }]) => ({ topic, name }));
    const positions = await positionsOf({ admin, reader: this.reader, groupId, topics });
    for (const [key, place] of gained) {
      const { committed, end = 0 } = positions.get(key) ?? {};
      this.places.set(key, place);
      this.ends.set(key, end);
      const atEnd = this.topics.get(place.name)?.from === 'end';
      this.owned.set(key, committed ?? 0);
      if (committed !== undefined || !atEnd || end === 0) continue;
      // Remembered at once: who takes over before the first commit begins there as well.
      await this.commits.commit({ name: place.name, partition: place.partition, next: end });
    }
  }

  private wishes(): FetchWish[] {
    const wishes: FetchWish[] = [];
    for (const [key, buffer] of this.buffers) {
      const place = this.places.get(key);
      if (place === undefined || buffer.full || !this.owned.has(key)) continue;
      wishes.push({ ...place, from: buffer.next });
    }
    return wishes;
  }

  private async fetchForEver(): Promise<void> {
    while (!this.closed) {
      const wishes = this.wishes();
      if (wishes.length === 0) {
        await new Promise<void>((resolve) => {
          this.wakeFetch = resolve;
        });
        this.wakeFetch = undefined;
        continue;
      }
      try {
        const fetched = await fetchRecords({ client: this.reader, wishes, waitMs: FETCH_WAIT_MS });
        this.options.onSuccess();
        for (const { wish, records, next, end } of fetched) {
          const key = `${wish.name}/${wish.partition}`;
          const buffer = this.buffers.get(key);
          this.ends.set(key, Math.max(end, this.ends.get(key) ?? 0));
          // Whoever reads may have turned back meanwhile.
          if (buffer === undefined || buffer.next !== wish.from) continue;
          buffer.add(records, next);
          if (records.length > 0) this.members.wake(wish.topic, wish.partition);
        }
      } catch (error) {
        if (this.closed) return;
        this.options.onFailure(`cannot be read: ${String(error)}`);
        if (hasApiError(error, 'OFFSET_OUT_OF_RANGE')) await this.skipGone(wishes);
        this.reader.clearMetadata();
        await this.timers.sleep(RETRY_MS);
      }
    }
  }

  /** Goes on at what is left of partitions that somebody has trimmed, and says so. */
  private async skipGone(wishes: readonly FetchWish[]): Promise<void> {
    const topics = [...new Set(wishes.map(({ name }) => name))];
    const firsts = await this.reader.listOffsets({ topics, timestamp: EARLIEST }).catch(() => {});
    for (const { name, partition, from, topic } of wishes) {
      const first = Number(firsts?.get(name)?.[partition] ?? 0n);
      if (first <= from) continue;
      this.buffers.get(`${name}/${partition}`)?.raise(first);
      const fields = { group: this.options.groupId, topic, partition, from, first };
      this.logger.error('log.records_gone', 'Records were trimmed before they were read.', fields);
    }
  }
}
