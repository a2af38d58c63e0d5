import ccxt, { type Trade } from 'ccxt';

export type Client = InstanceType<typeof ccxt.Exchange>;
export type Urls = Record<string, unknown>;
type ErrorClass = new (...parts: never[]) => Error;

export interface Placing {
  readonly type: 'limit' | 'market';
  readonly side: 'buy' | 'sell';
  readonly amount: number;
  readonly price?: number | undefined;
  readonly params?: object;
}

/** The part of a ccxt trade that balances follow from. */
export type CaseTrade = Pick<Trade, 'price' | 'amount' | 'cost' | 'fee'>;

interface ErrorCase {
  /** Others than the demo account's. */
  readonly credentials?: object;
  /** The client's idea of its nonce or time. */
  readonly now?: () => number;
  readonly ask: (client: Client) => Promise<unknown>;
  readonly is: ErrorClass;
}

export interface PrivateCase {
  readonly id: 'binance' | 'kraken' | 'coinbase' | 'upbit' | 'bitfinex';
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly amount: number;
  /** The venue's step of prices, which not every client knows. */
  readonly tick: number;
  /** The higher of both fee rates. */
  readonly feeRateMax: string;
  /** Digits that fees are rounded up to: those of price times quantity, at least 8. */
  readonly feeScale: number;
  readonly urls: (rest: string, api: Urls) => Urls;
  /** ccxt's WebSocket URLs, the simulator's in their place. */
  readonly streams: (own: URL, ws: unknown) => unknown;
  readonly options?: object;
  /** Where the test would be faster than the venue allows. */
  readonly enableRateLimit?: boolean;
  /** For a balance with what is locked, where the client asks for less by itself. */
  readonly balanceParams?: object;
  readonly clientOrderId: (count: number) => string;
  readonly clientIdParams: (clientOrderId: string) => object;
  /** What a repeated client order id gets: an error, or the order that has it. */
  readonly duplicate: ErrorClass | 'the same order';
  /** What a second cancel of one order gets. */
  readonly notCancelable: ErrorClass;
  /** What a request over the limit gets, and one while the venue is down. */
  readonly overLimit: ErrorClass;
  readonly down: ErrorClass;
  readonly marketBuyNeedsPrice: boolean;
  readonly place: (client: Client, order: Placing) => Promise<{ readonly id: string }>;
  readonly tradesOf: (client: Client, orderId: string) => Promise<readonly CaseTrade[]>;
  readonly errors: Readonly<Record<string, ErrorCase>>;
}

export const placeOn =
  (symbol: string) =>
  async (client: Client, { type, side, amount, price, params }: Placing) => {
    const { id } = await client.createOrder(symbol, type, side, amount, price, params);
    return { id: String(id) };
  };

export const myTrades = (symbol: string) => async (client: Client, orderId: string) => {
  const trades = await client.fetchMyTrades(symbol);
  return trades.filter(({ order }) => order === orderId);
};

/** A call that ccxt makes of the venue's own endpoint names. */
export const call =
  (name: string, params: object) =>
  (client: Client): Promise<unknown> =>
    (client as unknown as Record<string, (params: object) => Promise<unknown>>)[name]?.(params) ??
    Promise.reject(new Error(`ccxt has no ${name}`));

const balance = (client: Client): Promise<unknown> => client.fetchBalance();
export const buy = (symbol: string, amount: number, price: number) => (client: Client) =>
  client.createOrder(symbol, 'limit', 'buy', amount, price);

/** What any venue says of a key or a secret that is not the account's. */
export const wrongCredentials = (secret = 'wrong'): Readonly<Record<string, ErrorCase>> => ({
  'a wrong secret': { credentials: { secret }, ask: balance, is: ccxt.AuthenticationError },
  'an unknown key': {
    credentials: { apiKey: 'nobody' },
    ask: balance,
    is: ccxt.AuthenticationError,
  },
});

/** What ccxt finds out by itself, from the markets that the venue has listed. */
export const unknownSymbol: Readonly<Record<string, ErrorCase>> = {
  'a symbol that ccxt does not know': {
    ask: (client) => client.createOrder('NOPE/NOPE', 'limit', 'buy', 1, 1),
    is: ccxt.BadSymbol,
  },
};

export const unified = (symbol: string): Readonly<Record<string, ErrorCase>> => ({
  ...unknownSymbol,
  'a size that ccxt knows to be too small': {
    ask: (client) => client.createOrder(symbol, 'limit', 'buy', 1e-12, 50_000),
    is: ccxt.InvalidOrder,
  },
});

export const clockOff = (seconds: number, is: ErrorClass): ErrorCase => ({
  now: () => Date.now() + seconds * 1000,
  ask: balance,
  is,
});

/** Where all of a venue's REST has one root. */
export const oneRoot = (rest: string, api: Urls): Urls => ({ ...api, public: rest, private: rest });

export const byClientOrderId = (clientOrderId: string): object => ({ clientOrderId });
