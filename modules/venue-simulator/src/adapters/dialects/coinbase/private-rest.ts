import type { Clock } from '@ats/runtime';
import type { RequestKind, VenueAnswer, VenueRequest } from '../../../app/dialect-server.ts';
import type { Account } from '../../../domain/accounts/account.ts';
import type { AccountRefusal, NewAccountOrder } from '../../../domain/accounts/orders.ts';
import type { SimVenue } from '../../../domain/sim-market.ts';
import { Budget, PerClient } from '../shared/budget.ts';
import { asCount, asFields, asTexts, type Fields, parseJson } from '../shared/parse.ts';
import { asDecimal } from '../shared/private.ts';
import { json } from '../shared/rest.ts';
import { numberOfUuid } from '../shared/uuid.ts';
import type { CoinbaseAuthenticator } from './private-auth.ts';
import {
  accountBody,
  fillBody,
  keyPermissions,
  orderBody,
  placedBody,
  walletBody,
} from './private-frames.ts';
import { RATE_LIMITED } from './rest.ts';

const ROOT = '/api/v3/brokerage/';
/** The one page of the older generation that clients read balances from. */
const WALLETS = '/v2/accounts';
/** Private requests one key may make in a second. */
const PER_SECOND_MAX = 30;

function failure(status: number, error: string, message: string): VenueAnswer {
  return json(status, { error, error_details: message, message });
}

const invalid = (message: string): VenueAnswer => failure(400, 'INVALID_ARGUMENT', message);
const NO_SUCH_ORDER = failure(404, 'unknown', 'order with this orderID was not found');

/** Orders are refused with a 200. Source: docs.cdp.coinbase.com, "Create Order". */
const REASONS: Readonly<Record<AccountRefusal, string>> = {
  UNKNOWN_SYMBOL: 'INVALID_PRODUCT_ID',
  PRICE_INVALID: 'INVALID_LIMIT_PRICE',
  PRICE_OFF_TICK: 'INVALID_PRICE_PRECISION',
  QUANTITY_INVALID: 'INVALID_SIZE',
  QUANTITY_OFF_STEP: 'INVALID_SIZE_PRECISION',
  QUANTITY_TOO_SMALL: 'INVALID_BASE_SIZE_TOO_SMALL',
  NOTIONAL_TOO_SMALL: 'INVALID_QUOTE_SIZE_TOO_SMALL',
  DUPLICATE_CLIENT_ORDER_ID: 'DUPLICATE_CLIENT_ORDER_ID',
  INSUFFICIENT_FUNDS: 'INSUFFICIENT_FUND',
  POST_ONLY_WOULD_TAKE: 'INVALID_LIMIT_PRICE_POST_ONLY',
  POST_ONLY_CONFLICT: 'UNSUPPORTED_ORDER_CONFIGURATION',
  TOO_MANY_ORDERS: 'EXCEEDED_MAX_OPEN_ORDERS',
  UNKNOWN_ORDER: 'ORDER_NOT_FOUND',
};

const KINDS: ReadonlyMap<string, RequestKind> = new Map([
  ['orders', 'place'],
  ['orders/edit', 'replace'],
  ['orders/batch_cancel', 'cancel'],
]);

type Ask = (account: Account, query: URLSearchParams, body: Fields) => VenueAnswer;

/** Advanced Trade's private REST: balances, orders and fills of the key's account. */
export class CoinbasePrivateRest {
  private readonly venue: SimVenue;
  private readonly authenticator: CoinbaseAuthenticator;
  private readonly requests: PerClient<Budget>;
  private readonly routes: ReadonlyMap<string, Ask>;

  constructor(options: {
    readonly venue: SimVenue;
    readonly clock: Clock;
    readonly authenticator: CoinbaseAuthenticator;
  }) {
    const { clock } = options;
    this.venue = options.venue;
    this.authenticator = options.authenticator;
    const limit = { limit: PER_SECOND_MAX, windowMs: 1000, clock };
    this.requests = new PerClient(() => new Budget(limit));
    this.routes = new Map<string, Ask>([
      ['GET accounts', (account) => this.accounts(account)],
      ['GET transaction_summary', () => this.summary()],
      ['GET key_permissions', (account) => json(200, keyPermissions(account))],
      ['POST orders', (account, _, body) => this.place(account, body)],
      ['POST orders/edit', (account, _, body) => edit(account, body)],
      ['POST orders/batch_cancel', (account, _, body) => cancel(account, body)],
      ['GET orders/historical/batch', (account, query) => list(account, query)],
      ['GET orders/historical/fills', (account, query) => fills(account, query)],
    ]);
  }

