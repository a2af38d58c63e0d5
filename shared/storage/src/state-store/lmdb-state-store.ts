import { AtsError, Decimal } from '@ats/domain';
import type { Clock, Logger, Metrics, TimerHandle, Timers } from '@ats/runtime';
import type { Database } from 'lmdb';
import { type BatchView, GroupCommit } from '../lmdb/group-commit.ts';
import { openReadOnly } from '../lmdb/snapshot.ts';
import type {
  Attribute,
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
import { changed, refusalOf } from './apply-item.ts';
import { checkKey, checkLimit, checkTransaction, keyText } from './item-rules.ts';
import { stateMetrics } from './state-metrics.ts';

export interface LmdbStateStoreOptions {
  /** The folder that holds the state; made if it is not there. One process at a time opens it. */
  readonly folder: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Transactions that may wait for the disk. */
  readonly queueMax?: number;
  /** Transactions in one group commit at most. */
  readonly batchMax?: number;
  /** How often the space of expired items is freed. */
  readonly purgeIntervalMs?: number;
}

const DEFAULTS = { queueMax: 10_000, batchMax: 1000, purgeIntervalMs: 10_000 };
const PURGE_MAX = 1000;
const QUERY_LIMIT = 100;
/** No byte of UTF-8 is as large: it ends a range of texts. */
const BEYOND = Buffer.from([255]);

/** Numbers are one-element lists of their plain text: exact, and told apart from texts. */
type Stored = string | boolean | Uint8Array | readonly [string];
/** Version, time of expiry (0: never), attributes. */
type Row = readonly [number, number, readonly (readonly [string, Stored])[]];

function toRow(item: Item): Row {
  const attributes = Object.entries(item.attributes).map(
    ([name, value]) => [name, value instanceof Decimal ? [value.toString()] : value] as const,
  );
  return [item.version, item.expiresAtUs ?? 0, attributes as Row[2]];
}

function toAttribute(stored: Stored): Attribute {
  if (typeof stored === 'string' || typeof stored === 'boolean') return stored;
  return stored instanceof Uint8Array ? new Uint8Array(stored) : Decimal.parse(stored[0]);
}

function toItem(key: ItemKey, [version, expiresAtUs, attributes]: Row): Item {
  return {
    key: { table: key.table, partition: key.partition, sort: key.sort },
    version,
    attributes: Object.fromEntries(attributes.map(([name, value]) => [name, toAttribute(value)])),
    ...(expiresAtUs === 0 ? {} : { expiresAtUs }),
  };
}

function expiryKey(expiresAtUs: number, key: Buffer): Buffer {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(expiresAtUs));
  return Buffer.concat([time, key]);
}

class LmdbStateStore implements StateStore {
  private readonly clock: Clock;
  private readonly logger: Logger;
  private readonly commits: GroupCommit;
  private readonly items: Database<Row, Buffer>;
  private readonly expiry: Database<true, Buffer>;
  private readonly metrics: ReturnType<typeof stateMetrics>;
  private readonly purging: TimerHandle;

  constructor(options: LmdbStateStoreOptions) {
    const limits = { ...DEFAULTS, ...options };
    this.clock = options.clock;
    this.logger = options.logger;
    this.metrics = stateMetrics(options.metrics);
    this.commits = new GroupCommit({ ...limits, field: 'stateStore.url', store: 'state' });
    this.items = this.commits.database<Row>('items');
    this.expiry = this.commits.database<true>('expiry');
    this.purging = options.timers.every(limits.purgeIntervalMs, () => {
      this.purge().catch((error: unknown) => {
        const fields = { error: String(error) };
        this.logger.warn('state.purge_failed', 'Expired items were not removed.', fields);
      });
    });
  }

  async transact(items: readonly TransactItem[]): Promise<TransactResult> {
    checkTransaction(items);
    const result = await this.commits.run((view) => this.decide(items, view));
    this.metrics.transactions.add({ store: 'lmdb', result: result.kind });
    return result;
  }

  async get(key: ItemKey): Promise<Item | undefined> {
    checkKey(key);
    this.mustBeOpen();
    return this.live(key, this.items.get(Buffer.from(keyText(key))));
  }

  async query(query: ItemQuery): Promise<ItemPage> {
    const { table, partition, sortPrefix = '', after, order, limit = QUERY_LIMIT } = query;
    const key = { table, partition, sort: sortPrefix };
    checkKey(key);
    checkLimit(limit);
    this.mustBeOpen();
    const prefix = Buffer.from(keyText(key));
    const from = after === undefined ? undefined : Buffer.from(keyText({ ...key, sort: after }));
    const end = Buffer.concat([prefix, BEYOND]);
    const ascending = order !== 'descending';
    const low = ascending && from !== undefined && from.compare(prefix) > 0 ? from : prefix;
    const high = !ascending && from !== undefined && from.compare(end) < 0 ? from : end;
    const found: Item[] = [];
    const sortAt = Buffer.byteLength(keyText({ table, partition, sort: '' }));
    const range = ascending ? { start: low, end } : { start: high, end: prefix, reverse: true };
    if (ascending ? low.compare(end) >= 0 : high.compare(prefix) < 0) return { items: [] };
    // The lower end of a descending range is exclusive in LMDB's terms, so it is met by hand.
    const rows = this.items.getRange({ ...range, inclusiveEnd: true });
    for (const { key: bytes, value } of rows) {
      if (from?.equals(bytes) === true) continue;
      const sort = bytes.toString('utf8', sortAt);
      const item = this.live({ table, partition, sort }, value);
      if (item === undefined) continue;
      if (found.length === limit) return { items: found, next: found.at(-1)?.key.sort ?? '' };
      found.push(item);
    }
    return { items: found };
  }

