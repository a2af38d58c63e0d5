import type { Decimal, Fee, Order, Replacement, RequestId } from '@ats/domain';
import { deriveClientOrderId } from '@ats/domain';
import type { Cause } from '@ats/orders';
import type { PricedFill } from '../domain/fee-shares.ts';
import { endOf, type WorkEnd, withheldBy } from '../domain/order-end.ts';
import type { OrderReference, VenueFill, VenueOrderState } from '../domain/venue-facts.ts';
import type { DeskTools } from './desk-tools.ts';
import { OrderFills } from './order-fills.ts';
import { OrderReports } from './order-reports.ts';
import { OrderWishes } from './order-wishes.ts';
import { Stepper } from './stepper.ts';
import { untilDone } from './until-done.ts';
import { VenueCalls } from './venue-calls.ts';
import type { FillsAnswer, SubmitAnswer, ToldFills } from './venue-connector.ts';
import { WishCalls } from './wish-calls.ts';
import { UNASKED_US, WorkClaim } from './work-claim.ts';

/** Times that a submit which was certainly not taken is sent again. */
const SUBMITS_MAX = 5;
/** How long the fills of an order may take to be pushed before they are asked for. */
const PUSH_GRACE_MS = 20;

type Accepted = Extract<SubmitAnswer, { readonly kind: 'accepted' }>;
type TakenOver = { readonly kind: 'taken-over' };
type Withheld = { readonly kind: 'withheld' } & NonNullable<ReturnType<typeof withheldBy>>;
type Phase = 'waiting' | 'unknown' | 'live' | 'ending' | 'over';

export interface WorkStart extends Cause {
  readonly order: Order;
  /** Whether it may have been sent, by an earlier run: then it is only asked for. */
  readonly maybeSent: boolean;
  /** As an earlier run kept it; then the venue is known to have the order. */
  readonly venueOrderId: string | undefined;
  readonly createdAtUs: number;
  readonly fees: ReadonlyMap<string, Fee>;
  /** Version of the order that the newest wish came with; 0 while there was none. */
  readonly wishVersion: number;
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
  readonly traceparent: string | undefined;
  private readonly tools: DeskTools;
  private readonly start: WorkStart;
  private readonly reports: OrderReports;
  private readonly fills: OrderFills;
  readonly wishes: OrderWishes;
  private readonly calls: VenueCalls;
  private readonly claim: WorkClaim;
  private readonly stepper: Stepper;
  private readonly wishCalls: WishCalls;
  private phase: Phase;
  private reference: OrderReference;
  /** No earlier than this it left last, or an earlier run can have sent it last. */
  private sentAtUs: number;
  private quantity: Decimal;
  /** Whether that is the quantity that the venue has: an earlier run can have replaced it. */
  private sized: boolean;
  private wishVersion: number;
  private accepted = false;
  private submits = 0;
  private remembered = false;
  private closed = false;

  constructor(tools: DeskTools, start: WorkStart) {
    const { order, correlationId, createdAtUs } = start;
    const { orderId, terms } = order;
    this.tools = tools;
    this.start = start;
    this.order = order;
    this.correlationId = correlationId;
    this.traceparent = start.traceparent;
    this.reports = new OrderReports(tools, start);
    this.wishes = new OrderWishes(this.reports);
    this.calls = new VenueCalls(tools, terms.venue, start);
    this.quantity = terms.quantity;
    this.sized = !start.maybeSent;
    this.wishVersion = start.wishVersion;
    this.fills = new OrderFills(start.fees);
    const { venueOrderId } = start;
    this.remembered = venueOrderId !== undefined;
    this.phase = start.maybeSent ? 'unknown' : 'waiting';
    if (this.remembered) this.phase = 'live';
    this.reference = {
      clientOrderId: deriveClientOrderId({ orderId, revision: 0 }),
      venueOrderId,
      instrument: terms.instrument,
      side: terms.side,
      sentAtUs: createdAtUs,
    };
    this.sentAtUs = tools.clock.nowUs() + (start.maybeSent ? UNASKED_US : 0);
    this.claim = new WorkClaim(tools, order, createdAtUs);
    this.stepper = new Stepper({
      ...tools,
      step: () => this.step(),
      onFailure: (error) => {
        const fields = { orderId, venue: terms.venue, error };
        tools.logger.error('venue.step_failed', 'a step failed; it is tried again', fields);
      },
    });
    const { calls, wishes, stepper } = this;
    this.wishCalls = new WishCalls({
      ...{ orderId, tools, calls, wishes, stepper },
      onQuantity: (quantity) => {
        this.quantity = quantity;
      },
    });
  }

  get venueOrderId(): string {
    return this.reference.venueOrderId ?? '';
  }

  get clientOrderId(): string {
    return this.reference.clientOrderId;
  }

  get isLive(): boolean {
    return this.phase === 'live';
  }

