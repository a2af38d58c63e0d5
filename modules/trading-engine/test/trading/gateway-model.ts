import {
  type LEDGER_SERVICE,
  newOrderFromWire,
  type ORDER_SERVICE,
  orderToWire,
} from '@ats/contracts';
import {
  AtsError,
  accountId,
  assetId,
  Decimal,
  deriveOrderId,
  executionId,
  hasEnded,
  type Order,
  requestId,
  tradeId,
} from '@ats/domain';
import { applyToOrder, type OrderInput, openOrder, orderEventRecord } from '@ats/orders';
import type { Clock, RpcHandlers } from '@ats/runtime';
import type { EventLog } from '@ats/storage';
import { decimal } from '../domain/helpers.ts';

type OrderHandlers = RpcHandlers<NonNullable<(typeof ORDER_SERVICE)['shape']>>;
type LedgerHandlers = RpcHandlers<NonNullable<(typeof LEDGER_SERVICE)['shape']>>;

/** What a venue does with an order: the share that fills, and at which price if not its limit. */
export interface Fate {
  readonly share?: number;
  readonly price?: string;
  readonly feeBps?: string;
  /** Fees are taken in base instead of quote. */
  readonly feeInBase?: boolean;
  /** It stays with the venue until it is cancelled. */
  readonly stands?: boolean;
}

/** What the gateway does with a request. */
export type GatewayFault = 'none' | 'refuses' | 'takes-and-is-lost' | 'is-lost' | 'takes-late';

const BPS = decimal('0.0001');

/**
 * The order path as the engine sees it: takes requests once, by their id, and tells the log what
 * becomes of the orders. Outlives the engine, as the real one does.
 */
export class GatewayModel {
  readonly orders = new Map<string, Order>();
  readonly requests = new Map<string, readonly string[]>();
  readonly balances = new Map<string, Decimal>();
  readonly cancels: string[] = [];
  /** Every fill in its order: base bought, below zero for sold. */
  readonly fills: { readonly market: string; readonly quantity: Decimal; readonly order: Order }[] =
    [];
  submits = 0;
  fateOf: (order: Order) => Fate = () => ({});
  faultOf: (requestId: string) => GatewayFault = () => 'none';
  private readonly log: EventLog;
  private readonly clock: Clock;

  constructor(log: EventLog, clock: Clock) {
    this.log = log;
    this.clock = clock;
  }

  fund(venue: string, assets: Readonly<Record<string, string>>): void {
    for (const [asset, amount] of Object.entries(assets)) {
      this.balances.set(`${venue}/${asset}`, decimal(amount));
    }
  }

  /** What all orders have left of an asset, fees taken off. */
  net(asset: string): Decimal {
    let net = Decimal.ZERO;
    for (const { terms, cumulativeQuantity, cumulativeNotional, fees } of this.orders.values()) {
      const [base, quote] = terms.instrument.split('/');
      const signed = (amount: Decimal, plus: boolean) => (plus ? amount : amount.negate());
      if (base === asset) net = net.add(signed(cumulativeQuantity, terms.side === 'buy'));
      if (quote === asset) net = net.add(signed(cumulativeNotional, terms.side === 'sell'));
      for (const fee of fees) if (fee.asset === asset) net = net.subtract(fee.amount);
    }
    return net;
  }

  readonly orderHandlers: Pick<
    OrderHandlers,
    'SubmitOrders' | 'CancelOrder' | 'GetOrder' | 'ListOrders'
  > = {
    SubmitOrders: (request) => {
      this.submits += 1;
      const fault = this.faultOf(request.requestId);
      if (fault === 'refuses') {
        throw new AtsError({
          code: 'ORDER_FUNDS_INSUFFICIENT',
          message: 'too little USDT',
          retry: 'never',
        });
      }
      if (fault === 'is-lost') throw lost();
      if (fault === 'takes-late') this.takeLate(request);
      const ids = this.requests.get(request.requestId) ?? this.take(request);
      if (fault === 'takes-and-is-lost') throw lost();
      return { orders: ids.map((id) => orderToWire(this.orders.get(id) as Order)) };
    },
    CancelOrder: ({ orderId: id }) => {
      const order = this.find(id);
      this.cancels.push(id);
      queueMicrotask(() => {
        this.change(id, {
          kind: 'cancel-requested',
          requestId: requestId('c'),
          detail: '',
          atUs: 0,
        });
        this.change(id, { kind: 'cancel-accepted', detail: 'asked to', atUs: 0 });
      });
      return { order: orderToWire(order) };
    },
    GetOrder: ({ orderId: id }) => ({ order: orderToWire(this.find(id)) }),
    ListOrders: ({ openOnly, pageSize }) => {
      const all = [...this.orders.values()].toReversed();
      const orders = openOnly ? all.filter((order) => !hasEnded(order)) : all.slice(0, pageSize);
      return { orders: orders.map(orderToWire), nextPageToken: '' };
    },
  };

