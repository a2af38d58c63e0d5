import type { Attributes, Item, ItemKey, TransactItem } from '@ats/storage';

/** The item as a structure; what is stored as JSON is read as what was stored. */
export function readJson<Value>({ attributes }: Pick<Item, 'attributes'>): Value {
  return JSON.parse(textOf(attributes)) as Value;
}

function textOf(attributes: Attributes): string {
  const { json } = attributes;
  return typeof json === 'string' ? json : 'null';
}

/** Writes an item that does not expire, whatever was there: one service writes this table. */
export function put(key: ItemKey, value: unknown): TransactItem {
  return { kind: 'update', key, set: { json: JSON.stringify(value) } };
}

/** Makes an item that must not be there. */
export function create(key: ItemKey, value: unknown, expiresAtUs: number): TransactItem {
  return { kind: 'create', key, attributes: { json: JSON.stringify(value) }, expiresAtUs };
}
