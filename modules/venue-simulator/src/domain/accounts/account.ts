import { assert, Decimal } from '@ats/domain';
import type { Execution, OrderCanceled } from '@ats/matching';
import type { TradePrint } from '../sim-market.ts';
import type { SimulatedMarket } from '../simulated-market.ts';
import { type Balance, Balances } from './balances.ts';
import { type Measured, measure, measureLimit, wouldTake } from './measure.ts';
import { amountOf } from './money.ts';
import { type HistoryLimits, OrderHistory } from './order-history.ts';
import { OrderRecord, snapshotOf } from './order-record.ts';
import type {
  AccountAnswer,
  AccountFaults,
  AccountOrder,
  AccountRefusal,
  AccountReport,
  AccountTrade,
  ClientIdRule,
  FeeAsset,
  FeeIn,
  NewAccountOrder,
} from './orders.ts';

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
  /** What its key's permissions say; no unless told. */
  readonly mayWithdraw?: boolean | undefined;
  /** Pays fees before `feeIn` does. */
  readonly feeAsset?: FeeAsset | undefined;
  /** The venue's next order, its number and the engine's id for it. */
  readonly nextOrder: () => { readonly number: number; readonly engineOrderId: number };
  readonly nextTradeNumber: () => number;
  /** Told how each order was answered. */
  readonly onAnswer: (result: 'accepted' | AccountRefusal) => void;
  /**
   * Told everything that happens to orders and money, within the matching: a listener must not
   * place, change or cancel orders.
   */
  readonly onReport?: ((report: AccountReport, account: Account) => void) | undefined;
  /** Told of each order right before it meets the book; must not place, change or cancel any. */
  readonly onEnter?: ((order: AccountOrder, market: SimulatedMarket) => void) | undefined;
  readonly faults?: AccountFaults | undefined;
}

