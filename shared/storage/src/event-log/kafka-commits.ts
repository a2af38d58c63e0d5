import type { Consumer } from '@platformatic/kafka';
import { hasApiError, kafkaUnavailable } from './kafka-failure.ts';

type Outcome = { readonly kind: 'committed' | 'lost' };

interface Pending {
  readonly name: string;
  readonly partition: number;
  next: number;
  readonly waiters: { done(outcome: Outcome): void; fail(error: unknown): void }[];
}

export interface KafkaCommitsOptions {
  readonly client: Consumer;
  /** Whether this process has the partition now. */
  readonly owns: (name: string, partition: number) => boolean;
  /** Resolves when a rebalance under way has ended, or after a while. */
  readonly settled: () => Promise<void>;
  readonly onCommitted: (name: string, partition: number, next: number) => void;
}

/** The group has moved on without us, or is about to. */
const STALE = [
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
  'UNKNOWN_MEMBER_ID',
  'FENCED_INSTANCE_ID',
];
const TRIES_MAX = 4;

/** Commits of one group: those that wait while one is under way share the next request. */
export class KafkaCommits {
  private readonly options: KafkaCommitsOptions;
  private pending = new Map<string, Pending>();
  private running: Promise<void> | undefined;

  constructor(options: KafkaCommitsOptions) {
    this.options = options;
  }

  /** @throws STORAGE_UNAVAILABLE */
  commit(options: { name: string; partition: number; next: number }): Promise<Outcome> {
    const { name, partition, next } = options;
    if (!this.options.owns(name, partition)) return Promise.resolve({ kind: 'lost' });
    const key = `${name}/${partition}`;
    return new Promise((done, fail) => {
      const waiting = this.pending.get(key) ?? { name, partition, next, waiters: [] };
      waiting.next = Math.max(waiting.next, next);
      waiting.waiters.push({ done, fail });
      this.pending.set(key, waiting);
      this.running ??= this.drain();
    });
  }

  async drained(): Promise<void> {
    await this.running;
  }

  private async drain(): Promise<void> {
    await new Promise<void>((resume) => process.nextTick(resume));
    while (this.pending.size > 0) {
      const batch = [...this.pending.values()];
      this.pending = new Map();
      await this.send(batch, 1);
    }
    this.running = undefined;
  }

  private async send(batch: readonly Pending[], attempt: number): Promise<void> {
    const { client, owns } = this.options;
    const [mine, others] = [
      batch.filter(({ name, partition }) => owns(name, partition)),
      batch.filter(({ name, partition }) => !owns(name, partition)),
    ];
    for (const { waiters } of others) for (const { done } of waiters) done({ kind: 'lost' });
    if (mine.length === 0) return;
    try {
      const offsets = mine.map(({ name: topic, partition, next }) => {
        return { topic, partition, offset: BigInt(next), leaderEpoch: -1 };
      });
      await client.commit({ offsets });
      for (const { name, partition, next, waiters } of mine) {
        this.options.onCommitted(name, partition, next);
        for (const { done } of waiters) done({ kind: 'committed' });
      }
    } catch (error) {
      if (hasApiError(error, ...STALE) && attempt < TRIES_MAX) {
        await this.options.settled();
        await this.send(mine, attempt + 1);
        return;
      }
      const failed = kafkaUnavailable('has not taken a commit', error);
      for (const { waiters } of mine) for (const { fail } of waiters) fail(failed);
    }
  }
}
