import type { Clock, Logger } from '@ats/runtime';
import type { Archive, EventLog, LogBatch, LogRecord, LogTopic } from '@ats/storage';
import { linkName, linkPrefix } from '../domain/archive-names.ts';
import type { SegmentLink } from '../domain/chain.ts';
import type { DecodePayload } from '../domain/record-line.ts';
import { findChainEnd, isArchived } from './chain-end.ts';
import { contradiction } from './contradiction.ts';
import type { AuditMetrics } from './metrics.ts';
import { buildSegment, type WaitingRecord, waitingRecord } from './segment.ts';
import { SegmentWriter } from './segment-writer.ts';

/** When a segment is cut; whichever comes first. */
export interface SegmentLimits {
  readonly segmentRecordsMax: number;
  /** Of what waits in memory, before it is packed. */
  readonly segmentBytesMax: number;
  /** How long the oldest record waits. */
  readonly segmentAgeMs: number;
}

/** One partition of one topic of the log. */
export interface TopicPartition {
  readonly topic: LogTopic;
  readonly partition: number;
}

export interface PartitionExporterOptions {
  readonly place: TopicPartition;
  readonly archive: Archive;
  readonly log: Pick<EventLog, 'read'>;
  readonly decode: DecodePayload;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: AuditMetrics;
  readonly limits: SegmentLimits;
  /** Lets others run between two pieces of work. */
  readonly pause: () => Promise<void>;
  /** The newest segment that a head names, undefined when none does. */
  readonly anchored: () => { readonly firstOffset: number } | undefined;
}

interface Progress {
  /** The first offset that is not in the archive. */
  next: number;
  previousDigest: string;
  /** The cut that is announced and not done. */
  announced: SegmentLink | undefined;
}

const BACKFILL_LIMIT = 256;

/**
 * Writes one partition of the log into the archive, segment by segment. For each a link is put
 * first, whose name depends on the first offset alone: the archive keeps the first one, so two
 * exporters, or one before and after a crash, always make the same cut. Offsets are committed
 * after both are put. What is delivered twice is recognised by its offset.
 */
export class PartitionExporter {
  readonly place: TopicPartition;
  /** Why the archive does not take what waits; undefined when it does. */
  failure: string | undefined;
  /** The newest segment that this exporter put or found, with its digest as it is. */
  last: SegmentLink | undefined;
  /** Bytes of the records that wait. */
  waitingBytes = 0;
  private readonly options: PartitionExporterOptions;
  private readonly writer: SegmentWriter;
  private waiting: WaitingRecord[] = [];
  private waitingSinceUs = 0;
  private progress: Progress | undefined;
  private batch: LogBatch | undefined;
  /** Whether the log is known to be the one that the archive is of. */
  private recognised = false;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(options: PartitionExporterOptions) {
    this.options = options;
    this.writer = new SegmentWriter(options);
    this.place = options.place;
  }

  get waitingRecords(): number {
    return this.waiting.length;
  }

  /** When the oldest record that waits entered the log, microseconds since the epoch. */
  get oldestLoggedAtUs(): number | undefined {
    return this.waiting[0]?.record.loggedAtUs;
  }

  /** The first offset that is neither archived nor waiting; undefined before it is known. */
  get wanted(): number | undefined {
    const last = this.waiting.at(-1);
    return last === undefined ? this.progress?.next : last.record.offset + 1;
  }

  /** Takes a batch, and writes what is due. Rejects when the archive fails; nothing is lost. */
  accept(batch: LogBatch): Promise<void> {
    return this.inTurn(async () => {
      this.batch = batch;
      for (const record of batch.records) await this.take(record);
      const { progress } = this;
      const last = batch.records.at(-1);
      // What was archived before a crash came again: only its commit is missing.
      if (progress !== undefined && last !== undefined && last.offset < progress.next) {
        await this.commit(last);
      }
    });
  }

  /** Writes what has waited long enough. */
  tick(): Promise<void> {
    return this.inTurn(async () => {
      const waitedUs = this.options.clock.nowUs() - this.waitingSinceUs;
      const { segmentAgeMs } = this.options.limits;
      if (this.waiting.length > 0 && waitedUs >= segmentAgeMs * 1000) await this.write();
    });
  }

  /** Writes all that waits. */
  flush(): Promise<void> {
    return this.inTurn(() => this.write());
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.turn.then(async () => {
      try {
        await work();
        this.failure = undefined;
      } catch (error) {
        this.failure = error instanceof Error ? error.message : String(error);
        this.options.metrics.failures.add({ topic: this.place.topic });
        throw error;
      }
    });
    this.turn = done.catch(() => {});
    return done;
  }

  private async take(record: LogRecord): Promise<void> {
    const { next } = await this.load();
    if (record.offset < next && !this.recognised) await this.recognise(record);
    if (record.offset > (this.wanted ?? 0)) await this.closeGap(record.offset);
    if (record.offset === this.wanted) await this.add(record);
  }

