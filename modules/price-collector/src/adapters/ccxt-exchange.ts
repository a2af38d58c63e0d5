import { type CcxtMarkets, ccxtClass, fetchUntil, guardSockets, redirectHosts } from '@ats/ccxt';
import { AtsError } from '@ats/domain';
import type { CcxtBook, CcxtTicker, CcxtTrade } from './ccxt-mapping.ts';

/**
 * One subscription of a venue in so many milliseconds. ccxt paces them by the cost of REST calls,
 * which is a second each for some venues and all at once for others; Upbit takes five a second.
 */
export const SUBSCRIPTION_MS = 250;

/** One WebSocket of ccxt. */
interface CcxtSocket {
  readonly connection?: { terminate(): void };
  /** Holds subscriptions back until the exchange's budget allows them. */
  readonly throttler?: { running: boolean };
}

/** What is used of ccxt's own exchange classes; every one of them has it. */
export interface CcxtExchange extends CcxtMarkets {
  readonly has: Readonly<Record<string, unknown>>;
  readonly urls: { api?: unknown };
  readonly clients: Readonly<Record<string, CcxtSocket>>;
  /** Milliseconds that one unit of cost takes. */
  readonly rateLimit: number;
  readonly options: { ws?: { cost?: number } };
  newUpdates: boolean;
  loadHttpProxyAgent(): Promise<unknown>;
  /** Without `reload` a failure is remembered for ever. */
  loadMarkets(reload?: boolean): Promise<unknown>;
  watchOrderBook(symbol: string, limit?: number): Promise<CcxtBook>;
  watchTrades(symbol: string): Promise<readonly CcxtTrade[]>;
  watchTicker(symbol: string): Promise<CcxtTicker>;
  watchBidsAsks(symbols: readonly string[]): Promise<Readonly<Record<string, CcxtTicker>>>;
  close(): Promise<unknown>;
}

export interface OpenCcxtOptions {
  readonly field: string;
  readonly id: string;
  /** Endpoints of the config: their hosts take the place of ccxt's own, paths stay. */
  readonly ws: readonly string[];
  readonly rest: readonly string[];
  /** The longest that one REST call may take. */
  readonly timeoutMs: number;
}

/**
 * Makes ccxt's streaming class of an exchange.
 *
 * @returns the exchange, and what breaks off its REST calls
 * @throws VENUE_UNKNOWN when ccxt cannot stream an exchange of this name
 */
export async function openCcxtExchange(
  options: OpenCcxtOptions,
): Promise<{ readonly exchange: CcxtExchange; readonly abort: () => void }> {
  const Exchange = await ccxtClass<CcxtExchange>(options.id, { streaming: 'required' });
  if (Exchange === undefined) {
    throw new AtsError({
      code: 'VENUE_UNKNOWN',
      message: `${options.field} is ccxt:${options.id}, but ccxt streams no such exchange`,
      remedy: 'Use an id of ccxt.pro, such as ccxt:okx or ccxt:bybit.',
      context: { field: options.field, value: `ccxt:${options.id}` },
    });
  }
  const calls = new AbortController();
  const exchange = new Exchange({
    enableRateLimit: true,
    timeout: options.timeoutMs,
    fetchImplementation: fetchUntil(calls.signal),
    options: {
      // Spot markets only: derivatives have hosts of their own, and nothing here trades them.
      defaultType: 'spot',
      fetchMarkets: { types: ['spot'] },
      // The feed has a backoff of its own; ccxt's would open sockets after a drain.
      ws: { backoff: { base: 0, max: 0 } },
    },
  });
  const { ws: sending = {} } = exchange.options;
  sending.cost = Math.min(sending.cost ?? 1, SUBSCRIPTION_MS / exchange.rateLimit);
  guardSockets(exchange);
  await redirectHosts(exchange, { ws: options.ws[0], rest: options.rest[0] });
  return { exchange, abort: () => calls.abort() };
}

/** Cuts every socket at once, its held back texts too; `close` alone waits for the venue. */
export function cutSockets(sockets: readonly CcxtSocket[]): void {
  for (const { connection, throttler } of sockets) {
    connection?.terminate();
    if (throttler !== undefined) throttler.running = false;
  }
}
