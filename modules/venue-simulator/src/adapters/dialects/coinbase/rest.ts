import type { BookSideView } from '@ats/domain';
import type { Clock } from '@ats/runtime';
import type { VenueAnswer, VenueRequest } from '../../../app/dialect-server.ts';
import type { SimMarket, SimVenue } from '../../../domain/sim-market.ts';
import { Budget, PerClient } from '../shared/budget.ts';
import { isoShort, toMillis, trimZeros } from '../shared/numbers.ts';
import { asCount } from '../shared/parse.ts';
import { json } from '../shared/rest.ts';
import { tradeText } from './frames.ts';

/** Public requests one address may make in a second. */
const REQUESTS_PER_SECOND_MAX = 10;
const PRODUCTS = '/api/v3/brokerage/market/products';

/** Its edge answers with pages for people, whatever was asked for. */
function page(status: number, title: string): VenueAnswer {
  const body = `<html><head><title>Coinbase</title></head><body>${title}</body></html>`;
  return { status, headers: { 'content-type': 'text/html' }, body };
}

export const RATE_LIMITED = page(429, 'Too Many Requests');
export const UNAVAILABLE = page(503, 'Service Unavailable');

function failure(status: number, error: string, message: string): VenueAnswer {
  return json(status, { error, error_details: message, message });
}

const notFound = (product: string): VenueAnswer =>
  failure(404, 'NOT_FOUND', `product ${product} not found`);

/** Advanced Trade's public REST, and the currency lists that its clients load. */
export class CoinbaseRest {
  private readonly venue: SimVenue;
  private readonly clock: Clock;
  private readonly requests: PerClient<Budget>;

  constructor(venue: SimVenue, clock: Clock) {
    this.venue = venue;
    this.clock = clock;
    const limit = { limit: REQUESTS_PER_SECOND_MAX, windowMs: 1000, clock };
    this.requests = new PerClient(() => new Budget(limit));
  }

  handle(request: VenueRequest): VenueAnswer | undefined {
    if (!this.requests.get(request.client).take()) return RATE_LIMITED;
    const { path, query } = request;
    switch (path) {
      case '/api/v3/brokerage/time':
        return this.time();
      case '/api/v3/brokerage/market/product_book':
        return this.book(query);
      case PRODUCTS:
        return this.products(query);
      case '/v2/currencies':
        return json(200, { data: this.currencies(true) });
      case '/v2/currencies/crypto':
        return json(200, { data: this.currencies(false) });
      case '/v2/exchange-rates':
        return json(200, { data: { currency: 'USD', rates: { USD: '1' } } });
      default:
        return path.startsWith(`${PRODUCTS}/`) ? this.product(path, query) : undefined;
    }
  }

  private time(): VenueAnswer {
    const now = this.clock.nowUs();
    const millis = toMillis(now);
    const iso = `${new Date(millis).toISOString().slice(0, 19)}Z`;
    const epochSeconds = String(Math.floor(millis / 1000));
    return json(200, { iso, epochSeconds, epochMillis: String(millis) });
  }

  private products(query: URLSearchParams): VenueAnswer {
    const type = query.get('product_type');
    const spot = type === null || type === 'SPOT' || type === 'UNKNOWN_PRODUCT_TYPE';
    const products = spot ? [...this.venue.markets.values()].map(productOf) : [];
    return json(200, { products, num_products: products.length });
  }

  private product(path: string, query: URLSearchParams): VenueAnswer | undefined {
    const [id, leaf, ...rest] = path.slice(PRODUCTS.length + 1).split('/');
    if (rest.length > 0 || (leaf !== undefined && leaf !== 'ticker')) return undefined;
    const market = this.venue.markets.get(id ?? '');
    if (market === undefined) return notFound(id ?? '');
    return leaf === undefined ? json(200, productOf(market)) : tickerOf(market, query);
  }

