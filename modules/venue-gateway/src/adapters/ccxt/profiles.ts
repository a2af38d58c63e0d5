import { createHash } from 'node:crypto';
import { assert, Decimal } from '@ats/domain';
import type { Pace } from '../../app/call-queue.ts';
import type { CcxtClient, CcxtOrder, CcxtTrade } from './ccxt-client.ts';
import {
  allPages,
  type ExchangeProfile,
  figure,
  named,
  namedIn,
  plainProfile,
  sinceMs,
  type TradesOfOrder,
  tradesWithin,
  unifiedParams,
} from './exchange-profile.ts';
import { type Window, wholeList } from './whole-list.ts';

const BINANCE_PAGE = 1000;
const KRAKEN_PAGE = 50;
const LIST_MAX = 1000;
const BITFINEX_LIST_MAX = 2500;
/** The longest window of Upbit's list of done orders. */
const UPBIT_WINDOW_MS = 7 * 86_400_000;
const SECOND_MS = 1000;
/** Nobody has older orders there: the venue opened on 2017-10-24. */
const UPBIT_OPENED_MS = Date.UTC(2017, 9, 24);

const NEWEST_FIRST = { order: 'newest-first', limit: LIST_MAX } as const;

/** Sources: developers.binance.com, Spot REST API. A trade's id is unique within its symbol. */
const binance: ExchangeProfile = {
  ...plainProfile,
  tradeIdsPerMarket: true,
  pushedTrades: 'whole',
  submitParams: (order, newClientOrderId) => ({ ...unifiedParams(order), newClientOrderId }),
  find: (client, { venueOrderId, symbol, venueClientId }) =>
    venueOrderId === undefined
      ? client.fetchOrder(undefined, symbol, { origClientOrderId: venueClientId })
      : client.fetchOrder(venueOrderId, symbol),
  async tradesOf(client, { symbol }, orderId) {
    const params = { orderId };
    return { trades: await client.fetchMyTrades(symbol, undefined, BINANCE_PAGE, params) };
  },
  async tradesSince(client, { sinceMs: since, symbols, pace }) {
    const rule = { sinceMs: since, order: 'oldest-first', limit: BINANCE_PAGE, pace } as const;
    const trades: CcxtTrade[] = [];
    for (const [index, symbol] of symbols.entries()) {
      if (index > 0) await pace();
      const tell = ({ sinceMs: from }: Window) => client.fetchMyTrades(symbol, from, BINANCE_PAGE);
      trades.push(...(await wholeList(tell, rule)));
    }
    return [{ trades }];
  },
};

const krakenTrades = (
  client: CcxtClient,
  since: number,
  paced: { readonly pace?: Pace } = {},
): Promise<readonly CcxtTrade[]> =>
  allPages(
    (page) => client.fetchMyTrades(undefined, since, undefined, { ofs: page * KRAKEN_PAGE }),
    { ...paced, pageSize: KRAKEN_PAGE },
  );

/** Sources: docs.kraken.com, Spot REST. Nonces of one key must grow as they arrive. */
const kraken: ExchangeProfile = {
  ...plainProfile,
  serial: true,
  replaces: true,
  pushedTrades: 'whole',
  async find(client, asked) {
    const { venueOrderId, symbol, venueClientId } = asked;
    if (venueOrderId !== undefined) return client.fetchOrder(venueOrderId, symbol);
    const params = { clientOrderId: venueClientId };
    const open = named(
      await client.fetchOpenOrders(undefined, undefined, undefined, params),
      venueClientId,
    );
    if (open !== undefined) return open;
    const closed = await client.fetchClosedOrders(undefined, sinceMs(asked), undefined, params);
    return namedIn(closed, { id: venueClientId, listMax: KRAKEN_PAGE });
  },
  async tradesOf(client, asked, venueOrderId) {
    const trades = await krakenTrades(client, sinceMs(asked));
    return { trades: trades.filter(({ order }) => order === venueOrderId) };
  },
  tradesSince: async (client, { sinceMs: since, pace }) => [
    { trades: await krakenTrades(client, since, { pace }) },
  ],
};

