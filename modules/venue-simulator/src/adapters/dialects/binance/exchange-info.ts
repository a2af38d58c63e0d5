import type { SimMarket } from '../../../domain/sim-market.ts';
import { padDecimals } from '../shared/numbers.ts';

const PRICE_MAX = '1000000.00000000';
const QUANTITY_MAX = '9000.00000000';

function symbolInfo(market: SimMarket): Record<string, unknown> {
  const { listing } = market;
  const text = (value: { toString(): string }): string => padDecimals(value.toString(), 8);
  return {
    symbol: listing.symbol,
    status: 'TRADING',
    baseAsset: listing.base.id,
    baseAssetPrecision: 8,
    quoteAsset: listing.quote.id,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: ['LIMIT', 'LIMIT_MAKER', 'MARKET'],
    icebergAllowed: false,
    ocoAllowed: false,
    otoAllowed: false,
    quoteOrderQtyMarketAllowed: true,
    allowTrailingStop: false,
    cancelReplaceAllowed: true,
    amendAllowed: false,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: [
      {
        filterType: 'PRICE_FILTER',
        minPrice: text(listing.priceTick),
        maxPrice: PRICE_MAX,
        tickSize: text(listing.priceTick),
      },
      {
        filterType: 'LOT_SIZE',
        minQty: text(listing.quantityMin),
        maxQty: QUANTITY_MAX,
        stepSize: text(listing.quantityStep),
      },
      {
        filterType: 'NOTIONAL',
        minNotional: text(listing.notionalMin),
        applyMinToMarket: true,
        maxNotional: '9000000.00000000',
        applyMaxToMarket: false,
        avgPriceMins: 5,
      },
    ],
    permissions: [],
    permissionSets: [['SPOT']],
    defaultSelfTradePreventionMode: 'EXPIRE_MAKER',
    allowedSelfTradePreventionModes: ['EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'],
  };
}

/** The body of `/api/v3/exchangeInfo`. */
export function exchangeInfo(markets: readonly SimMarket[], nowMs: number): unknown {
  return {
    timezone: 'UTC',
    serverTime: nowMs,
    rateLimits: [
      { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 6000 },
      { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 100 },
      { rateLimitType: 'RAW_REQUESTS', interval: 'MINUTE', intervalNum: 5, limit: 61000 },
    ],
    exchangeFilters: [],
    symbols: markets.map(symbolInfo),
  };
}
