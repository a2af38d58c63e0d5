import {
  type AccountId,
  hasEnded,
  type MarketId,
  marketId,
  type Order,
  type OrderId,
} from '@ats/domain';
import type { Clock } from '@ats/runtime';
import type { FilledOrder, FlattenState } from '../domain/flatten/flatten-state.ts';
import type { OrderDesk } from './order-desk.ts';
import type { OpenPosition, RiskDesk } from './risk-desk.ts';

/** Risk follows the log: what filled longer ago than this is counted for certain. */
const COUNTED_AFTER_US = 86_400_000_000;

/** What is open of an account, as far as it may be acted on. */
export interface Situation {
  /** Orders of others than the flatten that have not ended. */
  readonly standing: readonly Order[];
  readonly positions: readonly OpenPosition[];
  /** Markets whose position may be another than it seems, and why. */
  readonly unsure: ReadonlyMap<MarketId, string>;
}

interface Filled extends FilledOrder {
  readonly market: MarketId;
}

/**
 * Reads what is open. Orders are read first, then how far risk has counted them, then positions:
 * so a position that is told as sure has all that has filled at its market.
 */
export class FlattenLook {
  private readonly options: {
    readonly accountId: AccountId;
    readonly orders: OrderDesk;
    readonly risk: RiskDesk;
    readonly clock: Clock;
  };
  /** Orders that stood and whose fills are not known to be counted. */
  private readonly watched = new Map<OrderId, Order>();
  /** Fills that are known to be counted; what was counted once stays so. */
  private readonly counted = new Set<string>();

  constructor(options: FlattenLook['options']) {
    this.options = options;
  }

  /** @throws when the gateway or risk does not answer */
  async look(state: FlattenState): Promise<Situation> {
    const { orders, risk, accountId } = this.options;
    const listed = await orders.ofAccount(accountId);
    if (listed === undefined) throw new Error('the gateway does not answer');
    const own = new Set(state.open.map(({ orderId }) => orderId));
    const all = new Map([...listed.newest, ...listed.open].map((order) => [order.orderId, order]));
    const others = [...all.values()].filter(({ orderId }) => !own.has(orderId));
    const standing = others.filter((order) => !hasEnded(order));
    for (const order of standing) this.watched.set(order.orderId, order);
    const ended = [...others.filter(hasEnded), ...(await this.endedMeanwhile(all))];
    const unsure = new Map<MarketId, string>();
    for (const { market } of await this.uncounted([...filledOf(state), ...this.recent(ended)])) {
      unsure.set(market, 'risk has not counted a fill yet');
    }
    for (const { terms } of standing) unsure.set(marketId(terms), 'an order stands there');
    return { standing, unsure, positions: await risk.positions(accountId) };
  }

  /** Forgets what was seen. */
  clear(): void {
    this.watched.clear();
    this.counted.clear();
  }

  /** Orders that stood, have ended and are too old to be among the newest. */
  private async endedMeanwhile(listed: ReadonlyMap<OrderId, Order>): Promise<readonly Order[]> {
    const ended: Order[] = [];
    for (const id of this.watched.keys()) {
      if (listed.has(id)) continue;
      const found = await this.options.orders.find(id);
      if (found === 'unknown') throw new Error('the gateway does not answer');
      if (found !== 'absent') ended.push(found);
    }
    return ended;
  }

  private recent(orders: readonly Order[]): readonly Filled[] {
    const sinceUs = this.options.clock.nowUs() - COUNTED_AFTER_US;
    return orders
      .filter(({ updatedAtUs }) => updatedAtUs > sinceUs)
      .map(({ orderId, cumulativeQuantity: quantity, terms }) => {
        return { orderId, quantity, market: marketId(terms) };
      });
  }

  private async uncounted(filled: readonly Filled[]): Promise<readonly Filled[]> {
    const keyOf = ({ orderId, quantity }: Filled) => `${orderId} ${quantity}`;
    const asked = filled.filter((one) => !one.quantity.isZero() && !this.counted.has(keyOf(one)));
    const counted =
      asked.length === 0
        ? new Map()
        : await this.options.risk.counted(asked.map(({ orderId }) => orderId));
    const missing = asked.filter((one) => counted.get(one.orderId)?.lessThan(one.quantity) ?? true);
    for (const one of filled) {
      if (missing.includes(one)) continue;
      if (!one.quantity.isZero()) this.counted.add(keyOf(one));
      this.watched.delete(one.orderId);
    }
    return missing;
  }
}

const filledOf = ({ filled }: FlattenState): readonly Filled[] =>
  [...filled].map(([market, one]) => ({ ...one, market }));
