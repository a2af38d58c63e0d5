import { Decimal, type Fee, type Order, type OrderEnd, type OrderProgress } from '@ats/domain';
import type {
  IgnoreReason,
  InputOf,
  OrderInputKind,
  OrderNote,
  RefusalReason,
} from './order-input.ts';

/** What one step changes; the rest stays. */
export interface Change {
  readonly kind: 'change';
  readonly terms?: Order['terms'];
  readonly cumulativeQuantity?: Decimal;
  readonly cumulativeNotional?: Decimal;
  readonly fees?: readonly Fee[];
  /** Taken only if none is known: a venue does not rename an order. */
  readonly venueOrderId?: string | undefined;
  readonly progress?: Partial<OrderProgress>;
  readonly detail?: string;
  readonly notes?: readonly OrderNote[];
  readonly missingQuantity?: Decimal;
}

export type Step =
  | Change
  | {
      readonly kind: 'ignored';
      readonly reason: IgnoreReason;
      readonly missingQuantity?: Decimal;
    }
  | { readonly kind: 'refused'; readonly reason: RefusalReason };

type Steps = { readonly [Kind in OrderInputKind]: (order: Order, input: InputOf<Kind>) => Step };

const ignored = (reason: IgnoreReason): Step => ({ kind: 'ignored', reason });
const refused = (reason: RefusalReason): Step => ({ kind: 'refused', reason });

/** The venue has the order, as it has itself said. */
const AT_VENUE = { submitted: true, sent: true, acknowledged: true, ambiguous: false } as const;

/** The venue says the opposite of what it said: it has to be asked. */
const DOUBTFUL = { ...AT_VENUE, ambiguous: true, ended: undefined } as const;

const isPositive = (value: Decimal): boolean => value.greaterThan(Decimal.ZERO);

/** How the steps of all inputs work; which of them may be taken is the table's to say. */
export const STEPS: Steps = {
  submit: () => ({ kind: 'change', progress: { submitted: true } }),
  sent,
  accepted,
  rejected: (order, { detail }) => ended(order, { end: 'rejected', detail }),
  fill: filled,
  'cancel-requested': cancelRequested,
  'cancel-accepted': (order, { detail, cumulativeQuantity }) =>
    ended(order, { end: 'canceled', detail, cumulativeQuantity }),
  'cancel-rejected': cancelRejected,
  'replace-requested': replaceRequested,
  'replace-accepted': replaceAccepted,
  'replace-rejected': replaceRejected,
  expired: (order, { detail, cumulativeQuantity }) =>
    ended(order, { end: 'expired', detail, cumulativeQuantity }),
  restated: (order, { quantity }) => requantified(order, { quantity, notes: ['UNSOLICITED'] }),
  'submit-ambiguous': (order) =>
    order.progress.acknowledged || order.progress.ambiguous
      ? ignored('ALREADY_KNOWN')
      : { kind: 'change', progress: { submitted: true, sent: true, ambiguous: true } },
  resolved,
};

function sent({ status, progress }: Order): Step {
  if (status === 'CANCELED') {
    // Cancelled here before it was handed on, and yet it went out: the venue may have it now.
    if (progress.submitted) return ignored('ORDER_CLOSED');
    return {
      kind: 'change',
      progress: { submitted: true, sent: true, ambiguous: true, ended: undefined },
      notes: ['OUT_OF_ORDER'],
    };
  }
  if (progress.sent) return ignored('ALREADY_KNOWN');
  const notes: readonly OrderNote[] = progress.submitted ? [] : ['OUT_OF_ORDER'];
  return { kind: 'change', progress: { submitted: true, sent: true }, notes };
}

function accepted(order: Order, { venueOrderId }: InputOf<'accepted'>): Step {
  const { status, progress } = order;
  if (status === 'REJECTED' || status === 'CANCELED') {
    // After a cancel this is an old report, unless the order was never handed on.
    if (status === 'CANCELED' && progress.submitted) return ignored('ORDER_CLOSED');
    return { kind: 'change', venueOrderId, progress: DOUBTFUL, notes: ['VENUE_CONTRADICTS'] };
  }
  const learnsId = order.venueOrderId === undefined && venueOrderId !== undefined;
  if (progress.acknowledged && !progress.ambiguous && !learnsId) return ignored('ALREADY_KNOWN');
  const notes: readonly OrderNote[] = status === 'NEW' ? ['OUT_OF_ORDER'] : [];
  return { kind: 'change', venueOrderId, progress: AT_VENUE, notes };
}

