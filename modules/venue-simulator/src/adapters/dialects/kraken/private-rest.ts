import type { Clock } from '@ats/runtime';
import type {
  AccountKey,
  RequestKind,
  VenueAccounts,
  VenueAnswer,
  VenueRequest,
} from '../../../app/dialect-server.ts';
import type { Account } from '../../../domain/accounts/account.ts';
import type { AccountOrder, NewAccountOrder } from '../../../domain/accounts/orders.ts';
import { Budget, PerClient } from '../shared/budget.ts';
import { asCount } from '../shared/parse.ts';
import { asDecimal, plain } from '../shared/private.ts';
import { json } from '../shared/rest.ts';
import { failure, INVALID, refusalAnswer, UNKNOWN_PAIR } from './errors.ts';
import { assetKey, type KrakenPair, type KrakenPairs } from './names.ts';
import { KrakenAuthenticator } from './private-auth.ts';
import {
  describe,
  orderBody,
  orderIdText,
  orderNumberOf,
  tradeBody,
  tradeIdText,
} from './private-frames.ts';
import { type KrakenTokens, TOKEN_LIFE_S } from './tokens.ts';

const ROOT = '/0/private/';
/** Private calls one key may make in ten seconds. */
const CALLS_MAX = 150;
const PAGE = 50;
const CLIENT_ID = /^[0-9a-zA-Z-]{1,36}$/;

type Params = ReadonlyMap<string, string>;
type Method = (account: Account, params: Params, key: AccountKey) => VenueAnswer;

const KINDS: ReadonlyMap<string, RequestKind> = new Map([
  ['AddOrder', 'place'],
  ['AmendOrder', 'replace'],
  ['CancelOrder', 'cancel'],
  ['CancelAll', 'cancel'],
]);

const result = (body: unknown): VenueAnswer => json(200, { error: [], result: body });
const RATE_LIMITED = failure('EAPI:Rate limit exceeded');

/** Kraken's private REST: balances, orders and trades of the key's account. */
export class KrakenPrivateRest {
  private readonly pairs: KrakenPairs;
  private readonly authenticator: KrakenAuthenticator;
  private readonly calls: PerClient<Budget>;
  private readonly methods: Readonly<Record<string, Method | undefined>>;

  constructor(options: {
    readonly pairs: KrakenPairs;
    readonly clock: Clock;
    readonly accounts: VenueAccounts;
    readonly tokens: KrakenTokens;
  }) {
    this.pairs = options.pairs;
    this.authenticator = new KrakenAuthenticator(options.accounts);
    const limit = { limit: CALLS_MAX, windowMs: 10_000, clock: options.clock };
    this.calls = new PerClient(() => new Budget(limit));
    this.methods = {
      Balance: (account) =>
        result(balancesOf(account, ({ available, locked }) => plain(available.add(locked)))),
      BalanceEx: (account) =>
        result(
          balancesOf(account, ({ available, locked }) => ({
            balance: plain(available.add(locked)),
            hold_trade: plain(locked),
          })),
        ),
      GetWebSocketsToken: (_, __, key) =>
        result({ token: options.tokens.issue(key), expires: TOKEN_LIFE_S }),
      AddOrder: (account, params) => this.add(account, params),
      AmendOrder: (account, params) => this.amend(account, params),
      CancelOrder: (account, params) => this.cancel(account, params),
      CancelAll: (account) => cancelAll(account),
      QueryOrders: (account, params) => this.query(account, params),
      OpenOrders: (account, params) => this.openOrders(account, params),
      ClosedOrders: (account, params) => this.closedOrders(account, params),
      TradesHistory: (account, params) => this.trades(account, params),
    };
  }

  /** @returns undefined when the request is not private. */
  handle(request: VenueRequest): VenueAnswer | undefined {
    if (!request.path.startsWith(ROOT)) return undefined;
    const name = request.path.slice(ROOT.length);
    const method = Object.hasOwn(this.methods, name) ? this.methods[name] : undefined;
    if (method === undefined || request.method !== 'POST') {
      return failure('EGeneral:Unknown method');
    }
    const signed = this.authenticator.check(request);
    if ('status' in signed) return signed;
    if (!this.calls.get(signed.key.apiKey).take()) return RATE_LIMITED;
    return method(signed.key.account, signed.params, signed.key);
  }

  kindOf({ path }: VenueRequest): RequestKind {
    if (!path.startsWith(ROOT)) return 'public';
    return KINDS.get(path.slice(ROOT.length)) ?? 'private';
  }

  private pairOf(order: { listing: { symbol: string } }): KrakenPair {
    const pair = this.pairs.ofSymbol(order.listing.symbol);
    if (pair === undefined) throw new Error(`no Kraken pair for ${order.listing.symbol}`);
    return pair;
  }

  private bodyOf(account: Account, order: AccountOrder): Record<string, unknown> {
    return orderBody(order, this.pairOf(order), account.tradesOf(order));
  }

  private add(account: Account, params: Params): VenueAnswer {
    const pair = this.pairs.named(params.get('pair') ?? '');
    if (pair === undefined) return params.has('pair') ? UNKNOWN_PAIR : INVALID;
    const request = readOrder(params, pair);
    if ('status' in request) return request;
    const answer = account.submit(request);
    if (answer.kind === 'refused') return refusalAnswer(answer.reason);
    const { order } = answer;
    return result({ descr: { order: describe(order, pair) }, txid: [orderIdText(order.number)] });
  }

