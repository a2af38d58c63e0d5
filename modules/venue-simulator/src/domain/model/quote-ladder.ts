import type { Side } from '@ats/domain';
import { NO_SLOT, orderIdOf, slotOf } from '../order-ids.ts';
import type { SimulatedMarket } from '../simulated-market.ts';
import type { ModelRandom } from './random.ts';

const BPS = 1e-4;

export interface LadderOptions {
  readonly market: SimulatedMarket;
  readonly random: ModelRandom;
  /** Slots on each side; below 120. */
  readonly levels: number;
  readonly halfSpreadBps: number;
  /** Median size of a quote. */
  readonly orderLots: number;
  readonly nextOrderId: () => number;
}

/**
 * What the market makers of one market quote: on each side a slot for every level, each at its
 * own distance from the price they believe in. A slot holds at most one order.
 */
export class QuoteLadder {
  readonly levels: number;
  private readonly market: SimulatedMarket;
  private readonly random: ModelRandom;
  private readonly orderLots: number;
  private readonly nextOrderId: () => number;
  private readonly orderIds: Float64Array;
  /** Relative distance from the believed price, by level. */
  private readonly distances: Float64Array;
  private readonly request = {
    orderId: 0,
    owner: 1,
    side: 'bid' as Side,
    type: 'limit' as const,
    timeInForce: 'gtc' as const,
    postOnly: true,
    priceTicks: 0,
    lots: 0,
  };

  constructor(options: LadderOptions) {
    this.market = options.market;
    this.random = options.random;
    this.levels = options.levels;
    this.orderLots = options.orderLots;
    this.nextOrderId = options.nextOrderId;
    this.orderIds = new Float64Array(2 * options.levels);
    this.distances = Float64Array.from({ length: options.levels }, (_, level) => {
      return options.halfSpreadBps * BPS * (1 + 0.45 * level ** 1.25);
    });
  }

  /** The price a slot should quote, in ticks; at least one tick between neighbours. */
  target(side: Side, level: number, viewTicks: number): number {
    const away = Math.max((this.distances[level] as number) * viewTicks, level);
    return side === 'bid' ? Math.floor(viewTicks - away) : Math.ceil(viewTicks + away);
  }

  /** How far a slot's quote may be from its target before its owner hurries. */
  tolerance(level: number, viewTicks: number): number {
    const first = this.distances[0] as number;
    const own = this.distances[level] as number;
    return Math.max(1, (0.7 * first + 0.35 * (own - first)) * viewTicks);
  }

  /** @returns the quote's price in ticks; NaN when the slot is empty. */
  quoted(side: Side, level: number): number {
    return this.market.engine.priceTicksOf(this.orderIds[this.slot(side, level)] as number);
  }

  /** Moves a slot's quote to where it should be, a little beside it, with a new size. */
  requote(side: Side, level: number, viewTicks: number): void {
    const jitter = level === 0 ? 0 : 0.15 * (this.random.next() - 0.5);
    const target = this.target(side, level, viewTicks);
    this.quote(side, level, Math.round(target + (target - viewTicks) * jitter));
  }

  /** Changes the size of a slot's quote where it stands. */
  resize(side: Side, level: number): void {
    const priceTicks = this.quoted(side, level);
    if (!Number.isNaN(priceTicks)) this.quote(side, level, priceTicks);
  }

  pull(side: Side, level: number): void {
    const orderId = this.orderIds[this.slot(side, level)] as number;
    if (this.market.engine.openLots(orderId) > 0) this.market.engine.cancel(orderId);
  }

  /** @returns the level that an order fills on its side, or -1. */
  levelOf(orderId: number): number {
    const slot = slotOf(orderId);
    if (slot === NO_SLOT || this.orderIds[slot] !== orderId) return -1;
    return slot >> 1;
  }

  private slot(side: Side, level: number): number {
    return 2 * level + (side === 'bid' ? 0 : 1);
  }

  /** Quotes without taking: at worst one tick from the other side's best. */
  private quote(side: Side, level: number, wantedTicks: number): void {
    const { engine } = this.market;
    const { request } = this;
    const other = engine.bestPriceTicks(side === 'bid' ? 'ask' : 'bid');
    request.priceTicks = wantedTicks;
    if (side === 'bid' && wantedTicks >= other) request.priceTicks = other - 1;
    if (side === 'ask' && wantedTicks <= other) request.priceTicks = other + 1;
    if (request.priceTicks < 1) return;
    request.side = side;
    request.lots = this.drawLots(level);
    const slot = this.slot(side, level);
    request.orderId = this.orderIds[slot] as number;
    if (engine.openLots(request.orderId) > 0) {
      engine.replace(request);
      return;
    }
    request.orderId = orderIdOf(this.nextOrderId(), slot);
    this.orderIds[slot] = request.orderId;
    engine.submit(request);
  }

  /** Log-normal, larger farther from the price. */
  private drawLots(level: number): number {
    const size = this.orderLots * Math.exp(0.8 * this.random.normal()) * (1 + 0.1 * level);
    return Math.max(1, Math.round(size));
  }
}
