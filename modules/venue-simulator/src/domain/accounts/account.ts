import { assert, Decimal } from '@ats/domain';
import type { Execution, OrderCanceled } from '@ats/matching';
import type { TradePrint } from '../sim-market.ts';
import type { SimulatedMarket } from '../simulated-market.ts';
import { type Balance, Balances } from './balances.ts';
import { amountOf, notionalOf, stepsOf } from './money.ts';
import { type HistoryLimits, OrderHistory } from './order-history.ts';
import { OrderRecord } from './order-record.ts';
import type {
  AccountAnswer,
  AccountOrder,
  AccountRefusal,
  AccountTrade,
  ClientIdRule,
  FeeIn,
  NewAccountOrder,
} from './orders.ts';
import { sweep } from './sweep.ts';

export interface AccountLimits extends HistoryLimits {
  readonly openOrdersMax: number;
}

export interface AccountOptions {
  readonly name: string;
  /** Its number among the owners of orders; the market model's own are below. */
  readonly owner: number;
  readonly markets: ReadonlyMap<string, SimulatedMarket>;
  readonly deposits: ReadonlyMap<string, Decimal>;
  readonly limits: AccountLimits;
  readonly clientIdRule: ClientIdRule;
  readonly feeIn: FeeIn;
  /** The venue's next order, its number and the engine's id for it. */
  readonly nextOrder: () => { readonly number: number; readonly engineOrderId: number };
  readonly nextTradeNumber: () => number;
  /** Told how each order was answered. */
  readonly onAnswer: (result: 'accepted' | AccountRefusal) => void;
}

interface Measured {
  readonly lots: number;
  readonly priceTicks: number;
  /** What a market order will trade for, at most. */
  readonly notional: Decimal;
}

const refused = (reason: AccountRefusal): AccountAnswer => ({ kind: 'refused', reason });
const accepted = (order: AccountOrder): AccountAnswer => ({ kind: 'accepted', order });

/**
 * One customer of a simulated exchange. Every order sets aside exactly what it can cost, goes
 * through the market's matching engine like anybody's, and settles fill by fill.
 */
export class Account {
  readonly name: string;
  readonly owner: number;
  private readonly options: AccountOptions;
  private readonly balancesByAsset: Balances;
  private readonly history: OrderHistory;
  private readonly byEngineId = new Map<number, OrderRecord>();

  constructor(options: AccountOptions) {
    this.name = options.name;
    this.owner = options.owner;
    this.options = options;
    this.history = new OrderHistory(options.limits, options.clientIdRule);
    const listings = [...options.markets.values()].map(({ listing }) => listing);
    const assets = listings.flatMap(({ base, quote }) => [base.id, quote.id]);
    this.balancesByAsset = new Balances(assets, options.deposits);
  }

  get balances(): readonly Balance[] {
    return this.balancesByAsset.all;
  }

  /** By number, of one market if named. */
  openOrders(symbol?: string): readonly AccountOrder[] {
    const orders = [...this.history.open.values()];
    return symbol === undefined ? orders : orders.filter((one) => one.listing.symbol === symbol);
  }

  /** Open orders and as many of the others as are remembered, by number. */
  orders(symbol?: string): readonly AccountOrder[] {
    const orders = this.history.all();
    return symbol === undefined ? orders : orders.filter((one) => one.listing.symbol === symbol);
  }

  order(number: number): AccountOrder | undefined {
    return this.history.order(number);
  }

  /** The newest order with this client order id. */
  orderOfClientId(clientOrderId: string): AccountOrder | undefined {
    return this.history.ofClientId(clientOrderId);
  }

  /** As many of its trades as are remembered, oldest first. */
  get trades(): readonly AccountTrade[] {
    return this.history.trades;
  }

  tradesOf(order: AccountOrder): readonly AccountTrade[] {
    return this.history.trades.filter(({ orderNumber }) => orderNumber === order.number);
  }

  /** Checks, sets money aside, matches; an order that is refused leaves no trace. */
  submit(request: NewAccountOrder): AccountAnswer {
    const answer = this.decide(request);
    this.options.onAnswer(answer.kind === 'accepted' ? 'accepted' : answer.reason);
    return answer;
  }

