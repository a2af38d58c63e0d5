import {
  Decimal,
  type ExecutionId,
  type LedgerEntry,
  type Order,
  type OrderEvent,
} from '@ats/domain';
import {
  APPLIED_INPUTS_MAX,
  type AssetAmount,
  applyToOrder,
  changeHold,
  type Hold,
  type HoldTerms,
  type InputOf,
  largerOf,
  neededForQuantity,
  type OrderInput,
  type OrderNote,
  type OrderState,
  refusalWords,
  reservedPrice,
  type StoredOrder,
  settleFill,
} from '@ats/orders';

/** Everything that one input changes: what one transaction writes and the log is told. */
export interface OrderChange {
  readonly before: StoredOrder;
  readonly after: Required<OrderState>;
  readonly event: OrderEvent;
  readonly entries: readonly LedgerEntry[];
  /** The fill that is booked by it; nothing else is. */
  readonly executionId: ExecutionId | undefined;
  readonly notes: readonly OrderNote[];
}

/** What comes of one input. */
export type Booking =
  | { readonly kind: 'change'; readonly change: OrderChange }
  /** A repeat, or news that is known or too old. */
  | { readonly kind: 'nothing'; readonly reason: string }
  /** Nothing can be made of it, now or later. */
  | { readonly kind: 'impossible'; readonly reason: string };

export interface BookingSource {
  readonly stored: StoredOrder;
  readonly input: OrderInput;
  /** The same input has the same id whenever it comes. */
  readonly inputId: string;
  readonly market: HoldTerms;
  readonly nowUs: number;
  /**
   * Whether a hold that should be larger is made so. A fact is one whether there is money for it or
   * not: where there is none, the hold is left as it is (`as-held`).
   */
  readonly holds: 'as-needed' | 'as-held';
}

const isWish = ({ kind }: OrderInput): boolean =>
  kind === 'submit' || kind === 'cancel-requested' || kind === 'replace-requested';

const NONE_BOOKED = { has: () => false };

/**
 * Works out what one input does to an order, its hold and the ledger. Pure. Whether a fill is
 * booked already is the store's to say, which refuses to make its item twice.
 */
export function bookInput(source: BookingSource): Booking {
  const { stored, input, inputId, nowUs } = source;
  if (stored.applied.includes(inputId)) return { kind: 'nothing', reason: 'REPEATED' };
  const outcome = applyToOrder(stored.order, input, NONE_BOOKED);
  if (outcome.kind === 'ignored') return { kind: 'nothing', reason: outcome.reason };
  if (outcome.kind === 'refused') {
    // A submit that comes again finds the order under way or ended; that is no news to anyone.
    if (input.kind === 'submit') return { kind: 'nothing', reason: outcome.reason };
    if (!isWish(input)) return { kind: 'impossible', reason: outcome.reason };
    return { kind: 'change', change: refuseWish(source, outcome.reason) };
  }
  const { order, previousStatus, notes } = outcome;
  const missingQuantity = missingAfter(stored, input, outcome.missingQuantity);
  const paid = input.kind === 'fill' ? settled(source, input) : { hold: stored.hold, entries: [] };
  const held = rehold({ ...source, order, missingQuantity, hold: paid.hold });
  return {
    kind: 'change',
    change: {
      before: stored,
      after: { order, hold: held.hold, missingQuantity, applied: remember(source) },
      event: {
        ...{ order, previousStatus, occurredAtUs: nowUs, inputId },
        ...missingOf(missingQuantity),
      },
      entries: [...paid.entries, ...held.entries],
      executionId: input.kind === 'fill' ? input.executionId : undefined,
      notes,
    },
  };
}

/**
 * The order stays as it is but for its version, so that the refusal is an event like any other.
 * Only the event carries the reason: the order keeps why it ended.
 */
