import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AtsError } from '@ats/domain';
import { guardSockets, keepNonceGrowing, readStatusFirst } from './guards.ts';
import { keepDigits } from './keep-digits.ts';

/** A figure as the client gives it: a text with all digits, for `number: String` is set. */
export type CcxtFigure = string | number | undefined;

export interface CcxtFee {
  readonly currency?: string;
  readonly cost?: CcxtFigure;
}

export interface CcxtTrade {
  readonly id?: string;
  readonly order?: string;
  readonly symbol?: string;
  readonly side?: string;
  readonly amount?: CcxtFigure;
  readonly price?: CcxtFigure;
  readonly fee?: CcxtFee;
  readonly fees?: readonly CcxtFee[];
  /** Milliseconds. */
  readonly timestamp?: number;
}

export interface CcxtOrder {
  readonly id?: string;
  readonly clientOrderId?: string;
  readonly symbol?: string;
  readonly side?: string;
  readonly status?: string;
  readonly price?: CcxtFigure;
  readonly amount?: CcxtFigure;
  readonly filled?: CcxtFigure;
  readonly fee?: CcxtFee;
  readonly trades?: readonly CcxtTrade[];
  readonly info?: unknown;
}

export interface CcxtMarket {
  readonly symbol: string;
  readonly spot?: boolean;
}

type Params = Readonly<Record<string, unknown>>;

/** What is used of ccxt's exchange classes. */
export interface CcxtClient {
  readonly id: string;
  readonly has: Readonly<Record<string, unknown>>;
  readonly urls: { api?: unknown };
  readonly markets?: Readonly<Record<string, CcxtMarket>>;
  readonly markets_by_id?: Readonly<Record<string, readonly CcxtMarket[]>>;
  readonly last_response_headers?: Readonly<Record<string, string>>;
  loadMarkets(reload?: boolean): Promise<unknown>;
  loadHttpProxyAgent(): Promise<unknown>;
  amountToPrecision(symbol: string, amount: string): string;
  priceToPrecision(symbol: string, price: string): string;
  createOrder(
    symbol: string,
    type: 'limit',
    side: string,
    amount: string,
    price: string,
    params: Params,
  ): Promise<CcxtOrder>;
  editOrder(
    id: string,
    symbol: string,
    type: 'limit',
    side: string,
    amount: string,
    price: string,
    params: Params,
  ): Promise<CcxtOrder>;
  cancelOrder(id: string, symbol: string, params?: Params): Promise<unknown>;
  fetchOrder(id: string | undefined, symbol: string, params?: Params): Promise<CcxtOrder>;
  fetchOrders(symbol: string, since?: number, limit?: number): Promise<readonly CcxtOrder[]>;
  fetchOpenOrders(
    symbol?: string,
    since?: number,
    limit?: number,
    params?: Params,
  ): Promise<readonly CcxtOrder[]>;
  fetchClosedOrders(
    symbol?: string,
    since?: number,
    limit?: number,
    params?: Params,
  ): Promise<readonly CcxtOrder[]>;
  fetchCanceledOrders(
    symbol?: string,
    since?: number,
    limit?: number,
  ): Promise<readonly CcxtOrder[]>;
  fetchMyTrades(
    symbol?: string,
    since?: number,
    limit?: number,
    params?: Params,
  ): Promise<readonly CcxtTrade[]>;
  fetchBalance(params?: Params): Promise<Readonly<Record<string, unknown>>>;
  watchOrders?(symbol?: string): Promise<readonly CcxtOrder[]>;
  watchMyTrades?(symbol?: string): Promise<readonly CcxtTrade[]>;
  parseOrder(order: unknown): CcxtOrder;
  privateGetOrder?(params: Params): Promise<unknown>;
  close(): Promise<unknown>;
}

type ErrorClass = new (...parts: never[]) => Error;

/** ccxt's error classes, by which answers are told apart. */
export type CcxtErrors = Readonly<Record<string, ErrorClass>>;

