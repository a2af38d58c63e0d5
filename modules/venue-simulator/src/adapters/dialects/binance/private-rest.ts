import type { Clock } from '@ats/runtime';
import type {
  RequestKind,
  VenueAccounts,
  VenueAnswer,
  VenueRequest,
} from '../../../app/dialect-server.ts';
import type { Account } from '../../../domain/accounts/account.ts';
import type { SimVenue } from '../../../domain/sim-market.ts';
import { Budget } from '../shared/budget.ts';
import { toMillis } from '../shared/numbers.ts';
import { asCount } from '../shared/parse.ts';
import { json } from '../shared/rest.ts';
import { failure, INVALID_SYMBOL, mandatory, refusalAnswer } from './errors.ts';
import { authenticate, isSigned } from './private-auth.ts';
import { accountBody, canceledBody, newOrderBody, orderBody, tradeBody } from './private-frames.ts';
import { findOrder, readOrder } from './private-orders.ts';
import { keyRestrictions, marginPairs, walletAssets } from './private-wallet.ts';

const ORDERS_PER_10_S_MAX = 100;
const NO_SUCH_ORDER = failure(-2013, 'Order does not exist.');

export interface PrivateRestOptions {
  readonly venue: SimVenue;
  readonly clock: Clock;
  readonly accounts: VenueAccounts;
}

interface Route {
  readonly weight: number;
  /** `private` unless given. */
  readonly kind?: RequestKind;
  readonly run: (account: Account, params: URLSearchParams) => VenueAnswer;
}

/** Binance's signed REST: the account, its orders and trades, and what of `/sapi` clients load. */
export class BinancePrivateRest {
  private readonly options: PrivateRestOptions;
  private readonly routes: ReadonlyMap<string, Route>;
  private readonly orderBudgets = new Map<Account, Budget>();
  private unnamed = 0;

  constructor(options: PrivateRestOptions) {
    this.options = options;
    this.routes = this.makeRoutes();
  }

  /** @returns the request's weight; undefined when it is not private. */
  weightOf({ method, path }: VenueRequest): number | undefined {
    return this.routes.get(`${method} ${path}`)?.weight;
  }

  kindOf({ method, path }: VenueRequest): RequestKind {
    const route = this.routes.get(`${method} ${path}`);
    return route === undefined ? 'public' : (route.kind ?? 'private');
  }

  handle(request: VenueRequest): VenueAnswer {
    const route = this.routes.get(`${request.method} ${request.path}`);
    if (route === undefined) return failure(-1000, 'Path not found.', 404);
    const signed = authenticate(request, this.options);
    return isSigned(signed) ? route.run(signed.key.account, signed.params) : signed;
  }

  private makeRoutes(): ReadonlyMap<string, Route> {
    const { venue } = this.options;
    const orders = this.orderRoutes();
    return new Map<string, Route>([
      ...orders,
      ['GET /api/v3/account', { weight: 20, run: (account) => this.account(account) }],
      ['GET /api/v3/openOrders', { weight: 6, run: (...args) => this.openOrders(...args) }],
      ['GET /api/v3/allOrders', { weight: 20, run: (...args) => this.allOrders(...args) }],
      ['GET /api/v3/myTrades', { weight: 20, run: (...args) => this.myTrades(...args) }],
      [
        'GET /sapi/v1/capital/config/getall',
        { weight: 10, run: (account) => json(200, walletAssets(venue, account)) },
      ],
      [
        'GET /sapi/v1/account/apiRestrictions',
        { weight: 1, run: (account) => json(200, keyRestrictions(account)) },
      ],
      ['GET /sapi/v1/margin/allPairs', { weight: 1, run: () => json(200, marginPairs()) }],
      [
        'GET /sapi/v1/margin/isolated/allPairs',
        { weight: 10, run: () => json(200, marginPairs()) },
      ],
      ['GET /sapi/v1/asset/tradeFee', { weight: 1, run: (_, params) => this.fees(params) }],
    ]);
  }

  private orderRoutes(): readonly (readonly [string, Route])[] {
    const weight = 1;
    const cancels = { weight, kind: 'cancel' } as const;
    return [
      ['POST /api/v3/order', { weight, kind: 'place', run: (...args) => this.place(...args) }],
      ['GET /api/v3/order', { weight: 4, run: (...args) => this.query(...args) }],
      ['DELETE /api/v3/order', { ...cancels, run: (...args) => this.cancel(...args) }],
      ['DELETE /api/v3/openOrders', { ...cancels, run: (...args) => this.cancelAll(...args) }],
      [
        'POST /api/v3/order/cancelReplace',
        { weight, kind: 'replace', run: (...args) => this.replace(...args) },
      ],
    ];
  }

