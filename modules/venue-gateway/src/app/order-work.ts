import {
  Decimal,
  deriveClientOrderId,
  type Fee,
  type Order,
  type Replacement,
  type RequestId,
} from '@ats/domain';
import { fullJitterMs } from '@ats/runtime';
import { type PricedFill, shareFee } from '../domain/fee-shares.ts';
import type { OrderReference, VenueFill, VenueOrderState } from '../domain/venue-facts.ts';
import type { CallClass } from './call-queue.ts';
import type { CallName } from './desk-metrics.ts';
import type { DeskTools } from './desk-tools.ts';
import { OrderReports } from './order-reports.ts';
import type { RateLimited, SubmitAnswer } from './venue-connector.ts';
import type { WorkEnd } from './work-store.ts';

/** Between looks at an order that something is wrong or still unknown about. */
const BACKOFF = { baseMs: 50, maxMs: 2000 };
/** How long nothing is asked when a venue that is asked too much does not say. */
const PAUSE_MS = 1000;
/** A cancel that the venue took and that shows no effect is sent again after this long. */
const CANCEL_AGAIN_MS = 1000;
/** Refusals of a cancel or replace of an order that stands, until that is its answer. */
const REFUSALS_MAX = 3;
/** Times that a submit which was certainly not taken is sent again. */
const SUBMITS_MAX = 5;

/** How long the fills of an order may take to be pushed before they are asked for. */
const PUSH_GRACE_MS = 20;

type Phase = 'waiting' | 'unknown' | 'live' | 'ending' | 'over';

/** A wish about an order and how far it got. */
interface Wish {
  readonly requestId: RequestId;
  sentAtUs: number | undefined;
  refusals: number;
}

export interface WorkStart {
  readonly order: Order;
  readonly correlationId: string;
  /** Whether it may have been sent, by an earlier run: then it is only asked for. */
  readonly maybeSent: boolean;
  readonly createdAtUs: number;
  readonly fees: ReadonlyMap<string, Fee>;
  /** Whether the venue pushes what happens. */
  readonly isStreaming: () => boolean;
  readonly onOver: (work: OrderWork, end: WorkEnd) => void;
  readonly onVenueOrderId: (work: OrderWork, venueOrderId: string) => void;
}

/**
 * Carries one order: sends it once, learns what became of it, reports its fills and, after all of
 * them, its end. One step at a time; whatever happens meanwhile makes it look again.
 */
export class OrderWork {
  readonly order: Order;
  readonly correlationId: string;
  readonly reports: OrderReports;
  private readonly tools: DeskTools;
  private readonly start: WorkStart;
  private phase: Phase;
  private reference: OrderReference;
  private quantity: Decimal;
  private filled = Decimal.ZERO;
  /** Trade ids of the fills that were reported. */
  readonly fillIds = new Set<string>();
  private fees: ReadonlyMap<string, Fee>;
  private accepted = false;
  private submits = 0;
  private troubles = 0;
  private cancelWish: Wish | undefined;
  private replaceWish: (Wish & { readonly terms: Replacement }) | undefined;
  private readonly answered = new Set<RequestId>();
  private running = false;
  private dirty = false;
  private closed = false;
  private timer: { readonly dueUs: number; cancel(): void } | undefined;

  constructor(tools: DeskTools, start: WorkStart) {
    this.tools = tools;
    this.start = start;
    this.order = start.order;
    this.correlationId = start.correlationId;
    this.reports = new OrderReports(tools, start);
    this.quantity = start.order.terms.quantity;
    this.fees = start.fees;
    this.phase = start.maybeSent ? 'unknown' : 'waiting';
    this.reference = {
      clientOrderId: deriveClientOrderId({ orderId: start.order.orderId, revision: 0 }),
      venueOrderId: undefined,
      instrument: start.order.terms.instrument,
      side: start.order.terms.side,
      // What an earlier run sent left no later than now.
      sentAtUs: start.createdAtUs,
    };
    this.sentAtUs = tools.clock.nowUs();
  }

  private sentAtUs: number;

  get venueOrderId(): string {
    return this.reference.venueOrderId ?? '';
  }

