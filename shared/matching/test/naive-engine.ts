import type { Side } from '@ats/domain';
import type {
  NewOrder,
  OrderOutcome,
  RejectReason,
  ReplaceOrder,
  RestingOrder,
  SelfTradePolicy,
} from '../src/index.ts';
import type { EventLog } from './event-log.ts';

interface NaiveOrder {
  orderId: number;
  owner: number;
  side: Side;
  priceTicks: number;
  lots: number;
}

type Incoming = NaiveOrder & { canceled: boolean };

/**
 * The matching rules once more, as plainly as they can be written: one array in order of arrival,
 * searched from end to end. Slow on purpose; the engine must agree with it on every event.
 */
export class NaiveEngine {
  private orders: NaiveOrder[] = [];
  private executionCount = 0;
  private readonly log: EventLog;
  private readonly policy: SelfTradePolicy;
  private readonly ordersMax: number;

  constructor(options: { log: EventLog; selfTrade: SelfTradePolicy; ordersMax: number }) {
    this.log = options.log;
    this.policy = options.selfTrade;
    this.ordersMax = options.ordersMax;
  }

  submit(order: NewOrder): OrderOutcome {
    const { orderId, owner, side, lots } = order;
    const market = order.type === 'market';
    const rests = !market && order.timeInForce === 'gtc';
    const limit = market ? (side === 'bid' ? Infinity : 0) : order.priceTicks;
    if (this.find(orderId)) return this.refuse(orderId, 'DUPLICATE_ORDER_ID');
    if (order.postOnly && !rests) return this.refuse(orderId, 'POST_ONLY_CONFLICT');
    if (order.postOnly && this.crossing(side, limit).length > 0) {
      return this.refuse(orderId, 'POST_ONLY_WOULD_TAKE');
    }
    if (rests && this.orders.length >= this.ordersMax) return this.refuse(orderId, 'BOOK_FULL');
    this.log.accepted({ orderId, owner, side, priceTicks: market ? 0 : limit, lots });
    const taker = { orderId, owner, side, priceTicks: limit, lots, canceled: false };
    if (order.timeInForce === 'fok' && !this.couldFill(taker)) {
      return this.cancelTaker(taker, 'fill-or-kill');
    }
    return this.run(taker, rests);
  }

  cancel(orderId: number): boolean {
    const order = this.find(orderId);
    if (!order) {
      this.refuse(orderId, 'UNKNOWN_ORDER');
      return false;
    }
    this.log.canceled({
      orderId,
      owner: order.owner,
      leavesLots: order.lots,
      reason: 'requested',
    });
    this.orders = this.orders.filter((one) => one !== order);
    this.level(order.side, order.priceTicks);
    return true;
  }

  replace(change: ReplaceOrder): OrderOutcome {
    const { orderId, priceTicks, lots } = change;
    const order = this.find(orderId);
    if (!order) return this.refuse(orderId, 'UNKNOWN_ORDER');
    const { owner, side } = order;
    const samePrice = order.priceTicks === priceTicks;
    if (change.postOnly && !samePrice && this.crossing(side, priceTicks).length > 0) {
      return this.refuse(orderId, 'POST_ONLY_WOULD_TAKE');
    }
    const keptPriority = samePrice && lots <= order.lots;
    this.log.replaced({ orderId, owner, priceTicks, lots, keptPriority });
    if (keptPriority) {
      if (lots === order.lots) return 'resting';
      order.lots = lots;
      this.level(side, priceTicks);
      return 'resting';
    }
    this.orders = this.orders.filter((one) => one !== order);
    if (!samePrice) this.level(side, order.priceTicks);
    return this.run({ orderId, owner, side, priceTicks, lots, canceled: false }, true);
  }

  fillOutOfTurn(fill: { orderId: number; takerOrderId: number; lots: number }): number {
    const maker = this.find(fill.orderId);
    if (!maker) return 0;
    const { side, priceTicks, lots: open } = maker;
    const lots = Math.min(open, fill.lots);
    const taker = { orderId: fill.takerOrderId, owner: 0, side: opposite(side), priceTicks, lots };
    this.trade({ ...taker, canceled: false }, maker);
    this.level(side, priceTicks);
    return lots;
  }

