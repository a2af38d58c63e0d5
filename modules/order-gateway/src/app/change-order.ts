import {
  type AtsError,
  hasEnded,
  type Listing,
  marketId,
  type Order,
  type OrderCommand,
} from '@ats/domain';
import {
  balanceKey,
  holdTermsOf,
  neededForQuantity,
  orderCommandRecord,
  readBalanceItem,
  type StoredOrder,
} from '@ats/orders';
import { childOf } from '@ats/runtime';
import { checkNotional, checkTerms } from '../domain/order-rules.ts';
import { type Refused, refusal, refused } from '../domain/refusals.ts';
import {
  type CancelRequest,
  cancelDigest,
  checkId,
  type ReplaceRequest,
  replaceDigest,
} from '../domain/requests.ts';
import { type DeskParts, orderUnknown, storedOrder, type Taken, tellCommit } from './desk-parts.ts';
import { growthOf } from './drafts.ts';
import { lacking } from './funds.ts';
import { gateClosed } from './gates.ts';
import { findRepeat, type Remembered, rememberItem, repeatOf } from './request-memory.ts';

/** Takes wishes about an order that exists: they go to the OMS, which has the last word. */
export class ChangeOrder {
  private readonly parts: DeskParts;

  constructor(parts: DeskParts) {
    this.parts = parts;
  }

  /** A cancel passes every gate: getting out must always be possible. */
  async cancel(request: CancelRequest): Promise<Taken | Refused> {
    const { requestId, orderId } = request;
    return this.change(request, cancelDigest(request), {
      refuse: async ({ order }) => closed(order),
      command: (issuedAtUs) => ({ kind: 'cancel', orderId, requestId, issuedAtUs }),
    });
  }

  async replace(request: ReplaceRequest): Promise<Taken | Refused> {
    const { requestId, orderId } = request;
    const quantity = request.quantity.normalized();
    const limitPrice = request.limitPrice.normalized();
    const replacement = { requestId, quantity, limitPrice };
    return this.change(request, replaceDigest(request), {
      refuse: (stored) => this.refuseReplace(stored, request),
      ask: ({ order }) => this.askRisk(order, request),
      command: (issuedAtUs) => ({ kind: 'replace', orderId, replacement, issuedAtUs }),
    });
  }

  private async change(
    request: CancelRequest,
    digest: string,
    wish: {
      refuse(stored: StoredOrder): Promise<AtsError | undefined>;
      /** Asked of wishes that are new alone. */
      ask?(stored: StoredOrder): Promise<AtsError | undefined>;
      command(issuedAtUs: number): OrderCommand;
    },
  ): Promise<Taken | Refused> {
    const { state, clock, requestIdUs, commits } = this.parts;
    const { requestId, orderId, correlationId, traceparent } = request;
    const wrong = checkId('requestId', requestId);
    if (wrong !== undefined) return refused(wrong);
    const stored = await storedOrder(state, orderId);
    if (stored === undefined || request.owns?.(stored.order.accountId) === false) {
      return refused(orderUnknown(orderId));
    }
    const { accountId } = stored.order;
    const asked: Remembered = { accountId, requestId, digest, orderIds: [orderId] };
    const error = await wish.refuse(stored);
    if (error !== undefined) {
      return this.answer(await findRepeat(state, asked)) ?? refused(error);
    }
    if (wish.ask !== undefined) {
      const known = this.answer(await findRepeat(state, asked));
      if (known !== undefined) return known;
      const refusedByRisk = await wish.ask(stored);
      if (refusedByRisk !== undefined) return refused(refusedByRisk);
    }
    const atUs = clock.nowUs();
    const about = { accountId, correlationId, traceparent: childOf(traceparent, 'commit') };
    const made = await commits.make(
      [rememberItem(asked, atUs + requestIdUs)],
      [orderCommandRecord(wish.command(atUs), about)],
    );
    tellCommit(this.parts, { request, made, startUs: atUs });
    if (made.kind === 'failed') return refused(made.error);
    if (made.kind === 'committed') {
      return { kind: 'taken', orders: [stored.order], repeated: false };
    }
    const item = made.refusals[0]?.current;
    const repeat = item === undefined ? undefined : await repeatOf(state, { asked, item });
    return this.answer(repeat) ?? refused(orderUnknown(orderId));
  }

  private answer(repeat: Awaited<ReturnType<typeof findRepeat>>): Taken | Refused | undefined {
    if (repeat === undefined) return undefined;
    if (repeat.kind === 'reused') return refused(repeat.error);
    return { kind: 'taken', orders: repeat.orders, repeated: true };
  }