  get clientOrderId(): string {
    return this.reference.clientOrderId;
  }

  get isLive(): boolean {
    return this.phase === 'live';
  }

  get isOver(): boolean {
    return this.phase === 'over';
  }

  get cumulativeQuantity(): Decimal {
    return this.filled;
  }

  /** Whether something is asked of the order that has no answer. */
  get hasWish(): boolean {
    return this.cancelWish !== undefined || this.replaceWish !== undefined;
  }

  cancel(requestId: RequestId): void {
    if (this.answered.has(requestId) || this.cancelWish?.requestId === requestId) return;
    this.cancelWish = { requestId, sentAtUs: undefined, refusals: 0 };
    this.look();
  }

  replace(terms: Replacement): void {
    const { requestId } = terms;
    if (this.answered.has(requestId) || this.replaceWish?.requestId === requestId) return;
    this.replaceWish = { requestId, terms, sentAtUs: undefined, refusals: 0 };
    this.look();
  }

  /** A fill that came by itself, or from a list. */
  offer(fill: VenueFill): void {
    const { fee } = fill;
    if (fee !== undefined) this.take({ ...fill, fee });
    this.look();
  }

  /** Goes on as soon as possible. */
  look(): void {
    this.dirty = true;
    if (this.running || this.closed || this.phase === 'over') return;
    this.running = true;
    void this.loop();
  }

  /** Something was said about it; its fills may be on their way, so that nothing need be asked. */
  nudge(): void {
    if (!this.isOver && !this.closed) this.lookIn(PUSH_GRACE_MS);
  }

  /** Stops where it is; what is durable is taken up by the next run. */
  close(): void {
    this.closed = true;
    this.reports.stop();
    this.timer?.cancel();
  }

  private async loop(): Promise<void> {
    try {
      while (this.dirty && !this.closed && !this.isOver) {
        this.dirty = false;
        await this.step();
      }
    } catch (error) {
      const { orderId } = this.order;
      this.tools.logger.error('venue.step_failed', 'a step failed; it is tried again', {
        orderId,
        venue: this.order.terms.venue,
        error,
      });
      this.lookSoon();
    } finally {
      this.running = false;
    }
    if (this.dirty && !this.closed && !this.isOver) this.look();
  }

  private step(): Promise<void> {
    switch (this.phase) {
      case 'waiting':
        return this.send();
      case 'unknown':
        return this.resolve();
      default:
        return this.follow();
    }
  }

  /** Looks again after a delay that grows with the troubles in a row. */
  private lookSoon(): void {
    const random = this.tools.random.next();
    const delayMs = 5 + fullJitterMs({ ...BACKOFF, attempt: this.troubles, random });
    this.troubles += 1;
    this.lookIn(delayMs);
  }

  private lookIn(delayMs: number): void {
    const dueUs = this.tools.clock.nowUs() + delayMs * 1000;
    if (this.timer !== undefined && this.timer.dueUs <= dueUs) return;
    this.timer?.cancel();
    const { cancel } = this.tools.timers.after(delayMs, () => {
      this.timer = undefined;
      this.look();
    });
    this.timer = { dueUs, cancel };
  }

  /** One call of the venue, in its turn. @returns undefined when it was not made. */
  private async call<Answer extends { readonly kind: string }>(
    name: CallName,
    of: CallClass,
    call: () => Promise<Answer | RateLimited>,
  ): Promise<Exclude<Answer, RateLimited> | undefined> {
    const { queue, metrics, clock } = this.tools;
    const { venue } = this.order.terms;
    const called = await queue.run(of, async () => {
      const startedUs = clock.nowUs();
      const answer = await call();
      metrics.callSeconds.observe({ venue, call: name }, (clock.nowUs() - startedUs) / 1e6);
      return answer;
    });
    const result = called.kind === 'full' ? 'queue-full' : called.answer.kind;
    metrics.calls.add({ venue, call: name, result });
    if (called.kind === 'full') return undefined;
    const { answer } = called;
    if (answer.kind !== 'rate-limited') return answer as Exclude<Answer, RateLimited>;
    const { retryAfterMs } = answer as RateLimited;
    queue.pause(retryAfterMs > 0 ? retryAfterMs : PAUSE_MS);
    return undefined;
  }

