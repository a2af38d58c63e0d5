import type { Alert } from './alert.ts';
import type { InstrumentId, VenueId } from './ids.ts';

/** Where an event came from, and when. Times are whole microseconds since the epoch. */
interface MarketEventBase {
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  /** The venue's own time of the event; 0 when the venue sends none. */
  readonly exchangeTimeUs: number;
  /** When the frame left the socket here. */
  readonly receivedAtUs: number;
}

/**
 * The best levels of one book after one update. Prices are quote per base, sizes are base; index
 * 0 is the best, `bidCount` and `askCount` say how many entries of the arrays are in use.
 *
 * On a `memory:` bus this is a live view that its publisher reuses: read it within the handler,
 * copy it (`copyBookTop`) to keep it.
 */
export interface BookTop extends MarketEventBase {
  readonly kind: 'book';
  /** Counts this market's published books from 1; a gap means that books were conflated. */
  readonly sequence: number;
  /** When the book had been updated and published, for the frame-to-book latency. */
  readonly bookAtUs: number;
  readonly bidCount: number;
  readonly askCount: number;
  readonly bidPrices: Float64Array;
  readonly bidSizes: Float64Array;
  readonly askPrices: Float64Array;
  readonly askSizes: Float64Array;
}

/** A public trade. `aggressor` is the side that took liquidity: `bid` is a buyer. */
export interface Trade extends MarketEventBase {
  readonly kind: 'trade';
  /** The venue's trade id, as text; empty when it sends none. */
  readonly tradeId: string;
  /** Quote per base, the venue's own digits. */
  readonly price: string;
  /** Base, the venue's own digits. */
  readonly size: string;
  readonly aggressor: 'bid' | 'ask' | 'unknown';
}

/** Best prices and day statistics as the venue reports them; 0 where it does not. */
export interface Ticker extends MarketEventBase {
  readonly kind: 'ticker';
  readonly bid: number;
  readonly bidSize: number;
  readonly ask: number;
  readonly askSize: number;
  readonly last: number;
  /** Base traded in the venue's rolling day. */
  readonly volume24h: number;
}

/** Why a book may not be used, or why it may again. */
export type BookStatusReason =
  | 'SUBSCRIBED'
  | 'SNAPSHOT'
  | 'SEQUENCE_GAP'
  | 'CHECKSUM_MISMATCH'
  | 'CROSSED_BOOK'
  | 'HEARTBEAT_MISSED'
  | 'CLOCK_SKEW'
  | 'STALE'
  | 'DISCONNECTED'
  | 'MALFORMED_FRAME'
  | 'VENUE_ERROR'
  | 'MAINTENANCE'
  | 'SHUTDOWN';

/** A market's book became usable (`live`) or must not be used (all other states). */
export interface VenueStatus extends MarketEventBase {
  readonly kind: 'status';
  readonly state: 'connecting' | 'live' | 'resyncing' | 'stale' | 'down';
  readonly reason: BookStatusReason;
}

/**
 * A condition of risk as it stands now, for whoever watches the market. In place of an instrument
 * it has the condition's key, so that of each condition the newest is what counts; its venue is
 * `ats` where the alert is about none. The log has every alert, this may be missed.
 */
export interface AlertNotice extends MarketEventBase {
  readonly kind: 'alert';
  readonly alert: Alert;
}

export function alertNotice(alert: Alert): AlertNotice {
  const { raisedAtUs, resolvedAtUs = 0, acknowledgement } = alert;
  return {
    kind: 'alert',
    venue: alert.venue ?? ('ats' as VenueId),
    instrument: alert.key as InstrumentId,
    exchangeTimeUs: raisedAtUs,
    receivedAtUs: Math.max(raisedAtUs, resolvedAtUs, acknowledgement?.atUs ?? 0),
    alert,
  };
}

export type MarketEvent = BookTop | Trade | Ticker | VenueStatus | AlertNotice;

/** @returns a copy that owns its arrays, trimmed to the levels in use. */
export function copyBookTop(top: BookTop): BookTop {
  return {
    ...top,
    bidPrices: top.bidPrices.slice(0, top.bidCount),
    bidSizes: top.bidSizes.slice(0, top.bidCount),
    askPrices: top.askPrices.slice(0, top.askCount),
    askSizes: top.askSizes.slice(0, top.askCount),
  };
}
