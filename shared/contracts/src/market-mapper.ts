import {
  alertNotice,
  type BookStatusReason,
  type BookTop,
  type InstrumentId,
  type MarketEvent,
  type Ticker,
  type Trade,
  type VenueId,
  type VenueStatus,
} from '@ats/domain';
import { alertFromWire, alertToWire } from './alert-mapper.ts';
import type { WireAggressor } from './generated/ats/marketdata/v1/Aggressor.ts';
import type { WireBookSnapshot } from './generated/ats/marketdata/v1/BookSnapshot.ts';
import type { WireMarketEvent } from './generated/ats/marketdata/v1/MarketEvent.ts';
import type { WireMarketState } from './generated/ats/marketdata/v1/MarketState.ts';
import type { WireMarketStateReason } from './generated/ats/marketdata/v1/MarketStateReason.ts';
import type { WireTicker } from './generated/ats/marketdata/v1/Ticker.ts';
import type { WireTrade } from './generated/ats/marketdata/v1/Trade.ts';
import type { WireVenueStatus } from './generated/ats/marketdata/v1/VenueStatus.ts';
import { enumPair, malformed } from './wire-fields.ts';

const AGGRESSORS = enumPair<Trade['aggressor'], WireAggressor>({
  unknown: 'AGGRESSOR_UNSPECIFIED',
  bid: 'AGGRESSOR_BID',
  ask: 'AGGRESSOR_ASK',
});

const STATES = enumPair<VenueStatus['state'], WireMarketState>({
  connecting: 'MARKET_STATE_CONNECTING',
  live: 'MARKET_STATE_LIVE',
  resyncing: 'MARKET_STATE_RESYNCING',
  stale: 'MARKET_STATE_STALE',
  down: 'MARKET_STATE_DOWN',
});

const REASONS = enumPair<BookStatusReason, WireMarketStateReason>({
  SUBSCRIBED: 'MARKET_STATE_REASON_SUBSCRIBED',
  SNAPSHOT: 'MARKET_STATE_REASON_SNAPSHOT',
  SEQUENCE_GAP: 'MARKET_STATE_REASON_SEQUENCE_GAP',
  CHECKSUM_MISMATCH: 'MARKET_STATE_REASON_CHECKSUM_MISMATCH',
  CROSSED_BOOK: 'MARKET_STATE_REASON_CROSSED_BOOK',
  HEARTBEAT_MISSED: 'MARKET_STATE_REASON_HEARTBEAT_MISSED',
  CLOCK_SKEW: 'MARKET_STATE_REASON_CLOCK_SKEW',
  STALE: 'MARKET_STATE_REASON_STALE',
  DISCONNECTED: 'MARKET_STATE_REASON_DISCONNECTED',
  MALFORMED_FRAME: 'MARKET_STATE_REASON_MALFORMED_FRAME',
  VENUE_ERROR: 'MARKET_STATE_REASON_VENUE_ERROR',
  MAINTENANCE: 'MARKET_STATE_REASON_MAINTENANCE',
  SHUTDOWN: 'MARKET_STATE_REASON_SHUTDOWN',
});

interface Origin {
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly exchangeTimeUs: number;
  readonly receivedAtUs: number;
}

function originOf(from: {
  readonly venue: string;
  readonly instrument: string;
  readonly exchangeTimeUs: number;
  readonly receivedAtUs: number;
}): Origin {
  const { exchangeTimeUs, receivedAtUs } = from;
  const venue = from.venue as VenueId;
  return { venue, instrument: from.instrument as InstrumentId, exchangeTimeUs, receivedAtUs };
}

export function bookTopToWire(top: BookTop): WireBookSnapshot {
  return {
    ...originOf(top),
    sequence: top.sequence,
    bookAtUs: top.bookAtUs,
    bidPrices: Array.from(top.bidPrices.subarray(0, top.bidCount)),
    bidSizes: Array.from(top.bidSizes.subarray(0, top.bidCount)),
    askPrices: Array.from(top.askPrices.subarray(0, top.askCount)),
    askSizes: Array.from(top.askSizes.subarray(0, top.askCount)),
  };
}

