/**
 * What a session leaves behind, beside its market data. `order` counts everything that reached the
 * engine, market data too: a replay goes through it in this order. `atUs` is the time at which the
 * engine was reached, microseconds since the epoch. Amounts are texts.
 */
export type InputRow = {
  readonly order: number;
  readonly atUs: number;
  /** What the engine's clock said from then on until something else reached it. */
  readonly times?: readonly number[];
} & (
  | { readonly kind: 'status'; readonly event: unknown }
  /** One of the engine's periodic timers, counted in the order in which they were made. */
  | { readonly kind: 'timer'; readonly timer: number }
  /**
   * Something that the engine waited for: a write, a question. `answer` is what it was told where
   * that depends on how fast this machine was; `error` is how it failed.
   */
  | {
      readonly kind: 'call';
      readonly key: string;
      readonly answer?: unknown;
      readonly error?: CallError;
    }
  /** The session was asked to stop. */
  | { readonly kind: 'stop' }
  /** What the log said of orders, at once. */
  | { readonly kind: 'orders'; readonly orders: readonly OrderWord[] }
  /** Risk's answer to one question; noted within the market event that caused it. */
  | {
      readonly kind: 'verdict';
      readonly opportunityId: string;
      readonly reason: string;
      readonly quantity: string;
    }
);

/** What the log said of one order. */
export interface OrderWord {
  readonly orderId: string;
  readonly status: string;
  readonly filled: string;
}

export interface CallError {
  readonly code: string;
  readonly message: string;
  readonly retry: 'never' | 'safe' | 'unknown';
}

/** One order as its venue desk sent it. */
export interface SentRow {
  readonly kind: 'sent';
  readonly clientOrderId: string;
  readonly venue: string;
  readonly instrument: string;
  readonly side: 'buy' | 'sell';
  readonly price: string;
  readonly quantity: string;
  readonly timeInForce: string;
  readonly sentAtUs: number;
  readonly answeredAtUs: number;
  /** `accepted`, `rejected`, `ambiguous` or `rate-limited`. */
  readonly answer: string;
  readonly detail: string;
}

/** One fill as its venue reported it. */
export interface FillRow {
  readonly kind: 'fill';
  readonly orderId: string;
  readonly executionId: string;
  readonly venue: string;
  readonly instrument: string;
  readonly side: 'buy' | 'sell';
  readonly price: string;
  readonly quantity: string;
  readonly fee: string;
  readonly feeAsset: string;
  /** The venue's own time; 0 when it tells none. */
  readonly venueAtUs: number;
  readonly reportedAtUs: number;
}

/** A market that rows of market data name by its place among these. */
export interface MarketRow {
  readonly kind: 'market';
  readonly venue: string;
  readonly instrument: string;
}

export type SessionRow = InputRow | SentRow | FillRow | MarketRow;

export const SESSION_VERSION = 1;

/** `session.json`: what the session is, and how it ended. */
export interface SessionHead {
  readonly version: number;
  readonly startedAtUs: number;
  readonly versions: Readonly<Record<string, string>>;
  /** Merged, without secrets; its seed is in it. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** Absent when it was cut off. `dropped` counts rows that the disk could not keep up with. */
  readonly ended?: { readonly atUs: number; readonly dropped: number } | undefined;
}

/** An order as its venue took it, with the orders that it could take, in their priority. */
export interface MetRow {
  /** As the venue has it, which may be in another shape than ours; empty when it has none. */
  readonly clientOrderId: string;
  readonly venue: string;
  readonly instrument: string;
  readonly side: 'buy' | 'sell';
  readonly price: string;
  readonly quantity: string;
  readonly atUs: number;
  readonly orders: readonly (readonly [price: string, size: string])[];
}

/** Doubles of a row of market data before its clock readings and levels. */
export const HEAD = 10;
/** Their places. */
export const AT = {
  length: 0,
  order: 1,
  market: 2,
  handledAtUs: 3,
  receivedAtUs: 4,
  exchangeTimeUs: 5,
  bookAtUs: 6,
  sequence: 7,
  bids: 8,
  asks: 9,
} as const;
