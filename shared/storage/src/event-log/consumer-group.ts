import type { LogSubscription, LogTopic, SubscribeOptions } from '../event-log.ts';
import { PartitionReader, type ReaderLog } from './partition-reader.ts';
import { partitionsOf } from './topics.ts';

const BATCH_MAX = 256;

interface Member {
  readonly options: SubscribeOptions;
  readers: PartitionReader[];
}

/**
 * The members of one group in this process. Partitions are dealt out in turn to the members that
 * want their topic; when one joins or leaves, only the partitions that change hands stop, and the
 * new owner begins at the group's commit when the old one has ended.
 */
export class ConsumerGroup {
  private readonly log: ReaderLog;
  private readonly positionOf: (topic: LogTopic, partition: number) => number;
  private readonly owns: (topic: LogTopic, partition: number) => boolean;
  private readonly members: Member[] = [];
  /** Members that have left and may still have readers. */
  private leaving: Member[] = [];
  private changing: Promise<void> = Promise.resolve();

  constructor(options: {
    readonly log: ReaderLog;
    /** The first offset that the group has not committed. */
    readonly positionOf: (topic: LogTopic, partition: number) => number;
    /** Whether this process has the partition; it has all of them unless told. */
    readonly owns?: (topic: LogTopic, partition: number) => boolean;
  }) {
    this.log = options.log;
    this.owns = options.owns ?? (() => true);
    this.positionOf = options.positionOf;
  }

  /** The topics that members read now. */
  get topics(): readonly LogTopic[] {
    return [...new Set(this.members.flatMap(({ options }) => options.topics))];
  }

  async join(options: SubscribeOptions): Promise<LogSubscription> {
    const member: Member = { options, readers: [] };
    this.members.push(member);
    await this.rebalance();
    return {
      get assigned() {
        return member.readers.map(({ topic, partition }) => ({ topic, partition }));
      },
      close: async () => {
        const index = this.members.indexOf(member);
        if (index >= 0) this.members.splice(index, 1);
        this.leaving.push(member);
        await this.rebalance();
      },
    };
  }

  wake(topic: LogTopic, partition: number): void {
    for (const { readers } of this.members) {
      for (const reader of readers) {
        if (reader.topic === topic && reader.partition === partition) reader.wake();
      }
    }
  }

  /** Deals the partitions out anew: whoever joined, left, or what this process has, changed. */
  rebalance(): Promise<void> {
    const dealt = this.changing.then(() => this.deal());
    this.changing = dealt.catch(() => {});
    return dealt;
  }

  private async deal(): Promise<void> {
    const wanted = new Map<Member, Set<string>>();
    const starts: { member: Member; topic: LogTopic; partition: number }[] = [];
    for (const topic of this.topics) {
      const takers = this.members.filter(({ options }) => options.topics.includes(topic));
      for (let partition = 0; partition < partitionsOf(topic); partition += 1) {
        const member = takers[partition % takers.length];
        if (member === undefined || !this.owns(topic, partition)) continue;
        const mine = wanted.get(member) ?? new Set<string>();
        wanted.set(member, mine.add(`${topic}/${partition}`));
        starts.push({ member, topic, partition });
      }
    }
    // All that change hands have ended before any begins anew: one partition, one reader.
    const departed = this.leaving;
    this.leaving = [];
    const all = [...this.members, ...departed];
    await Promise.all(all.map((member) => this.giveUp(member, wanted.get(member))));
    for (const { member, topic, partition } of starts) {
      const has = member.readers.some((one) => one.topic === topic && one.partition === partition);
      // Who left meanwhile gets nothing; the dealing that follows gives it to another.
      if (has || !this.members.includes(member) || !this.owns(topic, partition)) continue;
      const position = this.positionOf(topic, partition);
      const { options } = member;
      const batchMax = options.batchMax ?? BATCH_MAX;
      const parts = { log: this.log, topic, partition, position, batchMax };
      member.readers.push(new PartitionReader({ ...parts, subscribe: options }));
    }
  }

  private async giveUp(member: Member, wanted: ReadonlySet<string> | undefined): Promise<void> {
    const leaving = member.readers.filter(
      ({ topic, partition }) => wanted?.has(`${topic}/${partition}`) !== true,
    );
    await Promise.all(leaving.map((reader) => reader.stop()));
    for (const reader of leaving) reader.release();
    member.readers = member.readers.filter((reader) => !leaving.includes(reader));
  }
}
