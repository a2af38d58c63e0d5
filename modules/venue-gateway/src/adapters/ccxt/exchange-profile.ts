import { Decimal, type Fee } from '@ats/domain';
import type { RecentMap } from '@ats/runtime';
import type { Pace } from '../../app/call-queue.ts';
import type { VenueSubmit } from '../../app/venue-connector.ts';
import type { OrderReference, VenueOrderStatus } from '../../domain/venue-facts.ts';
import type { CcxtClient, CcxtFee, CcxtFigure, CcxtOrder, CcxtTrade } from './ccxt-client.ts';
import { type Window, wholeList } from './whole-list.ts';

type Params = Readonly<Record<string, unknown>>;

/** An order in a question: its names, and the market in ccxt's words. */
export interface Asked extends OrderReference {
  readonly symbol: string;
  /** Our name of it as the venue has it. */
  readonly venueClientId: string;
}

/** A question for all trades since a time. */
export interface AskedSince {
  readonly sinceMs: number;
  readonly symbols: readonly string[];
  /** Waited for before each request but the first. */
  readonly pace: Pace;
  /** Trades of orders that have ended, by the venue's id, where they are asked for one by one. */
  readonly ended: RecentMap<string, TradesOfOrder>;
}

export interface TradesOfOrder {
  readonly trades: readonly CcxtTrade[];
  /** What they cost together, where the venue tells it of the order as a whole. */
  readonly orderFee?: Fee;
}

/** Where one exchange differs from what ccxt makes of it. */
export interface ExchangeProfile {
  /** ccxt's own options. */
  readonly options?: object;
  /** Whether its nonces must arrive in order: one call at a time then. */
  readonly serial?: boolean;
  /** Whether it refuses everything with status 500, which then says nothing. */
  readonly serverErrorsMeanRefusal?: boolean;
  /** Its times of orders and trades are cut to whole multiples of it; 1 unless told. */
  readonly resolutionMs?: number;
  /** Whether a trade's id is unique within its market only. */
  readonly tradeIdsPerMarket?: boolean;
  /**
   * Whether a pushed trade is a whole fill. Where it is not, or a fee is told of the order, it only
   * says that there is something to read. `fee-negated`: ccxt passes on what the account gets.
   */
  readonly pushedTrades?: 'whole' | 'fee-negated';
  /** Whether an order that is asked for comes with its trades and its fee. */
  readonly ordersTellTrades?: boolean;
  /** Reads a status that ccxt passes on as the venue said it. */
  readonly statusOf?: (status: string) => VenueOrderStatus | undefined;
  readonly balanceParams?: Params;
  /** Our client order id, a UUID, in the shape that the venue takes. */
  venueClientId(clientOrderId: string): string;
  submitParams(order: VenueSubmit, venueClientId: string): Params;
  /** @returns undefined when the venue has no such order */
  find(client: CcxtClient, asked: Asked): Promise<CcxtOrder | undefined>;
  tradesOf(client: CcxtClient, asked: Asked, venueOrderId: string): Promise<TradesOfOrder>;
  /** All trades since then, of every market listed; in lists whose fee is told of the whole. */
  tradesSince(client: CcxtClient, asked: AskedSince): Promise<readonly TradesOfOrder[]>;
  /** Whether terms can be changed in place, without a new order. */
  readonly replaces: boolean;
}

/** Clocks of venues and ours may differ by so much. */
const CLOCK_MARGIN_MS = 300_000;

/** From when on a list can name the order. */
export const sinceMs = ({ sentAtUs }: OrderReference): number =>
  Math.floor(sentAtUs / 1000) - CLOCK_MARGIN_MS;

/** Time in force and post-only as ccxt takes them for every exchange. */
export function unifiedParams({ timeInForce, postOnly }: VenueSubmit): Params {
  if (postOnly) return { postOnly: true };
  return timeInForce === 'gtc' ? {} : { timeInForce: timeInForce.toUpperCase() };
}

