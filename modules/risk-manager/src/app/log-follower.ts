import { AtsError } from '@ats/domain';
import {
  type Clock,
  fullJitterMs,
  type Logger,
  Pauses,
  type RandomStream,
  type Timers,
} from '@ats/runtime';
import type {
  EventLog,
  LogBatch,
  LogRecord,
  LogSubscription,
  LogTopic,
  StateStore,
} from '@ats/storage';
import { inTransactions } from './in-transactions.ts';

const BATCH_MAX = 1000;
/** How long a small batch waits for more: nobody waits for it, and each write delays orders'. */
const GATHER_MS = 100;
const SMALL_BATCH = 200;
const BACKOFF = { baseMs: 50, maxMs: 2000 };

export interface FollowerOptions {
  readonly state: StateStore;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomStream;
  readonly logger: Logger;
}

/**
 * What is kept in memory of what is stored of a topic. Records have their effect once, whatever is
 * killed and however often they come.
 */
export interface Kept<Read> {
  readonly topic: LogTopic;
  /** Tells its place in the log from that of others that follow the topic. */
  readonly purpose?: string;
  /** @returns undefined for a record that says nothing here. @throws MESSAGE_MALFORMED */
  read(record: LogRecord): Read | undefined;
  /** Reads all of it from the store again. */
  load(): Promise<void>;
  /** Names of the stored items that one record changes: what is counted at once has a hundred. */
  itemsOf(read: Read): readonly string[];
  /**
   * Stores and remembers what is new, in one transaction.
   * @returns false when another instance stored meanwhile: then nothing is counted
   */
  count(read: readonly Read[]): Promise<boolean>;
  /** Stores whatever else it keeps; the group goes on in the log only after it. */
  keep?(): Promise<void>;
}

/** A group of its own for each topic and purpose: what one waits for holds up no other. */
export const groupOf = (topic: LogTopic, purpose?: string): string =>
  ['risk-manager', ...(purpose === undefined ? [] : [purpose]), topic].join('.');

/** Follows a topic for ever: what storage does not take is tried again, and `trouble` says so. */
export class LogFollower<Read> {
  private readonly options: FollowerOptions;
  private readonly kept: Kept<Read>;
  private subscription: LogSubscription | undefined;
  private failure = '';
  private closed = false;
  private readonly pauses: Pauses;

  constructor(options: FollowerOptions, kept: Kept<Read>) {
    this.options = options;
    this.kept = kept;
    this.pauses = new Pauses(options.timers);
  }

  /** Takes up what was stored, then follows the log. @throws when the store cannot be read */
  async start(): Promise<void> {
    await this.kept.load();
    this.subscription = await this.options.log.subscribe({
      group: this.group,
      topics: [this.kept.topic],
      batchMax: BATCH_MAX,
      handle: (batch) => this.handle(batch),
    });
  }

  /** Records that it has not worked yet, as the log counts them. */
  async lag(): Promise<number> {
    const { log } = this.options;
    const partitions = await log.lag({ group: this.group, topics: [this.kept.topic] });
    return partitions.reduce((sum, { lag }) => sum + lag, 0);
  }

  /** Why it may be behind; empty when it is not. */
  trouble(): string {
    return this.failure;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.pauses.end();
    await this.subscription?.close();
  }

  private get group(): string {
    return groupOf(this.kept.topic, this.kept.purpose);
  }

  private async handle(batch: LogBatch): Promise<void> {
    const read: Read[] = [];
    for (const record of batch.records) {
      try {
        const one = this.kept.read(record);
        if (one !== undefined) read.push(one);
      } catch (error) {
        if (!(error instanceof AtsError) || error.code !== 'MESSAGE_MALFORMED') throw error;
        await batch.park(record, error.message);
      }
    }
    for (const part of inTransactions(read, (one) => this.kept.itemsOf(one))) {
      await this.surely(async (again) => {
        // What the store holds after a failure, or after another instance, is what counts.
        if (again) await this.kept.load();
        return this.kept.count(part);
      });
    }
    // What comes meanwhile is delivered, worked and committed together.
    if (batch.records.length < SMALL_BATCH) await this.pauses.for(GATHER_MS);
    await this.surely(async () => {
      await this.kept.keep?.();
      return true;
    });
    await batch.commit();
  }

  private async surely(work: (again: boolean) => Promise<boolean>): Promise<void> {
    const { logger, timers, random } = this.options;
    for (let attempt = 0; ; attempt += 1) {
      try {
        if (await work(attempt > 0)) break;
      } catch (error) {
        if (this.closed) throw error;
        const { topic } = this.kept;
        this.failure = `${topic} is not worked: ${error instanceof Error ? error.message : error}`;
        if (attempt === 0) logger.error('risk.log_waits', this.failure, { error });
        await timers.sleep(fullJitterMs({ ...BACKOFF, attempt, random: random.next() }));
      }
    }
    this.failure = '';
  }
}
