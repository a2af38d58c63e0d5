import { Decimal } from '@ats/domain';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Attribute, Attributes, Item, ItemKey, StateTable } from '../state-store.ts';

/** Attributes of the store's own. A name of a caller that begins with `_` gets another one. */
export const OWN = {
  partition: '_partition',
  sort: '_sort',
  version: '_version',
  /** Microseconds since the epoch: from when on the item does not exist. */
  expiresAtUs: '_expiresAtUs',
  /** Seconds since the epoch, rounded up: when the server may free its space. */
  timeToLive: '_timeToLive',
} as const;

export type Row = Record<string, AttributeValue>;

/** A sort key may be empty here and may not in DynamoDB: it stands behind one character. */
export const SORT_MARK = ':';

export function nameOf(name: string): string {
  return name.startsWith('_') ? `_${name}` : name;
}

export function attributeValue(value: Attribute): AttributeValue {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'boolean') return { BOOL: value };
  return value instanceof Decimal ? { N: value.toString() } : { B: value };
}

function attributeOf(value: AttributeValue): Attribute {
  if (value.S !== undefined) return value.S;
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.N !== undefined) return Decimal.parse(value.N).normalized();
  return new Uint8Array(value.B ?? []);
}

export function toKey({ partition, sort }: ItemKey): Row {
  return { [OWN.partition]: { S: partition }, [OWN.sort]: { S: `${SORT_MARK}${sort}` } };
}

export function toRow(item: Item): Row {
  const row: Row = { ...toKey(item.key), [OWN.version]: { N: String(item.version) } };
  for (const [name, value] of Object.entries(item.attributes))
    row[nameOf(name)] = attributeValue(value);
  if (item.expiresAtUs === undefined) return row;
  row[OWN.expiresAtUs] = { N: String(item.expiresAtUs) };
  row[OWN.timeToLive] = { N: String(Math.ceil(item.expiresAtUs / 1e6)) };
  return row;
}

export function toItem(table: StateTable, row: Row): Item {
  const attributes: Record<string, Attribute> = {};
  const own: readonly string[] = Object.values(OWN);
  for (const [name, value] of Object.entries(row)) {
    if (own.includes(name)) continue;
    attributes[name.startsWith('_') ? name.slice(1) : name] = attributeOf(value);
  }
  const partition = row[OWN.partition]?.S ?? '';
  const sort = row[OWN.sort]?.S?.slice(SORT_MARK.length) ?? '';
  const expires = row[OWN.expiresAtUs]?.N;
  return {
    key: { table, partition, sort },
    version: Number(row[OWN.version]?.N),
    attributes: attributes as Attributes,
    ...(expires === undefined ? {} : { expiresAtUs: Number(expires) }),
  };
}
