import type { Decimal, OrderId } from '@ats/domain';
import type { OrderReference, VenueOrderState } from '../domain/venue-facts.ts';
import type { DeskTools } from './desk-tools.ts';
import type { OrderWishes, ReplaceWish, Wish } from './order-wishes.ts';
import type { Stepper } from './stepper.ts';
import type { VenueCalls } from './venue-calls.ts';

/** A cancel that the venue took and that shows no effect is sent again after this long. */
const CANCEL_AGAIN_MS = 1000;
/** Refusals of a cancel of an order that stands, until that is its answer. */
const REFUSALS_MAX = 3;

export interface WishCallsOptions {
  readonly orderId: OrderId;
  readonly tools: DeskTools;
  readonly calls: VenueCalls;
  readonly wishes: OrderWishes;
  readonly stepper: Stepper;
  /** The order has this quantity now, units of base. */
  readonly onQuantity: (quantity: Decimal) => void;
}

/** Carries what is wished of one order to its venue, and learns what became of it. */
export class WishCalls {
  private readonly options: WishCallsOptions;

  constructor(options: WishCallsOptions) {
    this.options = options;
  }

  /** Sends what waits: a cancel before a replace. */
  async send(reference: OrderReference): Promise<void> {
    const { cancel, replace } = this.options.wishes;
    if (cancel !== undefined) await this.sendCancel(reference, cancel);
    else if (replace !== undefined) await this.sendReplace(reference, replace);
  }

  /** What became of a replace whose answer got lost shows in the order itself. */
  settleReplace({ quantity, limitPrice, status }: VenueOrderState): void {
    const { wishes, tools, stepper } = this.options;
    const wish = wishes.replace;
    if (wish?.sentAtUs === undefined) return;
    const { terms, refusal } = wish;
    const priced = limitPrice !== undefined && terms.limitPrice?.equals(limitPrice) === true;
    if (quantity.equals(terms.quantity) && priced) return this.replaced();
    if (refusal !== undefined) return this.refused(refusal);
    const waitedMs = (tools.clock.nowUs() - wish.sentAtUs) / 1000;
    const isLate = status !== 'open' || waitedMs > tools.limits.inFlightMaxMs;
    if (isLate) this.refused('The venue kept the old terms.');
    else stepper.lookSoon();
  }

  /** The order stands although somebody wants it cancelled. */
  standsStill(): void {
    const { wishes, stepper } = this.options;
    const wish = wishes.cancel;
    if (wish === undefined) return;
    if (wish.refusals < REFUSALS_MAX) return stepper.lookSoon();
    wishes.refuseCancel({ tooLate: false, detail: 'The venue refuses to cancel it.' });
  }

  private async sendCancel(reference: OrderReference, wish: Wish): Promise<void> {
    const { tools, calls, stepper } = this.options;
    const { clock, connector } = tools;
    if (wish.sentAtUs !== undefined) {
      const againUs = wish.sentAtUs + CANCEL_AGAIN_MS * 1000 - clock.nowUs();
      if (againUs > 0) return stepper.lookIn(againUs / 1000);
    }
    const answer = await calls.make('cancel', 'urgent', () => connector.cancel(reference));
    if (answer?.kind === 'accepted') wish.sentAtUs = clock.nowUs();
    else if (answer?.kind === 'refused') wish.refusals += 1;
    if (answer?.kind !== 'accepted') stepper.lookSoon();
  }

  private async sendReplace(reference: OrderReference, wish: ReplaceWish): Promise<void> {
    const { quantity, limitPrice } = wish.terms;
    if (limitPrice === undefined || wish.sentAtUs !== undefined) return;
    const { tools, calls, stepper } = this.options;
    const answer = await calls.make('replace', 'order', () =>
      tools.connector.replace({ ...reference, quantity, limitPrice }),
    );
    if (answer === undefined) return stepper.lookSoon();
    // An earlier run may have sent it: then the venue refuses what it has done already.
    if (answer.kind === 'refused') wish.refusal = answer.detail;
    wish.sentAtUs = tools.clock.nowUs();
    if (answer.kind === 'replaced') this.replaced();
  }

  private replaced(): void {
    const terms = this.options.wishes.confirmReplace();
    if (terms !== undefined) this.options.onQuantity(terms.quantity);
    this.answered();
  }

  private refused(detail: string): void {
    this.options.wishes.refuseReplace(detail);
    this.answered();
  }

  /** The next run need not ask again; if it does, the venue has these terms already. */
  private answered(): void {
    const { tools, orderId } = this.options;
    tools.store.dropReplace(orderId).catch(() => undefined);
  }
}