  private async add(record: LogRecord): Promise<void> {
    const { limits, clock, decode, metrics } = this.options;
    const one = waitingRecord(record, decode);
    const otherDate = this.waiting[0] !== undefined && this.waiting[0].date !== one.date;
    if (otherDate) await this.write();
    if (this.waiting.length === 0) this.waitingSinceUs = clock.nowUs();
    if (!one.decoded) metrics.undecodable.add({ topic: this.place.topic });
    this.waiting.push(one);
    this.waitingBytes += one.bytes;
    const full =
      this.waiting.length >= limits.segmentRecordsMax ||
      this.waitingBytes >= limits.segmentBytesMax;
    const announced = this.progress?.announced;
    const due = announced === undefined ? full : record.offset >= announced.lastOffset;
    if (due) await this.write();
  }

  /** Reads from the archive where the partition's chain ends. */
  private async load(): Promise<Progress> {
    if (this.progress !== undefined) return this.progress;
    const { archive, anchored } = this.options;
    const end = await findChainEnd({ archive, place: this.place, from: anchored() });
    this.last = end.last;
    this.recognised = false;
    this.progress = {
      next: end.last === undefined ? 0 : end.last.lastOffset + 1,
      previousDigest: end.last?.digest ?? '',
      announced: end.announced,
    };
    return this.progress;
  }

  /**
   * A record that is archived already came again. It must be the same: a new log, whose offsets
   * count from 0 again, would otherwise pass for archived.
   */
  private async recognise(record: LogRecord): Promise<void> {
    const { archive } = this.options;
    if (!(await isArchived({ archive, record }))) {
      const what = `offset ${record.offset} is archived with another record`;
      throw contradiction(linkPrefix(this.place), `holds another log: ${what}`);
    }
    this.recognised = true;
  }

  /**
   * Records between what is known and what is delivered: another exporter has archived them, or
   * the group's commit is ahead of the archive, and the log still has them.
   */
  private async closeGap(until: number): Promise<void> {
    await this.write();
    this.progress = undefined;
    this.forget();
    await this.load();
    const { topic, partition } = this.place;
    while ((this.wanted ?? 0) < until) {
      const from = this.wanted ?? 0;
      const found = await this.options.log.read({ topic, partition, from, limit: BACKFILL_LIMIT });
      const records = found.filter(({ offset }) => offset >= from && offset < until);
      for (const record of records) {
        if (record.offset > (this.wanted ?? 0)) await this.skipTo(record.offset);
        await this.add(record);
      }
      if (records.length === 0) await this.skipTo(until);
    }
  }

  /** The log has not got these offsets any more. `verify` says so ever after. */
  private async skipTo(offset: number): Promise<void> {
    await this.write();
    const progress = await this.load();
    if (progress.next >= offset) return;
    if (progress.announced !== undefined) {
      const name = linkName(this.place, progress.next);
      throw contradiction(name, 'announces records that the log does not have any more');
    }
    const fields = { ...this.place, from: progress.next, to: offset - 1 };
    this.options.logger.error('audit.gap', 'the log lacks records that were not archived', fields);
    this.options.metrics.gaps.add({ topic: this.place.topic }, offset - progress.next);
    progress.next = offset;
  }

  private async write(): Promise<void> {
    const { pause } = this.options;
    while (this.waiting.length > 0) {
      const progress = await this.load();
      const cut = this.cutOf(progress);
      if (cut.length === 0) return;
      const segment = await buildSegment(cut, { previousDigest: progress.previousDigest, pause });
      if (progress.announced === undefined) {
        progress.announced = await this.writer.announce(segment.link);
        // Another exporter was first: its cut holds, and decides what is packed.
        if (progress.announced.lastOffset !== segment.link.lastOffset) continue;
      }
      const link = progress.announced;
      const digest = await this.writer.put(segment, link);
      this.advance(progress, { ...link, digest });
      const last = cut.at(-1);
      if (last !== undefined) await this.commit(last.record);
    }
  }

  /** The records of the next segment; none while an announced one is not complete. */
  private cutOf({ announced, next }: Progress): readonly WaitingRecord[] {
    if (announced === undefined) return this.waiting;
    const { length } = this.waiting.filter(({ record }) => record.offset <= announced.lastOffset);
    if (this.waiting[length - 1]?.record.offset === announced.lastOffset) {
      return this.waiting.slice(0, length);
    }
    if (length === this.waiting.length) return [];
    throw contradiction(linkName(this.place, next), 'ends within the log at no record');
  }

  private advance(progress: Progress, link: SegmentLink): void {
    progress.next = link.lastOffset + 1;
    progress.previousDigest = link.digest;
    progress.announced = undefined;
    this.last = link;
    const rest = this.waiting.filter(({ record }) => record.offset > link.lastOffset);
    this.forget();
    this.waiting = rest;
    this.waitingBytes = rest.reduce((sum, { bytes }) => sum + bytes, 0);
    this.waitingSinceUs = this.options.clock.nowUs();
  }

  private async commit(record: LogRecord): Promise<void> {
    const result = await this.batch?.commit(record);
    if (result?.kind !== 'lost') return;
    // The partition is another's: should it come back, the archive says where to go on.
    this.progress = undefined;
    this.forget();
  }

  private forget(): void {
    this.waiting = [];
    this.waitingBytes = 0;
  }
}
