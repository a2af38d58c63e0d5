import {
  type CcxtMarkets,
  ccxtClass,
  ccxtErrors,
  fetchUntil,
  guardSockets,
  redirectHosts,
} from '@ats/ccxt';
import { AtsError } from '@ats/domain';
import { keepNonceGrowing, readStatusFirst } from './guards.ts';
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
  /** When it was placed; milliseconds. */
  readonly timestamp?: number;
  readonly info?: unknown;
}

type Params = Readonly<Record<string, unknown>>;

/** What is used of ccxt's exchange classes. */
export interface CcxtClient extends CcxtMarkets {
  readonly id: string;
  readonly has: Readonly<Record<string, unknown>>;
  readonly urls: { api?: unknown };
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
    params?: Params,
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
  /** The time of this machine. */
  milliseconds(): number;
  privateGetOrder?(params: Params): Promise<unknown>;
  close(): Promise<unknown>;
}

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

/**
 * Makes ccxt's streaming class of one exchange.
 * @throws VENUE_UNKNOWN when ccxt has no exchange of this name
 */
export async function openCcxtClient(given: OpenClientOptions): Promise<CcxtClient> {
  const Exchange = await ccxtClass<CcxtClient>(given.exchange, { streaming: 'preferred' });
  if (Exchange === undefined) {
    throw new AtsError({
      code: 'VENUE_UNKNOWN',
      message: `ccxt trades on no exchange called "${given.exchange}"`,
      remedy: 'Name one of ccxt, such as okx or bybit, in venueGateway.venues.<venue>.exchange.',
      context: { field: 'venueGateway.venues', value: given.exchange },
    });
  }
  const client = new Exchange({
    apiKey: given.apiKey,
    secret: given.secret,
    ...(given.passphrase === undefined ? {} : { password: given.passphrase }),
    // The desk keeps the budget of calls: two of them would add up their waits.
    enableRateLimit: false,
    timeout: given.timeoutMs,
    // Figures stay texts, all digits there.
    number: String,
    fetchImplementation: fetchUntil(given.stopped),
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
  if (given.redirect) await redirectHosts(client, given);
  return client;
}
