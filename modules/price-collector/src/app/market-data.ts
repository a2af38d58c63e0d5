import type { MARKET_DATA_SERVICE, WireMessages } from '@ats/contracts';
import { AtsError, type Listing } from '@ats/domain';
import type { Clock, RpcHandlers, ServerStream, Timers } from '@ats/runtime';
import type { TickStore } from '@ats/storage';
import { CANDLES_MAX, candlesOf } from './candles.ts';
import type { CollectorMarket } from './collector-market.ts';
import { bookOf, ChangeWatch, quoteOf } from './quotes.ts';
import { TradeQueue, type TradeTape } from './trade-tape.ts';

type Contract = NonNullable<(typeof MARKET_DATA_SERVICE)['shape']>;

const INTERVAL_MS = 100;
const INTERVAL_MS_MIN = 20;
const INTERVAL_MS_MAX = 60_000;
const CANDLE_MS_MIN = 1000;
/** Streams that may be open at once. */
const STREAMS_MAX = 1000;

export interface MarketDataParts {
  readonly listings: readonly Listing[];
  /** Every market of every venue that is collected. */
  readonly markets: () => Iterable<CollectorMarket>;
  readonly settings: { readonly staleAfterMs: number };
  readonly tape: TradeTape;
  /** Told of trades that a watcher was too slow for. */
  readonly onTradesDropped: (count: number) => void;
  readonly ticks: Pick<TickStore, 'scan'>;
  readonly clock: Clock;
  readonly timers: Timers;
}

interface Wanted {
  readonly venues: readonly string[];
  readonly instruments: readonly string[];
}

/** What people are shown of markets: the newest, at the pace that they ask for. */
export function marketDataHandlers(parts: MarketDataParts): RpcHandlers<Contract> {
  const { tape, ticks, clock } = parts;
  const ticking = pacer(parts.timers);
  const marketOf = (venue: string, instrument: string): CollectorMarket => {
    const found = [...parts.markets()].find(
      ({ top }) => top.venue === venue && top.instrument === instrument,
    );
    if (found !== undefined) return found;
    throw invalid('instrument', `${venue} ${instrument}`, 'a market that GetMarkets names');
  };
  return {
    GetMarkets: () => ({ markets: listingsOf(parts) }),
    async GetCandles({ venue, instrument, intervalMs, fromUs, toUs }) {
      marketOf(venue, instrument);
      const endUs = toUs || clock.nowUs();
      const count = (endUs - fromUs) / 1000 / intervalMs;
      if (!(intervalMs >= CANDLE_MS_MIN)) {
        throw invalid('interval_ms', intervalMs, `${CANDLE_MS_MIN} or more`);
      }
      if (!(count > 0 && count <= CANDLES_MAX)) {
        throw invalid('from_us', fromUs, `1 to ${CANDLES_MAX} candles before to_us`);
      }
      const intervalUs = intervalMs * 1000;
      const question = { venue, instrument, intervalUs, fromUs, toUs: endUs };
      return { candles: [...(await candlesOf(ticks, question))] };
    },
    StreamQuotes(request, stream) {
      const watch = new ChangeWatch();
      const wants = wantsOf(request);
      let first = true;
      return ticking(request.intervalMs, stream, () => {
        const quotes = [...parts.markets()]
          .filter((market) => wants(market.top) && watch.changed(market))
          .map(quoteOf);
        if (quotes.length > 0 || first) stream.send({ quotes });
        first = false;
      });
    },
    StreamBook({ venue, instrument, depth, intervalMs }, stream) {
      const market = marketOf(venue, instrument);
      const watch = new ChangeWatch();
      return ticking(intervalMs, stream, () => {
        if (watch.changed(market)) stream.send(bookOf(market, Math.max(0, depth)));
      });
    },
    StreamTrades(request, stream) {
      const queue = new TradeQueue(wantsOf(request), parts.onTradesDropped);
      const stop = ticking(INTERVAL_MS, stream, () => {
        const trades = queue.drain();
        if (trades.length > 0) stream.send({ trades });
      });
      tape.watch(queue);
      return () => {
        stop();
        tape.forget(queue);
      };
    },
  };
}

/**
 * Calls at once and then at each interval while the caller takes what it is sent: for one that
 * does not, what has changed waits and is told as it then stands.
 */
function pacer(timers: Timers) {
  let open = 0;
  return (intervalMs: number, stream: ServerStream<never>, tell: () => void): (() => void) => {
    const paceMs = intervalMs || INTERVAL_MS;
    if (paceMs < INTERVAL_MS_MIN || paceMs > INTERVAL_MS_MAX) {
      throw invalid('interval_ms', intervalMs, `0, or ${INTERVAL_MS_MIN} to ${INTERVAL_MS_MAX}`);
    }
    if (open >= STREAMS_MAX) {
      throw new AtsError({
        code: 'RPC_UNAVAILABLE',
        message: `${STREAMS_MAX} streams of market data are open`,
        remedy: 'Close some.',
        retry: 'safe',
      });
    }
    open += 1;
    tell();
    const timer = timers.every(paceMs, () => {
      if (stream.writable) tell();
    });
    return () => {
      open -= 1;
      timer.cancel();
    };
  };
}

function wantsOf({ venues, instruments }: Wanted) {
  return ({ venue, instrument }: { readonly venue: string; readonly instrument: string }) =>
    (venues.length === 0 || venues.includes(venue)) &&
    (instruments.length === 0 || instruments.includes(instrument));
}

function listingsOf(parts: MarketDataParts): WireMessages['ats.marketdata.v1.MarketListing'][] {
  const byKey = new Map(
    parts.listings.map((listing) => [`${listing.venue} ${listing.instrument}`, listing]),
  );
  return [...parts.markets()].flatMap((market) => {
    const listing = byKey.get(`${market.top.venue} ${market.instrument}`);
    if (listing === undefined) return [];
    const { venue, instrument, symbol, fees } = listing;
    return {
      ...{ venue, instrument, symbol },
      priceTick: listing.priceTick.toString(),
      quantityStep: listing.quantityStep.toString(),
      quantityMin: listing.quantityMin.toString(),
      notionalMin: listing.notionalMin.toString(),
      takerFeeBps: fees.takerBps.toString(),
      makerFeeBps: fees.makerBps.toString(),
      staleAfterMs: parts.settings.staleAfterMs,
      quote: quoteOf(market),
    };
  });
}

function invalid(field: string, value: unknown, expected: string): AtsError {
  return new AtsError({
    code: 'REQUEST_INVALID',
    message: `${field} is ${String(value).slice(0, 80)}: expected ${expected}`,
    remedy: 'Correct the field.',
    context: { field, value },
  });
}
