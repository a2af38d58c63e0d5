import { Decimal } from '@ats/domain';
import type { Item, ItemKey, TransactItem } from '../state-store.ts';

/** A lease as the store has it. It is never deleted, so that tokens grow for ever. */
export interface LeaseRecord {
  readonly key: ItemKey;
  readonly version: number;
  /** Grows with each holder. */
  readonly token: number;
  /** Name of the instance that holds it; empty when it was given back. */
  readonly holder: string;
  /** Tells one process from the next under the same name. */
  readonly run: string;
  /** How long the holder may rely on each renewal, milliseconds. */
  readonly termMs: number;
}

const SHARD = 'shard/';
const MEMBER = 'member/';

export const shardKey = (group: string, shard: string): ItemKey => {
  return { table: 'leases', partition: group, sort: `${SHARD}${shard}` };
};

export const memberKey = (group: string, name: string): ItemKey => {
  return { table: 'leases', partition: group, sort: `${MEMBER}${name}` };
};

/** @returns the shard that an item is the lease of; undefined for a member */
export const shardOf = ({ sort }: ItemKey): string | undefined =>
  sort.startsWith(SHARD) ? sort.slice(SHARD.length) : undefined;

export const memberOf = ({ sort }: ItemKey): string | undefined =>
  sort.startsWith(MEMBER) ? sort.slice(MEMBER.length) : undefined;

const numberOf = (item: Item, name: string): number => {
  const value = item.attributes[name];
  return value instanceof Decimal ? value.toNumber() : 0;
};

export function leaseRecord(item: Item): LeaseRecord {
  const { key, version, attributes } = item;
  return {
    ...{ key, version },
    token: numberOf(item, 'token'),
    holder: String(attributes['holder'] ?? ''),
    run: String(attributes['run'] ?? ''),
    termMs: numberOf(item, 'termMs'),
  };
}

/** What a record is to say: `before` is what was read, undefined where there was nothing. */
export function leaseItem(
  key: ItemKey,
  before: Pick<LeaseRecord, 'version'> | undefined,
  { token, holder, run, termMs }: Omit<LeaseRecord, 'key' | 'version'>,
): TransactItem {
  const attributes = { token: BigInt(token), holder, run, termMs: BigInt(termMs) };
  return before === undefined
    ? { kind: 'create', key, attributes }
    : { kind: 'replace', key, ifVersion: before.version, attributes };
}

/** The step that makes the store refuse a transaction once the lease has another token. */
export const fenceItem = (key: ItemKey, token: number): TransactItem => {
  const condition = { kind: 'equals', attribute: 'token', value: BigInt(token) } as const;
  return { kind: 'check', key, conditions: [condition] };
};