  /** Why the order must not leave any more; it has not left yet. */
  private withheld():
    | { readonly end: 'canceled' | 'expired'; readonly detail: string }
    | undefined {
    if (this.cancelWish !== undefined) {
      return { end: 'canceled', detail: 'Cancelled before it was sent.' };
    }
    const { sendBeforeUs } = this.order;
    if (sendBeforeUs === 0 || this.tools.clock.nowUs() <= sendBeforeUs) return undefined;
    return { end: 'expired', detail: 'It could not be sent in time and was not sent.' };
  }

  private async send(): Promise<void> {
    const { order, tools } = this;
    const of = order.purpose === 'unwind' ? 'urgent' : 'order';
    const price = order.terms.limitPrice ?? order.worstPrice;
    if (price === undefined) {
      return this.end('rejected', 'A market order needs a worst price.');
    }
    this.submits += 1;
    const answer = await this.call('submit', of, (): Promise<SubmitAnswer | Withheld> => {
      const withheld = this.withheld();
      if (withheld !== undefined) return Promise.resolve({ kind: 'withheld', ...withheld });
      this.sentAtUs = tools.clock.nowUs();
      this.reference = { ...this.reference, sentAtUs: this.sentAtUs };
      const { type, timeInForce, quantity, postOnly } = order.terms;
      return tools.connector.submit({
        ...this.reference,
        quantity,
        limitPrice: price,
        timeInForce: type === 'market' ? 'ioc' : timeInForce,
        postOnly,
      });
    });
    if (answer === undefined) {
      const withheld = this.withheld();
      if (withheld !== undefined) return this.end(withheld.end, withheld.detail);
      if (this.submits < SUBMITS_MAX) return this.lookSoon();
      return this.end('rejected', 'The venue takes no more requests; it was not sent.');
    }
    switch (answer.kind) {
      case 'withheld':
        return this.end(answer.end, answer.detail);
      case 'rejected':
        return this.end('rejected', `${answer.reason}: ${answer.detail}`);
      case 'ambiguous':
        this.phase = 'unknown';
        tools.metrics.ambiguous.add({ venue: order.terms.venue });
        void this.reports.say({ type: 'unknown', detail: answer.detail });
        return this.lookSoon();
      case 'accepted':
        this.isAt(answer.venueOrderId);
        for (const fill of answer.fills ?? []) {
          if (fill.fee !== undefined) this.take({ ...fill, fee: fill.fee });
        }
        if (answer.state !== undefined) return this.absorb(answer.state);
        if (this.start.isStreaming()) this.nudge();
        else this.dirty = true;
    }
  }

  /** The venue has the order. */
  private isAt(venueOrderId: string): void {
    this.phase = 'live';
    this.troubles = 0;
    if (this.reference.venueOrderId !== venueOrderId) {
      this.reference = { ...this.reference, venueOrderId };
      this.start.onVenueOrderId(this, venueOrderId);
    }
    if (this.accepted) return;
    this.accepted = true;
    void this.reports.say({ type: 'accepted', venueOrderId });
  }

  /** Asks the venue until it says what became of a submit. Nothing is ever sent twice. */
  private async resolve(): Promise<void> {
    const { clock, metrics, connector, limits } = this.tools;
    const { venue } = this.order.terms;
    const askedAtUs = clock.nowUs();
    const answer = await this.call('query', 'order', () => connector.query(this.reference));
    if (answer?.kind === 'found') {
      metrics.resolved.add({ venue, result: 'found' });
      this.isAt(answer.state.venueOrderId);
      return this.absorb(answer.state);
    }
    if (answer?.kind !== 'not-found') return this.lookSoon();
    const leftUs = this.sentAtUs + limits.inFlightMaxMs * 1000 - askedAtUs;
    if (leftUs > 0) {
      this.lookSoon();
      return;
    }
    metrics.resolved.add({ venue, result: 'not-found' });
    return this.end('rejected', 'The venue never had the order.');
  }

