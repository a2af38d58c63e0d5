import ccxt from 'ccxt';
import {
  buy,
  byClientOrderId,
  call,
  clockOff,
  myTrades,
  oneRoot,
  type PrivateCase,
  placeOn,
  type Urls,
  unified,
  unknownSymbol,
  wrongCredentials,
} from './private-case.ts';

const binanceOrder = (order: object) =>
  call('privatePostOrder', {
    symbol: 'BTCUSDT',
    side: 'BUY',
    type: 'LIMIT',
    timeInForce: 'GTC',
    quantity: '0.01',
    price: '50000',
    ...order,
  });

const binance: PrivateCase = {
  id: 'binance',
  symbol: 'BTC/USDT',
  base: 'BTC',
  quote: 'USDT',
  amount: 0.123,
  tick: 0.01,
  feeRateMax: '0.001',
  feeScale: 8,
  urls: (rest, api) => ({
    ...api,
    public: `${rest}/api/v3`,
    private: `${rest}/api/v3`,
    sapi: `${rest}/sapi/v1`,
  }),
  streams: ({ host }, ws) => ({
    ...(ws as Urls),
    spot: `ws://${host}/ws`,
    'ws-api': { spot: `ws://${host}/ws-api/v3` },
  }),
  options: { fetchMarkets: { types: ['spot'] } },
  clientOrderId: (count) => `test-${count}`,
  clientIdParams: byClientOrderId,
  duplicate: ccxt.InvalidOrder,
  notCancelable: ccxt.OrderNotFound,
  overLimit: ccxt.DDoSProtection,
  down: ccxt.OnMaintenance,
  marketBuyNeedsPrice: false,
  place: placeOn('BTC/USDT'),
  tradesOf: myTrades('BTC/USDT'),
  errors: {
    ...wrongCredentials(),
    ...unified('BTC/USDT'),
    'a time that is past': clockOff(-60, ccxt.InvalidNonce),
    'a time that is ahead': clockOff(60, ccxt.InvalidNonce),
    'an unknown symbol': { ask: binanceOrder({ symbol: 'NOPEUSDT' }), is: ccxt.BadSymbol },
    'too small a size': { ask: binanceOrder({ quantity: '0.000001' }), is: ccxt.InvalidOrder },
    'a price off the tick': { ask: binanceOrder({ price: '50000.001' }), is: ccxt.InvalidOrder },
    'too small a value': { ask: binanceOrder({ quantity: '0.00002' }), is: ccxt.BadRequest },
    'too little money': { ask: buy('BTC/USDT', 100, 50_000), is: ccxt.InsufficientFunds },
    'post-only that would take': {
      ask: (client) =>
        client.createOrder('BTC/USDT', 'limit', 'buy', 0.01, 900_000, { postOnly: true }),
      is: ccxt.OrderImmediatelyFillable,
    },
    'an order that is not there': {
      ask: (client) => client.fetchOrder('999999', 'BTC/USDT'),
      is: ccxt.OrderNotFound,
    },
  },
};

const krakenOrder = (order: object) =>
  call('privatePostAddOrder', {
    pair: 'XBTUSD',
    type: 'buy',
    ordertype: 'limit',
    volume: '0.01',
    price: '50000',
    ...order,
  });

