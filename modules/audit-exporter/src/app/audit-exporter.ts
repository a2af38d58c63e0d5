import type { Clock, Logger, Readiness, TimerHandle, Timers } from '@ats/runtime';
import {
  type Archive,
  type EventLog,
  LOG_TOPICS,
  type LogBatch,
  type LogSubscription,
  type LogTopic,
  type WorkTopic,
} from '@ats/storage';
import { type HeadSegment, headSegmentOf } from '../domain/chain.ts';
import type { DecodePayload } from '../domain/record-line.ts';
import { HeadWriter, readNewestHead } from './heads.ts';
import type { AuditMetrics } from './metrics.ts';
import {
  PartitionExporter,
  type SegmentLimits,
  type TopicPartition,
} from './partition-exporter.ts';

/** The group in whose name offsets are committed. */
export const AUDIT_GROUP = 'audit-exporter';

export interface AuditLimits extends SegmentLimits {
  /** Memory of all records that wait. */
  readonly bufferBytesMax: number;
  readonly headIntervalMs: number;
  /** Longest that a drain waits for records that the log has and did not deliver yet. */
  readonly catchUpMs: number;
}

export interface AuditExporterOptions {
  readonly log: EventLog;
  readonly archive: Archive;
  readonly decode: DecodePayload;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: AuditMetrics;
  readonly limits: AuditLimits;
}

/** Small, because a batch is decoded and written as text at one go. */
const BATCH_MAX = 64;
const TICK_MS = 250;
const LAG_PERIOD_MS = 5000;
const CATCH_UP_PERIOD_MS = 20;

/** Every topic of the log, dead-letter topics among them. */
export const AUDIT_TOPICS: readonly LogTopic[] = Object.keys(LOG_TOPICS).flatMap((name) => {
  const topic = name as WorkTopic;
  return [topic, `${topic}.dead` as const];
});

/** Archives every topic: one exporter for each partition that this process is given. */
export class AuditExporter {
  private readonly options: AuditExporterOptions;
  private readonly heads: HeadWriter;
  private readonly partitions = new Map<string, PartitionExporter>();
  private readonly timers: TimerHandle[] = [];
  private anchored: readonly HeadSegment[] | undefined;
  private subscription: LogSubscription | undefined;
  private ticking = false;
  private draining = false;
  private headFailure: string | undefined;
  private headDueUs = 0;
  private turn: Promise<void> = Promise.resolve();

  constructor(options: AuditExporterOptions) {
    this.options = options;
    this.heads = new HeadWriter(options);
  }

  async start(): Promise<void> {
    const { log, timers, clock, limits } = this.options;
    this.headDueUs = clock.nowUs() + limits.headIntervalMs * 1000;
    this.subscription = await log.subscribe({
      group: AUDIT_GROUP,
      topics: AUDIT_TOPICS,
      batchMax: BATCH_MAX,
      handle: (batch) => this.handle(batch),
    });
    this.timers.push(
      timers.every(TICK_MS, () => void this.tick()),
      timers.every(LAG_PERIOD_MS, () => void this.measureLag()),
    );
  }

  readiness(): Readiness {
    const { log, archive } = this.options;
    const reasons: string[] = [];
    for (const port of [log.health(), archive.health()]) {
      if (!port.ok) reasons.push(port.reason);
    }
    for (const { place, failure } of this.partitions.values()) {
      if (failure === undefined) continue;
      reasons.push(`${place.topic}/${place.partition} is not archived: ${failure}`);
    }
    if (this.headFailure !== undefined) reasons.push(`no head is written: ${this.headFailure}`);
    return { ready: reasons.length === 0, reasons: [...new Set(reasons)] };
  }

  /** Hands over what the metrics are made of. */
  collect(): void {
    const { metrics, clock } = this.options;
    const records = new Map<LogTopic, number>(AUDIT_TOPICS.map((topic) => [topic, 0]));
    let oldestUs = Number.POSITIVE_INFINITY;
    for (const { place, waitingRecords, oldestLoggedAtUs } of this.partitions.values()) {
      records.set(place.topic, (records.get(place.topic) ?? 0) + waitingRecords);
      oldestUs = Math.min(oldestUs, oldestLoggedAtUs ?? oldestUs);
    }
    for (const [topic, count] of records) metrics.waitingRecords.set({ topic }, count);
    metrics.waitingBytes.set({}, this.waitingBytes);
    const waitedUs = Number.isFinite(oldestUs) ? Math.max(0, clock.nowUs() - oldestUs) : 0;
    metrics.lagSeconds.set({}, waitedUs / 1e6);
  }