/** Sources: docs.cdp.coinbase.com, Advanced Trade. */
const coinbase: ExchangeProfile = {
  ...plainProfile,
  replaces: true,
  balanceParams: { v3: true },
  submitParams: (order, client_order_id) => ({ ...unifiedParams(order), client_order_id }),
  async find(client, asked) {
    const { venueOrderId, symbol, venueClientId } = asked;
    if (venueOrderId !== undefined) return client.fetchOrder(venueOrderId, symbol);
    const orders = await client.fetchOrders(symbol, sinceMs(asked), LIST_MAX);
    return namedIn(orders, { id: venueClientId, listMax: LIST_MAX });
  },
  async tradesOf(client, { symbol }, order_ids) {
    return { trades: await client.fetchMyTrades(symbol, undefined, LIST_MAX, { order_ids }) };
  },
  async tradesSince(client, { sinceMs: since, pace }) {
    const tell = ({ untilMs }: Window) =>
      client.fetchMyTrades(
        undefined,
        since,
        LIST_MAX,
        untilMs === undefined ? {} : { until: untilMs },
      );
    return [{ trades: await wholeList(tell, { ...NEWEST_FIRST, sinceMs: since, pace }) }];
  },
};

/** Bitfinex names orders by a number of at most 45 bits. @returns it as text */
function bitfinexClientId(clientOrderId: string): string {
  const digest = createHash('sha256').update(clientOrderId).digest();
  return String(digest.readBigUInt64BE(0) & ((1n << 45n) - 1n));
}

const isOrder = (order: CcxtOrder | undefined): order is CcxtOrder =>
  order?.id !== undefined && order.id !== '';

const bitfinexTrades = (
  client: CcxtClient,
  {
    symbol,
    sinceMs: since,
    pace = async () => undefined,
  }: { readonly symbol?: string; readonly sinceMs: number; readonly pace?: Pace },
): Promise<readonly CcxtTrade[]> =>
  wholeList(
    ({ untilMs }) =>
      client.fetchMyTrades(symbol, since, LIST_MAX, untilMs === undefined ? {} : { end: untilMs }),
    { ...NEWEST_FIRST, sinceMs: since, pace },
  );

/** Sources: docs.bitfinex.com, REST v2. Done orders are in another list than open ones. */
const bitfinex: ExchangeProfile = {
  ...plainProfile,
  serial: true,
  replaces: true,
  pushedTrades: 'fee-negated',
  serverErrorsMeanRefusal: true,
  // ccxt knows only the first word of these: `IOC CANCELED was: PARTIALLY FILLED`.
  statusOf: (status) =>
    /^(IOC|FILLORKILL|POSTONLY) CANCELED/.test(status) ? 'canceled' : undefined,
  venueClientId: bitfinexClientId,
  submitParams: (order, cid) => ({ ...unifiedParams(order), cid: Number(cid) }),
  async find(client, asked) {
    const { venueOrderId, symbol, venueClientId } = asked;
    if (venueOrderId === undefined) {
      const standing = named(await client.fetchOpenOrders(symbol), venueClientId);
      if (standing !== undefined) return standing;
      const done = await client.fetchClosedOrders(symbol, sinceMs(asked), BITFINEX_LIST_MAX);
      return namedIn(done, { id: venueClientId, listMax: BITFINEX_LIST_MAX });
    }
    const params = { id: [Number(venueOrderId)] };
    const [open] = await client.fetchOpenOrders(symbol, undefined, undefined, params);
    if (isOrder(open)) return open;
    const [closed] = await client.fetchClosedOrders(symbol, undefined, undefined, params);
    return isOrder(closed) ? closed : undefined;
  },
  async tradesOf(client, asked, venueOrderId) {
    const { symbol } = asked;
    const trades = await bitfinexTrades(client, { symbol, sinceMs: sinceMs(asked) });
    return { trades: trades.filter(({ order }) => order === venueOrderId) };
  },
  tradesSince: async (client, asked) => [{ trades: await bitfinexTrades(client, asked) }],
};