  private decide(request: NewAccountOrder): AccountAnswer {
    const market = this.options.markets.get(request.symbol);
    if (market === undefined) return refused('UNKNOWN_SYMBOL');
    const measured = this.measure(request, market);
    if (typeof measured === 'string') return refused(measured);
    const { clientOrderId } = request;
    if (clientOrderId !== undefined && this.history.isTaken(clientOrderId, market.nowUs)) {
      return refused('DUPLICATE_CLIENT_ORDER_ID');
    }
    if (this.history.open.size >= this.options.limits.openOrdersMax) {
      return refused('TOO_MANY_ORDERS');
    }
    const { lots, priceTicks } = measured;
    const { side, type, timeInForce, postOnly, quoteAmount } = request;
    const order = new OrderRecord({
      ...this.options.nextOrder(),
      market,
      clientOrderId,
      side,
      type,
      timeInForce: type === 'market' && timeInForce === 'gtc' ? 'ioc' : timeInForce,
      postOnly,
      priceTicks,
      quoteAmount,
      lots,
      feeIn: this.options.feeIn,
    });
    const swept = type === 'market' && side === 'bid';
    const lock = swept ? order.lockForNotional(measured.notional) : order.lockFor(order);
    if (!this.balancesByAsset.lock(order.lockedAsset, lock)) return refused('INSUFFICIENT_FUNDS');
    order.locked = lock;
    return this.enter(order);
  }

  /** Takes an open order off the book. */
  cancel(number: number): AccountAnswer {
    const order = this.history.open.get(number);
    if (order === undefined) return refused('UNKNOWN_ORDER');
    order.market.engine.cancel(order.engineOrderId);
    return accepted(order);
  }

  /** Changes price and open quantity; fills so far stay. Refused, the order is as it was. */
  replace(number: number, to: { price: Decimal; openQuantity: Decimal }): AccountAnswer {
    const order = this.history.open.get(number);
    if (order === undefined) return refused('UNKNOWN_ORDER');
    const { market, postOnly } = order;
    const limit = { price: to.price, quantity: to.openQuantity };
    const measured = measureLimit(limit, market);
    if (typeof measured === 'string') return refused(measured);
    const { priceTicks, lots } = measured;
    const moves = priceTicks !== order.priceTicks;
    if (postOnly && moves && wouldTake(order, priceTicks)) return refused('POST_ONLY_WOULD_TAKE');
    const lock = order.lockFor({ priceTicks, lots });
    const missing = lock.subtract(order.locked);
    if (!this.balancesByAsset.lock(order.lockedAsset, missing.max(Decimal.ZERO))) {
      return refused('INSUFFICIENT_FUNDS');
    }
    if (missing.isNegative()) {
      this.balancesByAsset.release(order.lockedAsset, missing.negate());
    }
    order.locked = lock;
    order.priceTicks = priceTicks;
    order.lots = order.filledLots + lots;
    order.updatedUs = market.nowUs;
    market.engine.replace({ orderId: order.engineOrderId, priceTicks, lots, postOnly });
    return accepted(order);
  }

  /** The market's engine has executed one of this account's orders. */
  executed(execution: Execution, trade: TradePrint, role: 'maker' | 'taker'): void {
    const isMaker = role === 'maker';
    const order = this.live(isMaker ? execution.makerOrderId : execution.takerOrderId);
    const { priceTicks, lots } = execution;
    const { quantity, notional, fee } = order.fill({ priceTicks, lots, isMaker });
    const paid = order.side === 'bid' ? notional : quantity;
    const received = order.side === 'bid' ? quantity : notional;
    const spent = order.feeFromReceived ? paid : paid.add(fee);
    const balances = this.balancesByAsset;
    balances.spend(order.lockedAsset, spent);
    balances.receive(
      order.receivedAsset,
      order.feeFromReceived ? received.subtract(fee) : received,
    );
    order.locked = order.locked.subtract(spent);
    this.history.addTrade({
      number: this.options.nextTradeNumber(),
      tradeId: trade.tradeId,
      orderNumber: order.number,
      clientOrderId: order.clientOrderId,
      orderType: order.type,
      orderPrice: order.price,
      listing: order.listing,
      side: order.side,
      isMaker,
      price: amountOf(priceTicks, order.listing.priceTick),
      quantity,
      notional,
      fee,
      feeAsset: order.feeAsset,
      timeUs: trade.timeUs,
    });
    if (order.filledLots === order.lots) this.end(order, 'filled');
    else if (order.type === 'limit') {
      const lotsLeft = order.lots - order.filledLots;
      this.relock(order, order.lockFor({ priceTicks: order.priceTicks, lots: lotsLeft }));
    }
  }

