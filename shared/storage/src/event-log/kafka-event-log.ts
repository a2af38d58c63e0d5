import { AtsError } from '@ats/domain';
import { type Clock, KAFKA_SESSION_MS, type Logger, type Metrics, type Timers } from '@ats/runtime';
import type { Admin, Consumer, Producer } from '@platformatic/kafka';
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
import { RemoteHealth } from '../remote/remote-health.ts';
import { workMetrics } from '../work-metrics.ts';
import { KafkaClients, type KafkaLimits } from './kafka-clients.ts';
import { kafkaUnavailable } from './kafka-failure.ts';
import { fetchRecords } from './kafka-fetch.ts';
import { KafkaGroup } from './kafka-group.ts';
import { kafkaPlace } from './kafka-place.ts';
import { positionsOf } from './kafka-positions.ts';
import { KafkaSender } from './kafka-sender.ts';
import { KafkaTopics } from './kafka-topics.ts';
import { type LogMetrics, logMetrics } from './log-metrics.ts';
import { deadTopicOf, partitionOf, partitionsOf, recordBytes } from './topics.ts';

export interface KafkaEventLogOptions extends Partial<KafkaLimits> {
  /** `kafka://host:port,host:port?prefix=...&replicas=...`; `kafkas://` for TLS. */
  readonly url: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Appends that may wait for the brokers. */
  readonly queueMax?: number;
  /** Bytes of records that may wait for the brokers. */
  readonly queueBytesMax?: number;
  /** Records in one request at most. */
  readonly batchMax?: number;
}

const DEFAULTS = {
  queueMax: 10_000,
  queueBytesMax: 64 * 2 ** 20,
  batchMax: 1000,
  timeoutMs: 5000,
  sessionTimeoutMs: KAFKA_SESSION_MS,
};
const NAME = 'kafka';
const STORE = 'log';
const READ_LIMIT = 1000;
const READ_WAIT_MS = 50;
const EMPTY_READS_MAX = 20;
const PROBE_MS = 500;

class KafkaEventLog implements EventLog {
  private readonly metrics: LogMetrics;
  private readonly work: ReturnType<typeof workMetrics>;
  private readonly logger: Logger;
  private readonly timers: Timers;
  private readonly limits: typeof DEFAULTS;
  private readonly clients: KafkaClients;
  private readonly admin: Admin;
  private readonly producer: Producer<Buffer, Buffer, Buffer, Buffer>;
  private readonly reader: Consumer;
  private readonly topics: KafkaTopics;
  private readonly sender: KafkaSender;
  private readonly remote: RemoteHealth;
  private readonly prefix: string;
  private readonly groups = new Map<string, KafkaGroup>();
  private readonly subscriptions = new Set<LogSubscription>();
  /** Fetches of one client share a session with the brokers: one read at a time. */
  private reading: Promise<unknown> = Promise.resolve();
  private pending = 0;
  private pendingBytes = 0;
  private closed = false;

  constructor(options: KafkaEventLogOptions) {
    const { clock, timers, logger, metrics } = options;
    const place = kafkaPlace(options.url);
    this.limits = { ...DEFAULTS, ...options };
    this.metrics = logMetrics(metrics, NAME);
    this.work = workMetrics(metrics, STORE);
    this.logger = logger;
    this.timers = timers;
    this.prefix = place.prefix;
    const { sessionMs: sessionTimeoutMs = this.limits.sessionTimeoutMs } = place;
    this.clients = new KafkaClients(place, { ...this.limits, sessionTimeoutMs });
    this.admin = this.clients.admin();
    this.producer = this.clients.producer();
    this.reader = this.clients.reader();
    const sleep = (delayMs: number): Promise<void> => timers.sleep(delayMs);
    this.topics = new KafkaTopics({ admin: this.admin, place, sleep });
    const probe = (): Promise<unknown> => this.admin.listTopics();
    this.remote = new RemoteHealth({ timers, periodMs: PROBE_MS, probe });
    this.sender = new KafkaSender({
      producer: this.producer,
      clock,
      work: this.work,
      batchMax: this.limits.batchMax,
      onSuccess: () => this.remote.succeeded(),
      onFailure: (message) => this.remote.failed(message),
    });
    metrics.beforeCollect(() => this.collect());
  }