  health(): { readonly ok: boolean; readonly reason: string } {
    return this.commits.health();
  }

  async close(): Promise<void> {
    this.purging.cancel();
    await this.commits.close();
  }

  private decide(items: readonly TransactItem[], view: BatchView): TransactResult {
    const nowUs = this.clock.nowUs();
    const rows = items.map(({ key }) => {
      const bytes = Buffer.from(keyText(key));
      return { bytes, row: view.get(this.items, bytes) };
    });
    const before = items.map(({ key }, index) => this.live(key, rows[index]?.row, nowUs));
    const refusals = items.flatMap((change, index): ItemRefusal[] => {
      const refused = refusalOf(change, before[index]);
      if (refused === undefined) return [];
      const current = before[index];
      const item = current === undefined ? {} : { current };
      return [{ index, key: change.key, ...refused, ...item }];
    });
    if (refusals.length > 0) return { kind: 'refused', refusals };
    const after = items.map((change, index) => changed(change, { item: before[index], nowUs }));
    // From here on nothing throws: either all of it is put, or none was.
    for (const [index, { bytes, row }] of rows.entries()) {
      if (items[index]?.kind === 'check') continue;
      this.write(view, { bytes, row, item: after[index] });
    }
    return { kind: 'committed' };
  }

  private write(
    view: BatchView,
    { bytes, row, item }: { bytes: Buffer; row: Row | undefined; item: Item | undefined },
  ): void {
    const was = row?.[1] ?? 0;
    const becomes = item?.expiresAtUs ?? 0;
    if (was !== becomes && was !== 0) view.put(this.expiry, expiryKey(was, bytes), undefined);
    if (was !== becomes && becomes !== 0) view.put(this.expiry, expiryKey(becomes, bytes), true);
    if (row === undefined && item === undefined) return;
    view.put(this.items, bytes, item === undefined ? undefined : toRow(item));
  }

  private live(key: ItemKey, row: Row | undefined, nowUs = this.clock.nowUs()): Item | undefined {
    if (row === undefined || (row[1] !== 0 && row[1] <= nowUs)) return undefined;
    return toItem(key, row);
  }

  private async purge(): Promise<void> {
    const end = expiryKey(this.clock.nowUs() + 1, Buffer.alloc(0));
    const due = [...this.expiry.getKeys({ end, limit: PURGE_MAX })];
    if (due.length === 0) return;
    const freed = await this.commits.run((view) => {
      let count = 0;
      for (const key of due) {
        const bytes = key.subarray(8);
        // The item may have been made anew since; then this time is not its own any more.
        const row = view.get(this.items, bytes);
        if (row !== undefined && BigInt(row[1]) === key.readBigUInt64BE()) {
          view.put(this.items, bytes, undefined);
          count += 1;
        }
        view.put(this.expiry, key, undefined);
      }
      return count;
    });
    this.metrics.expired.add({ store: 'lmdb' }, freed);
  }

  private mustBeOpen(): void {
    const { ok, reason } = this.commits.health();
    if (ok || !this.commits.isClosed) return;
    throw new AtsError({ code: 'STORAGE_UNAVAILABLE', message: reason, retry: 'safe' });
  }
}

/**
 * Opens the state in an LMDB folder. Transactions that wait together are decided one after the
 * other and share one fsync; a conflict cannot happen. Numbers are kept as exact decimal text.
 *
 * @throws STORAGE_UNAVAILABLE when the folder cannot be opened or another process has it open.
 */
export async function openLmdbStateStore(options: LmdbStateStoreOptions): Promise<StateStore> {
  return new LmdbStateStore(options);
}

/**
 * Every item of a state in an LMDB folder that has not expired, ordered by table, partition and
 * sort. It is read beside whoever has the folder open, as it is at that moment.
 *
 * @throws STORAGE_UNAVAILABLE when there is none
 */
export async function readLmdbState(options: {
  readonly folder: string;
  readonly nowUs: number;
}): Promise<readonly Item[]> {
  const root = openReadOnly(options.folder, 'stateStore.url');
  try {
    const items = root.openDB<Row, Buffer>('items', { keyEncoding: 'binary', encoding: 'msgpack' });
    return [...items.getRange()].flatMap(({ key, value: row }): Item[] => {
      if (row[1] !== 0 && row[1] <= options.nowUs) return [];
      const [table, partition = '', sort = ''] = key.toString().split('\0');
      return [toItem({ table: table as StateTable, partition, sort }, row)];
    });
  } finally {
    await root.close();
  }
}