  readonly ledgerHandlers: Pick<LedgerHandlers, 'GetBalances'> = {
    GetBalances: () => ({
      balances: [...this.balances].map(([key, available]) => {
        const [venue = '', asset = ''] = key.split('/');
        return {
          accountId: 'main',
          venue,
          asset,
          available: available.toString(),
          reserved: '0',
          version: 1,
        };
      }),
    }),
  };

  private find(id: string): Order {
    const order = this.orders.get(id);
    if (order !== undefined) return order;
    throw new AtsError({ code: 'ORDER_UNKNOWN', message: `no order ${id}` });
  }

  /** A person's order that stands at a venue until it is cancelled. @returns its id */
  stand(venue: string): string {
    const order = {
      ...{ clientOrderId: 'by-hand', venue, instrument: 'BTC/USDT' },
      side: 'ORDER_SIDE_BUY',
      type: 'ORDER_TYPE_LIMIT',
      timeInForce: 'TIME_IN_FORCE_GTC',
      ...{ postOnly: false, quantity: '0.1', limitPrice: '90' },
    } as const;
    const [id = ''] = this.take({
      ...{ requestId: `by-hand-${venue}`, accountId: 'main', orders: [order], sendBeforeUs: 0 },
      ...{ opportunityId: '', tradeId: '', approval: '' },
      purpose: 'ORDER_PURPOSE_UNSPECIFIED',
    });
    return id;
  }

  /** The first try is still on its way when the second is judged, whose approval has expired. */
  private takeLate(request: Parameters<OrderHandlers['SubmitOrders']>[0]): void {
    if (this.submits < 2) throw lost();
    if (this.requests.has(request.requestId)) return;
    this.take(request);
    throw new AtsError({ code: 'ORDER_NOT_APPROVED', message: 'it has expired', retry: 'never' });
  }

  private take(request: Parameters<OrderHandlers['SubmitOrders']>[0]): readonly string[] {
    const account = accountId(request.accountId);
    const orders = request.orders.map((wire, index) =>
      openOrder({
        orderId: deriveOrderId({
          accountId: account,
          requestId: requestId(request.requestId),
          index,
        }),
        accountId: account,
        tradeId: request.tradeId === '' ? undefined : tradeId(request.tradeId),
        terms: newOrderFromWire(wire),
        purpose: request.purpose === 'ORDER_PURPOSE_UNWIND' ? 'unwind' : 'entry',
        sendBeforeUs: request.sendBeforeUs,
        atUs: this.clock.nowUs(),
      }),
    );
    for (const order of orders) this.orders.set(order.orderId, order);
    const ids = orders.map((order) => order.orderId);
    this.requests.set(request.requestId, ids);
    queueMicrotask(() => {
      for (const order of orders) this.execute(order);
    });
    return ids;
  }

  private execute(order: Order): void {
    const { orderId: id, terms } = order;
    const fate = this.fateOf(order);
    this.change(id, { kind: 'submit', atUs: 0 });
    this.change(id, { kind: 'sent', atUs: 0 });
    this.change(id, { kind: 'accepted', venueOrderId: `v-${id}`, atUs: 0 });
    const share = decimal(String(fate.share ?? 1));
    const quantity = terms.quantity.multiply(share).normalized();
    if (quantity.isPositive()) this.fill(id, quantity, fate);
    if (fate.stands === true || share.equals(Decimal.ONE)) return;
    this.change(id, { kind: 'expired', detail: 'immediate or cancel', atUs: 0 });
  }

  private fill(id: string, quantity: Decimal, fate: Fate): void {
    const { terms } = this.find(id);
    const price = fate.price === undefined ? (terms.limitPrice as Decimal) : decimal(fate.price);
    const [base = '', quote = ''] = terms.instrument.split('/');
    const rate = decimal(fate.feeBps ?? '10').multiply(BPS);
    const notional = quantity.multiply(price);
    const fee =
      fate.feeInBase === true
        ? { asset: assetId(base), amount: quantity.multiply(rate) }
        : { asset: assetId(quote), amount: notional.multiply(rate) };
    const execution = executionId(`x-${id}-${this.orders.get(id)?.version}`);
    const market = `${terms.venue}:${terms.instrument}`;
    const bought = terms.side === 'buy' ? quantity : quantity.negate();
    this.fills.push({ market, quantity: bought, order: this.find(id) });
    this.change(id, { kind: 'fill', executionId: execution, quantity, price, fee, atUs: 0 });
  }

  /** Applies an input as the OMS would, and tells the log. */
  change(id: string, input: OrderInput): void {
    const outcome = applyToOrder(
      this.find(id),
      { ...input, atUs: this.clock.nowUs() },
      new Set<never>(),
    );
    if (outcome.kind !== 'changed') return;
    const { order, previousStatus } = outcome;
    this.orders.set(order.orderId, order);
    const event = { order, previousStatus, occurredAtUs: order.updatedAtUs };
    // A log that is closed meanwhile is a process that was killed: the event is told by nobody.
    this.log.append(orderEventRecord(event, { correlationId: id })).catch(() => undefined);
  }
}

const lost = (): AtsError =>
  new AtsError({ code: 'RPC_DEADLINE_EXCEEDED', message: 'no answer', retry: 'unknown' });
