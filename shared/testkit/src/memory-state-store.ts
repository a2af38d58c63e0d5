import { Decimal } from '@ats/domain';
import type { Clock } from '@ats/runtime';
import type {
  Attribute,
  AttributeInput,
  Condition,
  Item,
  ItemKey,
  ItemQuery,
  ItemRefusal,
  StateStore,
  TransactItem,
  TransactResult,
} from '@ats/storage';

const nameOf = ({ table, partition, sort }: ItemKey): string =>
  JSON.stringify([table, partition, sort]);

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

/**
 * The state store as simply as it can be said: a map, and a copy of it for each transaction. The
 * model that adapters are compared with, and a fake for whoever needs a store in a test. It does
 * not check `STATE_LIMITS`.
 */
export function memoryStateStore(clock: Clock): StateStore {
  let items = new Map<string, Item>();
  const find = (key: ItemKey): Item | undefined => {
    const item = items.get(nameOf(key));
    return (item?.expiresAtUs ?? Number.POSITIVE_INFINITY) > clock.nowUs() ? item : undefined;
  };

  function refusal(change: TransactItem, index: number): ItemRefusal | undefined {
    const current = find(change.key);
    const conditions: readonly Condition[] =
      change.kind === 'create'
        ? [{ kind: 'absent' }]
        : change.kind === 'replace'
          ? [{ kind: 'version', version: change.ifVersion }]
          : (change.conditions ?? []);
    const failed = conditions.find((condition) => !holds(condition, current));
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

  function next(change: TransactItem): Item | undefined {
    const current = find(change.key);
    if (change.kind === 'check') return current;
    if (change.kind === 'delete') return undefined;
    const attributes: Record<string, Attribute> = {};
    const given = change.kind === 'update' ? change.set : change.attributes;
    if (change.kind === 'update') Object.assign(attributes, current?.attributes);
    for (const [name, value] of Object.entries(given ?? {})) attributes[name] = plain(value);
    if (change.kind === 'update') {
      for (const [name, amount] of Object.entries(change.increment ?? {})) {
        const sum = (attributes[name] ?? Decimal.ZERO) as Decimal;
        attributes[name] = sum.add(plain(amount) as Decimal).normalized();
      }
      for (const name of change.remove ?? []) delete attributes[name];
    }
    const version = current === undefined ? clock.nowUs() : current.version + 1;
    const expires = change.kind === 'update' ? undefined : change.expiresAtUs;
    const expiry = expires === undefined ? {} : { expiresAtUs: expires };
    return { key: change.key, attributes, version, ...expiry };
  }

  function transact(changes: readonly TransactItem[]): TransactResult {
    const refusals = changes
      .map((change, index) => refusal(change, index))
      .filter((one) => one !== undefined);
    if (refusals.length > 0) return { kind: 'refused', refusals };
    const after = new Map(items);
    for (const change of changes) {
      const item = next(change);
      if (item === undefined) after.delete(nameOf(change.key));
      else after.set(nameOf(change.key), item);
    }
    items = after;
    return { kind: 'committed' };
  }

  function select(query: ItemQuery): Item[] {
    const direction = query.order === 'descending' ? -1 : 1;
    const compare = (one: string, other: string): number =>
      Buffer.compare(Buffer.from(one), Buffer.from(other)) * direction;
    return [...items.values()]
      .filter(({ key }) => key.table === query.table && key.partition === query.partition)
      .filter(({ key }) => key.sort.startsWith(query.sortPrefix ?? ''))
      .filter(({ key }) => query.after === undefined || compare(key.sort, query.after) > 0)
      .filter(({ key }) => find(key) !== undefined)
      .sort((one, other) => compare(one.key.sort, other.key.sort));
  }

  return {
    transact: async (changes) => transact(changes),
    get: async (key) => find(key),
    async query(query) {
      const all = select(query);
      const page = all.slice(0, query.limit ?? 100);
      const last = page.at(-1);
      return all.length > page.length && last !== undefined
        ? { items: page, next: last.key.sort }
        : { items: page };
    },
    health: () => ({ ok: true, reason: '' }),
    close: () => Promise.resolve(),
  };
}
