import type { Clock } from '@ats/runtime';
import type { VenueAnswer, VenueRequest } from '../../../app/dialect-server.ts';
import type { SimMarket, SimVenue } from '../../../domain/sim-market.ts';
import { Budget, PerClient } from '../shared/budget.ts';
import { asCount } from '../shared/parse.ts';
import { json } from '../shared/rest.ts';
import { orderbookRest, tradeRest } from './frames.ts';
import { tickerRest } from './ticker.ts';

/** Requests one address may make in a second, in each group of endpoints. */
const PER_SECOND_MAX = 10;

export const RATE_LIMITED = json(429, { error: { name: 'too_many_requests' } });
export const UNAVAILABLE: VenueAnswer = {
  status: 503,
  headers: { 'content-type': 'text/html' },
  body: '<html><body>Service Unavailable</body></html>',
};
const NOT_FOUND = json(404, { error: { name: 404, message: 'Code not found' } });

function missing(name: string): VenueAnswer {
  return json(400, { error: { name: 400, message: `Missing request parameter: ${name}` } });
}

type Group = 'market' | 'orderbook' | 'ticker' | 'crix-trades';

/** Upbit's quotation REST over the simulated markets. */
export class UpbitRest {
  private readonly venue: SimVenue;
  private readonly clock: Clock;
  private readonly budgets: PerClient<Budget>;

  constructor(venue: SimVenue, clock: Clock) {
    this.venue = venue;
    this.clock = clock;
    const limit = { limit: PER_SECOND_MAX, windowMs: 1000, clock };
    this.budgets = new PerClient(() => new Budget(limit));
  }

  handle(request: VenueRequest): VenueAnswer | undefined {
    const { path, query, client } = request;
    switch (path) {
      case '/v1/market/all':
        return this.within('market', client, () => this.all(query));
      case '/v1/orderbook':
        return this.within('orderbook', client, () => this.orderbooks(query));
      case '/v1/ticker':
        return this.within('ticker', client, () =>
          this.forMarkets(query, (market) => tickerRest(market, this.clock.nowUs())),
        );
      case '/v1/trades/ticks':
        return this.within('crix-trades', client, () => this.ticks(query));
      default:
        return undefined;
    }
  }

  private within(group: Group, client: string, run: () => VenueAnswer): VenueAnswer {
    const budget = this.budgets.get(`${group} ${client}`);
    const allowed = budget.take();
    const answer = allowed ? run() : RATE_LIMITED;
    const left = Math.max(0, PER_SECOND_MAX - budget.used);
    const remaining = `group=${group}; min=${left * 60}; sec=${left}`;
    return { ...answer, headers: { ...answer.headers, 'remaining-req': remaining } };
  }

  private all(query: URLSearchParams): VenueAnswer {
    const details = query.get('isDetails') === 'true' || query.get('is_details') === 'true';
    const markets = [...this.venue.markets.values()].map(({ listing }) => ({
      market: listing.symbol,
      korean_name: listing.base.network,
      english_name: listing.base.network,
      ...(details ? { market_event: { warning: false, caution: {} } } : {}),
    }));
    return json(200, markets);
  }

  private orderbooks(query: URLSearchParams): VenueAnswer {
    const count = asCount(query.get('count'), { fallback: 30, min: 1, max: 30 });
    if (count === undefined) return missing('count');
    return this.forMarkets(query, (market) => orderbookRest(market, count, this.clock.nowUs()));
  }

  private forMarkets(query: URLSearchParams, encode: (market: SimMarket) => string): VenueAnswer {
    const asked = query.get('markets');
    if (asked === null || asked === '') return missing('markets');
    const texts: string[] = [];
    for (const code of asked.split(',')) {
      const market = this.venue.markets.get(code);
      if (market === undefined) return NOT_FOUND;
      texts.push(encode(market));
    }
    return json(200, `[${texts.join(',')}]`);
  }

  private ticks(query: URLSearchParams): VenueAnswer {
    const code = query.get('market');
    if (code === null) return missing('market');
    const market = this.venue.markets.get(code);
    if (market === undefined) return NOT_FOUND;
    const count = asCount(query.get('count'), { fallback: 1, min: 1, max: 500 });
    if (count === undefined) return missing('count');
    const rows = market.recentTrades.slice(-count).map((trade) => tradeRest(market, trade));
    return json(200, `[${rows.reverse().join(',')}]`);
  }
}
