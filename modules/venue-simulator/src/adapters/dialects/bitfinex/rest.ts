import type { Clock } from '@ats/runtime';
import type { VenueAnswer, VenueRequest } from '../../../app/dialect-server.ts';
import type { SimMarket, SimVenue } from '../../../domain/sim-market.ts';
import { Budget, PerClient } from '../shared/budget.ts';
import { DepthWindow } from '../shared/depth-window.ts';
import { asCount, percentDecoded } from '../shared/parse.ts';
import { json } from '../shared/rest.ts';
import { bookRows, tickerRow, tradeRows } from './frames.ts';

/** Requests one address may make in a minute. */
const PER_MINUTE_MAX = 90;

export const RATE_LIMITED = json(429, '{"error":"ERR_RATE_LIMIT"}');
export const UNAVAILABLE = json(503, ['error', 20_060, 'maintenance']);

function failure(msg: string): VenueAnswer {
  return json(500, ['error', 10_020, msg]);
}

/** Bitfinex's own letters for the assets of its symbols, and what they stand for. */
const LETTERS: Readonly<Record<string, string>> = { UST: 'USDt', UDC: 'USDc' };

/** Bitfinex's public REST v2 over the simulated markets. */
export class BitfinexRest {
  private readonly venue: SimVenue;
  private readonly operative: () => boolean;
  private readonly requests: PerClient<Budget>;

  constructor(options: {
    readonly venue: SimVenue;
    readonly clock: Clock;
    readonly operative: () => boolean;
  }) {
    this.venue = options.venue;
    this.operative = options.operative;
    const limit = { limit: PER_MINUTE_MAX, windowMs: 60_000, clock: options.clock };
    this.requests = new PerClient(() => new Budget(limit));
  }

  handle(request: VenueRequest): VenueAnswer | undefined {
    const [, version, root, ...rest] = request.path.split('/');
    if (version !== 'v2') return undefined;
    if (!this.requests.get(request.client).take()) return RATE_LIMITED;
    const { query } = request;
    switch (root) {
      case 'platform':
        return rest[0] === 'status' ? json(200, [this.operative() ? 1 : 0]) : undefined;
      case 'conf':
        return this.configs(percentDecoded(rest[0] ?? ''));
      case 'tickers':
        return this.tickers(query);
      case 'ticker':
        return this.withMarket(rest[0], (market) => json(200, tickerRow(market)));
      case 'book':
        return this.withMarket(rest[0], (market) => book(market, rest[1], query));
      case 'trades':
        return rest[1] === 'hist'
          ? this.withMarket(rest[0], (market) => trades(market, query))
          : undefined;
      default:
        return undefined;
    }
  }

  private withMarket(
    symbol: string | undefined,
    found: (market: SimMarket) => VenueAnswer,
  ): VenueAnswer {
    const market = this.venue.markets.get(percentDecoded(symbol ?? ''));
    return market === undefined ? failure('symbol: invalid') : found(market);
  }

  private tickers(query: URLSearchParams): VenueAnswer {
    const asked = query.get('symbols');
    if (asked === null || asked === '') return failure('symbols: invalid');
    const markets =
      asked === 'ALL'
        ? [...this.venue.markets.values()]
        : asked.split(',').flatMap((symbol) => this.venue.markets.get(symbol) ?? []);
    const rows = markets.map(
      (market) => `["${market.listing.symbol}",${tickerRow(market).slice(1)}`,
    );
    return json(200, `[${rows.join(',')}]`);
  }

  /** One list per label asked for; labels that the simulator has nothing for are empty. */
  private configs(labels: string): VenueAnswer {
    return json(
      200,
      labels.split(',').map((label) => this.config(label)),
    );
  }

  private config(label: string): readonly unknown[] {
    const markets = [...this.venue.markets.values()];
    const pairs = markets.map((market) => market.listing.symbol.slice(1));
    const currencies = [...new Set(pairs.flatMap((pair) => assetsOf(pair)))];
    switch (label) {
      case 'pub:list:pair:exchange':
        return pairs;
      case 'pub:info:pair':
        return markets.map((market) => [market.listing.symbol.slice(1), limitsOf(market)]);
      case 'pub:list:currency':
        return currencies;
      case 'pub:map:currency:sym':
        return currencies.filter((id) => LETTERS[id] !== undefined).map((id) => [id, LETTERS[id]]);
      default:
        return [];
    }
  }
}

/** `BTCUST` and `DUSK:USD` are both pairs. */
function assetsOf(pair: string): readonly string[] {
  return pair.includes(':') ? pair.split(':') : [pair.slice(0, 3), pair.slice(3)];
}

/** Smallest and largest order at places 3 and 4, margins at 8 and 9. */
function limitsOf({ listing }: SimMarket): readonly unknown[] {
  const least = listing.quantityMin.toString();
  return [null, null, null, least, '100000.0', null, null, null, null, null, null, null];
}

function book(
  market: SimMarket,
  precision: string | undefined,
  query: URLSearchParams,
): VenueAnswer {
  if (precision !== 'P0') return failure('prec: invalid');
  const length = asCount(query.get('len'), { fallback: 25, min: 1, max: 100 });
  if (length !== 1 && length !== 25 && length !== 100) return failure('len: invalid');
  return json(200, bookRows(new DepthWindow({ market, depthMax: length, countsOrders: true })));
}

function trades(market: SimMarket, query: URLSearchParams): VenueAnswer {
  const limit = asCount(query.get('limit'), { fallback: 125, min: 1, max: 10_000 });
  return limit === undefined
    ? failure('limit: invalid')
    : json(200, tradeRows(market.recentTrades, limit));
}