  async start(): Promise<void> {
    try {
      await this.admin.listTopics();
    } catch (cause) {
      throw kafkaUnavailable('cannot be reached', cause);
    }
  }

  async append(record: NewRecord): Promise<LogPosition> {
    const bytes = recordBytes(record);
    const { topic } = record;
    partitionOf(topic, record.key);
    this.mustTake(bytes);
    this.pending += 1;
    this.pendingBytes += bytes;
    try {
      if (!this.topics.has(topic)) await this.topics.ready(topic);
      const topicName = this.topics.nameOf(topic);
      const position = await this.sender.send(record, { topicName, bytes });
      this.metrics.appended.add({ log: NAME, topic });
      return position;
    } finally {
      this.pending -= 1;
      this.pendingBytes -= bytes;
    }
  }

  async subscribe(options: SubscribeOptions): Promise<LogSubscription> {
    for (const topic of options.topics) partitionsOf(topic);
    this.mustBeOpen();
    for (const topic of options.topics) await this.topics.ready(topic);
    let group = this.groups.get(options.group);
    if (group === undefined) {
      group = this.openGroup(options.group);
      this.groups.set(options.group, group);
    }
    const joined = await group.join(options);
    const subscription: LogSubscription = {
      get assigned() {
        return joined.assigned;
      },
      close: async () => {
        this.subscriptions.delete(subscription);
        await joined.close();
        await this.endGroup(options.group);
      },
    };
    this.subscriptions.add(subscription);
    return subscription;
  }

  async read(options: ReadOptions): Promise<readonly LogRecord[]> {
    partitionsOf(options.topic);
    this.mustBeOpen();
    await this.topics.ready(options.topic);
    const read = this.reading.then(() => this.readNow({ limit: READ_LIMIT, ...options }));
    this.reading = read.catch(() => undefined);
    return read;
  }

  async lag(options: {
    readonly group: string;
    readonly topics: readonly LogTopic[];
  }): Promise<readonly PartitionLag[]> {
    this.mustBeOpen();
    for (const topic of options.topics) await this.topics.ready(topic);
    const topics = options.topics.map((topic) => ({ topic, name: this.topics.nameOf(topic) }));
    const { admin, reader } = this;
    const groupId = `${this.prefix}${options.group}`;
    const found = await positionsOf({ admin, reader, groupId, topics }).catch((cause: unknown) => {
      throw kafkaUnavailable('does not say where the group stands', cause);
    });
    return topics.flatMap(({ topic, name }) =>
      Array.from({ length: partitionsOf(topic) }, (_, partition) => {
        const { committed = 0, end: next = 0 } = found.get(`${name}/${partition}`) ?? {};
        return { topic, partition, committed, next, lag: Math.max(0, next - committed) };
      }),
    );
  }

  health(): { readonly ok: boolean; readonly reason: string } {
    return this.remote.state;
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await Promise.all([...this.subscriptions].map((subscription) => subscription.close()));
    await this.sender.drained();
    await this.reading;
    this.remote.close('the event log is closed');
    const clients = [this.producer, this.reader, this.admin];
    await Promise.allSettled(clients.map((client) => client.close()));
  }

  private openGroup(name: string): KafkaGroup {
    return new KafkaGroup({
      clients: this.clients,
      admin: this.admin,
      groupId: `${this.prefix}${name}`,
      nameOf: (topic) => this.topics.nameOf(topic),
      metrics: this.metrics,
      logger: this.logger,
      timers: this.timers,
      park: ({ group, record, reason }) => this.park({ group, record, reason }),
      onSuccess: () => this.remote.succeeded(),
      onFailure: (message) => this.remote.failed(`eventLog.url: Kafka ${message}`),
    });
  }

