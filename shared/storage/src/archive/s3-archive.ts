import { createHash } from 'node:crypto';
import { AtsError } from '@ats/domain';
import type { Clock, Metrics, Timers } from '@ats/runtime';
import {
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Archive, ArchiveEntry, ListOptions, PutResult } from '../archive.ts';
import { ONE_TRY } from '../remote/one-try.ts';
import { failureCode, failureKind, retried } from '../remote/remote-failure.ts';
import { RemoteHealth } from '../remote/remote-health.ts';
import { remoteRetries } from '../work-metrics.ts';
import { archiveMetrics } from './archive-metrics.ts';
import { checkName, checkSize } from './archive-names.ts';
import { type S3Place, s3Place } from './s3-place.ts';

export interface S3ArchiveOptions {
  /** `s3://bucket/prefix?region=...&endpoint=...&retentionDays=...`. */
  readonly url: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: Metrics;
  /** How long a request may go without progress. */
  readonly timeoutMs?: number;
  /** Tries of one request in all. */
  readonly attemptsMax?: number;
}

const NAME = 's3';
const DEFAULTS = { timeoutMs: 10_000, attemptsMax: 6 };
const RETRY = { baseMs: 25, maxMs: 1000 };
const PROBE_MS = 500;
const AT_ONCE_MAX = 32;
const DAY_MS = 86_400_000;
/** Somebody else puts the same object at this moment; who asks again learns who won. */
const CONTENDED = new Set(['ConditionalRequestConflict', 'OperationAborted']);

class S3Archive implements Archive {
  private readonly place: S3Place;
  private readonly clock: Clock;
  private readonly timers: Timers;
  private readonly attemptsMax: number;
  private readonly sdk: S3Client;
  private readonly remote: RemoteHealth;
  private readonly metrics: ReturnType<typeof archiveMetrics>;
  private readonly retries: ReturnType<Metrics['counter']>;
  private readonly writing = new Set<Promise<unknown>>();
  private closed = false;

  constructor(options: S3ArchiveOptions) {
    const { timeoutMs, attemptsMax } = { ...DEFAULTS, ...options };
    const { timers, metrics } = options;
    this.place = s3Place(options.url);
    this.clock = options.clock;
    this.timers = timers;
    this.attemptsMax = attemptsMax;
    this.metrics = archiveMetrics(metrics);
    this.retries = remoteRetries(metrics);
    const { region, endpoint } = this.place;
    const agent = { keepAlive: true, maxSockets: AT_ONCE_MAX };
    this.sdk = new S3Client({
      region,
      // What is sent is proven by its MD5. Checksums on top are stored as content by some servers.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      retryStrategy: ONE_TRY,
      requestHandler: new NodeHttpHandler({
        connectionTimeout: timeoutMs,
        requestTimeout: timeoutMs,
        throwOnRequestTimeout: true,
        httpAgent: agent,
        httpsAgent: agent,
      }),
      ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    });
    const probe = (): Promise<unknown> => this.sdk.send(new HeadBucketCommand(this.bucket));
    this.remote = new RemoteHealth({ timers, periodMs: PROBE_MS, probe });
  }

  /** @throws STORAGE_UNAVAILABLE when there is no bucket, or none that keeps what it is given. */
  async start(): Promise<void> {
    await this.ask('the bucket cannot be used', () =>
      this.sdk.send(new HeadBucketCommand(this.bucket)),
    );
    if (this.place.retentionDays === undefined || (await this.locks())) return;
    throw this.unavailable('retentionDays is asked for and the bucket has no Object Lock');
  }

  async put(name: string, bytes: Uint8Array): Promise<PutResult> {
    checkName(name);
    checkSize(bytes);
    this.mustBeOpen();
    const startUs = this.clock.nowUs();
    const work = this.store(name, bytes);
    this.writing.add(work);
    try {
      const result = await work;
      this.metrics.puts.add({ archive: NAME, result: result.kind });
      if (result.kind !== 'stored') return result;
      this.metrics.bytes.add({ archive: NAME }, bytes.byteLength);
      this.metrics.seconds.observe({ archive: NAME }, (this.clock.nowUs() - startUs) / 1e6);
      return result;
    } catch (error) {
      this.metrics.puts.add({ archive: NAME, result: 'failed' });
      throw error;
    } finally {
      this.writing.delete(work);
    }
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    checkName(name);
    this.mustBeOpen();
    return this.ask(`"${name}" cannot be read`, async () => {
      try {
        const command = new GetObjectCommand({ ...this.bucket, Key: this.keyOf(name) });
        const { Body } = await this.sdk.send(command);
        return new Uint8Array((await Body?.transformToByteArray()) ?? []);
      } catch (error) {
        if (failureCode(error) === 'NoSuchKey') return undefined;
        throw error;
      }
    });
  }

