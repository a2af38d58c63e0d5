import { createHash } from 'node:crypto';
import type { ServerProcess } from '@ats/engines';
import type {
  EventLog,
  LogBatch,
  LogPosition,
  LogRecord,
  LogTopic,
  NewRecord,
  SubscribeOptions,
} from '@ats/storage';
import type { WriterProgram } from '../killed-writer.ts';
import { type MemoryMetrics, memoryMetrics } from '../memory-metrics.ts';
import { type SilentLogger, silentLogger } from '../silent-logger.ts';
import { until } from '../until.ts';

/** What an adapter must be opened with in a test. */
export interface EventLogEnvironment {
  readonly logger: SilentLogger;
  readonly metrics: MemoryMetrics;
  readonly queueMax: number;
  readonly queueBytesMax: number;
}

export interface EventLogContract {
  /** Opens the log; each time the same records and commits are found in it. */
  open(environment: EventLogEnvironment): Promise<EventLog>;
  /** Makes the place empty; called before each test. */
  reset(): Promise<void>;
  /** A program that opens the same place and calls `appendForEver`. */
  readonly writer: () => WriterProgram;
  /** The server behind the log, for those that have one; requests give up after a few seconds. */
  readonly server?: () => ServerProcess;
}

export const WRITERS = 16;
export const TOPIC = 'orders.events';

/** A record with every header, whose payload proves itself. */
export function sampleRecord(
  options: { topic?: LogTopic; key?: string; number?: number } = {},
): NewRecord {
  const { topic = TOPIC, key = 'account', number = 0 } = options;
  const text = `${key} ${number}`;
  const digest = createHash('sha256').update(text).digest('hex');
  return {
    topic,
    key,
    headers: {
      schema: 'ats.order.v1.OrderEvent',
      eventId: text,
      correlationId: 'correlation',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    },
    payload: new TextEncoder().encode(`${text} ${digest}`),
  };
}

/**
 * Appends from many writers at once, each with a key of its own, and prints partition, offset and
 * event id of each record once it is acknowledged. Never returns: to be killed.
 */
export async function appendForEver(log: EventLog): Promise<void> {
  const writer = async (key: string): Promise<void> => {
    for (let number = 0; ; number += 1) {
      const record = sampleRecord({ key, number });
      const { partition, offset } = await log.append(record);
      process.stdout.write(`${partition} ${offset} ${record.headers.eventId}\n`);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, index) => writer(`k${index}`)));
}

/** One test's log and the world around it. */
export class Stage {
  readonly contract: EventLogContract;
  readonly environment: EventLogEnvironment = {
    logger: silentLogger(),
    metrics: memoryMetrics(),
    queueMax: 1000,
    queueBytesMax: 1_000_000,
  };
  log!: EventLog;

  constructor(contract: EventLogContract) {
    this.contract = contract;
  }

  async open(): Promise<void> {
    await this.contract.reset();
    this.log = await this.contract.open(this.environment);
  }

  async reopen(): Promise<void> {
    await this.log.close();
    this.log = await this.contract.open(this.environment);
  }

  /** Appends numbered records of one key, all at once. */
  append(count: number, { key = 'account', from = 0 } = {}): Promise<LogPosition[]> {
    const numbers = Array.from({ length: count }, (_, index) => from + index);
    return Promise.all(numbers.map((number) => this.log.append(sampleRecord({ key, number }))));
  }

  async partitionOf(key: string): Promise<number> {
    return (await this.log.append(sampleRecord({ key, number: -1 }))).partition;
  }

  /** Subscribes and collects what comes; commits every batch unless told otherwise. */
  async collect(options: Partial<SubscribeOptions> & { commits?: boolean } = {}) {
    const { commits = true, ...rest } = options;
    const records: LogRecord[] = [];
    const handle = async (batch: LogBatch): Promise<void> => {
      records.push(...batch.records);
      if (commits) await batch.commit();
    };
    const given = { group: 'oms', topics: [TOPIC] as const, handle, ...rest };
    const subscription = await this.log.subscribe(given);
    return { records, subscription, close: () => subscription.close() };
  }
}

export const ids = (records: readonly LogRecord[]): string[] =>
  records.map((one) => one.headers.eventId);
export const named = (from: number, to: number, key = 'account'): string[] =>
  Array.from({ length: to - from }, (_, index) => `${key} ${from + index}`);
export const received = (records: readonly LogRecord[], count: number): Promise<unknown> =>
  until(() => records.length >= count, { what: `${count} records` });
