import type { Clock } from '@ats/runtime';
import type { VenueAnswer, VenueRequest } from '../../../app/dialect-server.ts';
import type { SimMarket, SimVenue, TradePrint } from '../../../domain/sim-market.ts';
import { Budget, PerClient } from '../shared/budget.ts';
import { toMillis } from '../shared/numbers.ts';
import { asCount, asTexts, parseJson } from '../shared/parse.ts';
import { json } from '../shared/rest.ts';
import { INVALID_SYMBOL, illegal, mandatory } from './errors.ts';
import { exchangeInfo } from './exchange-info.ts';
import { bookTickerRest, depthText, digits, priceRest, tickerRest } from './frames.ts';

/** Request weight one address may use in a minute. */
export const WEIGHT_PER_MINUTE = 6000;
/** Requests beyond the weight limit in one window that turn 429 into a ban (418). */
const REFUSALS_TO_BAN = 10;
export const BAN_MS = 120_000;

interface ClientState {
  readonly weight: Budget;
  refusals: number;
  refusedWindowEndUs: number;
  bannedUntilUs: number;
}

type Route = {
  readonly weight: (query: URLSearchParams) => number;
  readonly run: (query: URLSearchParams) => VenueAnswer;
};

/** Binance's public REST over the simulated markets, with its weights, 429 and 418. */
export class BinanceRest {
  private readonly venue: SimVenue;
  private readonly clock: Clock;
  private readonly clients: PerClient<ClientState>;
  private readonly routes: ReadonlyMap<string, Route>;

  constructor(venue: SimVenue, clock: Clock) {
    this.venue = venue;
    this.clock = clock;
    this.clients = new PerClient(() => ({
      weight: new Budget({ limit: WEIGHT_PER_MINUTE, windowMs: 60_000, clock }),
      refusals: 0,
      refusedWindowEndUs: 0,
      bannedUntilUs: 0,
    }));
    this.routes = this.makeRoutes();
  }

  handle(request: VenueRequest): VenueAnswer {
    const route = this.routes.get(request.path);
    if (route === undefined) return json(404, { code: -1000, msg: 'Path not found.' });
    if (request.method !== 'GET') {
      return json(405, { code: -1000, msg: `Request method '${request.method}' not supported.` });
    }
    const { query } = request;
    return this.charged(request, route.weight(query), () => route.run(query));
  }

  /** Answers within the address's weight, and tells how much of it is used. */
  charged(request: VenueRequest, weight: number, run: () => VenueAnswer): VenueAnswer {
    const client = this.clients.get(request.client);
    const refusal = this.refusal(client, weight);
    if (refusal !== undefined) return refusal;
    const response = run();
    const used = String(client.weight.used);
    const headers = { 'x-mbx-used-weight': used, 'x-mbx-used-weight-1m': used };
    return { ...response, headers: { ...response.headers, ...headers } };
  }

  private refusal(client: ClientState, weight: number): VenueAnswer | undefined {
    const now = this.clock.nowUs();
    if (now < client.bannedUntilUs) return this.banned(client);
    if (client.weight.take(weight)) return undefined;
    if (now >= client.refusedWindowEndUs) client.refusals = 0;
    client.refusals += 1;
    client.refusedWindowEndUs = now + client.weight.resetSeconds * 1_000_000;
    if (client.refusals > REFUSALS_TO_BAN) {
      client.bannedUntilUs = now + BAN_MS * 1000;
      return this.banned(client);
    }
    return tooManyRequests(client.weight.resetSeconds, client.weight.used);
  }

  private banned({ bannedUntilUs }: ClientState): VenueAnswer {
    const seconds = Math.ceil((bannedUntilUs - this.clock.nowUs()) / 1_000_000);
    return banned(toMillis(bannedUntilUs), seconds);
  }

  private makeRoutes(): ReadonlyMap<string, Route> {
    const one = () => 1;
    const perSymbol = (single: number, all: number) => (query: URLSearchParams) =>
      query.has('symbol') ? single : all;
    return new Map<string, Route>([
      ['/api/v3/ping', { weight: one, run: () => json(200, '{}') }],
      ['/api/v3/time', { weight: one, run: () => json(200, { serverTime: this.nowMs() }) }],
      ['/api/v3/exchangeInfo', { weight: () => 20, run: (query) => this.info(query) }],
      ['/api/v3/depth', { weight: depthWeight, run: (query) => this.depth(query) }],
      ['/api/v3/trades', { weight: () => 25, run: (query) => this.trades(query, tradeOf) }],
      ['/api/v3/aggTrades', { weight: () => 4, run: (query) => this.trades(query, aggregateOf) }],
      [
        '/api/v3/ticker/24hr',
        {
          weight: perSymbol(2, 80),
          run: (query) =>
            this.each(query, (market) => JSON.stringify(tickerRest(market, this.clock.nowUs()))),
        },
      ],
      [
        '/api/v3/ticker/bookTicker',
        { weight: perSymbol(2, 4), run: (query) => this.each(query, bookTickerRest) },
      ],
      [
        '/api/v3/ticker/price',
        { weight: perSymbol(2, 4), run: (query) => this.each(query, priceRest) },
      ],
    ]);
  }