function filled(order: Order, input: InputOf<'fill'>): Step {
  const { quantity, price, venueOrderId } = input;
  if (!isPositive(quantity) || !isPositive(price)) return refused('INVALID_FILL');
  const cumulativeQuantity = order.cumulativeQuantity.add(quantity);
  const over = cumulativeQuantity.greaterThan(order.terms.quantity);
  return {
    kind: 'change',
    venueOrderId,
    cumulativeQuantity,
    cumulativeNotional: order.cumulativeNotional.add(quantity.multiply(price)),
    fees: withFee(order.fees, input.fee),
    progress: order.status === 'REJECTED' ? DOUBTFUL : AT_VENUE,
    notes: [...fillNotes(order), ...(over ? (['OVERFILLED'] as const) : [])],
  };
}

function withFee(fees: readonly Fee[], fee: Fee | undefined): readonly Fee[] {
  if (fee === undefined || fee.amount.isZero()) return fees;
  const { asset } = fee;
  if (!fees.some((one) => one.asset === asset)) return [...fees, fee];
  return fees.map((one) =>
    one.asset === asset ? { asset, amount: one.amount.add(fee.amount) } : one,
  );
}

function fillNotes({ status }: Order): readonly OrderNote[] {
  switch (status) {
    case 'CANCEL_PENDING':
      return ['FILL_WHILE_CANCEL_PENDING'];
    case 'REPLACE_PENDING':
      return ['FILL_WHILE_REPLACE_PENDING'];
    case 'REJECTED':
      return ['LATE_FILL', 'VENUE_CONTRADICTS'];
    case 'CANCELED':
    case 'EXPIRED':
    case 'FILLED':
      return ['LATE_FILL'];
    case 'NEW':
      return ['OUT_OF_ORDER'];
    default:
      return [];
  }
}

function ended(
  order: Order,
  how: { end: OrderEnd; detail: string; cumulativeQuantity?: Decimal | undefined },
): Step {
  const traded = !order.cumulativeQuantity.isZero();
  // What has fills was not refused: the rest of it was cancelled.
  const contradicted = how.end === 'rejected' && traded;
  const unsolicited = how.end === 'canceled' && order.progress.pendingCancel === undefined;
  const missing = (how.cumulativeQuantity ?? order.cumulativeQuantity)
    .subtract(order.cumulativeQuantity)
    .max(Decimal.ZERO);
  return {
    kind: 'change',
    progress: {
      ambiguous: false,
      ended: contradicted ? 'canceled' : how.end,
      pendingCancel: undefined,
      pendingReplace: undefined,
    },
    detail: how.detail,
    notes: [
      ...(contradicted ? (['VENUE_CONTRADICTS'] as const) : []),
      ...(unsolicited ? (['UNSOLICITED'] as const) : []),
      ...(missing.isZero() ? [] : (['FILLS_MISSING'] as const)),
    ],
    missingQuantity: missing,
  };
}

function cancelRequested(order: Order, { requestId, detail }: InputOf<'cancel-requested'>): Step {
  // What was never handed on needs no venue to be cancelled.
  if (order.status === 'NEW') return { kind: 'change', progress: { ended: 'canceled' }, detail };
  return { kind: 'change', progress: { pendingCancel: requestId }, detail };
}

function cancelRejected(order: Order, input: InputOf<'cancel-rejected'>): Step {
  const { pendingCancel } = order.progress;
  if (input.requestId !== undefined && input.requestId !== pendingCancel) {
    return ignored('STALE_ANSWER');
  }
  const notes: readonly OrderNote[] = input.tooLate ? ['TOO_LATE_TO_CANCEL'] : [];
  return { kind: 'change', progress: { pendingCancel: undefined }, detail: '', notes };
}

function replaceRequested(order: Order, { replacement }: InputOf<'replace-requested'>): Step {
  const { limitPrice, quantity } = replacement;
  const priced = limitPrice !== undefined && isPositive(limitPrice);
  if (order.terms.type !== 'limit' || !priced) return refused('INVALID_TERMS');
  if (!quantity.greaterThan(order.cumulativeQuantity)) return refused('REPLACE_BELOW_FILLED');
  return { kind: 'change', progress: { pendingReplace: replacement } };
}