  forEachOrder(side: Side, visit: (order: RestingOrder) => void): void {
    for (const order of this.queue(side)) visit(order);
  }

  private run(taker: Incoming, rests: boolean): OrderOutcome {
    let priceUnderway: number | undefined;
    const finishLevel = (): void => {
      if (priceUnderway !== undefined) this.level(opposite(taker.side), priceUnderway);
      priceUnderway = undefined;
    };
    for (const maker of this.crossing(taker.side, taker.priceTicks)) {
      if (taker.lots === 0 || taker.canceled) break;
      if (maker.priceTicks !== priceUnderway) finishLevel();
      if (maker.owner !== 0 && maker.owner === taker.owner) {
        if (this.policy !== 'cancel-oldest') taker.canceled = true;
        if (this.policy === 'cancel-newest') break;
        this.log.canceled({
          orderId: maker.orderId,
          owner: maker.owner,
          leavesLots: maker.lots,
          reason: 'self-trade',
        });
        this.orders = this.orders.filter((one) => one !== maker);
      } else this.trade(taker, maker);
      priceUnderway = maker.priceTicks;
    }
    finishLevel();
    if (taker.canceled) return this.cancelTaker(taker, 'self-trade');
    if (taker.lots === 0) return 'filled';
    if (!rests) return this.cancelTaker(taker, 'immediate-or-cancel');
    const { orderId, owner, side, priceTicks, lots } = taker;
    this.orders.push({ orderId, owner, side, priceTicks, lots });
    this.level(side, priceTicks);
    return 'resting';
  }

  private trade(taker: Incoming, maker: NaiveOrder): void {
    const lots = Math.min(taker.lots, maker.lots);
    taker.lots -= lots;
    maker.lots -= lots;
    this.executionCount += 1;
    this.log.executed({
      executionId: this.executionCount,
      aggressor: taker.side,
      makerOrderId: maker.orderId,
      takerOrderId: taker.orderId,
      makerOwner: maker.owner,
      takerOwner: taker.owner,
      priceTicks: maker.priceTicks,
      lots,
      makerLeavesLots: maker.lots,
      takerLeavesLots: taker.lots,
    });
    this.orders = this.orders.filter((one) => one.lots > 0);
  }

  private couldFill(taker: Incoming): boolean {
    let available = 0;
    for (const maker of this.crossing(taker.side, taker.priceTicks)) {
      if (available >= taker.lots) break;
      const own = maker.owner !== 0 && maker.owner === taker.owner;
      if (own && this.policy !== 'cancel-oldest') return false;
      if (!own) available += maker.lots;
    }
    return available >= taker.lots;
  }

  private find(orderId: number): NaiveOrder | undefined {
    return this.orders.find((order) => order.orderId === orderId);
  }

  private queue(side: Side): NaiveOrder[] {
    const sign = side === 'bid' ? -1 : 1;
    return this.orders
      .filter((order) => order.side === side)
      .sort((one, other) => sign * (one.priceTicks - other.priceTicks));
  }

  private crossing(side: Side, limit: number): NaiveOrder[] {
    return this.queue(opposite(side)).filter((maker) =>
      side === 'bid' ? maker.priceTicks <= limit : maker.priceTicks >= limit,
    );
  }

  private level(side: Side, priceTicks: number): void {
    const here = this.orders.filter((one) => one.side === side && one.priceTicks === priceTicks);
    const lots = here.reduce((sum, order) => sum + order.lots, 0);
    this.log.levelChanged({ side, priceTicks, lots, orderCount: here.length });
  }

  private cancelTaker(
    taker: Incoming,
    reason: 'fill-or-kill' | 'self-trade' | 'immediate-or-cancel',
  ): OrderOutcome {
    const { orderId, owner, lots } = taker;
    this.log.canceled({ orderId, owner, leavesLots: lots, reason });
    return 'canceled';
  }

  private refuse(orderId: number, reason: RejectReason): OrderOutcome {
    this.log.rejected({ orderId, reason });
    return 'rejected';
  }
}

const opposite = (side: Side): Side => (side === 'bid' ? 'ask' : 'bid');