  private nowMs(): number {
    return toMillis(this.options.clock.nowUs());
  }

  private account(account: Account): VenueAnswer {
    const [first] = this.options.venue.markets.values();
    const rate = (bps: number): string => (bps / 10_000).toFixed(8);
    const { makerBps, takerBps } = first?.listing.fees ?? {};
    const rates = { maker: rate(Number(makerBps ?? 0)), taker: rate(Number(takerBps ?? 0)) };
    return json(200, accountBody(account, rates, this.nowMs()));
  }

  private fees(params: URLSearchParams): VenueAnswer {
    const symbol = params.get('symbol');
    const markets = [...this.options.venue.markets.values()].filter(
      ({ listing }) => symbol === null || listing.symbol === symbol,
    );
    const rate = (bps: { toNumber(): number }): string => String(bps.toNumber() / 10_000);
    return json(
      200,
      markets.map(({ listing }) => ({
        symbol: listing.symbol,
        makerCommission: rate(listing.fees.makerBps),
        takerCommission: rate(listing.fees.takerBps),
      })),
    );
  }

  /** Runs `found` with the mandatory symbol; of a market that is listed. */
  private withSymbol(params: URLSearchParams, found: (symbol: string) => VenueAnswer): VenueAnswer {
    const symbol = params.get('symbol');
    if (symbol === null || symbol === '') return mandatory('symbol');
    return this.options.venue.markets.has(symbol) ? found(symbol) : INVALID_SYMBOL;
  }

  /** Counts an order of the account. @returns what a client over the limit gets. */
  private overOrderLimit(account: Account): VenueAnswer | undefined {
    const { clock } = this.options;
    const limit = { limit: ORDERS_PER_10_S_MAX, windowMs: 10_000, clock };
    const budget = this.orderBudgets.get(account) ?? new Budget(limit);
    this.orderBudgets.set(account, budget);
    if (budget.take()) return undefined;
    const limitText = `${ORDERS_PER_10_S_MAX} orders per 10 SECOND`;
    return failure(-1015, `Too many new orders; current limit is ${limitText}.`, 429);
  }

  private clientIdOf(params: URLSearchParams, name = 'newClientOrderId'): string {
    const given = params.get(name);
    if (given !== null && given !== '') return given;
    this.unnamed += 1;
    return `sim${this.nowMs().toString(36)}${this.unnamed}`;
  }

  private place(account: Account, params: URLSearchParams): VenueAnswer {
    const refusal = this.overOrderLimit(account);
    if (refusal !== undefined) return refusal;
    const request = readOrder(params, this.clientIdOf(params));
    if ('status' in request) return request;
    const answer = account.submit(request);
    if (answer.kind === 'refused') return refusalAnswer(answer.reason);
    const { order } = answer;
    const usual = order.postOnly ? 'ACK' : 'FULL';
    const detail = params.get('newOrderRespType') ?? usual;
    return json(200, newOrderBody(order, account.tradesOf(order), detail));
  }

  private query(account: Account, params: URLSearchParams): VenueAnswer {
    return this.withSymbol(params, () => {
      const order = findOrder(account, params) ?? NO_SUCH_ORDER;
      return 'body' in order ? order : json(200, orderBody(order));
    });
  }

  private cancel(account: Account, params: URLSearchParams): VenueAnswer {
    return this.withSymbol(params, () => {
      const order = findOrder(account, params) ?? refusalAnswer('UNKNOWN_ORDER');
      if ('body' in order) return order;
      const answer = account.cancel(order.number);
      return answer.kind === 'refused'
        ? refusalAnswer(answer.reason)
        : json(200, canceledBody(order, this.clientIdOf(params)));
    });
  }

  private cancelAll(account: Account, params: URLSearchParams): VenueAnswer {
    return this.withSymbol(params, (symbol) => {
      const orders = account.openOrders(symbol);
      if (orders.length === 0) return refusalAnswer('UNKNOWN_ORDER');
      const bodies = orders.map((order) => {
        account.cancel(order.number);
        return canceledBody(order, this.clientIdOf(new URLSearchParams()));
      });
      return json(200, bodies);
    });
  }