  private async endGroup(name: string): Promise<void> {
    const group = this.groups.get(name);
    if (group === undefined || !group.isEmpty) return;
    this.groups.delete(name);
    await group.close();
  }

  private async park(options: { group: string; record: LogRecord; reason: string }): Promise<void> {
    const { group, record, reason } = options;
    const { topic, partition, offset, key, payload, headers } = record;
    const deadLetter = { topic, partition, offset, group, reason };
    const dead = deadTopicOf(topic);
    await this.append({ topic: dead, key, payload, headers: { ...headers, deadLetter } });
  }

  private async readNow(options: Required<ReadOptions>): Promise<readonly LogRecord[]> {
    const { topic, partition, from, limit } = options;
    const name = this.topics.nameOf(topic);
    const found: LogRecord[] = [];
    try {
      const ends = await this.reader.listOffsets({ topics: [name] });
      const end = Number(ends.get(name)?.[partition] ?? 0n);
      let next = from;
      for (let empty = 0; next < end && found.length < limit && empty < EMPTY_READS_MAX; ) {
        const wishes = [{ topic, name, partition, from: next }];
        const [answer] = await fetchRecords({ client: this.reader, wishes, waitMs: READ_WAIT_MS });
        if (answer === undefined || answer.next === next) {
          empty += 1;
          continue;
        }
        for (const record of answer.records) found.push(record);
        next = answer.next;
      }
      if (next < end && found.length < limit) throw new Error(`offset ${next} does not come`);
    } catch (cause) {
      throw kafkaUnavailable(`cannot be read: ${topic}`, cause);
    }
    return found.slice(0, limit);
  }

  private collect(): void {
    this.work.depth.set({ store: STORE }, this.sender.depth);
    this.metrics.pendingBytes.set({ log: NAME }, this.pendingBytes);
    for (const [group, { lags }] of this.groups) {
      for (const [topic, lag] of lags) this.metrics.lag.set({ log: NAME, group, topic }, lag);
    }
  }

  private mustBeOpen(): void {
    if (this.closed) throw kafkaUnavailable('is closed');
  }

  private mustTake(bytes: number): void {
    if (this.closed) {
      this.work.refused.add({ store: STORE, reason: 'closed' });
      this.mustBeOpen();
    }
    const { queueMax, queueBytesMax } = this.limits;
    if (this.pending >= queueMax) {
      this.work.refused.add({ store: STORE, reason: 'queue_full' });
      const message = `${queueMax} records already wait for Kafka`;
      throw full({ field: 'eventLog.queueMax', value: queueMax, message });
    }
    if (this.pendingBytes + bytes <= queueBytesMax) return;
    this.metrics.refused.add({ log: NAME, reason: 'bytes_full' });
    const message = `${this.pendingBytes} bytes of records already wait for Kafka`;
    throw full({ field: 'eventLog.queueBytesMax', value: queueBytesMax, message });
  }
}

function full(options: { field: string; value: number; message: string }): AtsError {
  const { field, value, message } = options;
  return new AtsError({
    code: 'STORAGE_QUEUE_FULL',
    message: `${field}: ${message}`,
    remedy: 'Send less at once, give Kafka faster disks, or raise the named limit.',
    retry: 'safe',
    context: { field, value },
  });
}

/**
 * Opens the log. Appends wait for every in-sync
 * replica, through an idempotent producer, and share requests. Topics are made when first used.
 * A group's partitions are dealt to processes by Kafka (cooperative sticky) and here to members.
 *
 * @throws STORAGE_URL_INVALID, STORAGE_UNAVAILABLE when no broker answers.
 */
export async function openKafka(options: KafkaEventLogOptions): Promise<EventLog> {
  const log = new KafkaEventLog(options);
  try {
    await log.start();
    return log;
  } catch (error) {
    await log.close();
    throw error;
  }
}