const kraken: PrivateCase = {
  id: 'kraken',
  symbol: 'BTC/USD',
  base: 'BTC',
  quote: 'USD',
  amount: 0.12345678,
  tick: 0.1,
  feeRateMax: '0.0026',
  feeScale: 9,
  urls: oneRoot,
  streams: ({ host, href }, ws) => ({
    ...(ws as Urls),
    private: `ws://${host}/`,
    privateV2: href,
  }),
  clientOrderId: (count) => `00000000-0000-4000-8000-00000000000${count}`,
  clientIdParams: byClientOrderId,
  duplicate: ccxt.ExchangeError,
  notCancelable: ccxt.OrderNotFound,
  overLimit: ccxt.DDoSProtection,
  down: ccxt.ExchangeNotAvailable,
  marketBuyNeedsPrice: false,
  place: placeOn('BTC/USD'),
  tradesOf: myTrades('BTC/USD'),
  errors: {
    ...wrongCredentials('d3Jvbmc='),
    ...unified('BTC/USD'),
    'a nonce that is past': clockOff(-60, ccxt.InvalidNonce),
    // Kraken says EQuery:Unknown asset pair; ccxt knows EQuery:Invalid asset pair.
    'an unknown symbol': { ask: krakenOrder({ pair: 'NOPEUSD' }), is: ccxt.ExchangeError },
    'too small a size': { ask: krakenOrder({ volume: '0.00001' }), is: ccxt.InvalidOrder },
    'a price off the tick': { ask: krakenOrder({ price: '50000.01' }), is: ccxt.InvalidOrder },
    'too small a value': {
      ask: krakenOrder({ volume: '0.00005', price: '1000' }),
      is: ccxt.InvalidOrder,
    },
    'too little money': { ask: buy('BTC/USD', 100, 50_000), is: ccxt.InsufficientFunds },
    'post-only that would take': {
      ask: krakenOrder({ price: '900000', oflags: 'post' }),
      is: ccxt.ExchangeError,
    },
    'an order that is not there': {
      ask: (client) => client.cancelOrder('OZZZZZ-ZZZZZ-ZZZZZZ', 'BTC/USD'),
      is: ccxt.OrderNotFound,
    },
  },
};

const upbitOrder = (order: object) =>
  call('privatePostOrders', {
    market: 'KRW-BTC',
    side: 'bid',
    ord_type: 'limit',
    volume: '0.01',
    price: '50000000',
    ...order,
  });

const upbit: PrivateCase = {
  id: 'upbit',
  symbol: 'BTC/KRW',
  base: 'BTC',
  quote: 'KRW',
  amount: 0.12345678,
  tick: 1000,
  feeRateMax: '0.0005',
  feeScale: 8,
  urls: oneRoot,
  streams: ({ href }) => href,
  enableRateLimit: true,
  clientOrderId: (count) => `test-${count}`,
  clientIdParams: byClientOrderId,
  duplicate: ccxt.ExchangeError,
  notCancelable: ccxt.OrderNotFound,
  // ccxt has no class of its own for too_many_requests.
  overLimit: ccxt.ExchangeError,
  down: ccxt.ExchangeNotAvailable,
  marketBuyNeedsPrice: true,
  place: placeOn('BTC/KRW'),
  // Upbit tells an order's trades with the order, and their fees as one sum.
  tradesOf: async (client, orderId) => {
    const { trades, fee } = await client.fetchOrder(orderId, 'BTC/KRW');
    return trades.map(({ price, amount, cost }, at) => ({
      price,
      amount,
      cost,
      fee: { currency: fee?.currency, cost: at === 0 ? fee?.cost : 0 },
    }));
  },
  errors: {
    ...wrongCredentials(),
    ...unified('BTC/KRW'),
    // ccxt has no classes of its own for these names of Upbit's.
    'an unknown symbol': { ask: upbitOrder({ market: 'KRW-NOPE' }), is: ccxt.ExchangeError },
    'too small a size': { ask: upbitOrder({ volume: '0.00000001' }), is: ccxt.ExchangeError },
    'a price off the tick': { ask: upbitOrder({ price: '50000001' }), is: ccxt.ExchangeError },
    'too little money': { ask: buy('BTC/KRW', 100, 50_000_000), is: ccxt.InsufficientFunds },
    'an order that is not there': {
      ask: (client) => client.fetchOrder('9ca023a5-851b-4fec-9f0a-48cd83c2eaae'),
      is: ccxt.OrderNotFound,
    },
  },
};

const bitfinexOrder = (order: object) =>
  call('privatePostAuthWOrderSubmit', {
    symbol: 'tBTCUST',
    type: 'EXCHANGE LIMIT',
    amount: '0.01',
    price: '50000',
    ...order,
  });