/** Of orders of nobody's, which only the engine's own events carry. */
const NOBODY_ORDER_ID = 1;

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
  private readonly transferredByAsset = new Map<string, Decimal>();

  constructor(options: AccountOptions) {
    this.name = options.name;
    this.owner = options.owner;
    this.options = options;
    this.history = new OrderHistory(options.limits, options.clientIdRule);
    const listings = [...options.markets.values()].map(({ listing }) => listing);
    const assets = listings.flatMap(({ base, quote }) => [base.id, quote.id]);
    this.balancesByAsset = new Balances(assets, options.deposits);
    for (const [asset, amount] of options.deposits) this.transferredByAsset.set(asset, amount);
  }

  get mayWithdraw(): boolean {
    return this.options.mayWithdraw === true;
  }

  get balances(): readonly Balance[] {
    return this.balancesByAsset.all;
  }

  /** What was ever paid in less what was paid out; trades and fees make the rest of a balance. */
  get transferred(): ReadonlyMap<string, Decimal> {
    return this.transferredByAsset;
  }

  /** Pays in, or out when below zero. @returns whether there was as much. */
  transfer(asset: string, amount: Decimal): boolean {
    const balances = this.balancesByAsset;
    if (amount.isNegative()) {
      if (!balances.lock(asset, amount.negate())) return false;
      balances.spend(asset, amount.negate());
    } else balances.receive(asset, amount);
    const before = this.transferredByAsset.get(asset) ?? Decimal.ZERO;
    this.transferredByAsset.set(asset, before.add(amount));
    this.report({ kind: 'transferred', amount, balances: [balances.of(asset)] });
    return true;
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
    const forced = this.options.faults?.refusal();
    if (forced !== undefined) return refused(forced);
    const market = this.options.markets.get(request.symbol);
    if (market === undefined) return refused('UNKNOWN_SYMBOL');
    const measured = measure(request, market, this.owner);
    if (typeof measured === 'string') return refused(measured);
    const { clientOrderId } = request;
    if (clientOrderId !== undefined && this.history.isTaken(clientOrderId, market.nowUs)) {
      return refused('DUPLICATE_CLIENT_ORDER_ID');
    }
    if (this.history.open.size >= this.options.limits.openOrdersMax) {
      return refused('TOO_MANY_ORDERS');
    }
    const order = this.makeOrder(request, market, measured);
    const swept = order.type === 'market' && order.side === 'bid';
    const lock = swept ? order.lockForNotional(measured.notional) : order.lockFor(order);
    if (!this.balancesByAsset.lock(order.lockedAsset, lock)) return refused('INSUFFICIENT_FUNDS');
    order.locked = lock;
    this.options.onEnter?.(order, market);
    return this.enter(order);
  }

  private makeOrder(
    request: NewAccountOrder,
    market: SimulatedMarket,
    { lots, priceTicks }: Measured,
  ): OrderRecord {
    const { clientOrderId, side, type, timeInForce, postOnly, quoteAmount } = request;
    return new OrderRecord({
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
  }

  /** Takes an open order off the book. */
  cancel(number: number): AccountAnswer {
    const order = this.history.open.get(number);
    if (order === undefined) return refused('UNKNOWN_ORDER');
    if (order.dormant) this.endCanceled(order, 'requested');
    else if (this.options.faults?.fillsBeforeCancel()) {
      this.fillOutOfTurn(order);
      return refused('UNKNOWN_ORDER');
    } else order.market.engine.cancel(order.engineOrderId);
    return accepted(order);
  }

  cancelAll(): void {
    for (const number of [...this.history.open.keys()]) this.cancel(number);
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
    if (order.dormant) this.reportOrder('replaced', order);
    else market.engine.replace({ orderId: order.engineOrderId, priceTicks, lots, postOnly });
    return accepted(order);
  }

  /** The market's engine has taken one of this account's orders, or a change of one. */
  taken(engineOrderId: number, kind: 'accepted' | 'replaced'): void {
    this.reportOrder(kind, this.live(engineOrderId));
  }

  /** The market's engine has executed one of this account's orders. */
  executed(execution: Execution, trade: TradePrint, role: 'maker' | 'taker'): void {
    const isMaker = role === 'maker';
    const order = this.live(isMaker ? execution.makerOrderId : execution.takerOrderId);
    const { priceTicks, lots } = execution;
    const paidApart = this.payApart(order, order.feeOf({ priceTicks, lots, isMaker }));
    const isFree = paidApart !== undefined;
    const { quantity, notional, fee } = order.fill({ priceTicks, lots, isMaker, isFree });
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
    const made: AccountTrade = {
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
      fee: paidApart?.amount ?? fee,
      feeAsset: paidApart?.asset ?? order.feeAsset,
      timeUs: trade.timeUs,
    };
    this.history.addTrade(made);
    if (order.filledLots === order.lots) this.end(order, 'filled');
    else if (order.type === 'limit') {
      const lotsLeft = order.lots - order.filledLots;
      this.relock(order, order.lockFor({ priceTicks: order.priceTicks, lots: lotsLeft }));
    }
    if (this.options.onReport === undefined) return;
    const apart = isFree ? [paidApart.asset] : [];
    const assets = new Set([order.lockedAsset, order.receivedAsset, ...apart]);
    this.report({
      kind: 'filled',
      order: snapshotOf(order),
      trade: made,
      balances: [...assets].map((asset) => balances.of(asset)),
    });
  }

  /** Pays a fee with the asset that is kept for fees, if there is enough of it. */
  private payApart(order: OrderRecord, amount: Decimal) {
    const { feeAsset } = this.options;
    const own = feeAsset?.amountOf({ amount, asset: order.feeAsset });
    if (feeAsset === undefined || own === undefined) return undefined;
    const { asset } = feeAsset;
    if (!this.balancesByAsset.lock(asset, own)) return undefined;
    this.balancesByAsset.spend(asset, own);
    return { asset, amount: own };
  }

  /** The market's engine has taken one of this account's orders off the book. */
  canceled(cancel: OrderCanceled): void {
    this.endCanceled(this.live(cancel.orderId), cancel.reason);
  }

  private enter(order: OrderRecord): AccountAnswer {
    const { engineOrderId, market, side, type, timeInForce, postOnly, priceTicks } = order;
    this.history.add(order);
    this.byEngineId.set(engineOrderId, order);
    const mayHalve = order.lots > 1 && timeInForce !== 'fok';
    const isHalved = mayHalve && this.options.faults?.fillsHalf() === true;
    const lots = isHalved ? Math.floor(order.lots / 2) : order.lots;
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
    if (isHalved && outcome !== 'rejected') this.leaveDormant(order);
    if (outcome !== 'rejected') return accepted(order);
    this.relock(order, Decimal.ZERO);
    this.byEngineId.delete(engineOrderId);
    this.history.withdraw(order);
    if (!postOnly) return refused('TOO_MANY_ORDERS');
    const mayRest = type === 'limit' && timeInForce === 'gtc';
    return refused(mayRest ? 'POST_ONLY_WOULD_TAKE' : 'POST_ONLY_CONFLICT');
  }

  /** Half of the order is with the engine; the other half will never trade. */
  private leaveDormant(order: OrderRecord): void {
    if (order.state !== 'open') return;
    this.fillOutOfTurn(order);
    if (order.timeInForce === 'ioc') this.endCanceled(order, 'immediate-or-cancel');
    else order.dormant = true;
  }

  /** Fills what of an order rests with the engine. */
  private fillOutOfTurn({ market, engineOrderId, lots }: OrderRecord): void {
    const takerOrderId = NOBODY_ORDER_ID;
    market.engine.fillOutOfTurn({ orderId: engineOrderId, takerOrderId, lots });
  }

  private endCanceled(order: OrderRecord, reason: OrderCanceled['reason']): void {
    order.endReason = reason;
    this.end(order, 'canceled');
    this.reportOrder('canceled', order);
  }

  private reportOrder(kind: 'accepted' | 'replaced' | 'canceled', order: OrderRecord): void {
    if (this.options.onReport === undefined) return;
    const balances = [this.balancesByAsset.of(order.lockedAsset)];
    this.report({ kind, order: snapshotOf(order), balances });
  }

  private report(report: AccountReport): void {
    this.options.onReport?.(report, this);
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
}
