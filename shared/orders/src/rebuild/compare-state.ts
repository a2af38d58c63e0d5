import { Decimal } from '@ats/domain';
import type { Attribute, AttributeInput, Item, ItemKey } from '@ats/storage';
import { readOrderItem } from '../store/order-items.ts';
import type { RebuiltItem } from './rebuild-state.ts';

/** Items of one meaning, and whether the log makes them. */
interface Kind {
  readonly name: string;
  readonly is: (key: ItemKey) => boolean;
  /** Why the log does not make them, and what follows; absent where it does. */
  readonly why?: string;
  /** Attributes that tell when a service looked, not what happened. */
  readonly ignored?: readonly string[];
}

const orders = (test: (key: ItemKey) => boolean) => (key: ItemKey) =>
  key.table === 'orders' && test(key);
const begins = (prefix: string) => orders(({ partition }) => partition.startsWith(prefix));
const table = (name: ItemKey['table']) => (key: ItemKey) => key.table === name;

/** The first that fits says what an item is. */
const KINDS: readonly Kind[] = [
  { name: 'balances', is: table('balances') },
  {
    name: 'orders',
    is: orders(({ sort, partition }) => sort === 'order' && !/\//.test(partition)),
  },
  { name: 'fills that are booked', is: orders(({ sort }) => sort.startsWith('fill/')) },
  { name: 'orders by account', is: begins('account/') },
  { name: 'open orders', is: begins('open/') },
  { name: 'fills without money', is: begins('unbooked/') },
  {
    ...{ name: 'orders at venues', is: begins('work/') },
    ignored: ['createdAtUs', 'fees', 'holder', 'wishVersion', 'venueOrderId'],
  },
  { name: 'orders that are over', is: begins('done/') },
  { name: 'ids of venues', is: begins('venue-order/') },
  { name: 'fills read up to', is: begins('venue/'), ignored: ['readUpToUs'] },
  { name: 'requests and movements', is: table('idempotency') },
  {
    ...{ name: 'flatten under way', why: 'it is begun again by "ats halt --mode flatten"' },
    is: ({ table: name, partition }) => name === 'sagas' && partition === 'flatten',
  },
  { name: 'trades', is: table('sagas') },
  {
    ...{ name: 'other of orders', is: table('orders') },
    why: 'venues are compared anew, and real money is asked for again',
  },
  { name: 'risk', is: table('risk'), why: 'counted anew from the log; trading begins halted' },
  { name: 'outbox', is: table('outbox'), why: 'what was not in the log yet is in the state alone' },
  { name: 'notifications', is: table('notifications'), why: 'who was told what begins anew' },
  { name: 'access', is: table('access'), why: 'people log in again, approvals are given again' },
];

/** What is found of one kind of items. */
export interface Finding {
  readonly name: string;
  readonly verdict: 'equal' | 'differs' | 'not-rebuilt';
  readonly rebuilt: number;
  readonly stored: number;
  /** What differs, in words; the first few. */
  readonly differences: readonly string[];
  readonly why: string | undefined;
}

const DIFFERENCES_MAX = 10;

/** Holds what the log makes against what is stored, item by item, both ways. */
export function compareState(sides: {
  readonly rebuilt: readonly RebuiltItem[];
  readonly stored: readonly Pick<Item, 'key' | 'attributes'>[];
}): readonly Finding[] {
  const sort = <One extends { readonly key: ItemKey }>(items: readonly One[]) => {
    const sorted = new Map<Kind, Map<string, One>>(KINDS.map((kind) => [kind, new Map()]));
    for (const item of items) {
      const kind = KINDS.find(({ is }) => is(item.key));
      if (kind !== undefined) sorted.get(kind)?.set(nameOf(item.key), item);
    }
    return sorted;
  };
  const [made, kept] = [sort(sides.rebuilt), sort(sides.stored)];
  return KINDS.map((kind) => {
    const [rebuilt, stored] = [made.get(kind) ?? new Map(), kept.get(kind) ?? new Map()];
    const counts = { name: kind.name, rebuilt: rebuilt.size, stored: stored.size, why: kind.why };
    if (kind.why !== undefined) return { ...counts, verdict: 'not-rebuilt', differences: [] };
    const differences = [...new Set([...rebuilt.keys(), ...stored.keys()])].flatMap((name) => {
      const [is, was] = [rebuilt.get(name), stored.get(name)];
      if (is === undefined || was === undefined) {
        return [`${name}: only in the ${is === undefined ? 'state' : 'log'}`];
      }
      const [log, state] = [textsOf(is, kind), textsOf(was, kind)];
      const names = new Set([...log.keys(), ...state.keys()]);
      const unequal = [...names].filter((attribute) => log.get(attribute) !== state.get(attribute));
      return unequal.length === 0 ? [] : [`${name}: ${unequal.map((one) => said(one)).join('; ')}`];

      function said(attribute: string): string {
        const [made, kept] = [log.get(attribute), state.get(attribute)];
        return `${attribute}: the log makes ${short(made)}, the state has ${short(kept)}`;
      }
    });
    const verdict = differences.length === 0 ? 'equal' : 'differs';
    return { ...counts, verdict, differences: differences.slice(0, DIFFERENCES_MAX) };
  });
}

const nameOf = ({ table: name, partition, sort }: ItemKey): string =>
  `${name} ${partition} ${sort}`.trim();

const TEXT_MAX = 60;

function short(text: string | undefined): string {
  if (text === undefined) return 'none';
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX)}...`;
}

/** One text for equal values: however numbers are written, in whatever order parts are. */
function textsOf(
  { key, attributes }: Pick<RebuiltItem | Item, 'key' | 'attributes'>,
  { ignored = [] }: Kind,
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const [name, value] of Object.entries<Attribute | AttributeInput>(attributes)) {
    const text = plain(value);
    if (!ignored.includes(name) && text !== '0') texts.set(name, text);
  }
  if (typeof attributes['hold'] !== 'string') return texts;
  const { hold } = readOrderItem({ key, attributes: attributes as Item['attributes'], version: 0 });
  const parts = hold.parts.map(({ asset, amount }) => `${asset} ${plain(amount)}`);
  return texts.set('hold', parts.sort().join());
}

function plain(value: Attribute | AttributeInput): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return value instanceof Decimal ? value.normalized().toString() : String(value);
}