  async *list({ prefix = '', after }: ListOptions = {}): AsyncIterable<ArchiveEntry> {
    this.mustBeOpen();
    let from: { ContinuationToken: string } | { StartAfter: string } | undefined =
      after === undefined ? undefined : { StartAfter: this.keyOf(after) };
    for (;;) {
      const input: ListObjectsV2CommandInput = {
        ...this.bucket,
        Prefix: this.keyOf(prefix),
        ...from,
      };
      const page: ListObjectsV2CommandOutput = await this.ask('it cannot be listed', () =>
        this.sdk.send(new ListObjectsV2Command(input)),
      );
      for (const { Key = '', Size = 0 } of page.Contents ?? []) {
        yield { name: Key.slice(this.place.prefix.length), bytes: Size };
      }
      if (page.NextContinuationToken === undefined) return;
      from = { ContinuationToken: page.NextContinuationToken };
    }
  }

  health(): { readonly ok: boolean; readonly reason: string } {
    return this.remote.state;
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await Promise.allSettled([...this.writing]);
    this.remote.close('the archive is closed');
    this.sdk.destroy();
  }

  private get bucket(): { readonly Bucket: string } {
    return { Bucket: this.place.bucket };
  }

  private keyOf(name: string): string {
    return `${this.place.prefix}${name}`;
  }

  private async store(name: string, bytes: Uint8Array): Promise<PutResult> {
    const { retentionDays } = this.place;
    const untilMs = this.clock.nowUs() / 1000 + (retentionDays ?? 0) * DAY_MS;
    const lock = {
      ObjectLockMode: 'COMPLIANCE' as const,
      ObjectLockRetainUntilDate: new Date(untilMs),
    };
    const input = {
      ...this.bucket,
      Key: this.keyOf(name),
      Body: bytes,
      // Refused by the server if there is such an object, also when two put at once.
      IfNoneMatch: '*',
      ContentMD5: createHash('md5').update(bytes).digest('base64'),
      ...(retentionDays === undefined ? {} : lock),
    };
    const taken = await this.ask(`"${name}" cannot be put`, async () => {
      try {
        await this.sdk.send(new PutObjectCommand(input));
        return true;
      } catch (error) {
        if (failureCode(error) === 'PreconditionFailed') return false;
        throw error;
      }
    });
    if (taken) return { kind: 'stored' };
    const there = await this.get(name);
    if (there !== undefined && Buffer.compare(there, bytes) === 0) return { kind: 'present' };
    const reason = `"${name}" is there with ${there?.byteLength ?? 0} other bytes`;
    return { kind: 'refused', reason };
  }

  private async locks(): Promise<boolean> {
    return this.ask('its Object Lock cannot be asked for', async () => {
      try {
        const command = new GetObjectLockConfigurationCommand(this.bucket);
        const { ObjectLockConfiguration } = await this.sdk.send(command);
        return ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled';
      } catch (error) {
        if (failureCode(error) === 'ObjectLockConfigurationNotFoundError') return false;
        throw error;
      }
    });
  }

  /** Everything that an archive asks may be asked again: a put never overwrites. */
  private async ask<Result>(what: string, request: () => Promise<Result>): Promise<Result> {
    try {
      const result = await retried(request, {
        ...RETRY,
        timers: this.timers,
        attemptsMax: this.attemptsMax,
        shouldRetry: (error) => {
          const kind = failureKind(error);
          const lost = kind === 'unknown' && failureCode(error) !== 'TimeoutError';
          return kind === 'throttled' || lost || CONTENDED.has(failureCode(error));
        },
        onRetry: (error) => {
          const reason = failureKind(error) === 'throttled' ? 'throttled' : 'failed';
          this.retries.add({ store: NAME, reason });
        },
      });
      this.remote.succeeded();
      return result;
    } catch (cause) {
      const error = this.unavailable(`${what}: ${String(cause)}`, cause);
      this.remote.failed(error.message);
      throw error;
    }
  }

  private mustBeOpen(): void {
    if (this.closed) throw this.unavailable('it is closed');
  }

  private unavailable(what: string, cause?: unknown): AtsError {
    const { bucket, endpoint, region } = this.place;
    return new AtsError({
      code: 'STORAGE_UNAVAILABLE',
      message: `archive.url: bucket "${bucket}" at ${endpoint ?? region}: ${what}`,
      remedy: 'See that the bucket of archive.url can be reached and the credentials are good.',
      retry: 'safe',
      context: { field: 'archive.url', value: bucket },
      cause,
    });
  }
}

/**
 * Opens an archive in an S3 bucket. Each object is put once by a conditional put; with
 * `retentionDays` it is locked as well, where the bucket must have Object Lock; a bucket's own
 * default retention needs nothing here. Credentials are found as AWS's own tools find them.
 *
 * @throws STORAGE_URL_INVALID, STORAGE_UNAVAILABLE
 */
export async function openS3Archive(options: S3ArchiveOptions): Promise<Archive> {
  const archive = new S3Archive(options);
  try {
    await archive.start();
    return archive;
  } catch (error) {
    await archive.close();
    throw error;
  }
}
