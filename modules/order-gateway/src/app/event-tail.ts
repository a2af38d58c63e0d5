import type { AccountId } from '@ats/domain';
import type { Logger, TimerHandle, Timers } from '@ats/runtime';
import {
  type EventLog,
  type LogBatch,
  type LogRecord,
  type LogSubscription,
  partitionOf,
} from '@ats/storage';
import { refusal } from '../domain/refusals.ts';

/** The topics that can be followed. */
export type FollowedTopic = 'orders.events' | 'exec.reports' | 'ledger.entries';

const TOPICS: readonly FollowedTopic[] = ['orders.events', 'exec.reports', 'ledger.entries'];

/** Where a follower's records go. */
export interface RecordSink {
  /**
   * Takes a record; `position` is where to resume after it.
   * @returns false when it cannot be taken: the follower ends, nothing is left out in silence
   */
  send(record: LogRecord, position: string): boolean;
  /** Resolves when there is room for another old record; false when there will never be. */
  room(): Promise<boolean>;
  /** The log cannot be read: nothing more will come. */
  fail(): void;
}

export interface Follower {
  /** Where it begins, to be told to the client first. */
  readonly position: string;
  /** Nothing is sent before. */
  start(): void;
  close(): void;
}

const POSITION = /^([a-z.]+)\/(\d{1,4})\/(\d{1,15})$/;
const PAGE = 256;
const COMMIT_MS = 1000;

/**
 * Follows the log for many: one subscription feeds all followers live, and each reads what it has
 * missed from the log itself. A follower gets every record of its account from its position on,
 * in order, none twice and none left out. Nothing waits here: the log is the buffer.
 */
export class EventTail {
  private readonly log: EventLog;
  private readonly group: string;
  private readonly logger: Logger;
  private readonly committing: TimerHandle;
  private readonly followers = new Map<string, Set<Following>>();
  private readonly listeners = new Set<(record: LogRecord) => void>();
  /** By partition: the offset after the last record that the subscription brought. */
  private readonly seen = new Map<string, number>();
  private readonly uncommitted = new Map<string, LogBatch>();
  private subscription: LogSubscription | undefined;

  constructor(options: {
    readonly log: EventLog;
    /** One for each instance: every instance needs every record. */
    readonly group: string;
    readonly timers: Timers;
    readonly logger: Logger;
  }) {
    this.log = options.log;
    this.group = options.group;
    this.logger = options.logger;
    this.committing = options.timers.every(COMMIT_MS, () => void this.commit());
  }

  async start(): Promise<void> {
    this.subscription = await this.log.subscribe({
      group: this.group,
      topics: TOPICS,
      from: 'end',
      handle: (batch) => this.deliver(batch),
    });
  }

  /** Calls for each record of every account from now on. @returns what ends that */
  listen(listener: (record: LogRecord) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /**
   * Follows an account's records of one topic, from a position or from now on.
   * @throws REQUEST_INVALID for a position that is not one of this account and topic
   */
  async follow(options: {
    readonly topic: FollowedTopic;
    readonly accountId: AccountId;
    /** As it came with the last record seen; empty for from now on. */
    readonly after: string;
    readonly sink: RecordSink;
  }): Promise<Follower> {
    const { topic, accountId, after, sink } = options;
    const partition = partitionOf(topic, accountId);
    const lags = await this.log.lag({ group: this.group, topics: [topic] });
    const end = lags.find((one) => one.partition === partition)?.next ?? 0;
    const next = after === '' ? end : offsetOf(after, { topic, partition, end });
    const key = `${topic}/${partition}`;
    const following = new Following({ topic, partition, accountId, next, sink, log: this.log });
    const all = this.followers.get(key) ?? new Set();
    this.followers.set(key, all.add(following));
    following.onEnded = () => void all.delete(following);
    const seen = (): number => this.seen.get(key) ?? 0;
    const start = (): void => {
      following.catchUp(seen).catch((error: unknown) => {
        this.logger.error('gateway.stream.read_failed', 'the log could not be read', { error });
        following.fail();
      });
    };
    return { position: `${key}/${next}`, start, close: () => following.close() };
  }

  async close(): Promise<void> {
    this.committing.cancel();
    await this.subscription?.close();
    await this.commit();
    for (const all of this.followers.values()) for (const one of [...all]) one.close();
  }

  private async deliver(batch: LogBatch): Promise<void> {
    const key = `${batch.topic}/${batch.partition}`;
    for (const record of batch.records) {
      this.seen.set(key, record.offset + 1);
      for (const following of this.followers.get(key) ?? []) following.onLive(record);
      for (const listener of this.listeners) listener(record);
    }
    this.uncommitted.set(key, batch);
  }

  /** How far this got matters to nobody but the lag metric: followers know their positions. */
  private async commit(): Promise<void> {
    const batches = [...this.uncommitted.values()];
    this.uncommitted.clear();
    const done = await Promise.allSettled(batches.map((batch) => batch.commit()));
    const failed = done.find(({ status }) => status === 'rejected');
    if (failed === undefined) return;
    this.logger.warn('gateway.stream.commit_failed', 'the place in the log was not kept');
  }
}

interface FollowingOptions {
  readonly topic: FollowedTopic;
  readonly partition: number;
  readonly accountId: AccountId;
  readonly next: number;
  readonly sink: RecordSink;
  readonly log: EventLog;
}

/** One follower: first it catches up, then it is fed live. */
class Following {
  onEnded: () => void = () => {};
  private readonly options: FollowingOptions;
  private next: number;
  private live = false;
  private closed = false;

  constructor(options: FollowingOptions) {
    this.options = options;
    this.next = options.next;
  }

  /** @param seen the offset after the last record that was delivered live to all */
  async catchUp(seen: () => number): Promise<void> {
    const { log, topic, partition, sink } = this.options;
    while (!this.closed) {
      const records = await log.read({ topic, partition, from: this.next, limit: PAGE });
      for (const record of records) {
        this.take(record);
        if (!(await sink.room())) return this.close();
      }
      if (records.length === 0 && seen() <= this.next) {
        // Whatever comes from here on is delivered live: nothing is awaited in between.
        this.live = true;
        return;
      }
    }
  }

  /** Something other than the client went wrong: it shall come back. */
  fail(): void {
    if (!this.closed) this.options.sink.fail();
    this.close();
  }

  onLive(record: LogRecord): void {
    if (this.live) this.take(record);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.onEnded();
  }

  private take(record: LogRecord): void {
    if (this.closed || record.offset < this.next) return;
    this.next = record.offset + 1;
    const { accountId, topic, partition, sink } = this.options;
    if (record.key !== accountId) return;
    if (!sink.send(record, `${topic}/${partition}/${this.next}`)) this.close();
  }
}

function offsetOf(
  text: string,
  wanted: { readonly topic: string; readonly partition: number; readonly end: number },
): number {
  const [, topic, partition, offset] = POSITION.exec(text) ?? [];
  const next = Number(offset);
  if (topic === wanted.topic && Number(partition) === wanted.partition && next <= wanted.end) {
    return next;
  }
  throw refusal({
    code: 'REQUEST_INVALID',
    message: `after is "${text.slice(0, 60)}", no position of this account in ${wanted.topic}`,
    remedy: 'Send the position of the last message seen on this channel, or none to begin now.',
    field: 'after',
    value: text,
  });
}