export function refuseWish(
  { stored, inputId, input, nowUs }: BookingSource,
  reason: string,
): OrderChange {
  const order: Order = {
    ...stored.order,
    version: stored.order.version + 1,
    updatedAtUs: Math.max(stored.order.updatedAtUs, input.atUs),
  };
  const detail = `${refusalWords(inputId)}${reason}`;
  return {
    before: stored,
    after: { ...stored, order, applied: remember({ stored, input, inputId }) },
    event: {
      order: { ...order, detail },
      previousStatus: order.status,
      occurredAtUs: nowUs,
      inputId,
      ...missingOf(stored.missingQuantity),
    },
    entries: [],
    executionId: undefined,
    notes: [],
  };
}

const missingOf = (quantity: Decimal): Pick<OrderEvent, 'missingQuantity'> =>
  quantity.isZero() ? {} : { missingQuantity: quantity };

function remember({
  stored,
  input,
  inputId,
}: Pick<BookingSource, 'stored' | 'input' | 'inputId'>): readonly string[] {
  // A submit is remembered by the order's own progress, a fill by its own item.
  if (input.kind === 'fill' || input.kind === 'submit') return stored.applied;
  return [...stored.applied, inputId].slice(-APPLIED_INPUTS_MAX);
}

function missingAfter(stored: StoredOrder, input: OrderInput, found: Decimal): Decimal {
  if (!found.isZero()) return found;
  const { missingQuantity } = stored;
  if (input.kind !== 'fill') return missingQuantity;
  return missingQuantity.subtract(input.quantity).max(Decimal.ZERO);
}

function settled(
  { stored, market, nowUs }: BookingSource,
  input: InputOf<'fill'>,
): { readonly hold: Hold; readonly entries: readonly LedgerEntry[] } {
  const { side, instrument } = stored.order.terms;
  const { executionId, quantity, price } = input;
  const { hold, entry } = settleFill({
    hold: stored.hold,
    side,
    instrument,
    base: market.base,
    quote: market.quote,
    executionId,
    fill: { quantity, price, fee: input.fee ?? { asset: market.quote, amount: Decimal.ZERO } },
    atUs: nowUs,
  });
  return { hold, entries: [entry] };
}

/** Makes the hold what the rest of the order can still cost. */
function rehold(
  source: BookingSource & {
    readonly order: Order;
    readonly missingQuantity: Decimal;
    readonly hold: Hold;
  },
): { readonly hold: Hold; readonly entries: readonly LedgerEntry[] } {
  const { hold, holds, order, nowUs } = source;
  const needed = needs(source);
  const wanted = holds === 'as-needed' ? needed : smallerOf(needed, hold.parts);
  // Each version of an order changes its hold at most once.
  const causeId = `v${order.version}`;
  const changed = changeHold({ hold, wanted, causeId, atUs: nowUs });
  return { hold: changed.hold, entries: changed.entry === undefined ? [] : [changed.entry] };
}

function needs(source: {
  readonly order: Order;
  readonly missingQuantity: Decimal;
  readonly hold: Hold;
  readonly market: HoldTerms;
}): readonly AssetAmount[] {
  const { order, missingQuantity, hold, market } = source;
  const { terms, progress, cumulativeQuantity } = order;
  const { side } = terms;
  const quantity = order.leavesQuantity.max(missingQuantity);
  const price = reservedPrice(order);
  const { pendingReplace } = progress;
  if (quantity.isZero() && pendingReplace === undefined) return [];
  // Without any price nothing can be worked out: what is held stays held to the end.
  if (price === undefined) return hold.parts;
  const now = neededForQuantity({ side, quantity, price, market });
  if (pendingReplace === undefined) return now;
  const rest = pendingReplace.quantity.subtract(cumulativeQuantity).max(Decimal.ZERO);
  const newPrice = pendingReplace.limitPrice ?? price;
  return largerOf(now, neededForQuantity({ side, quantity: rest, price: newPrice, market }));
}

function smallerOf(
  wanted: readonly AssetAmount[],
  held: readonly AssetAmount[],
): readonly AssetAmount[] {
  return wanted.flatMap(({ asset, amount }) => {
    const part = held.find((one) => one.asset === asset);
    return part === undefined ? [] : [{ asset, amount: amount.min(part.amount) }];
  });
}