  private nowMs(): number {
    return toMillis(this.clock.nowUs());
  }

  /** Runs `found` with the market of the mandatory `symbol`. */
  private withMarket(query: URLSearchParams, found: (market: SimMarket) => VenueAnswer) {
    const symbol = query.get('symbol');
    if (symbol === null || symbol === '') return mandatory('symbol');
    if (!/^[A-Z0-9-_.]{1,20}$/.test(symbol)) return illegal('symbol');
    const market = this.venue.markets.get(symbol);
    return market === undefined ? INVALID_SYMBOL : found(market);
  }

  /** Runs `found` with the markets of `symbol` or `symbols`, a JSON list; all without either. */
  private withMarkets(
    query: URLSearchParams,
    found: (markets: readonly SimMarket[]) => VenueAnswer,
  ): VenueAnswer {
    const list = query.get('symbols');
    if (list === null) {
      if (query.has('symbol')) return this.withMarket(query, (market) => found([market]));
      return found([...this.venue.markets.values()]);
    }
    const names = asTexts(parseJson(list));
    if (names === undefined) return illegal('symbols');
    const markets = names.flatMap((name) => this.venue.markets.get(name) ?? []);
    return markets.length === names.length ? found(markets) : INVALID_SYMBOL;
  }

  private info(query: URLSearchParams): VenueAnswer {
    return this.withMarkets(query, (markets) => json(200, exchangeInfo(markets, this.nowMs())));
  }

  private depth(query: URLSearchParams): VenueAnswer {
    const limit = asCount(query.get('limit'), { fallback: 100, min: 1, max: 1_000_000 });
    if (limit === undefined) return illegal('limit');
    return this.withMarket(query, (market) => json(200, depthText(market, Math.min(limit, 5000))));
  }

  private trades(query: URLSearchParams, encode: (trade: TradePrint) => unknown): VenueAnswer {
    const limit = asCount(query.get('limit'), { fallback: 500, min: 1, max: 1000 });
    if (limit === undefined) return illegal('limit');
    return this.withMarket(query, (market) =>
      json(200, market.recentTrades.slice(-limit).map(encode)),
    );
  }

  /** One object for `symbol`, a list otherwise. */
  private each(query: URLSearchParams, encode: (market: SimMarket) => string): VenueAnswer {
    return this.withMarkets(query, (markets) => {
      const texts = markets.map(encode);
      const single = query.has('symbol') && !query.has('symbols');
      return json(200, single ? (texts[0] ?? '{}') : `[${texts.join(',')}]`);
    });
  }
}

/** The 418 of an address that is banned. */
export function banned(untilMs: number, retryAfterSeconds: number): VenueAnswer {
  const msg =
    `Way too much request weight used; IP banned until ${untilMs}. ` +
    'Please use WebSocket Streams for live updates to avoid bans.';
  return json(418, { code: -1003, msg }, { 'retry-after': String(retryAfterSeconds) });
}

/** The 429 of an address that is over its weight. */
export function tooManyRequests(retryAfterSeconds: number, usedWeight: number): VenueAnswer {
  const msg =
    `Too much request weight used; current limit is ${WEIGHT_PER_MINUTE} request weight per ` +
    '1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.';
  const headers = {
    'retry-after': String(retryAfterSeconds),
    'x-mbx-used-weight': String(usedWeight),
    'x-mbx-used-weight-1m': String(usedWeight),
  };
  return json(429, { code: -1003, msg }, headers);
}

function depthWeight(query: URLSearchParams): number {
  const limit = Number(query.get('limit') ?? 100);
  if (limit <= 100) return 5;
  if (limit <= 500) return 25;
  return limit <= 1000 ? 50 : 250;
}

function tradeOf(trade: TradePrint): unknown {
  return {
    id: trade.tradeId,
    price: digits(trade.priceText),
    qty: digits(trade.sizeText),
    quoteQty: (trade.price * trade.size).toFixed(8),
    time: toMillis(trade.timeUs),
    isBuyerMaker: trade.aggressor === 'ask',
    isBestMatch: true,
  };
}

function aggregateOf(trade: TradePrint): unknown {
  return {
    a: trade.tradeId,
    p: digits(trade.priceText),
    q: digits(trade.sizeText),
    f: trade.tradeId,
    l: trade.tradeId,
    T: toMillis(trade.timeUs),
    m: trade.aggressor === 'ask',
    M: true,
  };
}
