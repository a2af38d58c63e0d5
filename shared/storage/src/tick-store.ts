import type { InstrumentId, VenueId } from '@ats/domain';

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

export type Tick = QuoteTick | TradeTick | OpportunityTick;

/** Half-open range of receive times, whole microseconds; absent fields mean all. */
export interface TickQuery<Kind extends Tick['kind'] = Tick['kind']> {
  readonly kind: Kind;
  readonly fromUs?: number;
  readonly toUs?: number;
  readonly venues?: readonly string[];
  readonly instruments?: readonly string[];
}

/**
 * Keeps market history and the opportunity ledger for later reading.
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