  get cumulativeQuantity(): Decimal {
    return this.fills.quantity;
  }

  /** Trade ids of the fills that were reported. */
  get fillIds(): Set<string> {
    return this.fills.ids;
  }

  /** Whether something is asked of the order that has no answer. */
  get hasWish(): boolean {
    return this.wishes.cancel !== undefined || this.wishes.replace !== undefined;
  }

  /** @returns whether no wish came with a later version of the order: events come repeatedly */
  takesWish(version: number): boolean {
    if (version < this.wishVersion) return false;
    this.wishVersion = version;
    return true;
  }

  cancel(requestId: RequestId): void {
    if (!this.wishes.wishCancel(requestId)) return;
    if (this.phase === 'over') this.wishes.refuseAll();
    else this.look();
  }

  replace(terms: Replacement): void {
    if (!this.wishes.wishReplace(terms)) return;
    if (this.phase === 'over') this.wishes.refuseAll();
    else this.look();
  }

  /** A fill that came by itself, or from a list. */
  offer(fill: VenueFill): void {
    const { fee } = fill;
    if (fee !== undefined) this.take({ ...fill, fee });
    this.look();
  }

  /** Goes on as soon as possible. */
  look(): void {
    this.stepper.look();
  }

  /** Something was said about it; its fills may be on their way, so that nothing need be asked. */
  nudge(): void {
    this.stepper.lookIn(PUSH_GRACE_MS);
  }

  /** Stops where it is; what is durable is taken up by the next run. */
  async close(): Promise<void> {
    this.closed = true;
    this.stepper.stop();
    await this.reports.stop();
  }

  private step(): Promise<void> {
    switch (this.phase) {
      case 'waiting':
        return this.send();
      case 'unknown':
        return this.resolve();
      case 'live':
        return this.follow();
      default:
        return Promise.resolve();
    }
  }

  private withheld() {
    const nowUs = this.tools.clock.nowUs();
    return withheldBy(this.order, { nowUs, cancelAsked: this.wishes.cancel !== undefined });
  }

  private async send(): Promise<void> {
    const { order } = this;
    const price = order.terms.limitPrice ?? order.worstPrice;
    if (price === undefined) return this.end('rejected', 'A market order needs a worst price.');
    const of = order.purpose === 'unwind' ? 'urgent' : 'order';
    this.submits += 1;
    const answer = await this.calls.make('submit', of, () => this.submitNow(price));
    if (answer === undefined) return this.notTaken();
    switch (answer.kind) {
      case 'taken-over':
        return this.close();
      case 'withheld':
        return this.end(answer.end, answer.detail);
      case 'rejected':
        return this.end('rejected', `${answer.reason}: ${answer.detail}`);
      case 'ambiguous':
        this.phase = 'unknown';
        this.tools.metrics.ambiguous.add({ venue: order.terms.venue });
        void this.reports.say({ type: 'unknown', detail: answer.detail });
        return this.stepper.lookSoon();
      case 'accepted':
        return this.taken(answer);
    }
  }

  private async submitNow(limitPrice: Decimal): Promise<SubmitAnswer | Withheld | TakenOver> {
    const withheld = this.withheld();
    if (withheld !== undefined) return { kind: 'withheld', ...withheld };
    if (!this.claim.isSure) {
      return (await this.claim.ask()) ? this.submitNow(limitPrice) : { kind: 'taken-over' };
    }
    this.sentAtUs = this.reports.leaves();
    this.reference = { ...this.reference, sentAtUs: this.sentAtUs };
    const { type, timeInForce, quantity, postOnly } = this.order.terms;
    return this.tools.connector.submit({
      ...this.reference,
      quantity,
      limitPrice,
      timeInForce: type === 'market' ? 'ioc' : timeInForce,
      postOnly,
    });
  }

  /** It was not sent, or the venue certainly did nothing with it. */
  private notTaken(): Promise<void> | void {
    const withheld = this.withheld();
    if (withheld !== undefined) return this.end(withheld.end, withheld.detail);
    if (this.submits < SUBMITS_MAX) return this.stepper.lookSoon();
    return this.end('rejected', 'The venue takes no more requests; it was not sent.');
  }

  private taken(answer: Accepted): Promise<void> | void {
    this.stepper.calm();
    this.isAt(answer.venueOrderId);
    for (const fill of answer.fills ?? []) {
      if (fill.fee !== undefined) this.take({ ...fill, fee: fill.fee });
    }
    if (answer.state !== undefined) return this.absorb(answer.state);
    if (this.start.isStreaming() && this.tools.connector.pushesFills === true) this.nudge();
    else this.look();
  }

