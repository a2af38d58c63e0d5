import type { Clock } from '@ats/runtime';
import type { RequestKind, VenueAnswer, VenueRequest } from '../../../app/dialect-server.ts';
import type { Account } from '../../../domain/accounts/account.ts';
import type { AccountOrder, NewAccountOrder } from '../../../domain/accounts/orders.ts';
import { Budget, PerClient } from '../shared/budget.ts';
import { asCount } from '../shared/parse.ts';
import { asDecimal } from '../shared/private.ts';
import { json } from '../shared/rest.ts';
import { numberOfUuid } from '../shared/uuid.ts';
import { invalid, NO_SUCH_MARKET, ORDER_NOT_FOUND, refusalAnswer } from './errors.ts';
import type { UpbitAuthenticator } from './private-auth.ts';
import { balanceBody, orderBody, tradeBody } from './private-frames.ts';

/** Requests one account may make in a second: orders, and all else. */
const PER_SECOND_MAX = { order: 8, default: 30 } as const;
const RATE_LIMITED = json(429, { error: { name: 'too_many_requests' } });

type Group = keyof typeof PER_SECOND_MAX;

interface Route {
  readonly group: Group;
  /** `private` unless given. */
  readonly kind?: RequestKind;
  readonly run: (account: Account, params: URLSearchParams) => VenueAnswer;
}

/** Upbit's exchange REST: balances and orders of the key's account. */
export class UpbitPrivateRest {
  private readonly authenticator: UpbitAuthenticator;
  private readonly budgets: Readonly<Record<Group, PerClient<Budget>>>;
  private readonly routes: ReadonlyMap<string, Route>;
  private readonly markets: ReadonlyMap<string, unknown>;

  constructor(options: {
    readonly markets: ReadonlyMap<string, unknown>;
    readonly clock: Clock;
    readonly authenticator: UpbitAuthenticator;
  }) {
    const { clock } = options;
    this.markets = options.markets;
    this.authenticator = options.authenticator;
    const budget = (limit: number) =>
      new PerClient(() => new Budget({ limit, windowMs: 1000, clock }));
    this.budgets = { order: budget(PER_SECOND_MAX.order), default: budget(PER_SECOND_MAX.default) };
    this.routes = new Map<string, Route>([
      [
        'GET /v1/accounts',
        { group: 'default', run: ({ balances }) => json(200, balances.map(balanceBody)) },
      ],
      ['POST /v1/orders', { group: 'order', kind: 'place', run: (...args) => place(...args) }],
      [
        'POST /v1/orders/cancel_and_new',
        { group: 'order', kind: 'replace', run: (...args) => replace(...args) },
      ],
      ['DELETE /v1/order', { group: 'default', kind: 'cancel', run: (...args) => cancel(...args) }],
      ['GET /v1/order', { group: 'default', run: (...args) => query(...args) }],
      ['GET /v1/orders/open', { group: 'default', run: (...args) => this.list('open', ...args) }],
      ['GET /v1/orders/closed', { group: 'default', run: (...args) => this.list('done', ...args) }],
    ]);
  }

  kindOf({ method, path }: VenueRequest): RequestKind {
    const route = this.routes.get(`${method} ${path}`);
    return route === undefined ? 'public' : (route.kind ?? 'private');
  }

  /** @returns undefined when the request is not private. */
  handle(request: VenueRequest): VenueAnswer | undefined {
    const route = this.routes.get(`${request.method} ${request.path}`);
    if (route === undefined) return undefined;
    const signed = this.authenticator.check(request);
    if ('status' in signed) return signed;
    const { key, params } = signed;
    const budget = this.budgets[route.group].get(key.apiKey);
    const answer = budget.take() ? route.run(key.account, params) : RATE_LIMITED;
    const left = Math.max(0, PER_SECOND_MAX[route.group] - budget.used);
    const remaining = `group=${route.group}; min=${left * 60}; sec=${left}`;
    return { ...answer, headers: { ...answer.headers, 'remaining-req': remaining } };
  }

  /** Open orders, or those that are done; the newest first unless asked otherwise. */
  private list(which: 'open' | 'done', account: Account, params: URLSearchParams): VenueAnswer {
    const market = params.get('market') ?? undefined;
    if (market !== undefined && !this.markets.has(market)) return NO_SUCH_MARKET;
    const limit = asCount(params.get('limit'), { fallback: 100, min: 1, max: 1000 });
    const page = asCount(params.get('page'), { fallback: 1, min: 1, max: 100_000 });
    if (limit === undefined || page === undefined) return invalid('limit');
    const orders =
      which === 'open'
        ? account.openOrders(market)
        : account.orders(market).filter(doneWithin(params));
    const sorted = params.get('order_by') === 'asc' ? orders : orders.toReversed();
    return json(200, sorted.slice((page - 1) * limit, page * limit).map(orderBody));
  }
}