  private async follow(): Promise<void> {
    if (!this.filled.lessThan(this.quantity) && this.replaceWish === undefined) {
      return this.end('filled', '');
    }
    if (this.cancelWish !== undefined) await this.sendCancel(this.cancelWish);
    else if (this.replaceWish !== undefined) await this.sendReplace(this.replaceWish.terms);
    await this.examine();
  }

  private async sendCancel(wish: Wish): Promise<void> {
    const { clock, connector } = this.tools;
    const { sentAtUs } = wish;
    if (sentAtUs !== undefined) {
      const againUs = sentAtUs + CANCEL_AGAIN_MS * 1000 - clock.nowUs();
      if (againUs > 0) return this.lookIn(againUs / 1000);
    }
    const answer = await this.call('cancel', 'urgent', () => connector.cancel(this.reference));
    if (answer?.kind === 'accepted') wish.sentAtUs = clock.nowUs();
    else if (answer?.kind === 'refused') wish.refusals += 1;
    if (answer?.kind !== 'accepted') this.lookSoon();
  }

  private async sendReplace(terms: Replacement): Promise<void> {
    const wish = this.replaceWish;
    const { limitPrice } = terms;
    if (wish === undefined || limitPrice === undefined || wish.sentAtUs !== undefined) return;
    const { quantity } = terms;
    const answer = await this.call('replace', 'order', () =>
      this.tools.connector.replace({ ...this.reference, quantity, limitPrice }),
    );
    if (answer === undefined) return this.lookSoon();
    if (answer.kind === 'refused') {
      this.refuseReplace(answer.detail);
      return;
    }
    wish.sentAtUs = this.tools.clock.nowUs();
    if (answer.kind === 'replaced') this.confirmReplace();
  }

  private confirmReplace(): void {
    const wish = this.replaceWish;
    if (wish === undefined) return;
    const { requestId, terms } = wish;
    this.replaceWish = undefined;
    this.answered.add(requestId);
    this.quantity = terms.quantity;
    const { quantity, limitPrice } = terms;
    void this.reports.say({ type: 'replaced', cause: requestId, requestId, quantity, limitPrice });
  }

  private refuseReplace(detail: string): void {
    const wish = this.replaceWish;
    if (wish === undefined) return;
    const { requestId } = wish;
    this.replaceWish = undefined;
    this.answered.add(requestId);
    void this.reports.say({ type: 'replace-rejected', cause: requestId, requestId, detail });
  }

  private async examine(): Promise<void> {
    const answer = await this.call('query', 'question', () =>
      this.tools.connector.query(this.reference),
    );
    // An order that was there and is not any more: it is asked for again, and a person can see it.
    if (answer?.kind !== 'found') return this.lookSoon();
    return this.absorb(answer.state);
  }

  /** Takes in what the venue says of the order as a whole. */
  private async absorb(state: VenueOrderState): Promise<void> {
    if (this.phase === 'ending' || this.phase === 'over') return;
    const { cumulativeQuantity, status } = state;
    if (cumulativeQuantity.greaterThan(this.filled)) await this.fetchFills(state);
    if (!cumulativeQuantity.equals(this.filled)) return this.lookSoon();
    this.troubles = 0;
    this.settleReplace(state);
    if (status === 'open') return this.standing();
    const isFilled = !this.filled.lessThan(this.quantity) && status !== 'rejected';
    if (status === 'filled' || isFilled) return this.end('filled', '');
    const unasked = status === 'canceled' && this.cancelWish === undefined;
    const isImmediate =
      this.order.terms.timeInForce !== 'gtc' || this.order.terms.type === 'market';
    return this.end(unasked && isImmediate ? 'expired' : status, state.detail);
  }

  /** What became of a replace whose answer got lost shows in the order itself. */
  private settleReplace({ quantity, limitPrice, status }: VenueOrderState): void {
    const wish = this.replaceWish;
    if (wish?.sentAtUs === undefined) return;
    const { terms } = wish;
    const priced = limitPrice !== undefined && terms.limitPrice?.equals(limitPrice) === true;
    if (quantity.equals(terms.quantity) && priced) return this.confirmReplace();
    const waitedMs = (this.tools.clock.nowUs() - wish.sentAtUs) / 1000;
    if (status !== 'open' || waitedMs > this.tools.limits.inFlightMaxMs) {
      this.refuseReplace('The venue kept the old terms.');
    } else this.lookSoon();
  }

