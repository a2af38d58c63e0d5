import { AtsError, Decimal } from '@ats/domain';
import {
  type Attribute,
  type AttributeInput,
  type Attributes,
  type ItemKey,
  STATE_LIMITS,
  STATE_TABLES,
  type TransactItem,
} from '../state-store.ts';

/** What a number takes at most beside its name, as DynamoDB counts. */
const NUMBER_BYTES = 21;

function invalid(message: string, context: Readonly<Record<string, unknown>>): AtsError {
  return new AtsError({
    code: 'STORAGE_INPUT_INVALID',
    message,
    remedy: 'Mend the caller: STATE_LIMITS lists what a store takes.',
    context,
  });
}

/** @throws STORAGE_INPUT_INVALID */
export function checkKey(key: ItemKey): void {
  if (!STATE_TABLES.includes(key.table)) {
    throw invalid(`table: "${key.table}" is not a table`, { field: 'table', value: key.table });
  }
  for (const field of ['partition', 'sort'] as const) {
    const value = key[field];
    const tooShort = field === 'partition' && value === '';
    const tooLong = Buffer.byteLength(value) > STATE_LIMITS.keyPartBytesMax;
    if (!tooShort && !tooLong && !value.includes('\0') && value.isWellFormed()) continue;
    const limit = `${tooShort ? 1 : 0} to ${STATE_LIMITS.keyPartBytesMax} bytes of text, no NUL`;
    throw invalid(`${field}: the key of an item of ${key.table} is not ${limit}`, { field, value });
  }
}

/** @returns the number in the one form it is stored in. @throws STORAGE_INPUT_INVALID */
export function exactNumber(input: Decimal | bigint, field: string): Decimal {
  const value = (typeof input === 'bigint' ? new Decimal(input, 0) : input).normalized();
  const digits = value.units.toString().replace('-', '').replace(/0+$/, '').length;
  const whole = value.units.toString().length - value.scale;
  if (digits <= STATE_LIMITS.numberDigitsMax && whole <= 100) return value;
  const limit = `${STATE_LIMITS.numberDigitsMax} significant digits`;
  throw invalid(`${field}: ${value} has more than ${limit}`, { field, value: value.toString() });
}

/** What `storable` refuses is refused, and nothing is copied. @throws STORAGE_INPUT_INVALID */
function checkStorable(input: AttributeInput, field: string): void {
  if (!(input instanceof Uint8Array)) storable(input, field);
}

export function storable(input: AttributeInput, field: string): Attribute {
  if (typeof input === 'bigint' || input instanceof Decimal) return exactNumber(input, field);
  if (input instanceof Uint8Array) return new Uint8Array(input);
  if (typeof input === 'boolean') return input;
  if (typeof input === 'string' && input.isWellFormed()) return input;
  throw invalid(`${field}: a ${typeof input} like this cannot be stored`, { field });
}

function sizeOf(value: AttributeInput): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (value instanceof Uint8Array) return value.byteLength;
  return typeof value === 'boolean' ? 1 : NUMBER_BYTES;
}

/** Bytes that attributes count for. @throws STORAGE_INPUT_INVALID when they are too many */
export function attributesBytes(attributes: Readonly<Record<string, AttributeInput>>): number {
  let bytes = 0;
  const entries = Object.entries(attributes);
  const { attributesMax, attributeNameBytesMax, itemBytesMax } = STATE_LIMITS;
  if (entries.length > attributesMax) {
    throw invalid(`an item has more than ${attributesMax} attributes`, { value: entries.length });
  }
  for (const [name, value] of entries) {
    const nameBytes = Buffer.byteLength(name);
    if (nameBytes === 0 || nameBytes > attributeNameBytesMax || name === '__proto__') {
      throw invalid(`attribute "${name}" cannot be called so`, { field: name });
    }
    bytes += nameBytes + sizeOf(value);
  }
  if (bytes > itemBytesMax) {
    throw invalid(`an item has ${bytes} bytes, more than ${itemBytesMax}`, { value: bytes });
  }
  return bytes;
}

export function storableAll(attributes: Readonly<Record<string, AttributeInput>>): Attributes {
  const all = Object.entries(attributes).map(([name, value]) => [name, storable(value, name)]);
  return Object.fromEntries(all);
}

function checkUpdate(item: TransactItem & { readonly kind: 'update' }): void {
  const names = [
    ...Object.keys(item.set ?? {}),
    ...Object.keys(item.increment ?? {}),
    ...(item.remove ?? []),
  ];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(`"${twice}" is changed twice`, { field: twice });
  for (const [name, value] of Object.entries(item.increment ?? {})) exactNumber(value, name);
}

function inputsOf(item: TransactItem): Readonly<Record<string, AttributeInput>> {
  if (item.kind === 'create' || item.kind === 'replace') return item.attributes;
  return item.kind === 'update' ? { ...item.set, ...item.increment } : {};
}

/** Refuses what no store takes, before anything is asked of one. @throws STORAGE_INPUT_INVALID */
export function checkTransaction(items: readonly TransactItem[]): void {
  const { transactItemsMax, transactionBytesMax } = STATE_LIMITS;
  if (items.length === 0 || items.length > transactItemsMax) {
    const message = `a transaction has 1 to ${transactItemsMax} items, not ${items.length}`;
    throw invalid(message, { field: 'items', value: items.length });
  }
  const seen = new Set<string>();
  let bytes = 0;
  for (const item of items) {
    checkKey(item.key);
    const name = keyText(item.key);
    if (seen.has(name)) {
      const message = `an item of ${item.key.table} stands twice in one transaction`;
      throw invalid(message, { ...item.key });
    }
    seen.add(name);
    if (item.kind === 'update') checkUpdate(item);
    const inputs = inputsOf(item);
    bytes += attributesBytes(inputs);
    for (const name in inputs) checkStorable(inputs[name] as AttributeInput, name);
  }
  if (bytes > transactionBytesMax) {
    const message = `a transaction has ${bytes} bytes, more than ${transactionBytesMax}`;
    throw invalid(message, { field: 'items', value: bytes });
  }
}

/** @throws STORAGE_INPUT_INVALID for a page of a size that no store gives */
export function checkLimit(limit: number): void {
  if (limit >= 1 && limit <= STATE_LIMITS.queryLimitMax) return;
  const message = `limit: ${limit} is not 1 to ${STATE_LIMITS.queryLimitMax}`;
  throw invalid(message, { field: 'limit', value: limit });
}

/** A key as one text, in the order that queries answer in. */
export function keyText(key: ItemKey): string {
  return `${key.table}\0${key.partition}\0${key.sort}`;
}
