import type { Decimal } from './decimal.ts';
import type { AssetId, VenueId } from './ids.ts';
import type { AccountId } from './order-ids.ts';

/**
 * Which part of a balance a posting moves. `available` and `reserved` belong to an account and
 * never fall below zero; `counter` is the other side of its dealings, and may.
 */
export type LedgerBucket = 'available' | 'reserved' | 'counter';

/** One movement of one balance. */
export interface Posting {
  /** The owner; for the bucket `counter` the name of a counter account. */
  readonly accountId: AccountId;
  readonly venue: VenueId;
  readonly asset: AssetId;
  readonly bucket: LedgerBucket;
  /** Units of the asset, signed. */
  readonly amount: Decimal;
}

/** What can cause an entry. */
export const LEDGER_ENTRY_KINDS = [
  'reserve',
  'release',
  'fill',
  'deposit',
  'withdrawal',
  'adjustment',
] as const;

export type LedgerEntryKind = (typeof LEDGER_ENTRY_KINDS)[number];

/** Postings that happen together or not at all; they sum to zero for each asset. */
export interface LedgerEntry {
  /** The same cause gives the same id, so that an entry can be recognised as made already. */
  readonly entryId: string;
  /** What caused it: an order's id, a fill's id, a person's reference. */
  readonly causeId: string;
  readonly kind: LedgerEntryKind;
  readonly postings: readonly Posting[];
  /** For a person: who confirmed it and why; empty where the cause says it all. */
  readonly detail: string;
  /** Whole microseconds since the epoch. */
  readonly postedAtUs: number;
}

/** One account's money at one venue. */
export interface Balance {
  readonly accountId: AccountId;
  readonly venue: VenueId;
  readonly asset: AssetId;
  /** Units of the asset, never below zero. */
  readonly available: Decimal;
  /** Units of the asset held for open orders, never below zero. */
  readonly reserved: Decimal;
  /** Counts the balance's changes. */
  readonly version: number;
}