  /** @returns undefined when the request is not private. */
  handle(request: VenueRequest): VenueAnswer | undefined {
    const ask = this.askOf(request);
    if (ask === undefined) return undefined;
    const key = this.authenticator.check(request);
    if ('status' in key) return key;
    if (!this.requests.get(key.apiKey).take()) return RATE_LIMITED;
    const body = request.body === '' ? {} : asFields(parseJson(request.body));
    return body === undefined ? invalid('body') : ask(key.account, request.query, body);
  }

  kindOf(request: VenueRequest): RequestKind {
    if (this.askOf(request) === undefined) return 'public';
    return KINDS.get(request.path.slice(ROOT.length)) ?? 'private';
  }

  private askOf({ method, path }: VenueRequest): Ask | undefined {
    if (method === 'GET' && path === WALLETS) return (account) => this.wallets(account);
    if (!path.startsWith(ROOT)) return undefined;
    const name = `${method} ${path.slice(ROOT.length)}`;
    const [, orderId] = /^GET orders\/historical\/([0-9a-f-]{36})$/.exec(name) ?? [];
    return orderId === undefined ? this.routes.get(name) : queryOf(orderId);
  }

  private wallets({ balances }: Account): VenueAnswer {
    const fiat = this.fiat();
    const data = balances.map((one, index) => walletBody(one, index, fiat.has(one.asset)));
    const pagination = { ending_before: null, starting_after: null, next_uri: null };
    return json(200, { pagination, data });
  }

  private fiat(): ReadonlySet<string> {
    const fiat = new Set<string>();
    for (const { listing } of this.venue.markets.values()) {
      for (const { id, network } of [listing.base, listing.quote]) {
        if (network === 'fiat') fiat.add(id);
      }
    }
    return fiat;
  }

  private accounts({ balances }: Account): VenueAnswer {
    const fiat = this.fiat();
    const accounts = balances.map((one, index) => accountBody(one, index, fiat.has(one.asset)));
    return json(200, { accounts, has_next: false, cursor: '', size: accounts.length });
  }

  private summary(): VenueAnswer {
    const [first] = this.venue.markets.values();
    const rate = (bps: { toNumber(): number } | undefined): string =>
      String((bps?.toNumber() ?? 0) / 10_000);
    return json(200, {
      total_volume: 0,
      total_fees: 0,
      fee_tier: {
        pricing_tier: 'Advanced 1',
        taker_fee_rate: rate(first?.listing.fees.takerBps),
        maker_fee_rate: rate(first?.listing.fees.makerBps),
      },
    });
  }

  /** A client order id that is not new brings the order that has it, and no other. */
  private place(account: Account, body: Fields): VenueAnswer {
    const request = readOrder(body);
    if ('status' in request) return request;
    if (!this.venue.markets.has(request.symbol)) return invalid('product_id is invalid');
    const before = account.orderOfClientId(request.clientOrderId ?? '');
    if (before !== undefined) return json(200, placedBody(before));
    const answer = account.submit(request);
    if (answer.kind === 'accepted') return json(200, placedBody(answer.order));
    const error = REASONS[answer.reason];
    return json(200, {
      success: false,
      error_response: {
        error,
        message: error,
        error_details: '',
        preview_failure_reason: `PREVIEW_${error}`,
      },
      order_configuration: body['order_configuration'],
    });
  }
}

const queryOf =
  (orderId: string): Ask =>
  (account) => {
    const order = account.order(numberOfUuid('order', orderId));
    return order === undefined ? NO_SUCH_ORDER : json(200, { order: orderBody(order) });
  };

/** Changes price and size, which is that of the whole order. */
function edit(account: Account, body: Fields): VenueAnswer {
  const order = account.order(numberOfUuid('order', String(body['order_id'])));
  const price = asDecimal(String(body['price']));
  const size = asDecimal(String(body['size']));
  if (price === undefined || size === undefined) return invalid('price and size are required');
  const openQuantity = size.subtract(order?.filled ?? size);
  const answer = account.replace(order?.number ?? 0, { price, openQuantity });
  if (answer.kind === 'accepted') return json(200, { success: true, errors: [] });
  const edit_failure_reason = REASONS[answer.reason];
  return json(200, { success: false, errors: [{ edit_failure_reason }] });
}