/** One order with its trades, which Upbit tells nowhere else. */
async function upbitOrder(
  client: CcxtClient,
  by: { readonly uuid: string } | { readonly identifier: string },
): Promise<CcxtOrder> {
  const ask = client.privateGetOrder;
  assert(ask !== undefined, 'ccxt knows how to ask Upbit for an order');
  return client.parseOrder(await ask.call(client, by));
}

const upbitTrades = async (client: CcxtClient, uuid: string): Promise<TradesOfOrder> =>
  tradesWithin(await upbitOrder(client, { uuid }));

/**
 * Orders placed since then that are done or canceled; the venue tells a week of them at once, and
 * whole seconds of when they were placed: the first and the last second are asked for whole.
 */
async function upbitDone(
  client: CcxtClient,
  { sinceMs: since, pace }: { readonly sinceMs: number; readonly pace: Pace },
): Promise<readonly CcxtOrder[]> {
  const found: CcxtOrder[] = [];
  for (const list of ['fetchClosedOrders', 'fetchCanceledOrders'] as const) {
    const tell = async ({ sinceMs: from, untilMs }: Window) =>
      client[list](undefined, from, LIST_MAX, { until: untilMs });
    const nowMs = client.milliseconds();
    const first = Math.floor(Math.max(since, UPBIT_OPENED_MS) / SECOND_MS) * SECOND_MS;
    for (let from = first; from <= nowMs; from += UPBIT_WINDOW_MS) {
      await pace();
      const week = { sinceMs: from, untilMs: from + UPBIT_WINDOW_MS };
      found.push(
        ...(await wholeList(tell, { ...NEWEST_FIRST, ...week, resolutionMs: SECOND_MS, pace })),
      );
    }
  }
  return found;
}

const idsOf = (orders: readonly CcxtOrder[]): ReadonlySet<string> =>
  new Set(orders.flatMap(({ id }) => (id === undefined ? [] : [id])));

/** Whether the trades of an order come to what it says that it filled. */
const isWhole = ({ trades }: TradesOfOrder, { filled }: CcxtOrder): boolean =>
  trades.reduce((sum, { amount }) => sum.add(figure(amount)), Decimal.ZERO).equals(figure(filled));

/** Sources: docs.upbit.com. Fees are told of an order as a whole, trades with the order only. */
const upbit: ExchangeProfile = {
  ...plainProfile,
  ordersTellTrades: true,
  resolutionMs: SECOND_MS,
  find: (client, { venueOrderId, venueClientId }) =>
    upbitOrder(
      client,
      venueOrderId === undefined ? { identifier: venueClientId } : { uuid: venueOrderId },
    ),
  tradesOf: (client, _asked, uuid) => upbitTrades(client, uuid),
  async tradesSince(client, { sinceMs: since, pace, ended }) {
    const open = await client.fetchOpenOrders();
    const over = await upbitDone(client, { sinceMs: since, pace });
    const filled = [...open, ...over].filter((order) => figure(order.filled).isPositive());
    const isOver = idsOf(over);
    const found: TradesOfOrder[] = [];
    for (const [id, order] of new Map(filled.map((one) => [one.id ?? '', one]))) {
      let told = ended.get(id);
      if (told === undefined) {
        await pace();
        told = await upbitTrades(client, id);
        // What is known stays known if the rest fails: the next try has less to ask.
        if (isOver.has(id) && isWhole(told, order)) ended.set(id, told);
      }
      found.push(told);
    }
    return found;
  },
};

const PROFILES: Readonly<Record<string, ExchangeProfile>> = {
  binance,
  kraken,
  coinbase,
  bitfinex,
  upbit,
};

export const profileOf = (exchange: string): ExchangeProfile => PROFILES[exchange] ?? plainProfile;
