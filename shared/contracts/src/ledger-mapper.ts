import {
  accountId,
  assetId,
  type Balance,
  LEDGER_ENTRY_KINDS,
  type LedgerBucket,
  type LedgerEntry,
  type LedgerEntryKind,
  type Posting,
  venueId,
} from '@ats/domain';
import type { WireBalance } from './generated/ats/ledger/v1/Balance.ts';
import type { WireBucket } from './generated/ats/ledger/v1/Bucket.ts';
import type { WireLedgerEntry } from './generated/ats/ledger/v1/LedgerEntry.ts';
import type { WirePosting } from './generated/ats/ledger/v1/Posting.ts';
import { enumPair, malformed, readDecimal, readInteger, readName } from './wire-fields.ts';

const BUCKETS = enumPair<LedgerBucket, WireBucket>({
  available: 'BUCKET_AVAILABLE',
  reserved: 'BUCKET_RESERVED',
  counter: 'BUCKET_COUNTER',
});

function readKind(text: string): LedgerEntryKind {
  const kind = LEDGER_ENTRY_KINDS.find((one) => one === text);
  if (kind !== undefined) return kind;
  throw malformed({ field: 'kind', value: text, expected: LEDGER_ENTRY_KINDS.join(', ') });
}

function postingToWire(posting: Posting): WirePosting {
  return {
    accountId: posting.accountId,
    venue: posting.venue,
    asset: posting.asset,
    bucket: BUCKETS.toWire(posting.bucket),
    amount: posting.amount.toString(),
  };
}

function placeFromWire(wire: WirePosting | WireBalance) {
  return {
    accountId: accountId(readName('account_id', wire.accountId)),
    venue: venueId(readName('venue', wire.venue)),
    asset: assetId(readName('asset', wire.asset)),
  };
}

function postingFromWire(wire: WirePosting): Posting {
  return {
    ...placeFromWire(wire),
    bucket: BUCKETS.fromWire('bucket', wire.bucket),
    amount: readDecimal('amount', wire.amount),
  };
}

export function ledgerEntryToWire(entry: LedgerEntry): WireLedgerEntry {
  const { entryId, causeId, kind, postedAtUs, detail } = entry;
  const postings = entry.postings.map(postingToWire);
  return { entryId, causeId, kind, postings, postedAtUs, detail };
}

/** @throws MESSAGE_MALFORMED with the field that is missing or unreadable */
export function ledgerEntryFromWire(wire: WireLedgerEntry): LedgerEntry {
  return {
    entryId: readName('entry_id', wire.entryId),
    causeId: readName('cause_id', wire.causeId),
    kind: readKind(wire.kind),
    postings: wire.postings.map(postingFromWire),
    detail: wire.detail,
    postedAtUs: readInteger('posted_at_us', wire.postedAtUs),
  };
}

export function balanceToWire(balance: Balance): WireBalance {
  const { accountId: owner, venue, asset, version } = balance;
  const available = balance.available.toString();
  return { accountId: owner, venue, asset, available, reserved: `${balance.reserved}`, version };
}

/** @throws MESSAGE_MALFORMED with the field that is missing or unreadable */
export function balanceFromWire(wire: WireBalance): Balance {
  return {
    ...placeFromWire(wire),
    available: readDecimal('available', wire.available),
    reserved: readDecimal('reserved', wire.reserved),
    version: readInteger('version', wire.version),
  };
}
