import { AtsError } from '@ats/domain';
import type { Admin } from '@platformatic/kafka';
import type { LogTopic } from '../event-log.ts';
import { hasApiError, kafkaUnavailable } from './kafka-failure.ts';
import type { KafkaPlace } from './kafka-place.ts';
import { partitionsOf } from './topics.ts';

const TRIES_MAX = 40;
const POLL_MS = 50;

/** Nothing is trimmed unless an operator says so, and the brokers' own clock stamps records. */
const CONFIGS = [
  { name: 'message.timestamp.type', value: 'LogAppendTime' },
  { name: 'retention.ms', value: '-1' },
  { name: 'retention.bytes', value: '-1' },
];

/** Makes topics when they are first used, and refuses those whose partitions are not ours. */
export class KafkaTopics {
  private readonly admin: Admin;
  private readonly place: KafkaPlace;
  private readonly sleep: (delayMs: number) => Promise<void>;
  private readonly there = new Set<LogTopic>();
  private readonly known = new Map<LogTopic, Promise<void>>();

  constructor(options: {
    readonly admin: Admin;
    readonly place: KafkaPlace;
    readonly sleep: (delayMs: number) => Promise<void>;
  }) {
    this.admin = options.admin;
    this.place = options.place;
    this.sleep = options.sleep;
  }

  nameOf(topic: LogTopic): string {
    return `${this.place.prefix}${topic}`;
  }

  /** Whether the topic is known to be there, so that nobody needs to wait. */
  has(topic: LogTopic): boolean {
    return this.there.has(topic);
  }

  /** @throws STORAGE_UNAVAILABLE */
  ready(topic: LogTopic): Promise<void> {
    let made = this.known.get(topic);
    if (made === undefined) {
      made = this.make(topic);
      this.known.set(topic, made);
      made.then(
        () => this.there.add(topic),
        () => this.known.delete(topic),
      );
    }
    return made;
  }

  private async make(topic: LogTopic): Promise<void> {
    const name = this.nameOf(topic);
    const partitions = partitionsOf(topic);
    const { replicas = -1 } = this.place;
    try {
      await this.admin.createTopics({ topics: [name], partitions, replicas, configs: CONFIGS });
    } catch (error) {
      if (!hasApiError(error, 'TOPIC_ALREADY_EXISTS')) {
        throw kafkaUnavailable(`cannot make the topic ${name}`, error);
      }
    }
    for (let tries = 0; ; tries += 1) {
      try {
        const metadata = await this.admin.metadata({ topics: [name], forceUpdate: true });
        const there = metadata.topics.get(name);
        const led = there?.partitions.every(({ leader }) => leader >= 0) === true;
        if (there !== undefined && led)
          return checkPartitions(name, there.partitionsCount, partitions);
      } catch (error) {
        if (tries >= TRIES_MAX) throw kafkaUnavailable(`does not show the topic ${name}`, error);
      }
      if (tries >= TRIES_MAX) throw kafkaUnavailable(`has no leaders for the topic ${name}`);
      await this.sleep(POLL_MS);
    }
  }
}

/** Another number would send keys elsewhere and break their order. */
function checkPartitions(name: string, found: number, wanted: number): void {
  if (found === wanted) return;
  throw new AtsError({
    code: 'STORAGE_UNAVAILABLE',
    message: `eventLog.url: the topic ${name} has ${found} partitions and not ${wanted}`,
    remedy: 'Give eventLog.url another ?prefix=, or make the topic anew with that many partitions.',
    retry: 'safe',
    context: { field: 'eventLog.url', value: found },
  });
}