export interface OpenClientOptions {
  /** ccxt's id of the exchange. */
  readonly exchange: string;
  /** Whether the hosts of `rest` and `ws` take the place of ccxt's own; paths stay. */
  readonly redirect: boolean;
  readonly ws: string | undefined;
  readonly rest: string | undefined;
  readonly apiKey: string;
  readonly secret: string;
  readonly passphrase: string | undefined;
  readonly timeoutMs: number;
  readonly options: object;
  /** Whether the venue refuses everything with status 500. */
  readonly serverErrorsMeanRefusal: boolean;
  /** Breaks off what is under way at the end. */
  readonly stopped: AbortSignal;
}

const require = createRequire(import.meta.url);
const FOLDER = join(dirname(require.resolve('ccxt')), '..', 'js', 'src');
const EXCHANGE_NAME = /^[a-z0-9]+$/;

/** One file of ccxt: the whole of it takes a second and 77 MB to load. */
const load = (...path: readonly string[]): Promise<Record<string, unknown>> =>
  import(pathToFileURL(join(FOLDER, ...path)).href) as Promise<Record<string, unknown>>;

export async function ccxtErrors(): Promise<CcxtErrors> {
  return (await load('base', 'errors.js')) as CcxtErrors;
}

/**
 * Makes ccxt's streaming class of one exchange.
 * @throws VENUE_UNKNOWN when ccxt has no exchange of this name
 */
export async function openCcxtClient(given: OpenClientOptions): Promise<CcxtClient> {
  const Exchange = await exchangeClass(given.exchange);
  const client = new Exchange({
    apiKey: given.apiKey,
    secret: given.secret,
    ...(given.passphrase === undefined ? {} : { password: given.passphrase }),
    // The desk keeps the budget of calls: two of them would add up their waits.
    enableRateLimit: false,
    timeout: given.timeoutMs,
    // Figures stay texts, all digits there.
    number: String,
    fetchImplementation: (url: string, init: RequestInit) => {
      const signals = init.signal ? [init.signal, given.stopped] : [given.stopped];
      return fetch(url, { ...init, signal: AbortSignal.any(signals) });
    },
    options: {
      defaultType: 'spot',
      fetchMarkets: { types: ['spot'] },
      warnOnFetchOpenOrdersWithoutSymbol: false,
      ...given.options,
    },
  });
  keepNonceGrowing(client);
  keepDigits(client);
  guardSockets(client);
  const { serverErrorsMeanRefusal } = given;
  readStatusFirst(client, { errors: await ccxtErrors(), serverErrorsMeanRefusal });
  if (given.redirect) {
    client.urls.api = redirected(client.urls.api, given);
    // ccxt opens plain ws:// sockets only once its proxy agents are loaded.
    if (given.ws?.startsWith('ws:')) await client.loadHttpProxyAgent();
  }
  return client;
}

async function exchangeClass(exchange: string): Promise<new (settings: object) => CcxtClient> {
  for (const folder of [['pro'], []]) {
    if (!EXCHANGE_NAME.test(exchange)) break;
    try {
      const { default: found } = await load(...folder, `${exchange}.js`);
      return found as new (
        settings: object,
      ) => CcxtClient;
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    }
  }
  throw new AtsError({
    code: 'VENUE_UNKNOWN',
    message: `ccxt trades on no exchange called "${exchange}"`,
    remedy: 'Name one of ccxt, such as okx or bybit, in venueGateway.venues.<venue>.exchange.',
    context: { field: 'venueGateway.venues', value: exchange },
  });
}

/** Every URL in ccxt's tree of URLs, its host replaced. */
function redirected(
  tree: unknown,
  to: { readonly ws: string | undefined; readonly rest: string | undefined },
): unknown {
  if (typeof tree === 'string') {
    const target = /^wss?:/.test(tree) ? to.ws : /^https?:/.test(tree) ? to.rest : undefined;
    return target === undefined ? tree : tree.replace(/^[a-z]+:\/\/[^/]+/, new URL(target).origin);
  }
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, one]) => [key, redirected(one, to)]));
}

/** ccxt's name of a market that the config names in the venue's way or in ccxt's. */
export function unifiedSymbol(client: CcxtClient, symbol: string): string | undefined {
  if (client.markets !== undefined && Object.hasOwn(client.markets, symbol)) return symbol;
  const named = client.markets_by_id;
  if (named === undefined || !Object.hasOwn(named, symbol)) return undefined;
  return named[symbol]?.find(({ spot }) => spot === true)?.symbol;
}