const bitfinex: PrivateCase = {
  id: 'bitfinex',
  symbol: 'BTC/USDT',
  base: 'BTC',
  quote: 'USDT',
  amount: 0.12345678,
  tick: 1,
  feeRateMax: '0.002',
  feeScale: 8,
  urls: oneRoot,
  streams: ({ href }, ws) => ({ ...(ws as Urls), public: href, private: href }),
  // Its REST books are of single orders (R0) otherwise, which the simulator does not offer.
  options: { fetchOrderBook: { precision: 'P0' } },
  clientOrderId: (count) => `10${count}`,
  clientIdParams: (clientOrderId) => ({ cid: Number(clientOrderId) }),
  duplicate: ccxt.BadRequest,
  notCancelable: ccxt.OrderNotFound,
  overLimit: ccxt.RateLimitExceeded,
  down: ccxt.OnMaintenance,
  marketBuyNeedsPrice: false,
  place: placeOn('BTC/USDT'),
  tradesOf: myTrades('BTC/USDT'),
  errors: {
    ...wrongCredentials(),
    ...unknownSymbol,
    'a nonce that is past': clockOff(-60, ccxt.InvalidNonce),
    'an unknown symbol': { ask: bitfinexOrder({ symbol: 'tNOPUST' }), is: ccxt.BadSymbol },
    // Bitfinex says code 10001 for this, which ccxt reads as a lack of permission.
    'too small a size': { ask: bitfinexOrder({ amount: '0.00001' }), is: ccxt.PermissionDenied },
    'a price off the tick': { ask: bitfinexOrder({ price: '50000.5' }), is: ccxt.BadRequest },
    'too little money': { ask: buy('BTC/USDT', 100, 50_000), is: ccxt.InsufficientFunds },
    'an order that is not there': {
      ask: (client) => client.cancelOrder('999999'),
      is: ccxt.OrderNotFound,
    },
  },
};

const coinbaseOrder = (order: object, limit: object = {}) =>
  call('v3PrivatePostBrokerageOrders', {
    client_order_id: 'test-raw',
    product_id: 'BTC-USD',
    side: 'BUY',
    order_configuration: {
      limit_limit_gtc: { base_size: '0.01', limit_price: '50000', ...limit },
    },
    ...order,
  });

const coinbase: PrivateCase = {
  id: 'coinbase',
  symbol: 'BTC/USD',
  base: 'BTC',
  quote: 'USD',
  amount: 0.12345678,
  tick: 0.01,
  feeRateMax: '0.0012',
  feeScale: 10,
  urls: (rest, api) => ({ ...api, rest }),
  streams: ({ href }) => href,
  balanceParams: { v3: true },
  enableRateLimit: true,
  clientOrderId: (count) => `test-${count}`,
  clientIdParams: (clientOrderId) => ({ client_order_id: clientOrderId }),
  duplicate: 'the same order',
  notCancelable: ccxt.BadRequest,
  overLimit: ccxt.RateLimitExceeded,
  down: ccxt.ExchangeNotAvailable,
  marketBuyNeedsPrice: true,
  place: placeOn('BTC/USD'),
  tradesOf: myTrades('BTC/USD'),
  errors: {
    ...wrongCredentials(),
    ...unified('BTC/USD'),
    // Both have the id authentication_error, which ccxt looks at first.
    'a time that is past': clockOff(-60, ccxt.AuthenticationError),
    // Coinbase says INVALID_ARGUMENT of whatever is wrong with a request's fields.
    'an unknown symbol': { ask: coinbaseOrder({ product_id: 'NOPE-USD' }), is: ccxt.BadRequest },
    // ccxt has no classes of its own for these reasons of Coinbase's.
    'too small a value': {
      ask: coinbaseOrder({}, { base_size: '0.00000002' }),
      is: ccxt.ExchangeError,
    },
    'a price off the tick': {
      ask: coinbaseOrder({}, { limit_price: '50000.001' }),
      is: ccxt.ExchangeError,
    },
    'too little money': { ask: buy('BTC/USD', 100, 50_000), is: ccxt.InsufficientFunds },
    'an order that is not there': {
      ask: (client) => client.fetchOrder('00000001-0000-4000-8000-ffffffffffff'),
      is: ccxt.ExchangeError,
    },
  },
};

export const PRIVATE_CASES: readonly PrivateCase[] = [binance, kraken, upbit, bitfinex, coinbase];