export const figure = (value: CcxtFigure): Decimal =>
  value === undefined || value === '' ? Decimal.ZERO : Decimal.parse(String(value)).normalized();

export function feeOf(fee: CcxtFee | undefined): Fee | undefined {
  if (fee?.currency === undefined || fee.cost === undefined) return undefined;
  return { asset: fee.currency as Fee['asset'], amount: figure(fee.cost) };
}

/** The trades that an order came with, and what they cost together. */
export function tradesWithin({ trades = [], fee }: CcxtOrder): TradesOfOrder {
  const orderFee = feeOf(fee);
  return orderFee === undefined ? { trades } : { trades, orderFee };
}

/** Pages of a list until one is not full; the bound is on a defect, not on the list. */
const PAGES_MAX = 100;

export async function allPages<Row>(
  page: (index: number) => Promise<readonly Row[]>,
  { pageSize, pace }: { readonly pageSize: number; readonly pace?: Pace },
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (let index = 0; index < PAGES_MAX; index += 1) {
    if (index > 0) await pace?.();
    const found = await page(index);
    rows.push(...found);
    if (found.length < pageSize) return rows;
  }
  throw new Error(`the venue lists more than ${rows.length}, and does not come to an end`);
}

/** The order of a list that has our id. */
export const named = (orders: readonly CcxtOrder[], id: string): CcxtOrder | undefined =>
  orders.find(({ clientOrderId }) => clientOrderId === id);

/**
 * The same, of a list that holds the newest orders only. That an order is not in a full list says
 * nothing: it can be further back.
 * @throws when the list is full and the order is not in it; then nobody knows
 */
export function namedIn(
  orders: readonly CcxtOrder[],
  { id, listMax }: { readonly id: string; readonly listMax: number },
): CcxtOrder | undefined {
  const found = named(orders, id);
  if (found !== undefined || orders.length < listMax) return found;
  throw new Error(`the venue lists ${orders.length} orders, and there may be more`);
}

/** No exchange lists fewer orders than this at once. */
const SHORTEST_LIST = 20;

/** As ccxt unifies it; for exchanges that have no profile of their own. */
export const plainProfile: ExchangeProfile = {
  replaces: false,
  venueClientId: (clientOrderId) => clientOrderId,
  submitParams: (order, clientOrderId) => ({ ...unifiedParams(order), clientOrderId }),
  async find(client, asked) {
    if (asked.venueOrderId !== undefined)
      return client.fetchOrder(asked.venueOrderId, asked.symbol);
    const open = named(await client.fetchOpenOrders(asked.symbol), asked.venueClientId);
    if (open !== undefined) return open;
    const closed = await client.fetchClosedOrders(asked.symbol, sinceMs(asked));
    return namedIn(closed, { id: asked.venueClientId, listMax: SHORTEST_LIST });
  },
  async tradesOf(client, asked, venueOrderId) {
    const trades = await client.fetchMyTrades(asked.symbol, sinceMs(asked));
    return { trades: trades.filter(({ order }) => order === venueOrderId) };
  },
  async tradesSince(client, { sinceMs: since, symbols, pace }) {
    const lists: CcxtTrade[] = [];
    const any = { limit: Number.POSITIVE_INFINITY, pace };
    for (const [index, symbol] of symbols.entries()) {
      if (index > 0) await pace();
      const tell = ({ sinceMs: from, untilMs }: Window) =>
        client.fetchMyTrades(
          symbol,
          from,
          undefined,
          untilMs === undefined ? {} : { until: untilMs },
        );
      const back = await wholeList(tell, { ...any, sinceMs: since, order: 'newest-first' });
      lists.push(...back);
      // Nobody knows which end such an exchange tells first: the other one is asked for as well.
      const last = Math.max(since, ...back.map(({ timestamp }) => timestamp ?? since));
      await pace();
      const on = await wholeList(tell, { ...any, sinceMs: last, order: 'oldest-first' });
      lists.push(...on.filter(({ id }) => !back.some((one) => one.id === id)));
    }
    return [{ trades: lists }];
  },
};
