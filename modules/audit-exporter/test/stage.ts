import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wireCodec } from '@ats/contracts';
import { systemClock, systemTimers } from '@ats/runtime';
import {
  type Archive,
  type EventLog,
  type LogTopic,
  type NewRecord,
  openFileArchive,
  openLmdbEventLog,
} from '@ats/storage';
import { type MemoryMetrics, memoryMetrics, type SilentLogger, silentLogger } from '@ats/testkit';
import { payloadDecoder } from '../src/adapters/payload-decoder.ts';
import { AuditExporter, type AuditLimits } from '../src/app/audit-exporter.ts';
import { auditMetrics } from '../src/app/metrics.ts';
import type { DecodePayload } from '../src/domain/record-line.ts';
import { type ArchiveReport, type VerifyOptions, verifyArchive } from '../src/index.ts';

const ALERT = wireCodec('ats.alert.v1.Alert');

/** Limits that cut nothing by themselves. */
export const LIMITS: AuditLimits = {
  segmentRecordsMax: 10_000,
  segmentBytesMax: 2 ** 24,
  segmentAgeMs: 3_600_000,
  bufferBytesMax: 2 ** 26,
  headIntervalMs: 3_600_000,
  catchUpMs: 20_000,
};

/** An alert that says its number. */
export function alertRecord(number: number, options: { topic?: LogTopic; key?: string } = {}) {
  const { topic = 'alerts', key = 'feed.down:kraken' } = options;
  return {
    topic,
    key,
    headers: {
      schema: ALERT.fullName,
      eventId: `event-${number}`,
      correlationId: `correlation-${number % 3}`,
    },
    payload: ALERT.encode({
      alertId: `alert-${number}`,
      key,
      severity: 'SEVERITY_WARNING',
      area: 'ALERT_AREA_SYSTEM',
      summary: `number ${number}`,
      facts: { number: String(number) },
      raisedAtUs: 1_780_000_000_000_000 + number,
      resolvedAtUs: 0,
      correlationId: `correlation-${number % 3}`,
      ...{ action: '', remedy: '', runbook: '', venue: '', instrument: '' },
      acknowledgement: null,
    }),
  } satisfies NewRecord;
}

/** A real log and a real archive in a folder of their own, and exporters between them. */
export class Stage {
  readonly folder: string;
  readonly metrics: MemoryMetrics = memoryMetrics();
  readonly logger: SilentLogger = silentLogger();
  log!: EventLog;
  archive!: Archive;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<Stage> {
    const stage = new Stage(await mkdtemp(join(tmpdir(), 'ats-audit-')));
    await stage.openPorts();
    return stage;
  }

  get logFolder(): string {
    return join(this.folder, 'log');
  }

  get archiveFolder(): string {
    return join(this.folder, 'audit');
  }

  async openPorts(): Promise<void> {
    const tools = {
      clock: systemClock,
      timers: systemTimers,
      logger: this.logger,
      metrics: memoryMetrics(),
    };
    this.log = await openLmdbEventLog({ folder: this.logFolder, ...tools });
    this.archive = await openFileArchive({ folder: this.archiveFolder, ...tools });
  }

  async closePorts(): Promise<void> {
    await this.log.close();
    await this.archive.close();
  }

  /** Starts an exporter; other ports can be put in the place of the stage's. */
  async export(
    options: {
      limits?: Partial<AuditLimits>;
      archive?: Archive;
      log?: EventLog;
      decode?: DecodePayload;
    } = {},
  ): Promise<AuditExporter> {
    const exporter = new AuditExporter({
      log: options.log ?? this.log,
      archive: options.archive ?? this.archive,
      decode: options.decode ?? payloadDecoder(),
      clock: systemClock,
      timers: systemTimers,
      logger: this.logger,
      metrics: auditMetrics(this.metrics),
      limits: { ...LIMITS, ...options.limits },
    });
    await exporter.start();
    return exporter;
  }

  async append(count: number, options: { topic?: LogTopic; from?: number } = {}): Promise<void> {
    const { from = 0, topic = 'alerts' } = options;
    const numbers = Array.from({ length: count }, (_, index) => from + index);
    await Promise.all(numbers.map((number) => this.log.append(alertRecord(number, { topic }))));
  }

  verify(options: Partial<VerifyOptions> = {}): Promise<ArchiveReport> {
    return verifyArchive({ archive: this.archive, timers: systemTimers, settleMs: 0, ...options });
  }

  async names(prefix = ''): Promise<string[]> {
    const names: string[] = [];
    for await (const { name } of this.archive.list({ prefix })) names.push(name);
    return names;
  }

  async close(): Promise<void> {
    await this.closePorts();
    await rm(this.folder, { recursive: true, force: true });
  }
}
