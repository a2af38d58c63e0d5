import type { AlertArea, InstrumentId, Severity, VenueId } from '@ats/domain';

/** Best prices of one market at one moment. Sizes in base, prices in quote per base. */
export interface QuoteTick {
  readonly kind: 'quote';
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly exchangeTimeUs: number;
  readonly receivedAtUs: number;
  readonly bid: number;
  readonly bidSize: number;
  readonly ask: number;
  readonly askSize: number;
}

/** One public trade. */
export interface TradeTick {
  readonly kind: 'trade';
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly exchangeTimeUs: number;
  readonly receivedAtUs: number;
  readonly price: number;
  readonly size: number;
  readonly aggressor: 'bid' | 'ask' | 'unknown';
  readonly tradeId: string;
}

/** One line of the opportunity ledger, as JSON, under its id. */
export interface OpportunityTick {
  readonly kind: 'opportunity';
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly receivedAtUs: number;
  readonly id: string;
  readonly reason: string;
  readonly netEdgeBps: number;
  readonly record: string;
}

/** One alert as it was raised, or as its condition ended; with its record as JSON. */
export interface AlertTick {
  readonly kind: 'alert';
  /** Empty where it is about none, or about several; the instrument as well. */
  readonly venue: VenueId | '';
  readonly instrument: InstrumentId | '';
  /** When it entered the log. */
  readonly receivedAtUs: number;
  readonly alertId: string;
  readonly key: string;
  readonly severity: Severity;
  readonly area: AlertArea;
  readonly change: 'raised' | 'resolved';
  readonly summary: string;
  readonly record: string;
}

/** What became of one message to one person on one channel. */
export interface DeliveryTick {
  readonly kind: 'delivery';
  /** Of the first alert that it tells of; empty where that is about none, or there is none. */
  readonly venue: VenueId | '';
  readonly instrument: InstrumentId | '';
  /** When its outcome was known. */
  readonly receivedAtUs: number;
  readonly messageId: string;
  readonly personId: string;
  readonly channel: string;
  readonly outcome: 'delivered' | 'dead' | 'dropped';
  /** The worst that it tells of; `recovered` where all has ended, empty in a digest. */
  readonly severity: Severity | 'recovered' | '';
  /** What it tells of one by one, the same key once; more may be folded in. */
  readonly alertKeys: readonly string[];
  /** Alerts that it tells of in all. */
  readonly alerts: number;
  /** The rules that chose it. */
  readonly ruleIds: readonly string[];
  readonly attempts: number;
  /** From when it was wanted to its outcome. */
  readonly latencyUs: number;
  /** Of the last try that failed; empty where none did. */
  readonly errorCode: string;
  readonly error: string;
}

/** One moment of one curve of a backtest, or one of its figures at the end of what it played. */
export interface BacktestTick {
  readonly kind: 'backtest';
  readonly venue: '';
  readonly instrument: '';
  /** Of the market that was played. */
  readonly receivedAtUs: number;
  readonly runId: string;
  readonly strategy: string;
  /** `equity`, `trading`, or a figure such as `trading.sharpe`. */
  readonly series: string;
  /** In the numeraire, or the figure's own unit. */
  readonly value: number;
}

export type Tick =
  | QuoteTick
  | TradeTick
  | OpportunityTick
  | AlertTick
  | DeliveryTick
  | BacktestTick;

/** Half-open range of receive times, whole microseconds; absent fields mean all. */
export interface TickQuery<Kind extends Tick['kind'] = Tick['kind']> {
  readonly kind: Kind;
  readonly fromUs?: number;
  readonly toUs?: number;
  readonly venues?: readonly string[];
  readonly instruments?: readonly string[];
}

/**
 * Keeps market history, the opportunity ledger, alerts and what became of messages about them,
 * for later reading.
 *
 * `append` only queues: batches are written in the background, in order, each retried while the
 * engine is away. The queue is bounded; when it is full the tick is refused (`false`), counted
 * and the caller goes on. `flush` resolves when all that was accepted before is readable or
 * rejects with why not. `scan` yields batches in order of `receivedAtUs`.
 */
export interface TickStore {
  append(tick: Tick): boolean;
  flush(): Promise<void>;
  scan<Kind extends Tick['kind']>(
    query: TickQuery<Kind>,
  ): AsyncIterable<readonly Extract<Tick, { kind: Kind }>[]>;
  health(): { readonly ok: boolean; readonly reason: string };
  /** Flushes, then closes. */
  close(): Promise<void>;
}