  private amend(account: Account, params: Params): VenueAnswer {
    const order = named(account, params)[0];
    if (order === undefined) return refusalAnswer('UNKNOWN_ORDER');
    const price = asDecimal(params.get('limit_price')) ?? order.price;
    const quantity = asDecimal(params.get('order_qty')) ?? order.quantity;
    if (price === undefined) return INVALID;
    const openQuantity = quantity.subtract(order.filled);
    const answer = account.replace(order.number, { price, openQuantity });
    return answer.kind === 'refused'
      ? refusalAnswer(answer.reason)
      : result({ amend_id: orderIdText(order.number) });
  }

  private cancel(account: Account, params: Params): VenueAnswer {
    let count = 0;
    for (const order of named(account, params)) {
      if (account.cancel(order.number).kind === 'accepted') count += 1;
    }
    return count === 0 ? refusalAnswer('UNKNOWN_ORDER') : result({ count });
  }

  private query(account: Account, params: Params): VenueAnswer {
    const asked = (params.get('txid') ?? '').split(',');
    const orders = named(account, params);
    if (orders.length < asked.length) return refusalAnswer('UNKNOWN_ORDER');
    return result(this.byId(account, orders));
  }

  private byId(account: Account, orders: readonly AccountOrder[]): Record<string, unknown> {
    const entries = orders.map((order) => [orderIdText(order.number), this.bodyOf(account, order)]);
    return Object.fromEntries(entries) as Record<string, unknown>;
  }

  private openOrders(account: Account, params: Params): VenueAnswer {
    const clientId = params.get('cl_ord_id');
    const orders = account
      .openOrders()
      .filter((order) => clientId === undefined || order.clientOrderId === clientId);
    return result({ open: this.byId(account, orders) });
  }

  private closedOrders(account: Account, params: Params): VenueAnswer {
    const offset = asCount(params.get('ofs'), { fallback: 0, min: 0, max: 1_000_000 });
    if (offset === undefined) return INVALID;
    const within = windowOf(params);
    const clientId = params.get('cl_ord_id');
    const done = account
      .orders()
      .filter((order) => order.state !== 'open' && within(order.updatedUs))
      .filter((order) => clientId === undefined || order.clientOrderId === clientId)
      .reverse();
    const page = done.slice(offset, offset + PAGE);
    return result({ closed: this.byId(account, page), count: done.length });
  }

  private trades(account: Account, params: Params): VenueAnswer {
    const offset = asCount(params.get('ofs'), { fallback: 0, min: 0, max: 1_000_000 });
    if (offset === undefined) return INVALID;
    const within = windowOf(params);
    const found = account.trades.filter((trade) => within(trade.timeUs)).reverse();
    const page = found.slice(offset, offset + PAGE).map((trade) => {
      return [tradeIdText(trade.number), tradeBody(trade, this.pairOf(trade))];
    });
    return result({ trades: Object.fromEntries(page) as unknown, count: found.length });
  }
}

function cancelAll(account: Account): VenueAnswer {
  const open = account.openOrders();
  for (const order of open) account.cancel(order.number);
  return result({ count: open.length });
}

function balancesOf(
  account: Account,
  encode: (balance: Account['balances'][number]) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(
    account.balances.map((balance) => [assetKey(balance.asset), encode(balance)]),
  );
}

/** The orders that `txid`, a list, or `cl_ord_id` names, without those that are not there. */
function named(account: Account, params: Params): readonly AccountOrder[] {
  const clientId = params.get('cl_ord_id');
  if (clientId !== undefined) return [account.orderOfClientId(clientId)].filter(isThere);
  const ids = (params.get('txid') ?? '').split(',');
  return ids.map((id) => account.order(orderNumberOf(id))).filter(isThere);
}

const isThere = <Value>(value: Value | undefined): value is Value => value !== undefined;

/** `start`, exclusive, and `end`, inclusive, in seconds. */
function windowOf(params: Params): (timeUs: number) => boolean {
  const start = Number(params.get('start') ?? 0) * 1_000_000;
  const end = Number(params.get('end') ?? Number.MAX_SAFE_INTEGER) * 1_000_000;
  return (timeUs) => timeUs > start && timeUs <= end;
}

function readOrder(params: Params, pair: KrakenPair): NewAccountOrder | VenueAnswer {
  const side = params.get('type');
  const type = params.get('ordertype');
  if (side !== 'buy' && side !== 'sell') return failure('EGeneral:Invalid arguments:type');
  if (type !== 'limit' && type !== 'market') return failure('EGeneral:Invalid arguments:ordertype');
  const wanted = (params.get('timeinforce') ?? 'GTC').toLowerCase();
  if (wanted !== 'gtc' && wanted !== 'ioc' && wanted !== 'fok') {
    return failure('EGeneral:Invalid arguments:timeinforce');
  }
  const clientOrderId = params.get('cl_ord_id');
  if (clientOrderId !== undefined && !CLIENT_ID.test(clientOrderId)) {
    return failure('EGeneral:Invalid arguments:cl_ord_id');
  }
  const flags = (params.get('oflags') ?? '').split(',');
  const inQuote = flags.includes('viqc');
  if (inQuote && (type !== 'market' || side !== 'buy')) {
    return failure('EGeneral:Invalid arguments:viqc');
  }
  const volume = asDecimal(params.get('volume'));
  return {
    symbol: pair.symbol,
    clientOrderId,
    side: side === 'buy' ? 'bid' : 'ask',
    type,
    timeInForce: wanted,
    postOnly: flags.includes('post'),
    price: type === 'limit' ? asDecimal(params.get('price')) : undefined,
    quantity: inQuote ? undefined : volume,
    quoteAmount: inQuote ? volume : undefined,
  };
}
