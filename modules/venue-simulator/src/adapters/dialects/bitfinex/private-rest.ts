import type { Decimal } from '@ats/domain';
import type { Clock } from '@ats/runtime';
import type { RequestKind, VenueAnswer, VenueRequest } from '../../../app/dialect-server.ts';
import type { Account } from '../../../domain/accounts/account.ts';
import type {
  AccountOrder,
  AccountRefusal,
  AccountTimeInForce,
  NewAccountOrder,
} from '../../../domain/accounts/orders.ts';
import type { SimVenue } from '../../../domain/sim-market.ts';
import { Budget, PerClient } from '../shared/budget.ts';
import { asCount, type Fields, percentDecoded } from '../shared/parse.ts';
import { asDecimal } from '../shared/private.ts';
import { json } from '../shared/rest.ts';
import { invalid, ORDER_NOT_FOUND, refusalAnswer } from './errors.ts';
import type { BitfinexAuthenticator } from './private-auth.ts';
import {
  notification,
  orderRow,
  permissionRows,
  rows,
  tradeRow,
  walletRow,
} from './private-frames.ts';

const ROOT = '/v2/auth/';
/** Private requests one key may make in a minute. */
const PER_MINUTE_MAX = 450;
export const RATE_LIMITED = json(500, ['error', 11_010, 'ratelimit: error']);
const POST_ONLY = 4096;
const TIMES_IN_FORCE: Readonly<Record<string, AccountTimeInForce>> = {
  'EXCHANGE LIMIT': 'gtc',
  'EXCHANGE IOC': 'ioc',
  'EXCHANGE FOK': 'fok',
  'EXCHANGE MARKET': 'ioc',
};

const KINDS: ReadonlyMap<string, RequestKind> = new Map([
  [`${ROOT}w/order/submit`, 'place'],
  [`${ROOT}w/order/update`, 'replace'],
  [`${ROOT}w/order/cancel`, 'cancel'],
]);

export function kindOf({ path }: VenueRequest): RequestKind {
  return path.startsWith(ROOT) ? (KINDS.get(path) ?? 'private') : 'public';
}

/** Bitfinex's authenticated REST v2: wallets, orders and trades of the key's account. */
export class BitfinexPrivateRest {
  private readonly venue: SimVenue;
  private readonly clock: Clock;
  private readonly authenticator: BitfinexAuthenticator;
  private readonly requests: PerClient<Budget>;

  constructor(options: {
    readonly venue: SimVenue;
    readonly clock: Clock;
    readonly authenticator: BitfinexAuthenticator;
  }) {
    this.venue = options.venue;
    this.clock = options.clock;
    this.authenticator = options.authenticator;
    const limit = { limit: PER_MINUTE_MAX, windowMs: 60_000, clock: options.clock };
    this.requests = new PerClient(() => new Budget(limit));
  }

  /** @returns undefined when the request is not private, or there is nothing at its path. */
  handle(request: VenueRequest): VenueAnswer | undefined {
    if (request.method !== 'POST' || !request.path.startsWith(ROOT)) return undefined;
    const signed = this.authenticator.check(request);
    if ('status' in signed) return signed;
    const { key, params } = signed;
    if (!this.requests.get(key.apiKey).take()) return RATE_LIMITED;
    const [mode, what, ...rest] = request.path.slice(ROOT.length).split('/').map(percentDecoded);
    const { account } = key;
    if (mode === 'w' && what === 'order') return this.write(rest[0], account, params);
    if (mode !== 'r') return undefined;
    switch (what) {
      case 'wallets':
        return json(200, rows(account.balances.map(walletRow)));
      case 'orders':
        return this.orders(account, params, rest);
      case 'trades':
        return this.trades(account, params, rest);
      case 'permissions':
        return json(200, permissionRows(account));
      default:
        return undefined;
    }
  }

  private write(
    what: string | undefined,
    account: Account,
    params: Fields,
  ): VenueAnswer | undefined {
    switch (what) {
      case 'submit':
        return this.submit(account, params);
      case 'update':
        return this.update(account, params);
      case 'cancel':
        return this.cancel(account, params);
      default:
        return undefined;
    }
  }

  private refused(
    reason: AccountRefusal,
    order: { readonly symbol: string; readonly side: 'bid' | 'ask' },
  ): VenueAnswer {
    const listing = this.venue.markets.get(order.symbol)?.listing;
    const pair = listing === undefined ? order.symbol : `${listing.base.id}/${listing.quote.id}`;
    const least = listing?.quantityMin.toString() ?? '0';
    return refusalAnswer(reason, { side: order.side, pair, least });
  }

  private submit(account: Account, params: Fields): VenueAnswer {
    const request = readOrder(params);
    if ('status' in request) return request;
    const answer = account.submit(request);
    if (answer.kind === 'refused') return this.refused(answer.reason, request);
    return this.notified('on-req', rows([orderRow(answer.order)]), 'Submitting 1 orders.');
  }

