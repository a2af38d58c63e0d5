export const WATERFALL_STEPS = [
  'quoted',
  'staleness',
  'fees',
  'slippage',
  'unwind',
  'realised',
] as const;
export type WaterfallStep = (typeof WATERFALL_STEPS)[number];

/** What a report needs of a trade: little, since it goes to another thread. */
export interface TradeRow {
  readonly tradeId: string;
  readonly version: number;
  /** Such as `COMPLETED`. */
  readonly state: string;
  /** Such as `APPROVED`. */
  readonly reason: string;
  /** `engine`, `manual` or `accumulator`. */
  readonly origin: string;
  readonly createdAtUs: number;
  readonly endedAtUs: number;
  readonly base: string;
  readonly numeraire: string;
  /** Decimal text, units of base. */
  readonly quantity: string;
  readonly buyVenue: string;
  readonly sellVenue: string;
  /** Decimal text in the numeraire; undefined where nothing traded. */
  readonly waterfall: Readonly<Record<WaterfallStep, string>> | undefined;
  /** What it changed in each asset, decimal text, fees included. */
  readonly realised: readonly (readonly [asset: string, amount: string])[];
  readonly unhedgedUsdSeconds: number;
}

/** What a report needs of an entry of the ledger. */
export interface EntryRow {
  readonly entryId: string;
  readonly kind: string;
  readonly postings: readonly {
    readonly venue: string;
    readonly asset: string;
    /** The other side of an account: where fees go, or anything else; absent for its own. */
    readonly counter?: 'fees' | 'other';
    /** Decimal text, signed. */
    readonly amount: string;
  }[];
}

/** How the books stand at the moment of the report, as their owners say. */
export interface BooksNow {
  /** Whether positions made of fills and the ledger come to the same. */
  readonly agrees: boolean;
  readonly venues: readonly {
    readonly venue: string;
    readonly open: boolean;
    readonly reason: string;
    readonly comparedAtUs: number;
    readonly differences: number;
  }[];
}
