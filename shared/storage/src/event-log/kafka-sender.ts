import type { Clock } from '@ats/runtime';
import type { Producer } from '@platformatic/kafka';
import type { LogPosition, NewRecord } from '../event-log.ts';
import type { workMetrics } from '../work-metrics.ts';
import { kafkaUnavailable } from './kafka-failure.ts';
import { type KafkaMessage, toMessage } from './kafka-records.ts';

interface Waiting {
  readonly message: KafkaMessage;
  readonly record: NewRecord;
  readonly bytes: number;
  done(position: LogPosition): void;
  fail(error: unknown): void;
}

export interface KafkaSenderOptions {
  readonly producer: Producer<Buffer, Buffer, Buffer, Buffer>;
  readonly clock: Clock;
  readonly work: ReturnType<typeof workMetrics>;
  /** Records in one request at most. */
  readonly batchMax: number;
  readonly onSuccess: () => void;
  readonly onFailure: (message: string) => void;
}

/** What a broker takes for one partition at once is a little more than one record's limit. */
const PARTITION_BYTES_MAX = 1_000_000;
const REQUEST_BYTES_MAX = 8 * 2 ** 20;
const STORE = 'log';

/**
 * Sends what waits in one request after the other: whoever appends while one is under way shares
 * the next. One request at a time keeps the order of each key whatever happens.
 */
export class KafkaSender {
  private readonly options: KafkaSenderOptions;
  private queue: Waiting[] = [];
  private inFlight = 0;
  private running: Promise<void> | undefined;

  constructor(options: KafkaSenderOptions) {
    this.options = options;
  }

  /** Records that wait or are under way. */
  get depth(): number {
    return this.queue.length + this.inFlight;
  }

  /** @throws STORAGE_UNAVAILABLE */
  send(record: NewRecord, options: { topicName: string; bytes: number }): Promise<LogPosition> {
    const message = toMessage(record, options.topicName);
    return new Promise((done, fail) => {
      this.queue.push({ message, record, bytes: options.bytes, done, fail });
      this.running ??= this.drain();
    });
  }

  async drained(): Promise<void> {
    await this.running;
  }

  private async drain(): Promise<void> {
    // What the same turn of the event loop appends goes into one request.
    await new Promise<void>((resume) => process.nextTick(resume));
    while (this.queue.length > 0) await this.request(this.take());
    this.running = undefined;
  }

  /** Takes records in order; from one that does not fit on, none of its partition. */
  private take(): Waiting[] {
    const taken: Waiting[] = [];
    const left: Waiting[] = [];
    const sizes = new Map<string, number>();
    let total = 0;
    for (const waiting of this.queue) {
      const place = `${waiting.message.topic}/${waiting.message.partition}`;
      const size = (sizes.get(place) ?? 0) + waiting.bytes;
      const first = !sizes.has(place);
      const fits = first || size <= PARTITION_BYTES_MAX;
      const room = taken.length === 0 || total + waiting.bytes <= REQUEST_BYTES_MAX;
      if (fits && room && taken.length < this.options.batchMax) {
        taken.push(waiting);
        sizes.set(place, size);
        total += waiting.bytes;
      } else {
        left.push(waiting);
        sizes.set(place, Number.POSITIVE_INFINITY);
      }
    }
    this.queue = left;
    return taken;
  }

  private async request(batch: readonly Waiting[]): Promise<void> {
    const { producer, clock, work } = this.options;
    this.inFlight = batch.length;
    const startUs = clock.nowUs();
    try {
      const { offsets = [] } = await producer.send({
        messages: batch.map(({ message }) => message),
        acks: -1,
      });
      work.seconds.observe({ store: STORE }, (clock.nowUs() - startUs) / 1e6);
      work.committed.add({ store: STORE }, batch.length);
      this.options.onSuccess();
      const next = new Map(
        offsets.map(({ topic, partition, offset }) => [`${topic}/${partition}`, Number(offset)]),
      );
      for (const { message, record, done, fail } of batch) {
        const place = `${message.topic}/${message.partition}`;
        const offset = next.get(place);
        if (offset === undefined) {
          fail(kafkaUnavailable(`acknowledged nothing for ${place}`, new Error('no offset')));
          continue;
        }
        next.set(place, offset + 1);
        done({ topic: record.topic, partition: message.partition ?? 0, offset });
      }
    } catch (cause) {
      const error = kafkaUnavailable('has not acknowledged the records', cause);
      work.failures.add({ store: STORE });
      this.options.onFailure(error.message);
      for (const { fail } of batch) fail(error);
    }
    this.inFlight = 0;
  }
}
