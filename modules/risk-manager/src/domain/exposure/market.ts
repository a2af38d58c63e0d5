import type { AccountId, AssetId } from '@ats/domain';

/** Digits of quantities, of what one unit of base is worth, and of products of the two. */
export const QUANTITY_SCALE = 18;
export const UNIT_SCALE = 12;
export const VALUE_SCALE = QUANTITY_SCALE + UNIT_SCALE;

/** A sum of values, in 10^-`VALUE_SCALE` of the numeraire. */
export interface Total {
  readonly name: string;
  value: bigint;
}

/** What all positions and orders in one base asset come to, signed; buys and sells are orders'. */
export interface AssetTotal extends Total {
  held: bigint;
  buys: bigint;
  sells: bigint;
}

/** What one account has in a market, in 10^-`QUANTITY_SCALE` of base. */
export interface Cell {
  /** Bought less sold. */
  held: bigint;
  /** What orders may still buy and sell. */
  buys: bigint;
  sells: bigint;
  /** The largest size that the position can come to, whichever orders fill. */
  worst: bigint;
}

/** One market: its newest prices, what it is worth, and what accounts have in it together. */
export interface Market {
  readonly venue: string;
  readonly instrument: string;
  readonly base: AssetId;
  readonly quote: AssetId;
  readonly asset: AssetTotal;
  /** The quote's, where that is a coin: what is bought in it sells the coin. */
  readonly coin: AssetTotal | undefined;
  readonly ofVenue: Total;
  readonly ofInstrument: Total;
  readonly cells: Map<AccountId, Cell>;
  /** Best prices of the newest whole book; 0 without one. */
  bid: number;
  ask: number;
  receivedAtUs: number;
  /** Whether prices came since the value was worked out. */
  stale: boolean;
  /** What one base was worth last, in 10^-`UNIT_SCALE` of the numeraire; 0 if never known. */
  unit: bigint;
  /** Whether a book gives that value now. */
  valued: boolean;
  /** Sums over the accounts, and what of them is in the totals. */
  readonly sums: Cell;
  readonly counted: Cell;
}

export const noCell = (): Cell => ({ held: 0n, buys: 0n, sells: 0n, worst: 0n });

const sizeOf = (value: bigint): bigint => (value < 0n ? -value : value);
export const larger = (one: bigint, other: bigint): bigint => (one > other ? one : other);

/** The worse of all buys and all sells filling. */
export const worstOf = ({ held, buys, sells }: Omit<Cell, 'worst'>): bigint =>
  larger(sizeOf(held + buys), sizeOf(held - sells));