  /** Terms that can cost no more than the old ones need nobody's word. */
  private async askRisk(order: Order, request: ReplaceRequest): Promise<AtsError | undefined> {
    const { side, quantity, limitPrice } = order.terms;
    const { limitPrice: price } = request;
    const further =
      limitPrice === undefined ||
      (side === 'buy' ? price.greaterThan(limitPrice) : price.lessThan(limitPrice));
    const grows = further || request.quantity.greaterThan(quantity);
    if (order.purpose === 'unwind' || !grows) return undefined;
    return this.parts.risk.askReplace(order, request);
  }

  private async refuseReplace(
    stored: StoredOrder,
    request: ReplaceRequest,
  ): Promise<AtsError | undefined> {
    const { order } = stored;
    const listing = this.parts.markets.get(marketId(order.terms));
    const problem =
      closed(order) ??
      pending(order) ??
      (listing === undefined ? unlisted(order) : ruleBroken(order, { listing, request }));
    if (problem !== undefined || listing === undefined) return problem;
    const gate = this.parts.gates.closedFor(order.terms.venue, order.purpose);
    if (gate !== undefined) return gateClosed(gate);
    return this.refuseMoney(stored, { listing, request });
  }

  /** Says early and clearly what the OMS would say late; it is the OMS that reserves. */
  private async refuseMoney(
    { order, hold }: StoredOrder,
    { listing, request }: { readonly listing: Listing; readonly request: ReplaceRequest },
  ): Promise<AtsError | undefined> {
    const wanted = neededForQuantity({
      side: order.terms.side,
      quantity: request.quantity.subtract(order.cumulativeQuantity),
      price: request.limitPrice,
      market: holdTermsOf(listing),
    });
    const { accountId } = order;
    const { venue } = order.terms;
    for (const { asset, amount } of growthOf(hold, wanted)) {
      const item = await this.parts.state.get(balanceKey({ accountId, venue, asset }));
      const available = item === undefined ? undefined : readBalanceItem(item).available;
      if (available !== undefined && !available.lessThan(amount)) continue;
      return lacking({ accountId, venue, asset, needed: amount, available });
    }
    return undefined;
  }
}

function closed(order: Order): AtsError | undefined {
  if (!hasEnded(order)) return undefined;
  return refusal({
    code: 'ORDER_CLOSED',
    message: `order ${order.orderId} has ended: it is ${order.status}`,
    remedy: 'Read the order; nothing needs to be done.',
    field: 'orderId',
    value: order.orderId,
    facts: { status: order.status },
  });
}

function pending(order: Order): AtsError | undefined {
  const { pendingCancel, pendingReplace } = order.progress;
  if (pendingCancel === undefined && pendingReplace === undefined) return undefined;
  const what = pendingCancel === undefined ? 'replace' : 'cancel';
  return refusal({
    code: 'ORDER_REQUEST_PENDING',
    message: `order ${order.orderId} waits for the venue's answer to a ${what}`,
    remedy: 'Wait for the answer on the stream, then ask again.',
    field: 'orderId',
    value: order.orderId,
    retry: 'safe',
    facts: { pending: what },
  });
}

function unlisted(order: Order): AtsError {
  const { instrument, venue } = order.terms;
  return refusal({
    code: 'INSTRUMENT_UNKNOWN',
    message: `${instrument} is listed on ${venue} no more: the order can only be cancelled`,
    remedy: 'Cancel the order, or list the instrument again.',
    field: 'instrument',
    value: instrument,
  });
}

function ruleBroken(
  order: Order,
  { listing, request }: { readonly listing: Listing; readonly request: ReplaceRequest },
): AtsError | undefined {
  const { quantity, limitPrice } = request;
  if (order.terms.type !== 'limit' || order.terms.timeInForce !== 'gtc') {
    const { type, timeInForce } = order.terms;
    return refusal({
      code: 'ORDER_RULE_BROKEN',
      message: `a ${type} order (${timeInForce}) does not stand: it can have no new terms`,
      remedy: 'Send a new order.',
      field: 'orderId',
      value: order.orderId,
    });
  }
  const checked = { terms: { ...order.terms, quantity, limitPrice }, listing, path: '' };
  const broken = checkTerms(checked) ?? checkNotional(checked, limitPrice);
  if (broken !== undefined || quantity.greaterThan(order.cumulativeQuantity)) return broken;
  return refusal({
    code: 'ORDER_RULE_BROKEN',
    message: `quantity is ${quantity}, but ${order.cumulativeQuantity} are filled already`,
    remedy: 'Send more than is filled, or cancel the order.',
    field: 'quantity',
    value: quantity,
    facts: { filled: order.cumulativeQuantity.toString() },
  });
}