/** The list of done orders tells a week at most: from `start_time` on, or up to `end_time`. */
const WEEK_MS = 7 * 86_400_000;

/** By `state`, and by when orders were placed: milliseconds, both ends inclusive. */
function doneWithin(params: URLSearchParams): (order: AccountOrder) => boolean {
  const time = (name: string): number | undefined => {
    const text = params.get(name);
    return text === null ? undefined : Number(text);
  };
  const start = time('start_time');
  const end = Math.min(
    time('end_time') ?? Number.POSITIVE_INFINITY,
    (start ?? Number.POSITIVE_INFINITY) + WEEK_MS,
  );
  return ({ state, createdUs }) =>
    state !== 'open' && createdUs >= (start ?? 0) * 1000 && createdUs < (end + 1) * 1000;
}

/** @returns the order that `uuid` or `identifier` names. */
function named(account: Account, params: URLSearchParams, prefix = ''): AccountOrder | undefined {
  const identifier = params.get(prefix === '' ? 'identifier' : `${prefix}identifier`);
  const uuid = params.get(prefix === '' ? 'uuid' : `${prefix}uuid`);
  return uuid === null
    ? account.orderOfClientId(identifier ?? '')
    : account.order(numberOfUuid('order', uuid));
}

function place(account: Account, params: URLSearchParams): VenueAnswer {
  const request = readOrder(params);
  if ('status' in request) return request;
  const answer = account.submit(request);
  return answer.kind === 'refused'
    ? refusalAnswer(answer.reason, request.side)
    : json(201, orderBody(answer.order));
}

function cancel(account: Account, params: URLSearchParams): VenueAnswer {
  const order = named(account, params);
  if (order === undefined) return ORDER_NOT_FOUND;
  const answer = account.cancel(order.number);
  return answer.kind === 'refused'
    ? refusalAnswer(answer.reason, order.side)
    : json(200, orderBody(answer.order));
}

function query(account: Account, params: URLSearchParams): VenueAnswer {
  const order = named(account, params);
  if (order === undefined) return ORDER_NOT_FOUND;
  return json(200, { ...orderBody(order), trades: account.tradesOf(order).map(tradeBody) });
}

/** Cancels one order and places another of the same market and side. */
function replace(account: Account, params: URLSearchParams): VenueAnswer {
  const before = named(account, params, 'prev_order_');
  if (before?.state !== 'open') return ORDER_NOT_FOUND;
  const target = new URLSearchParams({ market: before.listing.symbol, side: before.side });
  for (const field of ['ord_type', 'price', 'volume', 'identifier', 'time_in_force']) {
    const value = params.get(`new_${field}`);
    if (value !== null) target.set(field, value);
  }
  if (target.get('volume') === 'remain_only') {
    target.set('volume', before.quantity.subtract(before.filled).toString());
  }
  const request = readOrder(target);
  if ('status' in request) return request;
  const canceled = account.cancel(before.number);
  if (canceled.kind === 'refused') return refusalAnswer(canceled.reason, before.side);
  const answer = account.submit(request);
  if (answer.kind === 'refused') return refusalAnswer(answer.reason, request.side);
  const { uuid, identifier } = orderBody(answer.order);
  return json(201, {
    ...orderBody(before),
    new_order_uuid: uuid,
    ...(identifier === undefined ? {} : { new_order_identifier: identifier }),
  });
}

function readOrder(params: URLSearchParams): NewAccountOrder | VenueAnswer {
  const symbol = params.get('market');
  const side = params.get('side');
  if (symbol === null) return invalid('market');
  if (side !== 'bid' && side !== 'ask') return invalid('side');
  const price = asDecimal(params.get('price'));
  const quantity = asDecimal(params.get('volume'));
  const wanted = params.get('time_in_force');
  const clientOrderId = params.get('identifier') ?? undefined;
  const common: Pick<NewAccountOrder, 'symbol' | 'side' | 'clientOrderId' | 'postOnly'> = {
    symbol,
    side,
    clientOrderId,
    postOnly: wanted === 'post_only',
  };
  switch (params.get('ord_type')) {
    case 'limit': {
      if (wanted !== null && !['ioc', 'fok', 'post_only'].includes(wanted)) {
        return invalid('time_in_force');
      }
      const timeInForce = wanted === 'ioc' || wanted === 'fok' ? wanted : 'gtc';
      return { ...common, type: 'limit', timeInForce, price, quantity };
    }
    case 'price':
      if (side !== 'bid' || price === undefined || quantity !== undefined) {
        return refusalAnswer('PRICE_INVALID', side);
      }
      return { ...common, type: 'market', timeInForce: 'ioc', quoteAmount: price };
    case 'market':
      if (side !== 'ask' || quantity === undefined || price !== undefined) {
        return refusalAnswer('QUANTITY_INVALID', side);
      }
      return { ...common, type: 'market', timeInForce: 'ioc', quantity };
    default:
      return invalid('ord_type');
  }
}