  private standing(): void {
    const wish = this.cancelWish;
    if (wish === undefined) return;
    if (wish.refusals >= REFUSALS_MAX) {
      this.answerCancel({ tooLate: false, detail: 'The venue refuses to cancel it.' });
    } else if (wish.sentAtUs !== undefined) this.lookSoon();
  }

  private answerCancel(how: { readonly tooLate: boolean; readonly detail: string }): void {
    const wish = this.cancelWish;
    if (wish === undefined) return;
    const { requestId } = wish;
    this.cancelWish = undefined;
    this.answered.add(requestId);
    void this.reports.say({ type: 'cancel-rejected', cause: requestId, requestId, ...how });
  }

  private async fetchFills(state: VenueOrderState): Promise<void> {
    const { connector, store } = this.tools;
    const answer = await this.call('fills', 'question', () => connector.fillsOf(this.reference));
    if (answer?.kind !== 'fills') return;
    const { fills, orderFee } = answer;
    if (orderFee === undefined) {
      for (const fill of fills) {
        if (fill.fee !== undefined) this.take({ ...fill, fee: fill.fee });
      }
      return;
    }
    const priced = shareFee({ fills, total: orderFee, given: this.fees });
    const fees = new Map(priced.map(({ tradeId, fee }) => [tradeId, fee]));
    // Of an order that goes on, more fills would change the shares: they are kept first. Of one
    // that has ended the next run would compute the very same.
    if (state.status === 'open' || this.fees.size > 0) {
      await store.keepFees(this.order.orderId, fees);
    }
    this.fees = fees;
    for (const fill of priced) this.take(fill);
  }

  private take(fill: PricedFill): void {
    if (this.fillIds.has(fill.tradeId)) return;
    this.fillIds.add(fill.tradeId);
    this.filled = this.filled.add(fill.quantity);
    this.isAt(fill.venueOrderId);
    void this.reports.fill(fill);
  }

  /** Says the end once all that came before it is durable, and then lets go of the order. */
  private async end(end: WorkEnd, detail: string): Promise<void> {
    const { store, clock } = this.tools;
    this.phase = 'ending';
    this.timer?.cancel();
    this.timer = undefined;
    this.refuseReplace('The order has ended.');
    await this.reports.settled();
    if (end !== 'filled') {
      const requestId = end === 'canceled' ? this.cancelWish?.requestId : undefined;
      if (requestId !== undefined) this.answered.add(requestId);
      if (end === 'canceled') this.cancelWish = undefined;
      const venueOrderId = this.reference.venueOrderId;
      const cumulativeQuantity = this.filled;
      await this.reports.say({ type: end, detail, requestId, venueOrderId, cumulativeQuantity });
    }
    this.answerCancel({ tooLate: true, detail: 'The order had ended.' });
    await this.reports.settled();
    const { order, correlationId, venueOrderId } = this;
    await this.untilStored(() =>
      store.finish({ order, correlationId, end, venueOrderId }, clock.nowUs()),
    );
    this.phase = 'over';
    this.answerCancel({ tooLate: true, detail: 'The order had ended.' });
    this.refuseReplace('The order has ended.');
    this.start.onOver(this, end);
  }

  private async untilStored(write: () => Promise<void>): Promise<void> {
    const { timers, random, logger } = this.tools;
    for (let attempt = 0; !this.closed; attempt += 1) {
      try {
        return await write();
      } catch (error) {
        const { orderId } = this.order;
        if (attempt === 0) logger.warn('venue.store_waits', 'the store fails', { orderId, error });
        await timers.sleep(1 + fullJitterMs({ ...BACKOFF, attempt, random: random.next() }));
      }
    }
  }
}

interface Withheld {
  readonly kind: 'withheld';
  readonly end: 'canceled' | 'expired';
  readonly detail: string;
}