function cancel(account: Account, body: Fields): VenueAnswer {
  const ids = asTexts(body['order_ids']);
  if (ids === undefined || ids.length === 0) return invalid('order_ids is required');
  const results = ids.map((order_id) => {
    const success = account.cancel(numberOfUuid('order', order_id)).kind === 'accepted';
    const failure_reason = success ? 'UNKNOWN_CANCEL_FAILURE_REASON' : 'UNKNOWN_CANCEL_ORDER';
    return { success, failure_reason, order_id };
  });
  return json(200, { results });
}

/** Begin, inclusive, and end, exclusive, under the names that a list has for them. */
function windowOf(query: URLSearchParams, names: readonly [string, string]) {
  const start = Date.parse(query.get(names[0]) ?? '') * 1000;
  const end = Date.parse(query.get(names[1]) ?? '') * 1000;
  return (timeUs: number): boolean => !(timeUs < start) && !(timeUs >= end);
}

/** Newest first; `cursor` counts what was shown before. */
function page<Row>(
  rows: readonly Row[],
  query: URLSearchParams,
): { readonly rows: readonly Row[]; readonly cursor: string } | VenueAnswer {
  const limit = asCount(query.get('limit'), { fallback: 100, min: 1, max: 1000 });
  const from = asCount(query.get('cursor'), { fallback: 0, min: 0, max: 1_000_000_000 });
  if (limit === undefined || from === undefined) return invalid('limit is invalid');
  const cursor = from + limit < rows.length ? String(from + limit) : '';
  return { rows: rows.toReversed().slice(from, from + limit), cursor };
}

function list(account: Account, query: URLSearchParams): VenueAnswer {
  const statuses = query.getAll('order_status');
  const within = windowOf(query, ['start_date', 'end_date']);
  const found = account
    .orders(query.get('product_id') ?? undefined)
    .filter((order) => within(order.createdUs))
    .map(orderBody)
    .filter(({ status }) => statuses.length === 0 || statuses.includes(String(status)));
  const shown = page(found, query);
  if ('status' in shown) return shown;
  const { rows: orders, cursor } = shown;
  return json(200, { orders, sequence: '0', has_next: cursor !== '', cursor });
}

function fills(account: Account, query: URLSearchParams): VenueAnswer {
  const product = query.get('product_id') ?? query.get('product_ids');
  const orderId = query.get('order_id') ?? query.get('order_ids');
  const within = windowOf(query, ['start_sequence_timestamp', 'end_sequence_timestamp']);
  const found = account.trades.filter(
    (trade) =>
      (product === null || trade.listing.symbol === product) &&
      (orderId === null || trade.orderNumber === numberOfUuid('order', orderId)) &&
      within(trade.timeUs),
  );
  const shown = page(found, query);
  if ('status' in shown) return shown;
  return json(200, { fills: shown.rows.map(fillBody), cursor: shown.cursor });
}

const CONFIGURATIONS: Readonly<
  Record<string, Pick<NewAccountOrder, 'type' | 'timeInForce'> | undefined>
> = {
  limit_limit_gtc: { type: 'limit', timeInForce: 'gtc' },
  sor_limit_ioc: { type: 'limit', timeInForce: 'ioc' },
  limit_limit_fok: { type: 'limit', timeInForce: 'fok' },
  market_market_ioc: { type: 'market', timeInForce: 'ioc' },
};

function readOrder(body: Fields): NewAccountOrder | VenueAnswer {
  const { product_id: symbol, side, client_order_id: clientOrderId } = body;
  if (typeof symbol !== 'string') return invalid('product_id is required');
  if (typeof clientOrderId !== 'string' || clientOrderId === '' || clientOrderId.length > 128) {
    return invalid('client_order_id is required');
  }
  if (side !== 'BUY' && side !== 'SELL') return invalid('side is invalid');
  const [entry] = Object.entries(asFields(body['order_configuration']) ?? {});
  const kind = entry === undefined ? undefined : CONFIGURATIONS[entry[0]];
  const fields = asFields(entry?.[1]);
  if (kind === undefined || fields === undefined) {
    return failure(400, 'UNSUPPORTED_ORDER_CONFIGURATION', 'order_configuration is not supported');
  }
  const amount = (name: string) =>
    asDecimal(fields[name] === undefined ? null : String(fields[name]));
  return {
    ...kind,
    symbol,
    clientOrderId,
    side: side === 'BUY' ? 'bid' : 'ask',
    postOnly: fields['post_only'] === true,
    price: kind.type === 'limit' ? amount('limit_price') : undefined,
    quantity: amount('base_size'),
    quoteAmount: kind.type === 'market' ? amount('quote_size') : undefined,
  };
}