  private book(query: URLSearchParams): VenueAnswer {
    const id = query.get('product_id');
    if (id === null) return failure(400, 'INVALID_ARGUMENT', 'product_id is required');
    const market = this.venue.markets.get(id);
    if (market === undefined) return notFound(id);
    const limit = asCount(query.get('limit'), { fallback: 500, min: 1, max: 1000 });
    if (limit === undefined) return failure(400, 'INVALID_ARGUMENT', 'limit is invalid');
    const { bids, asks } = market.book;
    const mid = (bids.price(0) + asks.price(0)) / 2;
    const spread = asks.price(0) - bids.price(0);
    const text = (value: number): string => (Number.isFinite(value) ? String(value) : '0');
    return json(200, {
      pricebook: {
        product_id: id,
        bids: sideOf(bids, limit),
        asks: sideOf(asks, limit),
        time: isoShort(this.clock.nowUs()),
      },
      last: trimZeros(market.day.last.toFixed(market.priceDecimals)),
      mid_market: text(mid),
      spread_bps: text((spread / mid) * 10_000),
      spread_absolute: text(Number(spread.toFixed(market.priceDecimals))),
    });
  }

  private currencies(fiat: boolean): readonly object[] {
    const found = new Map<string, object>();
    for (const { listing } of this.venue.markets.values()) {
      for (const { id, network } of [listing.base, listing.quote]) {
        if ((network === 'fiat') !== fiat) continue;
        found.set(
          id,
          fiat
            ? { id, name: id, min_size: '0.01' }
            : { code: id, name: network, asset_id: `asset-${id.toLowerCase()}`, type: 'crypto' },
        );
      }
    }
    return [...found.values()];
  }
}

function sideOf(side: BookSideView, limit: number): readonly object[] {
  const levels: object[] = [];
  for (let index = 0; index < Math.min(limit, side.depth); index += 1) {
    const price = trimZeros(side.priceText(index));
    levels.push({ price, size: trimZeros(side.sizeText(index)) });
  }
  return levels;
}

function tickerOf(market: SimMarket, query: URLSearchParams): VenueAnswer {
  const limit = asCount(query.get('limit'), { fallback: 100, min: 1, max: 1000 });
  if (limit === undefined) return failure(400, 'INVALID_ARGUMENT', 'limit is invalid');
  const { bids, asks } = market.book;
  const prints = market.recentTrades.slice(-limit).map((trade) => ({
    ...(JSON.parse(tradeText(market.listing.symbol, trade)) as object),
    bid: '',
    ask: '',
    exchange: '',
  }));
  return json(200, {
    trades: prints.reverse(),
    best_bid: bids.depth === 0 ? '' : trimZeros(bids.priceText(0)),
    best_ask: asks.depth === 0 ? '' : trimZeros(asks.priceText(0)),
  });
}

function productOf(market: SimMarket): object {
  const { listing, day } = market;
  const price = (value: number): string => trimZeros(value.toFixed(market.priceDecimals));
  const percent = day.open === 0 ? 0 : ((day.last - day.open) / day.open) * 100;
  return {
    product_id: listing.symbol,
    price: price(day.last),
    price_percentage_change_24h: trimZeros(percent.toFixed(14)),
    volume_24h: trimZeros(day.volumeBase.toFixed(8)),
    volume_percentage_change_24h: '0',
    base_increment: listing.quantityStep.toString(),
    quote_increment: listing.priceTick.toString(),
    quote_min_size: listing.notionalMin.toString(),
    quote_max_size: '150000000',
    base_min_size: listing.quantityMin.toString(),
    base_max_size: '3400',
    base_name: listing.base.network,
    quote_name: listing.quote.id,
    watched: false,
    is_disabled: false,
    new: false,
    status: 'online',
    cancel_only: false,
    limit_only: false,
    post_only: false,
    trading_disabled: false,
    auction_mode: false,
    product_type: 'SPOT',
    quote_currency_id: listing.quote.id,
    base_currency_id: listing.base.id,
    mid_market_price: '',
    alias: '',
    alias_to: [],
    base_display_symbol: listing.base.id,
    quote_display_symbol: listing.quote.id,
    view_only: false,
    price_increment: listing.priceTick.toString(),
    display_name: listing.symbol,
    product_venue: 'CBE',
    approximate_quote_24h_volume: day.volumeQuote.toFixed(2),
  };
}
