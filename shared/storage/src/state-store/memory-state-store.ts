import { AtsError, Decimal } from '@ats/domain';
import type { Clock } from '@ats/runtime';
import type {
  Attribute,
  AttributeInput,
  Condition,
  Item,
  ItemKey,
  ItemPage,
  ItemQuery,
  ItemRefusal,
  StateStore,
  TransactItem,
  TransactResult,
} from '../state-store.ts';

function plain(value: AttributeInput): Attribute {
  if (typeof value === 'bigint') return new Decimal(value, 0);
  return value instanceof Decimal ? value.normalized() : value;
}

const textOf = (value: AttributeInput | undefined): string =>
  value instanceof Uint8Array
    ? `bytes ${Buffer.from(value).toString('hex')}`
    : typeof value === 'bigint' || value instanceof Decimal
      ? `number ${String(plain(value))}`
      : `${typeof value} ${String(value)}`;

function holds(condition: Condition, item: Item | undefined): boolean {
  if (condition.kind === 'exists') return item !== undefined;
  if (condition.kind === 'absent') return item === undefined;
  if (condition.kind === 'version') return item?.version === condition.version;
  const value = item?.attributes[condition.attribute];
  if (condition.kind === 'equals') {
    return value !== undefined && textOf(value) === textOf(condition.value);
  }
  const amount = plain(condition.amount) as Decimal;
  return value instanceof Decimal && value.compare(amount) >= 0;
}

/** Conditions of a change, the implied ones among them. */
function conditionsOf(change: TransactItem): readonly Condition[] {
  if (change.kind === 'create') return [{ kind: 'absent' }];
  if (change.kind === 'replace') return [{ kind: 'version', version: change.ifVersion }];
  return change.conditions ?? [];
}

/** Fewest writes between two removals of what has expired. */
const WRITTEN_MIN = 1000;

/** Items of one partition of one table, by sort key. */
type Partition = Map<string, Item>;

const partitionName = ({ table, partition }: Pick<ItemKey, 'table' | 'partition'>): string =>
  `${table}\n${partition}`;

class MemoryStateStore implements StateStore {
  private readonly partitions = new Map<string, Partition>();
  private readonly clock: Clock;
  /** Items there are, and how many were written since those that have expired were removed. */
  private size = 0;
  private written = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  async transact(changes: readonly TransactItem[]): Promise<TransactResult> {
    const keys = new Set(changes.map(({ key }) => `${partitionName(key)}\n${key.sort}`));
    if (keys.size !== changes.length) {
      const message = 'an item stands twice in one transaction';
      throw new AtsError({ code: 'STORAGE_INPUT_INVALID', message });
    }
    const refusals = changes
      .map((change, index) => this.refusal(change, index))
      .filter((one) => one !== undefined);
    if (refusals.length > 0) return { kind: 'refused', refusals };
    // Keys differ within a transaction, so no step sees what another one changed.
    for (const change of changes) this.put(change.key, this.next(change));
    this.written += changes.length;
    if (this.written > Math.max(WRITTEN_MIN, this.size)) this.removeExpired();
    return { kind: 'committed' };
  }

  async get(key: ItemKey): Promise<Item | undefined> {
    return this.find(key);
  }

  async query(query: ItemQuery): Promise<ItemPage> {
    const all = this.select(query);
    const items = all.slice(0, query.limit ?? 100);
    const last = items.at(-1);
    return all.length > items.length && last !== undefined
      ? { items, next: last.key.sort }
      : { items };
  }

  health(): { readonly ok: boolean; readonly reason: string } {
    return { ok: true, reason: '' };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private put(key: ItemKey, item: Item | undefined): void {
    const name = partitionName(key);
    const partition = this.partitions.get(name) ?? new Map<string, Item>();
    const before = partition.size;
    if (item === undefined) partition.delete(key.sort);
    else partition.set(key.sort, item);
    this.size += partition.size - before;
    if (partition.size === 0) this.partitions.delete(name);
    else if (before === 0) this.partitions.set(name, partition);
  }

  /** What has expired is hidden at once and goes later, all of it together. */
  private removeExpired(): void {
    this.written = 0;
    for (const partition of this.partitions.values()) {
      for (const item of partition.values()) {
        if (this.find(item.key) === undefined) this.put(item.key, undefined);
      }
    }
  }

  private find(key: ItemKey): Item | undefined {
    const item = this.partitions.get(partitionName(key))?.get(key.sort);
    return (item?.expiresAtUs ?? Number.POSITIVE_INFINITY) > this.clock.nowUs() ? item : undefined;
  }

  private refusal(change: TransactItem, index: number): ItemRefusal | undefined {
    const current = this.find(change.key);
    const failed = conditionsOf(change).find((condition) => !holds(condition, current));
    const stuck = change.kind === 'update' && current?.expiresAtUs !== undefined;
    if (failed === undefined && !stuck) return undefined;
    return {
      index,
      key: change.key,
      reason: failed?.kind ?? 'can-expire',
      ...(failed !== undefined && 'attribute' in failed ? { attribute: failed.attribute } : {}),
      ...(current === undefined ? {} : { current }),
    };
  }

  private next(change: TransactItem): Item | undefined {
    const current = this.find(change.key);
    if (change.kind === 'check') return current;
    if (change.kind === 'delete') return undefined;
    const version = current === undefined ? this.clock.nowUs() : current.version + 1;
    const { key } = change;
    if (change.kind !== 'update') {
      const values = Object.entries(change.attributes).map(([name, one]) => [name, plain(one)]);
      const expiry = change.expiresAtUs === undefined ? {} : { expiresAtUs: change.expiresAtUs };
      return { key, attributes: Object.fromEntries(values), version, ...expiry };
    }
    const attributes: Record<string, Attribute> = { ...current?.attributes };
    for (const [name, value] of Object.entries(change.set ?? {})) attributes[name] = plain(value);
    for (const [name, amount] of Object.entries(change.increment ?? {})) {
      const sum = (attributes[name] ?? Decimal.ZERO) as Decimal;
      attributes[name] = sum.add(plain(amount) as Decimal).normalized();
    }
    for (const name of change.remove ?? []) delete attributes[name];
    return { key, attributes, version };
  }

  private select(query: ItemQuery): Item[] {
    const direction = query.order === 'descending' ? -1 : 1;
    const compare = (one: string, other: string): number =>
      Buffer.compare(Buffer.from(one), Buffer.from(other)) * direction;
    return [...(this.partitions.get(partitionName(query))?.values() ?? [])]
      .filter(({ key }) => key.sort.startsWith(query.sortPrefix ?? ''))
      .filter(({ key }) => query.after === undefined || compare(key.sort, query.after) > 0)
      .filter(({ key }) => this.find(key) !== undefined)
      .sort((one, other) => compare(one.key.sort, other.key.sort));
  }
}

/**
 * The state store as simply as it can be said: a map of maps, changed when all conditions hold. The
 * model that adapters are compared with, and a fake for whoever needs a store in a test. It does
 * not check `STATE_LIMITS`.
 */
export function memoryStateStore(clock: Clock): StateStore {
  return new MemoryStateStore(clock);
}