function replaceAccepted(order: Order, input: InputOf<'replace-accepted'>): Step {
  const pending = order.progress.pendingReplace;
  if (pending !== undefined && (input.requestId ?? pending.requestId) !== pending.requestId) {
    return ignored('STALE_ANSWER');
  }
  const quantity = input.quantity ?? pending?.quantity;
  if (quantity === undefined) return ignored('NOTHING_PENDING');
  return requantified(order, {
    quantity,
    limitPrice: input.limitPrice ?? pending?.limitPrice,
    progress: { ...AT_VENUE, pendingReplace: undefined },
    notes: pending === undefined ? ['UNSOLICITED'] : [],
  });
}

function replaceRejected(order: Order, input: InputOf<'replace-rejected'>): Step {
  const pending = order.progress.pendingReplace;
  if (pending === undefined) return ignored('NOTHING_PENDING');
  if ((input.requestId ?? pending.requestId) !== pending.requestId) return ignored('STALE_ANSWER');
  return { kind: 'change', progress: { pendingReplace: undefined } };
}

/** The venue has the order with another quantity; what is filled is never less than ordered. */
function requantified(
  order: Order,
  given: {
    quantity: Decimal;
    limitPrice?: Decimal | undefined;
    progress?: Partial<OrderProgress>;
    notes: readonly OrderNote[];
  },
): Step {
  if (order.progress.ended !== undefined) return ignored('ORDER_CLOSED');
  const quantity = given.quantity.max(order.cumulativeQuantity);
  if (!isPositive(quantity)) return refused('INVALID_TERMS');
  const amended = given.quantity.lessThan(order.cumulativeQuantity);
  return {
    kind: 'change',
    terms: { ...order.terms, quantity, limitPrice: given.limitPrice ?? order.terms.limitPrice },
    progress: given.progress ?? AT_VENUE,
    notes: [...given.notes, ...(amended ? (['AMENDED_TO_FILLED'] as const) : [])],
  };
}

function resolved(order: Order, input: InputOf<'resolved'>): Step {
  if (input.found === 'not-found') return notFound(order);
  if (order.status === 'REJECTED') {
    if (input.found !== 'open' && input.found !== 'filled') return ignored('ORDER_CLOSED');
    const { venueOrderId } = input;
    return { kind: 'change', venueOrderId, progress: DOUBTFUL, notes: ['VENUE_CONTRADICTS'] };
  }
  const claimed =
    input.cumulativeQuantity ?? (input.found === 'filled' ? order.terms.quantity : undefined);
  if (claimed?.lessThan(order.cumulativeQuantity)) return ignored('STALE_ANSWER');
  if (claimed?.greaterThan(order.cumulativeQuantity)) {
    const missingQuantity = claimed.subtract(order.cumulativeQuantity);
    return { kind: 'ignored', reason: 'FILLS_MISSING', missingQuantity };
  }
  switch (input.found) {
    case 'open':
      return accepted(order, { ...input, kind: 'accepted' });
    case 'filled':
      return foundFilled(order);
    default:
      return ended(order, { end: input.found, detail: input.detail });
  }
}

/** The venue counts as many fills as we do and calls the order filled: no more was ordered. */
function foundFilled({ terms, cumulativeQuantity }: Order): Step {
  if (!isPositive(cumulativeQuantity)) return ignored('STALE_ANSWER');
  const amended = cumulativeQuantity.lessThan(terms.quantity);
  return {
    kind: 'change',
    terms: { ...terms, quantity: terms.quantity.min(cumulativeQuantity) },
    progress: { ...AT_VENUE, pendingCancel: undefined, pendingReplace: undefined },
    notes: amended ? ['AMENDED_TO_FILLED'] : [],
  };
}

/** The venue does not have the order. Only an order of unknown fate can be ended by that. */
function notFound({ status, progress }: Order): Step {
  if (status === 'REJECTED') return ignored('ORDER_CLOSED');
  if (progress.acknowledged) {
    if (progress.ambiguous) return ignored('NOT_FOUND');
    return { kind: 'change', progress: { ambiguous: true }, notes: ['VENUE_CONTRADICTS'] };
  }
  if (!progress.ambiguous) {
    return ignored(progress.submitted ? 'MAY_BE_IN_FLIGHT' : 'ALREADY_KNOWN');
  }
  const end = progress.pendingCancel === undefined ? 'rejected' : 'canceled';
  return {
    kind: 'change',
    progress: { ambiguous: false, ended: end, pendingCancel: undefined },
    detail: 'The venue never had the order.',
  };
}