  /** Cancels one order and places another; `STOP_ON_FAILURE` unless `ALLOW_FAILURE` is asked. */
  private replace(account: Account, params: URLSearchParams): VenueAnswer {
    const mode = params.get('cancelReplaceMode');
    if (mode !== 'STOP_ON_FAILURE' && mode !== 'ALLOW_FAILURE')
      return mandatory('cancelReplaceMode');
    const target = new URLSearchParams(params);
    const rename = (from: string, to: string): void => {
      const value = params.get(from);
      if (value === null) target.delete(to);
      else target.set(to, value);
    };
    rename('cancelOrderId', 'orderId');
    rename('cancelOrigClientOrderId', 'origClientOrderId');
    rename('cancelNewClientOrderId', 'newClientOrderId');
    const canceled = this.cancel(account, target);
    const cancelResult = canceled.status === 200 ? 'SUCCESS' : 'FAILURE';
    const parts = (placed: VenueAnswer | undefined) => ({
      cancelResult,
      newOrderResult:
        placed === undefined ? 'NOT_ATTEMPTED' : placed.status === 200 ? 'SUCCESS' : 'FAILURE',
      cancelResponse: JSON.parse(canceled.body) as unknown,
      newOrderResponse: placed === undefined ? null : (JSON.parse(placed.body) as unknown),
    });
    if (cancelResult === 'FAILURE' && mode === 'STOP_ON_FAILURE') {
      const msg = 'Order cancel-replace failed.';
      return json(400, { code: -2022, msg, data: parts(undefined) });
    }
    const placed = this.place(account, params);
    if (cancelResult === 'SUCCESS' && placed.status === 200) return json(200, parts(placed));
    const code = cancelResult === 'FAILURE' && placed.status !== 200 ? -2022 : -2021;
    const msg = `Order cancel-replace ${code === -2021 ? 'partially ' : ''}failed.`;
    return json(code === -2021 ? 409 : 400, { code, msg, data: parts(placed) });
  }

  private openOrders(account: Account, params: URLSearchParams): VenueAnswer {
    if (!params.has('symbol')) return json(200, account.openOrders().map(orderBody));
    return this.withSymbol(params, (symbol) =>
      json(200, account.openOrders(symbol).map(orderBody)),
    );
  }

  private allOrders(account: Account, params: URLSearchParams): VenueAnswer {
    return this.withSymbol(params, (symbol) => {
      const window = windowOf(params);
      if ('status' in window) return window;
      const fromId = Number(params.get('orderId') ?? 0);
      const found = account
        .orders(symbol)
        .filter((order) => order.number >= fromId && window.has(order.createdUs));
      return json(200, window.cut(found, params.has('orderId')).map(orderBody));
    });
  }

  private myTrades(account: Account, params: URLSearchParams): VenueAnswer {
    return this.withSymbol(params, (symbol) => {
      const window = windowOf(params);
      if ('status' in window) return window;
      const fromId = Number(params.get('fromId') ?? 0);
      const orderId = params.get('orderId');
      const found = account.trades.filter(
        (trade) =>
          trade.listing.symbol === symbol &&
          trade.tradeId >= fromId &&
          (orderId === null || trade.orderNumber === Number(orderId)) &&
          window.has(trade.timeUs),
      );
      return json(200, window.cut(found, params.has('fromId')).map(tradeBody));
    });
  }
}

interface Window {
  readonly has: (timeUs: number) => boolean;
  /** The oldest when there is a beginning, the newest otherwise. */
  readonly cut: <Row>(rows: readonly Row[], fromBegin: boolean) => readonly Row[];
}

function windowOf(params: URLSearchParams): Window | VenueAnswer {
  const limit = asCount(params.get('limit'), { fallback: 500, min: 1, max: 1000 });
  if (limit === undefined) return failure(-1130, "Data sent for parameter 'limit' is not valid.");
  const begin = Number(params.get('startTime') ?? 0);
  const end = Number(params.get('endTime') ?? Number.MAX_SAFE_INTEGER);
  return {
    has: (timeUs) => toMillis(timeUs) >= begin && toMillis(timeUs) <= end,
    cut: (rows, fromBegin) =>
      fromBegin || params.has('startTime') ? rows.slice(0, limit) : rows.slice(-limit),
  };
}
