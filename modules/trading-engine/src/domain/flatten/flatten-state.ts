import {
  type AccountId,
  Decimal,
  deriveOrderId,
  type MarketId,
  marketId,
  type Order,
  type OrderId,
  type OrderSide,
  type RequestId,
  requestId,
} from '@ats/domain';
import { bounded } from '../book-decimal.ts';

/** Digits of what closing cost, in the numeraire. */
const COST_SCALE = 18;

/** What is to be done at one market. Prices are quote per base, quantities base. */
export interface ClosingPlan {
  readonly venue: Order['terms']['venue'];
  readonly instrument: Order['terms']['instrument'];
  readonly side: OrderSide;
  readonly quantity: Decimal;
  readonly limitPrice: Decimal;
  /** The middle of the book, which the cost is reckoned against. */
  readonly mark: Decimal;
  /** One unit of the quote in the numeraire. */
  readonly rate: Decimal;
}

/** One order that lowers a position. It is stored before it is sent. */
export interface ClosingOrder extends ClosingPlan {
  readonly requestId: RequestId;
  readonly orderId: OrderId;
  /** Microseconds since the epoch. */
  readonly plannedAtUs: number;
  readonly sendBeforeUs: number;
}

/** How far an order filled, which positions must have before more is closed at its market. */
export interface FilledOrder {
  readonly orderId: OrderId;
  readonly quantity: Decimal;
}

/** A flatten as it is stored; what is to be done next follows from it and from what is open. */
export interface FlattenState {
  /** Names the flatten in the ids of its orders. */
  readonly flattenId: string;
  /** When it began, or something was found open after it had been flat; microseconds. */
  readonly sinceUs: number;
  readonly phase: 'closing' | 'flat';
  /** Orders made so far, a count; it names the next one. */
  readonly orders: number;
  /** Orders whose end is not known: at most one for each market. */
  readonly open: readonly ClosingOrder[];
  /** The last order of each market that filled. */
  readonly filled: ReadonlyMap<MarketId, FilledOrder>;
  /** What closing has cost against the middle of the books, fees included, in the numeraire. */
  readonly cost: Decimal;
  /** What people were told cannot be closed. */
  readonly told: readonly string[];
  readonly version: number;
}

export function beginFlatten(nowUs: number): FlattenState {
  return {
    flattenId: `flatten-${nowUs.toString(36)}`,
    sinceUs: nowUs,
    phase: 'closing',
    orders: 0,
    open: [],
    filled: new Map(),
    cost: Decimal.ZERO,
    told: [],
    version: 0,
  };
}

/** @param times when, and until when the orders may leave; microseconds since the epoch */
export function withPlans(
  state: FlattenState,
  plans: readonly ClosingPlan[],
  times: { readonly accountId: AccountId; readonly nowUs: number; readonly sendBeforeUs: number },
): FlattenState {
  const { accountId, nowUs: plannedAtUs, sendBeforeUs } = times;
  const made = plans.map((plan, index): ClosingOrder => {
    const request = requestId(`${state.flattenId}-${state.orders + index + 1}`);
    const orderId = deriveOrderId({ accountId, requestId: request, index: 0 });
    return { ...plan, requestId: request, orderId, plannedAtUs, sendBeforeUs };
  });
  return { ...state, orders: state.orders + made.length, open: [...state.open, ...made] };
}

/** @param order as it ended; undefined for one that nobody ever took */
export function withEnd(
  state: FlattenState,
  closing: ClosingOrder,
  order: Order | undefined,
): FlattenState {
  const open = state.open.filter(({ orderId }) => orderId !== closing.orderId);
  if (order === undefined || order.cumulativeQuantity.isZero()) return { ...state, open };
  const { orderId, cumulativeQuantity: quantity } = order;
  const filled = new Map([...state.filled, [marketId(closing), { orderId, quantity }]]);
  const cost = bounded(state.cost.add(costOf(closing, order)), COST_SCALE);
  return { ...state, open, filled, cost };
}

/** What an order lost against the mark, and its fees; one in a third asset has no rate: it is 0. */
function costOf({ mark, rate, side, instrument }: ClosingOrder, order: Order): Decimal {
  const [base, quote] = instrument.split('/');
  const worth = mark.multiply(order.cumulativeQuantity);
  const paid = order.cumulativeNotional;
  const lost = side === 'sell' ? worth.subtract(paid) : paid.subtract(worth);
  const fees = order.fees.map(({ asset, amount }) => {
    if (asset === quote) return amount;
    return asset === base ? amount.multiply(mark) : Decimal.ZERO;
  });
  const inQuote = fees.reduce((sum, fee) => sum.add(fee), lost);
  return bounded(inQuote, COST_SCALE).multiply(bounded(rate, COST_SCALE));
}
