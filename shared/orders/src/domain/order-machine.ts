import {
  type AccountId,
  assert,
  Decimal,
  type ExecutionId,
  type NewOrder,
  type Order,
  type OrderId,
  type OrderPurpose,
  type OrderStatus,
  type TradeId,
} from '@ats/domain';
import type {
  IgnoreReason,
  InputOf,
  OrderInput,
  OrderInputKind,
  OrderNote,
  RefusalReason,
} from './order-input.ts';
import { leavesQuantity, statusOf } from './order-quantities.ts';
import { type Change, STEPS, type Step } from './order-steps.ts';
import { ORDER_TABLE } from './order-table.ts';

/** Which fills are booked. The store answers from its own keys, a test from a `Set`. */
export interface BookedExecutions {
  has(executionId: ExecutionId): boolean;
}

/** What came of one input. */
export type OrderOutcome =
  | {
      readonly kind: 'changed';
      readonly order: Order;
      readonly previousStatus: OrderStatus;
      readonly notes: readonly OrderNote[];
      /** Units of base that the venue has filled and we have not seen: keep funds for them. */
      readonly missingQuantity: Decimal;
    }
  | {
      readonly kind: 'ignored';
      readonly order: Order;
      readonly reason: IgnoreReason;
      readonly missingQuantity: Decimal;
    }
  | { readonly kind: 'refused'; readonly order: Order; readonly reason: RefusalReason };

/** A new order, its funds reserved, handed to nobody yet. */
export function openOrder(source: {
  readonly orderId: OrderId;
  readonly accountId: AccountId;
  readonly tradeId: TradeId | undefined;
  readonly terms: NewOrder;
  readonly purpose?: OrderPurpose;
  readonly worstPrice?: Decimal | undefined;
  readonly sendBeforeUs?: number;
  readonly atUs: number;
}): Order {
  return {
    orderId: source.orderId,
    accountId: source.accountId,
    tradeId: source.tradeId,
    terms: source.terms,
    purpose: source.purpose ?? 'entry',
    worstPrice: source.worstPrice,
    sendBeforeUs: source.sendBeforeUs ?? 0,
    status: 'NEW',
    venueOrderId: undefined,
    cumulativeQuantity: Decimal.ZERO,
    cumulativeNotional: Decimal.ZERO,
    fees: [],
    leavesQuantity: source.terms.quantity,
    progress: {
      submitted: false,
      sent: false,
      acknowledged: false,
      ambiguous: false,
      ended: undefined,
      pendingCancel: undefined,
      pendingReplace: undefined,
    },
    createdAtUs: source.atUs,
    updatedAtUs: source.atUs,
    detail: '',
    version: 1,
  };
}

/**
 * Applies one input to one order. Pure: the same order, input and booked fills give the same
 * outcome. A fill's `executionId` must be booked in the transaction that keeps the changed order.
 * @throws INVARIANT_VIOLATED when a step leaves the table, which is a fault of this module
 */
export function applyToOrder(
  order: Order,
  input: OrderInput,
  booked: BookedExecutions,
): OrderOutcome {
  const cell = ORDER_TABLE[order.status][input.kind];
  if (cell.outcome === 'refused') return { kind: 'refused', order, reason: cell.reason };
  if (cell.outcome === 'ignored') {
    return { kind: 'ignored', order, reason: cell.reason, missingQuantity: Decimal.ZERO };
  }
  if (input.kind === 'fill' && booked.has(input.executionId)) {
    const missingQuantity = Decimal.ZERO;
    return { kind: 'ignored', order, reason: 'DUPLICATE_EXECUTION', missingQuantity };
  }
  const step = stepFor(input.kind)(order, input);
  switch (step.kind) {
    case 'refused':
      return { ...step, order };
    case 'ignored':
      return { ...step, order, missingQuantity: step.missingQuantity ?? Decimal.ZERO };
    case 'change': {
      const changed = changedOrder(order, step, input.atUs);
      assert(cell.to.includes(changed.status), 'an order left its table', {
        orderId: order.orderId,
        from: order.status,
        input: input.kind,
        to: changed.status,
      });
      return {
        kind: 'changed',
        order: changed,
        previousStatus: order.status,
        notes: step.notes ?? [],
        missingQuantity: step.missingQuantity ?? Decimal.ZERO,
      };
    }
  }
}

/** Looking the step up by the input's own kind makes the two fit, which the types cannot say. */
function stepFor(kind: OrderInputKind): (order: Order, input: OrderInput) => Step {
  return STEPS[kind] as (order: Order, input: InputOf<typeof kind>) => Step;
}

function changedOrder(order: Order, change: Change, atUs: number): Order {
  const facts = {
    ...order,
    terms: change.terms ?? order.terms,
    cumulativeQuantity: change.cumulativeQuantity ?? order.cumulativeQuantity,
    cumulativeNotional: change.cumulativeNotional ?? order.cumulativeNotional,
    fees: change.fees ?? order.fees,
    venueOrderId: order.venueOrderId ?? change.venueOrderId,
    progress: { ...order.progress, ...change.progress },
  };
  return {
    ...facts,
    status: statusOf(facts),
    leavesQuantity: leavesQuantity(facts),
    // Venues' clocks and streams differ; an order's own time never runs backwards.
    updatedAtUs: Math.max(order.updatedAtUs, atUs),
    detail: change.detail ?? order.detail,
    version: order.version + 1,
  };
}
