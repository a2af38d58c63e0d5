import { AtsError } from '@ats/domain';
import type { CcxtBook, CcxtTicker, CcxtTrade } from './ccxt-mapping.ts';

/**
 * One subscription of a venue in so many milliseconds. ccxt paces them by the cost of REST calls,
 * which is a second each for some venues and all at once for others; Upbit takes five a second.
 */
export const SUBSCRIPTION_MS = 250;

interface CcxtMarket {
  readonly symbol: string;
  readonly spot?: boolean;
}

/** One WebSocket of ccxt. */
interface CcxtSocket {
  readonly connection?: { terminate(): void };
  /** Holds subscriptions back until the exchange's budget allows them. */
  readonly throttler?: { running: boolean };
  /** Why it failed or was closed. */
  readonly error?: unknown;
  send(message: unknown): Promise<unknown>;
  onError(error: unknown): void;
}

/** What is used of ccxt's own exchange classes; every one of them has it. */
export interface CcxtExchange {
  readonly has: Readonly<Record<string, unknown>>;
  readonly urls: { api?: unknown };
  readonly markets?: Readonly<Record<string, CcxtMarket>> | undefined;
  /** By the venue's own names, of which several kinds of market may share one. */
  readonly markets_by_id?: Readonly<Record<string, readonly CcxtMarket[]>> | undefined;
  readonly clients: Readonly<Record<string, CcxtSocket>>;
  /** Milliseconds that one unit of cost takes. */
  readonly rateLimit: number;
  readonly options: { ws?: { cost?: number } };
  /** The socket of a URL, made when there is none. */
  client(url: string): CcxtSocket;
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
 * Makes ccxt's streaming class of an exchange. ccxt is loaded only here, as that takes a second.
 *
 * @returns the exchange, and what breaks off its REST calls
 * @throws VENUE_UNKNOWN when ccxt cannot stream an exchange of this name
 */
export async function openCcxtExchange(
  options: OpenCcxtOptions,
): Promise<{ readonly exchange: CcxtExchange; readonly abort: () => void }> {
  const { pro } = await import('ccxt');
  const classes = pro as unknown as Record<string, new (settings: object) => CcxtExchange>;
  const Exchange = Object.hasOwn(classes, options.id) ? classes[options.id] : undefined;
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
    fetchImplementation: (url: string, init: RequestInit) => fetchUntil(calls.signal, url, init),
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
  guardSends(exchange);
  const [ws] = options.ws;
  const [rest] = options.rest;
  exchange.urls.api = redirected(exchange.urls.api, { ws, rest });
  // ccxt opens plain ws:// sockets only once its proxy agents are loaded.
  if (ws?.startsWith('ws:')) await exchange.loadHttpProxyAgent();
  return { exchange, abort: () => calls.abort() };
}

/**
 * ccxt lets go of the promise of a text that its throttle had held back: where the socket is
 * closed by then, the rejection would end the process. It is the socket's error instead.
 */
function guardSends(exchange: CcxtExchange): void {
  const open = exchange.client.bind(exchange);
  const guarded = new WeakSet<CcxtSocket>();
  exchange.client = (url) => {
    const socket = open(url);
    if (guarded.has(socket)) return socket;
    guarded.add(socket);
    const send = socket.send.bind(socket);
    socket.send = (message) =>
      send(message).catch((error: unknown) => {
        if (socket.error === undefined) socket.onError(error);
      });
    return socket;
  };
}

/** Breaks off with ccxt's own time limit, or at the end of the feed. */
function fetchUntil(stopped: AbortSignal, url: string, init: RequestInit): Promise<Response> {
  const signals = init.signal ? [init.signal, stopped] : [stopped];
  return fetch(url, { ...init, signal: AbortSignal.any(signals) });
}

/** Every URL in ccxt's tree of URLs, its host replaced where the config names one. */
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

/**
 * ccxt's own name of a market that the config names in ccxt's way (`BTC/USDT`) or in the venue's
 * (`BTCUSDT`). @returns undefined when the exchange lists no such spot market
 */
export function unifiedSymbol(exchange: CcxtExchange, symbol: string): string | undefined {
  if (exchange.markets !== undefined && Object.hasOwn(exchange.markets, symbol)) return symbol;
  const named = exchange.markets_by_id;
  if (named === undefined || !Object.hasOwn(named, symbol)) return undefined;
  return named[symbol]?.find(({ spot }) => spot === true)?.symbol;
}

/** Cuts every socket at once, its held back texts too; `close` alone waits for the venue. */
export function cutSockets(sockets: readonly CcxtSocket[]): void {
  for (const { connection, throttler } of sockets) {
    connection?.terminate();
    if (throttler !== undefined) throttler.running = false;
  }
}
