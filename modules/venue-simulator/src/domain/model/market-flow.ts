import type { Side } from '@ats/domain';
import { isAccountOrder, NO_SLOT, orderIdOf } from '../order-ids.ts';
import type { SimulatedMarket } from '../simulated-market.ts';
import { QuoteLadder } from './quote-ladder.ts';
import type { ModelRandom } from './random.ts';

const BPS = 1e-4;
const SIDES: readonly Side[] = ['bid', 'ask'];
/** Slots near the top that are watched in turn and moved at once when they are off. */
const WATCHED_LEVELS = 6;
/** Most quotes and takers that act on one side's stale quotes in one step. */
const HASTE_MAX = 4;
/** Orders of other people that rest at one time. */
const OTHERS_MAX = 12;

export interface FlowOptions {
  readonly market: SimulatedMarket;
  readonly random: ModelRandom;
  readonly levels: number;
  readonly halfSpreadBps: number;
  readonly orderLots: number;
  /** Makers' changes of quotes in calm times. */
  readonly updatesPerSecond: number;
  readonly startUs: number;
}

/**
 * The background orders of one market: makers whose quotes follow the venue's view of the price,
 * takers, and others whose limit orders come and go.
 */
export class MarketFlow {
  private readonly market: SimulatedMarket;
  private readonly random: ModelRandom;
  private readonly ladder: QuoteLadder;
  private readonly halfSpread: number;
  private readonly orderLots: number;
  private readonly perSecond: {
    readonly maker: number;
    readonly taker: number;
    readonly other: number;
  };
  private nextMakerUs: number;
  private nextTakerUs: number;
  private nextOtherUs: number;
  private readonly others: number[] = [];
  private orderCount = 0;
  private watched = 0;
  private readonly request = {
    orderId: 0,
    owner: 0,
    side: 'bid' as Side,
    type: 'limit' as const,
    timeInForce: 'gtc' as 'gtc' | 'ioc',
    postOnly: false,
    priceTicks: 0,
    lots: 0,
  };

  constructor(options: FlowOptions) {
    this.market = options.market;
    this.random = options.random;
    this.halfSpread = options.halfSpreadBps * BPS;
    this.orderLots = options.orderLots;
    const maker = options.updatesPerSecond;
    this.perSecond = { maker, taker: 0.05 * maker, other: 0.08 * maker };
    this.ladder = new QuoteLadder({ ...options, nextOrderId: () => this.nextOrderId() });
    this.nextMakerUs = this.later(options.startUs, this.perSecond.maker);
    this.nextTakerUs = this.later(options.startUs, this.perSecond.taker);
    this.nextOtherUs = this.later(options.startUs, this.perSecond.other);
  }

  /** Fills every slot, as a venue's book is when one connects. */
  open(viewTicks: number): void {
    for (let level = 0; level < this.ladder.levels; level += 1) {
      for (const side of SIDES) this.ladder.requote(side, level, viewTicks);
    }
  }

  /** All that happens up to `timeUs`, with the venue's view of the price now. */
  step(viewTicks: number, timeUs: number): void {
    this.hurry(viewTicks);
    for (
      ;
      this.nextMakerUs <= timeUs;
      this.nextMakerUs = this.later(this.nextMakerUs, this.perSecond.maker)
    ) {
      this.make(viewTicks);
    }
    for (
      ;
      this.nextTakerUs <= timeUs;
      this.nextTakerUs = this.later(this.nextTakerUs, this.perSecond.taker)
    ) {
      this.take(viewTicks);
    }
    for (
      ;
      this.nextOtherUs <= timeUs;
      this.nextOtherUs = this.later(this.nextOtherUs, this.perSecond.other)
    ) {
      this.placeOther(viewTicks);
    }
  }

  /** One quote moves, grows, shrinks or goes; mostly near the top. */
  private make(viewTicks: number): void {
    const { random, ladder } = this;
    const side: Side = random.next() < 0.5 ? 'bid' : 'ask';
    const level = Math.floor(ladder.levels * random.next() ** 2);
    const kind = random.next();
    if (kind < 0.7) ladder.requote(side, level, viewTicks);
    else if (kind < 0.95) ladder.resize(side, level);
    else ladder.pull(side, level);
  }

  /** Stale quotes are moved or hit within a few steps, whatever the calm rate is. */
  private hurry(viewTicks: number): void {
    const { random, ladder } = this;
    for (const side of SIDES) {
      if (random.next() < 0.5) continue;
      // The farther off, the more of them notice at once.
      for (let left = this.haste(side, viewTicks); left > 0; left -= 1) {
        this.clearStale(side, viewTicks);
      }
    }
    this.watched = (this.watched + 1) % (2 * WATCHED_LEVELS);
    const side: Side = this.watched % 2 === 0 ? 'bid' : 'ask';
    this.keepClose(side, 0, viewTicks);
    const level = Math.min(this.watched >> 1, ladder.levels - 1);
    if (level > 0) this.keepClose(side, level, viewTicks);
  }