  /** The venue has the order. */
  private isAt(venueOrderId: string): void {
    if (this.phase !== 'ending' && this.phase !== 'over') this.phase = 'live';
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
    const answer = await this.calls.make('query', 'order', () => connector.query(this.reference));
    if (answer?.kind === 'found') {
      metrics.resolved.add({ venue, result: 'found' });
      this.isAt(answer.state.venueOrderId);
      return this.absorb(answer.state, answer.told);
    }
    const leftUs = this.sentAtUs + limits.inFlightMaxMs * 1000 - askedAtUs;
    if (answer?.kind !== 'not-found' || leftUs > 0) return this.stepper.lookSoon();
    metrics.resolved.add({ venue, result: 'not-found' });
    return this.end('rejected', 'The venue never had the order.');
  }

  private async follow(): Promise<void> {
    const { replace } = this.wishes;
    const isWhole = this.sized && !this.fills.quantity.lessThan(this.quantity);
    if (isWhole && replace === undefined) return this.end('filled', '');
    await this.wishCalls.send(this.reference);
    const { connector } = this.tools;
    const ask = () => connector.query(this.reference);
    const answer = await this.calls.make('query', 'question', ask);
    // An order that was there and is not any more is asked for again: a person can see it stand.
    if (answer?.kind !== 'found') return this.stepper.lookSoon();
    this.isAt(answer.state.venueOrderId);
    return this.absorb(answer.state, answer.told);
  }

  /** Takes in what the venue says of the order as a whole. */
  private async absorb(state: VenueOrderState, told?: ToldFills): Promise<void> {
    if (this.phase !== 'live') return;
    const { cumulativeQuantity } = state;
    if (cumulativeQuantity.greaterThan(this.fills.quantity)) await this.fetchFills(state, told);
    if (!cumulativeQuantity.equals(this.fills.quantity)) return this.stepper.lookSoon();
    this.stepper.calm();
    this.wishCalls.settleReplace(state);
    // The venue's is what counts, also after a restart that does not know of a replace.
    const { quantity } = state;
    if (this.wishes.replace === undefined) {
      if (quantity.isPositive()) this.quantity = quantity;
      this.sized = true;
    }
    const filled = this.fills.quantity;
    const isWhole = filled.isPositive() && !filled.lessThan(this.quantity);
    const cancelAsked = this.wishes.cancel !== undefined;
    const end = endOf(state, { order: this.order, isWhole, cancelAsked });
    if (end !== undefined) return this.end(end, end === 'filled' ? '' : state.detail);
    this.remember();
    this.wishCalls.standsStill();
  }

  /** What stands for a while is known by the venue's id after a crash. */
  private remember(): void {
    if (this.remembered) return;
    this.remembered = true;
    this.tools.store.keepVenueOrderId(this.order.orderId, this.venueOrderId).catch(() => {
      this.remembered = false;
    });
  }

  private async fetchFills(state: VenueOrderState, told?: ToldFills): Promise<void> {
    const { connector, store } = this.tools;
    const found = told ?? (await this.askFills(() => connector.fillsOf(this.reference)));
    if (found === undefined) return;
    const { fills, orderFee } = found;
    const listed = { fills, orderFee, mayGrow: state.status === 'open' };
    const keep = (fees: ReadonlyMap<string, Fee>) => store.keepFees(this.order.orderId, fees);
    const priced = await this.fills.priced(listed, keep);
    for (const fill of priced) this.take(fill);
  }

  private async askFills(ask: () => Promise<FillsAnswer>): Promise<ToldFills | undefined> {
    const answer = await this.calls.make('fills', 'question', ask);
    return answer?.kind === 'fills' ? answer : undefined;
  }

  private take(fill: PricedFill): void {
    if (!this.fills.add(fill)) return;
    this.isAt(fill.venueOrderId);
    void this.reports.fill(fill);
  }

  /** Says the end once all that came before it is durable, and then lets go of the order. */
  private async end(end: WorkEnd, detail: string): Promise<void> {
    this.phase = 'ending';
    this.wishes.refuseReplace('The order has ended.');
    await this.reports.settled();
    if (end !== 'filled') {
      const requestId = end === 'canceled' ? this.wishes.takeCancel() : undefined;
      const { venueOrderId } = this.reference;
      const of = { requestId, venueOrderId, cumulativeQuantity: this.fills.quantity };
      await this.reports.say({ type: end, detail, ...of });
    }
    this.wishes.refuseAll();
    await this.reports.settled();
    await this.forget(end);
    this.phase = 'over';
    this.wishes.refuseAll();
    this.start.onOver(this, end);
  }

  private forget(end: WorkEnd): Promise<void> {
    const { store, clock, timers, random, logger } = this.tools;
    const { order, correlationId, traceparent, venueOrderId } = this;
    return untilDone(
      () => store.finish({ order, correlationId, traceparent, end, venueOrderId }, clock.nowUs()),
      {
        timers,
        random,
        isStopped: () => this.closed,
        onFailure: (error, before) => {
          const fields = { orderId: order.orderId, error };
          if (before === 0) logger.warn('venue.store_waits', 'the store fails', fields);
        },
      },
    );
  }
}