/** @throws MESSAGE_MALFORMED when a side has not as many sizes as prices */
export function bookTopFromWire(wire: WireBookSnapshot): BookTop {
  checkSide('bid_sizes', wire.bidPrices.length, wire.bidSizes.length);
  checkSide('ask_sizes', wire.askPrices.length, wire.askSizes.length);
  return {
    kind: 'book',
    ...originOf(wire),
    sequence: wire.sequence,
    bookAtUs: wire.bookAtUs,
    bidCount: wire.bidPrices.length,
    askCount: wire.askPrices.length,
    bidPrices: Float64Array.from(wire.bidPrices, Number),
    bidSizes: Float64Array.from(wire.bidSizes, Number),
    askPrices: Float64Array.from(wire.askPrices, Number),
    askSizes: Float64Array.from(wire.askSizes, Number),
  };
}

function checkSide(field: string, prices: number, sizes: number): void {
  if (prices === sizes) return;
  throw malformed({ field, value: `${sizes} entries`, expected: `${prices}, one for each price` });
}

export function tradeToWire(trade: Trade): WireTrade {
  return {
    ...originOf(trade),
    tradeId: trade.tradeId,
    price: trade.price,
    size: trade.size,
    aggressor: AGGRESSORS.toWire(trade.aggressor),
  };
}

/** @throws MESSAGE_MALFORMED on an aggressor that is not known here */
export function tradeFromWire(wire: WireTrade): Trade {
  return {
    kind: 'trade',
    ...originOf(wire),
    tradeId: wire.tradeId,
    price: wire.price,
    size: wire.size,
    aggressor: AGGRESSORS.fromWire('aggressor', wire.aggressor),
  };
}

export function tickerToWire(ticker: Ticker): WireTicker {
  return {
    ...originOf(ticker),
    bid: ticker.bid,
    bidSize: ticker.bidSize,
    ask: ticker.ask,
    askSize: ticker.askSize,
    last: ticker.last,
    dayVolume: ticker.volume24h,
  };
}

export function tickerFromWire(wire: WireTicker): Ticker {
  return {
    kind: 'ticker',
    ...originOf(wire),
    bid: Number(wire.bid),
    bidSize: Number(wire.bidSize),
    ask: Number(wire.ask),
    askSize: Number(wire.askSize),
    last: Number(wire.last),
    volume24h: Number(wire.dayVolume),
  };
}

export function venueStatusToWire(status: VenueStatus): WireVenueStatus {
  return {
    ...originOf(status),
    state: STATES.toWire(status.state),
    reason: REASONS.toWire(status.reason),
  };
}

/** @throws MESSAGE_MALFORMED on a state or reason that is not known here */
export function venueStatusFromWire(wire: WireVenueStatus): VenueStatus {
  return {
    kind: 'status',
    ...originOf(wire),
    state: STATES.fromWire('state', wire.state),
    reason: REASONS.fromWire('reason', wire.reason),
  };
}

export function marketEventToWire(event: MarketEvent): WireMarketEvent {
  switch (event.kind) {
    case 'book':
      return { book: bookTopToWire(event) };
    case 'trade':
      return { trade: tradeToWire(event) };
    case 'ticker':
      return { ticker: tickerToWire(event) };
    case 'status':
      return { status: venueStatusToWire(event) };
    case 'alert':
      return { alert: alertToWire(event.alert) };
  }
}

/** @throws MESSAGE_MALFORMED on an event kind that is not known here */
export function marketEventFromWire(wire: WireMarketEvent): MarketEvent {
  if (wire.book) return bookTopFromWire(wire.book);
  if (wire.trade) return tradeFromWire(wire.trade);
  if (wire.ticker) return tickerFromWire(wire.ticker);
  if (wire.status) return venueStatusFromWire(wire.status);
  if (wire.alert) return alertNotice(alertFromWire(wire.alert));
  throw malformed({
    field: 'event',
    value: wire.event,
    expected: 'book, trade, ticker, status or alert',
  });
}
