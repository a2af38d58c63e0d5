import type { Decimal } from '@ats/domain';

/** The closed list of tables. Each item is found by a partition key and a sort key. */
export const STATE_TABLES = [
  'balances',
  'orders',
  'idempotency',
  'outbox',
  'sagas',
  'risk',
  'notifications',
  'access',
  'leases',
] as const;
export type StateTable = (typeof STATE_TABLES)[number];

export interface ItemKey {
  readonly table: StateTable;
  /** Items of one partition are queried together. 1 to 512 bytes of UTF-8, no NUL. */
  readonly partition: string;
  /** Tells the items of a partition apart and orders them by bytes; may be empty. */
  readonly sort: string;
}

/**
 * A value that can be stored. Numbers are exact: at most 38 significant digits, at most 40 of
 * them after the point, and equal numbers are one number: `1.50` is read back as `1.5`, a bigint
 * as a decimal without a fraction. A structure is stored as its bytes or its JSON text.
 */
export type AttributeInput = string | boolean | Uint8Array | bigint | Decimal;
/** A value as it is read back. */
export type Attribute = string | boolean | Uint8Array | Decimal;
export type Attributes = Readonly<Record<string, Attribute>>;

export interface Item {
  readonly key: ItemKey;
  readonly attributes: Attributes;
  /** Grows with every change of the item; otherwise opaque. */
  readonly version: number;
  /** From when on the item does not exist any more, microseconds since the epoch. */
  readonly expiresAtUs?: number;
}

/**
 * What must hold of an item as it stands before the transaction. A condition on an attribute that
 * is absent or of another type does not hold.
 */
export type Condition =
  | { readonly kind: 'exists' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'version'; readonly version: number }
  | { readonly kind: 'equals'; readonly attribute: string; readonly value: AttributeInput }
  | { readonly kind: 'at-least'; readonly attribute: string; readonly amount: Decimal | bigint };

interface Write {
  readonly key: ItemKey;
}

/**
 * One step of a transaction. There is no write that overwrites blindly: `create` needs the item
 * to be absent, `replace` needs the version that was read.
 */
export type TransactItem =
  | (Write & {
      readonly kind: 'create';
      readonly attributes: Readonly<Record<string, AttributeInput>>;
      readonly expiresAtUs?: number;
    })
  | (Write & {
      readonly kind: 'replace';
      readonly ifVersion: number;
      readonly attributes: Readonly<Record<string, AttributeInput>>;
      readonly expiresAtUs?: number;
    })
  /**
   * Changes the named attributes; makes the item where there is none, unless a condition forbids
   * it. `increment` adds to a number, from 0 where there is none. An item that can expire takes
   * no update, only `replace`.
   */
  | (Write & {
      readonly kind: 'update';
      readonly set?: Readonly<Record<string, AttributeInput>>;
      readonly increment?: Readonly<Record<string, Decimal | bigint>>;
      readonly remove?: readonly string[];
      readonly conditions?: readonly Condition[];
    })
  | (Write & { readonly kind: 'delete'; readonly conditions?: readonly Condition[] })
  | (Write & { readonly kind: 'check'; readonly conditions: readonly Condition[] });

/** Why an item refused the transaction. */
export interface ItemRefusal {
  /** Which of the transaction's items, counted from 0. */
  readonly index: number;
  readonly key: ItemKey;
  /** The first condition that does not hold; `can-expire` for an update of an item that can. */
  readonly reason: Condition['kind'] | 'can-expire';
  /** The attribute that the condition is on. */
  readonly attribute?: string;
  /** The item as it stands; undefined when there is none. */
  readonly current?: Item;
}

export type TransactResult =
  | { readonly kind: 'committed' }
  /** Conditions did not hold; nothing happened. Every item that refused is named. */
  | { readonly kind: 'refused'; readonly refusals: readonly ItemRefusal[] }
  /** Another transaction was at these items at the same moment; nothing happened, try again. */
  | { readonly kind: 'conflict'; readonly keys: readonly ItemKey[] };

export interface ItemQuery {
  readonly table: StateTable;
  readonly partition: string;
  /** Only items whose sort key begins so. */
  readonly sortPrefix?: string;
  /** Only items after this sort key, in the order asked for. */
  readonly after?: string;
  readonly order?: 'ascending' | 'descending';
  /** Items wanted at most: 1 to 1,000, 100 unless told. */
  readonly limit?: number;
}

export interface ItemPage {
  readonly items: readonly Item[];
  /** What to ask for with `after`; undefined when there are no more. */
  readonly next?: string;
}

/** The limits of every adapter; they are those of DynamoDB, or tighter. */
export const STATE_LIMITS = {
  transactItemsMax: 100,
  keyPartBytesMax: 512,
  attributesMax: 100,
  attributeNameBytesMax: 100,
  itemBytesMax: 350_000,
  transactionBytesMax: 3_500_000,
  numberDigitsMax: 38,
  queryLimitMax: 1000,
} as const;

/**
 * Says what is true now.
 *
 * Ordering: transactions are serializable; one that was answered is seen by every later read.
 * Durability: `committed` means on the disk (embedded) or in the store's replicas.
 * All or nothing: every condition is judged on the state before the transaction; if one does not
 * hold nothing is written. An item appears once in a transaction. No update is lost: increments
 * are made by the store, and nothing overwrites what it has not read.
 * Idempotency: none by itself; put a `create` of an idempotency item into the transaction. After
 * STORAGE_UNAVAILABLE with retry `unknown` read that item to learn what happened.
 * When full: a bounded queue of transactions waits for the disk; beyond it STORAGE_QUEUE_FULL
 * (retry `safe`: nothing happened). What breaks `STATE_LIMITS` is STORAGE_INPUT_INVALID.
 * Expiry: from `expiresAtUs` on an item is absent to reads and conditions; its space is freed
 * later.
 */
export interface StateStore {
  transact(items: readonly TransactItem[]): Promise<TransactResult>;
  /** The item as the last transaction left it; undefined when absent or expired. */
  get(key: ItemKey): Promise<Item | undefined>;
  query(query: ItemQuery): Promise<ItemPage>;
  health(): { readonly ok: boolean; readonly reason: string };
  /** Finishes what waits, then closes. */
  close(): Promise<void>;
}
