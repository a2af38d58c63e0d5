import { AtsError } from '@ats/domain';
import type { Metrics, Timers } from '@ats/runtime';
import {
  type AttributeValue,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { ONE_TRY } from '../remote/one-try.ts';
import { failureCode, failureKind, retried } from '../remote/remote-failure.ts';
import { RemoteHealth } from '../remote/remote-health.ts';
import { remoteRetries } from '../work-metrics.ts';
import { toKey } from './dynamo-items.ts';
import type { DynamoPlace } from './dynamo-place.ts';

export interface DynamoLimits {
  /** How long one request may take. */
  readonly timeoutMs: number;
  /** Requests at once. */
  readonly atOnceMax: number;
  /** Tries of one request in all, when it is throttled. */
  readonly attemptsMax: number;
}

/** What became of each item of a transaction that was canceled. */
export interface Cancellation {
  readonly code: string;
  readonly item: Record<string, AttributeValue> | undefined;
}

const RETRY = { baseMs: 25, maxMs: 1000 };
const PROBE_MS = 500;
const THROTTLED_ITEM = new Set([
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
]);
const INVALID = 'ValidationException';
const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

function cancellationsOf(error: unknown): readonly Cancellation[] | undefined {
  if (!(error instanceof TransactionCanceledException)) return undefined;
  const reasons = error.CancellationReasons ?? [];
  return reasons.map(({ Code, Item }) => ({ code: Code ?? 'None', item: Item }));
}

/** DynamoDB names no item when it finds that one cannot become what it should. */
function invalidTransaction(cause: unknown): AtsError {
  return new AtsError({
    code: 'STORAGE_INPUT_INVALID',
    message: `items: DynamoDB cannot make these changes: ${String(cause)}`,
    remedy: 'Mend the caller: only numbers can be incremented, and STATE_LIMITS hold.',
    context: { field: 'items' },
    cause,
  });
}

function isThrottled(error: unknown): boolean {
  const canceled = cancellationsOf(error);
  if (canceled === undefined) return failureKind(error) === 'throttled';
  // An answer about conditions or conflicts stands, whatever else was throttled.
  const codes = canceled.map(({ code }) => code).filter((code) => code !== 'None');
  return codes.length > 0 && codes.every((code) => THROTTLED_ITEM.has(code));
}

/** DynamoDB's requests, with time limits, bounded retries and one kind of error. */
export class DynamoClient {
  readonly sdk: DynamoDBClient;
  readonly health: RemoteHealth;
  private readonly place: DynamoPlace;
  private readonly limits: DynamoLimits;
  private readonly timers: Timers;
  private proof: Promise<undefined> = Promise.resolve(undefined);
  private nextProof: Promise<undefined> | undefined;
  private readonly retries: ReturnType<Metrics['counter']>;

  constructor(options: {
    readonly place: DynamoPlace;
    readonly limits: DynamoLimits;
    readonly timers: Timers;
    readonly metrics: Metrics;
  }) {
    const { place, limits, timers, metrics } = options;
    this.place = place;
    this.limits = limits;
    this.timers = timers;
    this.retries = remoteRetries(metrics);
    const { timeoutMs, atOnceMax } = limits;
    const agent = { keepAlive: true, maxSockets: atOnceMax };
    this.sdk = new DynamoDBClient({
      region: place.region,
      retryStrategy: ONE_TRY,
      requestHandler: new NodeHttpHandler({
        connectionTimeout: timeoutMs,
        requestTimeout: timeoutMs,
        throwOnRequestTimeout: true,
        httpAgent: agent,
        httpsAgent: agent,
      }),
      ...(place.endpoint === undefined
        ? {}
        : { endpoint: place.endpoint, credentials: LOCAL_CREDENTIALS }),
    });
    const probe = (): Promise<unknown> => this.sdk.send(new ListTablesCommand({ Limit: 1 }));
    this.health = new RemoteHealth({ timers, periodMs: PROBE_MS, probe });
  }

  /**
   * @param token makes a repetition of the same transaction harmless.
   * @returns undefined when it was committed.
   * @throws STORAGE_UNAVAILABLE
   */
  async transact(
    items: readonly TransactWriteItem[],
    token: string,
  ): Promise<readonly Cancellation[] | undefined> {
    const input = { TransactItems: [...items], ClientRequestToken: token };
    const request = (): Promise<undefined> =>
      this.sdk.send(new TransactWriteItemsCommand(input)).then(() => this.settled());
    const answered = (error: unknown): boolean =>
      cancellationsOf(error) !== undefined && !isThrottled(error);
    return this.ask(request, { answered }).catch((error: unknown) => {
      const canceled = error instanceof AtsError ? cancellationsOf(error.cause) : undefined;
      if (canceled !== undefined && !isThrottled((error as AtsError).cause)) return canceled;
      const refused = error instanceof AtsError && failureCode(error.cause) === INVALID;
      throw refused ? invalidTransaction(error.cause) : error;
    });
  }

  /** An item, strongly consistent. @throws STORAGE_UNAVAILABLE */
  async get(table: string, key: Record<string, AttributeValue>) {
    const input = { TableName: table, Key: key, ConsistentRead: true };
    const request = () => this.sdk.send(new GetItemCommand(input));
    return (await this.ask(request)).Item;
  }

  /** A page of items, strongly consistent. @throws STORAGE_UNAVAILABLE */
  query(input: QueryCommandInput): Promise<QueryCommandOutput> {
    const request = () => this.sdk.send(new QueryCommand({ ...input, ConsistentRead: true }));
    return this.ask(request);
  }

  close(): void {
    this.health.close('the state store is closed');
    this.sdk.destroy();
  }

  private async ask<Result>(
    request: () => Promise<Result>,
    { answered = () => false }: { answered?: (error: unknown) => boolean } = {},
  ): Promise<Result> {
    let ambiguous = false;
    try {
      const result = await retried(request, {
        ...RETRY,
        timers: this.timers,
        attemptsMax: this.limits.attemptsMax,
        shouldRetry: (error) => {
          if (answered(error)) return false;
          if (isThrottled(error)) return true;
          const kind = failureKind(error);
          if (kind === 'unknown') ambiguous = true;
          // A server that cannot be reached is told at once: nobody trades while it is away.
          return kind === 'unknown' && !this.timedOut(error);
        },
        onRetry: (error) => {
          const reason = isThrottled(error) ? 'throttled' : 'failed';
          this.retries.add({ store: 'dynamodb', reason });
        },
      });
      this.health.succeeded();
      return result;
    } catch (error) {
      const failed = this.unavailable(error, ambiguous && !answered(error));
      if (answered(error)) this.health.succeeded();
      else if (failureKind(error) !== 'refused') this.health.failed(failed.message);
      throw failed;
    }
  }

  /**
   * DynamoDB Local answers before its commit is on the disk. A read stands behind the commit in
   * its one queue, so that its answer proves it; who waits meanwhile shares the next read.
   */
  private settled(): Promise<undefined> {
    if (this.place.endpoint === undefined) return Promise.resolve(undefined);
    this.nextProof ??= this.proof.then(() => {
      this.nextProof = undefined;
      const Key = toKey({ table: 'balances', partition: 'none', sort: '' });
      const input = { TableName: `${this.place.prefix}balances`, Key, ConsistentRead: true };
      const read = this.sdk.send(new GetItemCommand(input)).then(() => undefined);
      this.proof = read.catch(() => undefined);
      return read.catch((cause: unknown) => {
        // Without a code: nobody can tell whether the commit stands.
        throw new Error('the commit was not confirmed', { cause });
      });
    });
    return this.nextProof;
  }

  private timedOut(error: unknown): boolean {
    return failureCode(error) === 'TimeoutError';
  }

  private unavailable(cause: unknown, ambiguous: boolean): AtsError {
    const where = this.place.endpoint ?? this.place.region;
    const throttled = isThrottled(cause);
    const unknown = ambiguous || (!throttled && failureKind(cause) === 'unknown');
    const what = throttled ? 'has throttled the request' : `failed: ${String(cause)}`;
    return new AtsError({
      code: 'STORAGE_UNAVAILABLE',
      message: `stateStore.url: DynamoDB at ${where} ${what}`,
      remedy: throttled
        ? 'Send less at once, or give the tables of stateStore.url more capacity.'
        : 'See that DynamoDB can be reached, its tables are there and the credentials are good.',
      retry: unknown ? 'unknown' : 'safe',
      context: { field: 'stateStore.url', value: where, reason: failureCode(cause) },
      cause,
    });
  }
}