  private update(account: Account, params: Fields): VenueAnswer {
    const order = account.order(Number(params['id']));
    if (order?.state !== 'open') return ORDER_NOT_FOUND;
    const price = params['price'] === undefined ? order.price : asDecimal(String(params['price']));
    const amount = signedAmount(params['amount']);
    const quantity = amount === undefined ? order.quantity : amount.quantity;
    if (price === undefined) return invalid('price');
    if (amount !== undefined && amount.side !== order.side) return invalid('amount');
    const openQuantity = quantity.subtract(order.filled);
    const answer = account.replace(order.number, { price, openQuantity });
    const { side, listing } = order;
    if (answer.kind === 'refused')
      return this.refused(answer.reason, { side, symbol: listing.symbol });
    return this.notified('ou-req', orderRow(order), `Submitting update to order ${order.number}.`);
  }

  private cancel(account: Account, params: Fields): VenueAnswer {
    const order = named(account, params);
    if (order === undefined || account.cancel(order.number).kind === 'refused') {
      return ORDER_NOT_FOUND;
    }
    const text = `Submitted for cancellation; waiting for confirmation (ID: ${order.number}).`;
    return this.notified('oc-req', orderRow(order), text);
  }

  private notified(kind: 'on-req' | 'oc-req' | 'ou-req', data: string, text: string): VenueAnswer {
    return json(200, notification({ timeUs: this.clock.nowUs(), kind, data, text }));
  }

  /**
   * `orders` and `orders/SYMBOL` list what is open, `/hist` what is done; `id` asks for some.
   * ccxt asks `orders` for one order whatever its state, so `id` finds those that are done too.
   */
  private orders(account: Account, params: Fields, path: readonly string[]): VenueAnswer {
    const isHistory = path.at(-1) === 'hist';
    const symbol = path[0] === 'hist' ? undefined : path[0];
    if (symbol !== undefined && !this.venue.markets.has(symbol)) return invalid('symbol');
    const ids = Array.isArray(params['id']) ? params['id'].map(Number) : undefined;
    const limit = asCount(params['limit'], { fallback: 25, min: 1, max: 2500 });
    if (limit === undefined) return invalid('limit');
    const within = windowOf(params);
    const found = account
      .orders(symbol)
      .filter((order) => (ids === undefined ? isHistory === (order.state !== 'open') : true))
      .filter((order) => ids === undefined || ids.includes(order.number))
      .filter((order) => !isHistory || within(order.updatedUs))
      .toReversed();
    return json(200, rows((isHistory ? found.slice(0, limit) : found).map(orderRow)));
  }

  private trades(
    account: Account,
    params: Fields,
    path: readonly string[],
  ): VenueAnswer | undefined {
    if (path.at(-1) !== 'hist') return undefined;
    const symbol = path[0] === 'hist' ? undefined : path[0];
    if (symbol !== undefined && !this.venue.markets.has(symbol)) return invalid('symbol');
    const limit = asCount(params['limit'], { fallback: 125, min: 1, max: 2500 });
    if (limit === undefined) return invalid('limit');
    const within = windowOf(params);
    const found = account.trades.filter(
      ({ listing, timeUs }) =>
        (symbol === undefined || listing.symbol === symbol) && within(timeUs),
    );
    const sorted = params['sort'] === 1 ? found : found.toReversed();
    return json(200, rows(sorted.slice(0, limit).map(tradeRow)));
  }
}

/** `start` and `end` in milliseconds, both inclusive. */
function windowOf(params: Fields): (timeUs: number) => boolean {
  const start = Number(params['start'] ?? 0);
  const end = Number(params['end'] ?? Number.MAX_SAFE_INTEGER);
  return (timeUs) => timeUs >= start * 1000 && timeUs < (end + 1) * 1000;
}

/** By `id`, or by `cid` and the day that it is of. */
function named(account: Account, params: Fields): AccountOrder | undefined {
  if (params['id'] !== undefined) return account.order(Number(params['id']));
  const order = account.orderOfClientId(String(params['cid']));
  if (order === undefined) return undefined;
  const day = new Date(Math.floor(order.createdUs / 1000)).toISOString().slice(0, 10);
  return day === params['cid_date'] ? order : undefined;
}

/** A negative amount sells. */
function signedAmount(
  value: unknown,
): { readonly side: 'bid' | 'ask'; readonly quantity: Decimal } | undefined {
  const text = String(value);
  const sells = text.startsWith('-');
  const quantity = asDecimal(sells ? text.slice(1) : text);
  return quantity === undefined ? undefined : { side: sells ? 'ask' : 'bid', quantity };
}

function readOrder(params: Fields): NewAccountOrder | VenueAnswer {
  const { symbol, type, amount, cid, price, flags } = params;
  if (typeof symbol !== 'string') return invalid('symbol');
  const timeInForce = TIMES_IN_FORCE[String(type)];
  if (timeInForce === undefined) return invalid('type');
  const asked = signedAmount(amount);
  if (asked === undefined) return invalid('amount');
  const clientOrderId = cid === undefined || cid === null ? undefined : String(cid);
  if (clientOrderId !== undefined && !/^\d{1,15}$/.test(clientOrderId)) return invalid('cid');
  const isMarket = type === 'EXCHANGE MARKET';
  return {
    symbol,
    clientOrderId,
    side: asked.side,
    type: isMarket ? 'market' : 'limit',
    timeInForce,
    postOnly: (Number(flags ?? 0) & POST_ONLY) !== 0,
    price: isMarket ? undefined : asDecimal(String(price)),
    quantity: asked.quantity,
  };
}