  private keepClose(side: Side, level: number, viewTicks: number): void {
    const { ladder } = this;
    const off = Math.abs(ladder.quoted(side, level) - ladder.target(side, level, viewTicks));
    if (!(off <= ladder.tolerance(level, viewTicks))) ladder.requote(side, level, viewTicks);
  }

  /** How many act on a side's stale quotes in this step. */
  private haste(side: Side, viewTicks: number): number {
    const best = this.market.engine.bestPriceTicks(side);
    const off = side === 'bid' ? best - viewTicks : viewTicks - best;
    const halfSpreadsOff = off > 0 ? off / (this.halfSpread * viewTicks) : 0;
    return Math.min(HASTE_MAX, 1 + Math.floor(halfSpreadsOff / 5));
  }

  /** A quote that gives money away is hit by a taker or moved by its maker. */
  private clearStale(side: Side, viewTicks: number): void {
    const { engine } = this.market;
    const best = engine.bestPriceTicks(side);
    const margin = 0.3 * this.halfSpread * viewTicks;
    const stale = side === 'bid' ? best > viewTicks - margin : best < viewTicks + margin;
    if (!stale) return;
    const orderId = engine.frontOrderId(side);
    // An account's order is its own to move: others can only take it.
    if (this.random.next() < 0.4 || isAccountOrder(orderId)) {
      this.sweep(side, viewTicks, margin);
      return;
    }
    const level = this.ladder.levelOf(orderId);
    if (level < 0) engine.cancel(orderId);
    else this.ladder.requote(side, level, viewTicks);
  }

  /** A taker who knows better takes what is mispriced, several levels of it if he is large. */
  private sweep(stale: Side, viewTicks: number, margin: number): void {
    const side: Side = stale === 'bid' ? 'ask' : 'bid';
    const limit = stale === 'bid' ? Math.ceil(viewTicks - margin) : Math.floor(viewTicks + margin);
    const lots = Math.max(1, Math.round(this.orderLots * (0.5 + 3 * this.random.exponential())));
    if (limit >= 1) this.submit({ side, timeInForce: 'ioc', priceTicks: limit, lots });
  }

  /** A buyer or seller in a hurry, who still minds the price. */
  private take(viewTicks: number): void {
    const { random } = this;
    const side: Side = random.next() < 0.5 ? 'bid' : 'ask';
    const factor = random.next() < 0.05 ? 3 : 0.4;
    const lots = Math.max(1, Math.round(this.orderLots * factor * Math.exp(random.normal())));
    const reach = Math.max(6 * this.halfSpread * viewTicks, 2);
    const limit = side === 'bid' ? viewTicks + reach : viewTicks - reach;
    const priceTicks = Math.max(1, Math.round(limit));
    this.submit({ side, timeInForce: 'ioc', priceTicks, lots });
  }

  /** Somebody else's limit order, for a while. */
  private placeOther(viewTicks: number): void {
    const { random } = this;
    const side: Side = random.next() < 0.5 ? 'bid' : 'ask';
    const away = Math.max(this.halfSpread * viewTicks * (1 + 8 * random.exponential()), 1);
    const priceTicks = Math.round(side === 'bid' ? viewTicks - away : viewTicks + away);
    const lots = Math.max(1, Math.round(0.5 * this.orderLots * Math.exp(random.normal())));
    if (this.others.length >= OTHERS_MAX) {
      const oldest = this.others.shift() as number;
      if (this.market.engine.openLots(oldest) > 0) this.market.engine.cancel(oldest);
    }
    if (priceTicks < 1) return;
    this.others.push(this.submit({ side, timeInForce: 'gtc', priceTicks, lots }));
  }

  private submit(order: {
    side: Side;
    timeInForce: 'gtc' | 'ioc';
    priceTicks: number;
    lots: number;
  }): number {
    const { request } = this;
    request.orderId = orderIdOf(this.nextOrderId(), NO_SLOT);
    request.side = order.side;
    request.timeInForce = order.timeInForce;
    request.priceTicks = order.priceTicks;
    request.lots = order.lots;
    this.market.engine.submit(request);
    return request.orderId;
  }

  private nextOrderId(): number {
    this.orderCount += 1;
    return this.orderCount;
  }

  private later(timeUs: number, perSecond: number): number {
    return timeUs + (1e6 * this.random.exponential()) / perSecond;
  }
}