  /** The market's engine has taken one of this account's orders off the book. */
  canceled(cancel: OrderCanceled): void {
    const order = this.live(cancel.orderId);
    order.endReason = cancel.reason;
    this.end(order, 'canceled');
  }

  private enter(order: OrderRecord): AccountAnswer {
    const { engineOrderId, market, side, type, timeInForce, postOnly, priceTicks, lots } = order;
    this.history.add(order);
    this.byEngineId.set(engineOrderId, order);
    const outcome = market.engine.submit({
      orderId: engineOrderId,
      owner: this.owner,
      side,
      type,
      timeInForce,
      postOnly,
      priceTicks,
      lots,
    });
    if (outcome !== 'rejected') return accepted(order);
    this.relock(order, Decimal.ZERO);
    this.byEngineId.delete(engineOrderId);
    this.history.withdraw(order);
    if (!postOnly) return refused('TOO_MANY_ORDERS');
    const mayRest = type === 'limit' && timeInForce === 'gtc';
    return refused(mayRest ? 'POST_ONLY_WOULD_TAKE' : 'POST_ONLY_CONFLICT');
  }

  private end(order: OrderRecord, state: 'filled' | 'canceled'): void {
    this.relock(order, Decimal.ZERO);
    order.state = state;
    order.updatedUs = order.market.nowUs;
    this.byEngineId.delete(order.engineOrderId);
    this.history.close(order);
  }

  /** Releases what an order no longer needs. */
  private relock(order: OrderRecord, needed: Decimal): void {
    this.balancesByAsset.release(order.lockedAsset, order.locked.subtract(needed));
    order.locked = needed;
  }

  private live(engineOrderId: number): OrderRecord {
    const order = this.byEngineId.get(engineOrderId);
    assert(order !== undefined, 'an account hears of its open orders only', { engineOrderId });
    return order;
  }

  private measure(request: NewAccountOrder, market: SimulatedMarket): Measured | AccountRefusal {
    if (request.type === 'limit') return measureLimit(request, market);
    const { quantity, side } = request;
    const lots = quantity === undefined ? undefined : lotsOf(quantity, market);
    if (typeof lots === 'string') return lots;
    const quoteAmount = lots === undefined ? request.quoteAmount : undefined;
    if (lots === undefined && quoteAmount === undefined) return 'QUANTITY_INVALID';
    const found = sweep(market, { side, owner: this.owner, lots, quoteAmount });
    const { notionalMin } = market.listing;
    if (lots === undefined) {
      if (quoteAmount?.lessThan(notionalMin)) return 'NOTIONAL_TOO_SMALL';
      return found.lots === 0 ? 'QUANTITY_TOO_SMALL' : { ...found, priceTicks: 0 };
    }
    const tooSmall = found.lots === lots && found.notional.lessThan(notionalMin);
    return tooSmall ? 'NOTIONAL_TOO_SMALL' : { lots, priceTicks: 0, notional: found.notional };
  }
}

function measureLimit(
  request: { price?: Decimal | undefined; quantity?: Decimal | undefined },
  market: SimulatedMarket,
): Measured | AccountRefusal {
  const { price, quantity } = request;
  const { listing } = market;
  if (price === undefined || price.isNegative() || price.isZero()) return 'PRICE_INVALID';
  const priceTicks = stepsOf(price, listing.priceTick);
  if (priceTicks === undefined) return 'PRICE_OFF_TICK';
  if (quantity === undefined) return 'QUANTITY_INVALID';
  const lots = lotsOf(quantity, market);
  if (typeof lots === 'string') return lots;
  const notional = notionalOf(listing, { priceTicks, lots });
  return notional.lessThan(listing.notionalMin)
    ? 'NOTIONAL_TOO_SMALL'
    : { lots, priceTicks, notional };
}

function lotsOf(quantity: Decimal, { listing }: SimulatedMarket): number | AccountRefusal {
  if (quantity.isNegative() || quantity.isZero()) return 'QUANTITY_INVALID';
  if (quantity.lessThan(listing.quantityMin)) return 'QUANTITY_TOO_SMALL';
  return stepsOf(quantity, listing.quantityStep) ?? 'QUANTITY_OFF_STEP';
}

function wouldTake({ market, side }: OrderRecord, priceTicks: number): boolean {
  const best = market.engine.bestPriceTicks(side === 'bid' ? 'ask' : 'bid');
  return side === 'bid' ? priceTicks >= best : priceTicks <= best;
}
