import { ACCESS_SERVICE, ENGINE_SERVICE, MARKET_DATA_SERVICE } from '@ats/contracts';
import {
  openRpcDirectory,
  type ServerStream,
  seededRandom,
  systemClock,
  systemTimers,
  UNGUARDED,
} from '@ats/runtime';
import { memoryMetrics, silentLogger } from '@ats/testkit';

const VENUES = ['binance', 'upbit', 'coinbase', 'kraken', 'bitfinex'];
const HOUR_US = 3_600_000_000;
const LEVELS = 20;
/** Services of which nothing is to be seen: each call is answered with nothing. */
const QUIET = [
  'ats.risk.v1.RiskService',
  'ats.notification.v1.NotificationService',
  'ats.order.v1.OrderService',
  'ats.ledger.v1.LedgerService',
  'ats.venue.v1.VenueService',
];

export interface MarketPace {
  readonly symbols: number;
  /** Quotes of all markets together, as often. */
  readonly everyMs: number;
}

/** Services with a market that moves at every tick, and people who are all let in. */
export async function openStandIns({ symbols, everyMs }: MarketPace) {
  const base = {
    ...{ clock: systemClock, timers: systemTimers, random: seededRandom(1) },
    ...{ logger: silentLogger(), metrics: memoryMetrics() },
  };
  const rpc = openRpcDirectory({ ...base, guard: UNGUARDED, addresses: {}, listen: false });
  const until = systemClock.nowUs() + HOUR_US;
  const tokens = {
    ...{ accessToken: 'bench', refreshToken: 'bench' },
    ...{ accessExpiresAtUs: until, refreshExpiresAtUs: until },
  };
  const permissions = ['system.read', 'market.read', 'orders.read', 'balances.read'];
  const who = { name: 'bench', kind: 'user', role: 'viewer', permissions };
  await rpc.serve(ACCESS_SERVICE, {
    Login: () => ({ tokens, challenge: '' }),
    WhoAmI: () => ({ ...who, sessionId: 's', stepUpUntilUs: 0, secondFactor: false }),
  } as never);
  for (const fullName of QUIET) await rpc.serve({ fullName }, answeringNothing({}) as never);
  const listeners = new Set<() => void>();
  const streaming =
    (message: (request: { instrument?: string; venue?: string }) => object) =>
    (request: object, stream: ServerStream<object>) => {
      const send = (): void => void stream.send(message(request));
      send();
      listeners.add(send);
      return () => void listeners.delete(send);
    };
  const markets = marketsOf(symbols);
  const listing = { priceTick: '0.01', quantityStep: '0.0001', staleAfterMs: 5000, quote: null };
  const listings = markets.map((one) => ({ ...one, ...listing }));
  const quiet = answeringNothing({
    GetMarkets: () => ({ markets: listings }),
    StreamQuotes: streaming(() => ({ quotes: markets.map(quoteOf) })),
    StreamBook: streaming(bookOf),
  });
  await rpc.serve(MARKET_DATA_SERVICE, quiet as never);
  const matrix = () => ({ cells: cellsOf(symbols), notional: '10000' });
  await rpc.serve(
    ENGINE_SERVICE,
    answeringNothing({
      GetSpreadMatrix: matrix,
      StreamSpreadMatrix: streaming(matrix),
    }) as never,
  );
  const timer = systemTimers.every(everyMs, () => {
    for (const listener of listeners) listener();
  });
  return {
    ...{ base, rpc },
    async close() {
      timer.cancel();
      await rpc.close();
    },
  };
}

/** Methods that are not given answer with nothing; streams stay open and say nothing. */
function answeringNothing(given: Readonly<Record<string, unknown>>): object {
  return new Proxy(given, {
    get: (target, name: string) =>
      target[name] ?? (/^(Stream|Watch)/.test(name) ? () => () => undefined : () => ({})),
  });
}

const marketsOf = (symbols: number) =>
  Array.from({ length: symbols }, (_, index) => `A${String(index).padStart(2, '0')}`).flatMap(
    (symbol) => VENUES.map((venue) => ({ venue, instrument: `${symbol}/USDT` })),
  );

let tick = 0;
/** Never twice the same in a row. */
const moved = (from: number): number => {
  tick += 1;
  return from + ((tick * 7919) % 1000) / 100;
};

const quoteOf = (market: { readonly venue: string; readonly instrument: string }) => ({
  ...market,
  ...{ receivedAtUs: systemClock.nowUs(), bid: moved(97_000), bidSize: moved(1) },
  ...{ ask: moved(97_020), askSize: moved(1) },
  ...{ state: 'MARKET_STATE_LIVE', reason: 'MARKET_STATE_REASON_SNAPSHOT' },
});

const bookOf = ({ venue = '', instrument = '' }) => {
  const atUs = systemClock.nowUs();
  const levels = (from: number, step: number) =>
    Array.from({ length: LEVELS }, (_, level) => from + level * step);
  const sizes = () => Array.from({ length: LEVELS }, () => moved(1));
  return {
    book: {
      ...{ venue, instrument, receivedAtUs: atUs, bookAtUs: atUs, exchangeTimeUs: 0, sequence: 0 },
      ...{ bidPrices: levels(97_000, -0.5), bidSizes: sizes() },
      ...{ askPrices: levels(97_001, 0.5), askSizes: sizes() },
    },
    ...{ state: 'MARKET_STATE_LIVE', reason: 'MARKET_STATE_REASON_SNAPSHOT' },
  };
};

const cellsOf = (symbols: number) =>
  Array.from({ length: symbols }, (_, index) => `A${String(index).padStart(2, '0')}`).flatMap(
    (symbol) =>
      VENUES.flatMap((buyVenue) =>
        VENUES.filter((venue) => venue !== buyVenue).map((sellVenue) => ({
          ...{ base: symbol, buyVenue, sellVenue },
          ...{ buyInstrument: `${symbol}/USDT`, sellInstrument: `${symbol}/USDT` },
          ...{ priced: true, netBps: moved(-5), sized: true, sizedNetBps: moved(-6) },
          ...{ bookAtUs: systemClock.nowUs(), stale: false },
        })),
      ),
  );
