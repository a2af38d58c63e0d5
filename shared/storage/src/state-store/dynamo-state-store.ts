import { AtsError } from '@ats/domain';
import type { Clock, Metrics, Timers } from '@ats/runtime';
import type { QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { requestToken } from '../adapters/chance.ts';
import { KeyedQueue } from '../remote/keyed-queue.ts';
import type {
  Item,
  ItemKey,
  ItemPage,
  ItemQuery,
  ItemRefusal,
  StateStore,
  StateTable,
  TransactItem,
  TransactResult,
} from '../state-store.ts';
import { workMetrics } from '../work-metrics.ts';
import { refusalOf } from './apply-item.ts';
import { type Cancellation, DynamoClient, type DynamoLimits } from './dynamo-client.ts';
import { toWrite } from './dynamo-expressions.ts';
import { OWN, type Row, SORT_MARK, toItem, toKey } from './dynamo-items.ts';
import { dynamoPlace } from './dynamo-place.ts';
import { ensureTables } from './dynamo-tables.ts';
import { checkKey, checkLimit, checkTransaction, keyText } from './item-rules.ts';
import { stateMetrics } from './state-metrics.ts';

export interface DynamoStateStoreOptions extends Partial<DynamoLimits> {
  /** `dynamodb://region` for AWS, `dynamodb+http://host:port` for DynamoDB Local. */
  readonly url: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: Metrics;
  /** Transactions that may wait or be under way. */
  readonly queueMax?: number;
}

const DEFAULTS = { queueMax: 10_000, timeoutMs: 5000, atOnceMax: 64, attemptsMax: 6 };
const QUERY_LIMIT = 100;
/** Expired items that stand in the way are taken away so often before it is called a conflict. */
const CLEARINGS_MAX = 3;
const STORE = 'state';

class DynamoStateStore implements StateStore {
  private readonly clock: Clock;
  private readonly client: DynamoClient;
  private readonly prefix: string;
  private readonly queue: KeyedQueue;
  private readonly queueMax: number;
  private readonly work: ReturnType<typeof workMetrics>;
  private readonly metrics: ReturnType<typeof stateMetrics>;
  private closed = false;

  constructor(options: DynamoStateStoreOptions) {
    const limits = { ...DEFAULTS, ...options };
    const place = dynamoPlace(options.url);
    const { timers, metrics } = options;
    this.clock = options.clock;
    this.prefix = place.prefix;
    this.queueMax = limits.queueMax;
    this.client = new DynamoClient({ place, limits, timers, metrics });
    this.queue = new KeyedQueue({ atOnceMax: limits.atOnceMax });
    this.metrics = stateMetrics(metrics);
    this.work = workMetrics(metrics, STORE);
    metrics.beforeCollect(() => this.work.depth.set({ store: STORE }, this.queue.depth));
  }

  async start(options: DynamoStateStoreOptions): Promise<void> {
    const sleep = (delayMs: number): Promise<void> => options.timers.sleep(delayMs);
    await ensureTables(this.client.sdk, dynamoPlace(options.url), sleep);
  }

  async transact(items: readonly TransactItem[]): Promise<TransactResult> {
    checkTransaction(items);
    if (this.closed) {
      this.work.refused.add({ store: STORE, reason: 'closed' });
      throw closedError();
    }
    if (this.queue.depth >= this.queueMax) throw this.full();
    const keys = items.map(({ key }) => keyText(key));
    const result = await this.queue.run(keys, () => this.commit(items));
    this.metrics.transactions.add({ store: 'dynamodb', result: result.kind });
    return result;
  }

  async get(key: ItemKey): Promise<Item | undefined> {
    checkKey(key);
    if (this.closed) throw closedError();
    const row = await this.client.get(this.tableName(key.table), toKey(key));
    return row === undefined ? undefined : this.live(toItem(key.table, row));
  }

  async query(query: ItemQuery): Promise<ItemPage> {
    const { table, partition, sortPrefix = '', after, order, limit = QUERY_LIMIT } = query;
    const key = { table, partition, sort: sortPrefix };
    checkKey(key);
    checkLimit(limit);
    if (this.closed) throw closedError();
    const ascending = order !== 'descending';
    const where = after === undefined ? 'within' : beside({ after, sortPrefix });
    if (where === (ascending ? 'beyond' : 'before')) return { items: [] };
    let start =
      where === 'within' && after !== undefined ? toKey({ ...key, sort: after }) : undefined;
    const found: Item[] = [];
    do {
      const page = await this.client.query({
        ...this.range(key),
        ScanIndexForward: ascending,
        Limit: limit + 1 - found.length,
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      });
      for (const row of page.Items ?? []) {
        const item = this.live(toItem(table, row));
        if (item !== undefined) found.push(item);
      }
      start = page.LastEvaluatedKey;
    } while (start !== undefined && found.length <= limit);
    if (found.length <= limit) return { items: found };
    const items = found.slice(0, limit);
    return { items, next: items.at(-1)?.key.sort ?? '' };
  }

  health(): { readonly ok: boolean; readonly reason: string } {
    return this.client.health.state;
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.queue.drained();
    this.client.close();
  }

  private async commit(items: readonly TransactItem[]): Promise<TransactResult> {
    const startUs = this.clock.nowUs();
    for (let clearing = 0; clearing < CLEARINGS_MAX; clearing += 1) {
      const context = { nowUs: this.clock.nowUs(), tableName: this.tableName };
      const writes = items.map((item) => toWrite(item, context));
      const canceled = await this.client
        .transact(writes, requestToken())
        .catch((error: unknown) => {
          this.work.failures.add({ store: STORE });
          throw error;
        });
      if (canceled === undefined) {
        const seconds = (this.clock.nowUs() - startUs) / 1e6;
        this.work.seconds.observe({ store: STORE }, seconds);
        this.work.committed.add({ store: STORE });
        return { kind: 'committed' };
      }
      const result = this.answer(items, canceled, context.nowUs);
      if (result !== undefined) return result;
      await this.clear(items, canceled, context.nowUs);
    }
    return { kind: 'conflict', keys: items.map(({ key }) => key) };
  }

  /** What cancellation reasons say; undefined when expired items stood in the way. */
  private answer(
    items: readonly TransactItem[],
    canceled: readonly Cancellation[],
    nowUs: number,
  ): TransactResult | undefined {
    const refusals: ItemRefusal[] = [];
    const conflicts: ItemKey[] = [];
    for (const [index, change] of items.entries()) {
      const { code, item } = canceled[index] ?? { code: 'None', item: undefined };
      if (code === 'TransactionConflict') conflicts.push(change.key);
      if (code === 'ValidationError' || code === 'ItemCollectionSizeLimitExceeded') {
        throw impossible(change, code);
      }
      if (code !== 'ConditionalCheckFailed') continue;
      const row = item === undefined ? undefined : toItem(change.key.table, item);
      const current = row === undefined ? undefined : this.live(row, nowUs);
      const refused = refusalOf(change, current);
      if (refused === undefined) continue;
      const shown = current === undefined ? {} : { current };
      refusals.push({ index, key: change.key, ...refused, ...shown });
    }
    if (refusals.length > 0) return { kind: 'refused', refusals };
    return conflicts.length > 0 ? { kind: 'conflict', keys: conflicts } : undefined;
  }

  /** Deletes items that have expired, and only as such, so that they can be made anew. */
  private async clear(
    items: readonly TransactItem[],
    canceled: readonly Cancellation[],
    nowUs: number,
  ): Promise<void> {
    const deletes = items.flatMap(({ key }, index) => {
      const expires = canceled[index]?.item?.[OWN.expiresAtUs]?.N;
      if (expires === undefined || Number(expires) > nowUs) return [];
      const Delete = {
        TableName: this.tableName(key.table),
        Key: toKey(key),
        ConditionExpression: '#expires = :expires',
        ExpressionAttributeNames: { '#expires': OWN.expiresAtUs },
        ExpressionAttributeValues: { ':expires': { N: expires } },
      };
      return [{ Delete }];
    });
    // Whoever was faster has done it; the transaction is then judged anew.
    if (deletes.length > 0) await this.client.transact(deletes, requestToken());
  }

  private range({ table, partition, sort }: ItemKey): QueryCommandInput {
    const names: Record<string, string> = { '#partition': OWN.partition };
    const values: Row = { ':partition': { S: partition } };
    const prefixed = sort !== '';
    if (prefixed) {
      names['#sort'] = OWN.sort;
      values[':prefix'] = { S: `${SORT_MARK}${sort}` };
    }
    const begins = prefixed ? ' AND begins_with(#sort, :prefix)' : '';
    return {
      TableName: this.tableName(table),
      KeyConditionExpression: `#partition = :partition${begins}`,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
    };
  }

  private readonly tableName = (table: StateTable): string => `${this.prefix}${table}`;

  private live(item: Item, nowUs = this.clock.nowUs()): Item | undefined {
    return (item.expiresAtUs ?? Number.POSITIVE_INFINITY) > nowUs ? item : undefined;
  }

  private full(): AtsError {
    this.work.refused.add({ store: STORE, reason: 'queue_full' });
    const field = 'stateStore.queueMax';
    return new AtsError({
      code: 'STORAGE_QUEUE_FULL',
      message: `${field}: ${this.queueMax} transactions already wait for DynamoDB`,
      remedy: 'Send less at once, or raise the named limit.',
      retry: 'safe',
      context: { field, value: this.queueMax },
    });
  }
}

/** Where a sort key stands to the range of those that begin with a prefix. */
function beside(place: { after: string; sortPrefix: string }): 'before' | 'within' | 'beyond' {
  const { after, sortPrefix } = place;
  if (after.startsWith(sortPrefix)) return 'within';
  return Buffer.compare(Buffer.from(after), Buffer.from(sortPrefix)) < 0 ? 'before' : 'beyond';
}

function impossible(change: TransactItem, code: string): AtsError {
  return new AtsError({
    code: 'STORAGE_INPUT_INVALID',
    message: `an item of ${change.key.table} cannot become what it should: ${code}`,
    remedy: 'Mend the caller: only numbers can be incremented, and STATE_LIMITS hold.',
    context: { field: 'items', ...change.key },
  });
}

function closedError(): AtsError {
  const message = 'the state store is closed';
  return new AtsError({ code: 'STORAGE_UNAVAILABLE', message, retry: 'safe' });
}

/**
 * Opens the state in DynamoDB. Conditions and increments are native expressions of one
 * TransactWriteItems; transactions of this process that share an item wait for each other, those
 * of others may answer `conflict`. Reads are strongly consistent.
 *
 * @throws STORAGE_URL_INVALID, STORAGE_UNAVAILABLE when a table is missing or nothing answers.
 */
export async function openDynamoStateStore(options: DynamoStateStoreOptions): Promise<StateStore> {
  const store = new DynamoStateStore(options);
  try {
    await store.start(options);
    return store;
  } catch (cause) {
    await store.close();
    if (cause instanceof AtsError) throw cause;
    throw new AtsError({
      code: 'STORAGE_UNAVAILABLE',
      message: `stateStore.url: DynamoDB cannot be used: ${String(cause)}`,
      remedy: 'See that DynamoDB can be reached and that the credentials are good.',
      retry: 'safe',
      context: { field: 'stateStore.url' },
      cause,
    });
  }
}