  /** Archives what the log has by now, as far as the time allows, and writes a head. */
  async drain(): Promise<void> {
    for (const timer of this.timers) timer.cancel();
    await this.catchUp();
    this.draining = true;
    await this.flushAll();
    await this.subscription?.close();
    await this.writeHead();
  }

  /**
   * Lets all else in this process run before the next piece of work. One piece runs at a time,
   * however many partitions catch up: trading shares the thread in the embedded profile.
   */
  private pause(): Promise<void> {
    this.turn = this.turn.then(() => this.options.timers.sleep(0));
    return this.turn;
  }

  private get waitingBytes(): number {
    let sum = 0;
    for (const { waitingBytes } of this.partitions.values()) sum += waitingBytes;
    return sum;
  }

  private async handle(batch: LogBatch): Promise<void> {
    // What is not committed comes again at the next start.
    if (this.draining) return;
    const partition = await this.partitionOf(batch);
    await this.pause();
    await partition.accept(batch);
    const { limits, metrics } = this.options;
    while (this.waitingBytes > limits.bufferBytesMax) {
      metrics.crowded.add({});
      const [largest] = [...this.partitions.values()].sort(
        (one, other) => other.waitingBytes - one.waitingBytes,
      );
      const before = largest?.waitingBytes ?? 0;
      await largest?.flush();
      // It waits for the end of a cut that was announced before.
      if (largest === undefined || largest.waitingBytes >= before) return;
    }
  }

  private async partitionOf({ topic, partition }: TopicPartition): Promise<PartitionExporter> {
    const key = `${topic}/${partition}`;
    this.anchored ??= (await readNewestHead(this.options.archive))?.head.segments ?? [];
    let found = this.partitions.get(key);
    if (found === undefined) {
      const anchored = (): HeadSegment | undefined =>
        this.anchored?.find((one) => one.topic === topic && one.partition === partition);
      const place = { topic, partition };
      const pause = (): Promise<void> => this.pause();
      found = new PartitionExporter({ ...this.options, place, anchored, pause });
      this.partitions.set(key, found);
    }
    return found;
  }

  private async tick(): Promise<void> {
    if (this.ticking || this.draining) return;
    this.ticking = true;
    try {
      // What fails is told by readiness, and tried again.
      await Promise.allSettled([...this.partitions.values()].map((one) => one.tick()));
      if (this.options.clock.nowUs() >= this.headDueUs) await this.writeHead();
    } finally {
      this.ticking = false;
    }
  }

  private async writeHead(): Promise<void> {
    const { clock, limits } = this.options;
    this.headDueUs = clock.nowUs() + limits.headIntervalMs * 1000;
    const segments = [...this.partitions.values()]
      .flatMap(({ last }) => (last === undefined ? [] : [headSegmentOf(last)]))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
    try {
      await this.heads.write(segments);
      this.headFailure = undefined;
    } catch (error) {
      this.headFailure = String(error);
    }
  }

  private async measureLag(): Promise<void> {
    const { log, metrics } = this.options;
    try {
      const sums = new Map<LogTopic, number>();
      for (const { topic, lag } of await log.lag({ group: AUDIT_GROUP, topics: AUDIT_TOPICS })) {
        sums.set(topic, (sums.get(topic) ?? 0) + lag);
      }
      for (const [topic, lag] of sums) metrics.lagRecords.set({ topic }, lag);
    } catch {
      // The log's own health says that it cannot be asked.
    }
  }

  /** Waits until all that the log has now was delivered here. */
  private async catchUp(): Promise<void> {
    const { log, clock, timers, limits } = this.options;
    const deadlineUs = clock.nowUs() + limits.catchUpMs * 1000;
    const ends = await log.lag({ group: AUDIT_GROUP, topics: AUDIT_TOPICS }).catch(() => []);
    const assigned = this.subscription?.assigned ?? [];
    const behind = (): boolean =>
      ends.some(({ topic, partition, next, lag }) => {
        if (lag === 0) return false;
        const mine = assigned.some((one) => one.topic === topic && one.partition === partition);
        return mine && (this.partitions.get(`${topic}/${partition}`)?.wanted ?? 0) < next;
      });
    while (behind() && clock.nowUs() < deadlineUs) await timers.sleep(CATCH_UP_PERIOD_MS);
  }

  private async flushAll(): Promise<void> {
    const flushed = [...this.partitions.values()].map(async (partition) => {
      try {
        await partition.flush();
      } catch (error) {
        const fields = { ...partition.place, error: String(error) };
        this.options.logger.warn('audit.unflushed', 'the log delivers this again', fields);
      }
    });
    await Promise.all(flushed);
  }
}
