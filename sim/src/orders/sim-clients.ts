import {
  accountId,
  clientOrderId,
  Decimal,
  type Listing,
  type NewOrder,
  type OrderId,
  requestId,
} from '@ats/domain';
import type { OrderDesk } from '@ats/order-gateway';
import type { RandomStream, Timers } from '@ats/runtime';

const ACCOUNT = accountId('main');
const PERIOD_MS = 40;
const PATIENCE_MS = 1500;
const NOTIONAL_USD = 40;

interface Waiting {
  /** Sends the very same request, until it is answered for good. */
  readonly ask: (desk: OrderDesk) => Promise<{ readonly kind: string; readonly error?: unknown }>;
  readonly onTaken: (answer: unknown) => void;
}

/**
 * People and programs that send orders, cancels and replaces, and repeat what is not answered: a
 * gateway may die before, while or after it takes a request.
 */
export class SimClients {
  /** The gateway's desk while one lives. */
  desk: OrderDesk | undefined;
  readonly acknowledged = new Set<OrderId>();
  sent = 0;
  refused = 0;
  waiting = 0;
  private readonly parts: {
    readonly timers: Timers;
    readonly random: RandomStream;
    readonly listings: readonly Listing[];
    readonly priceOf: (listing: Listing) => number;
  };
  private stopped = false;

  constructor(parts: SimClients['parts']) {
    this.parts = parts;
    parts.timers.every(PERIOD_MS, () => {
      if (!this.stopped) this.sendOne();
    });
  }

  /** Sends nothing new; what waits for its answer goes on asking. */
  stop(): void {
    this.stopped = true;
  }

  /** Asks for the cancel of an order that stands. */
  cancel(orderId: OrderId, id: string): void {
    const wish = { requestId: requestId(id), orderId, correlationId: id };
    this.insist({ ask: (desk) => desk.cancel(wish), onTaken: () => undefined });
  }

  private sendOne(): void {
    const { random } = this.parts;
    this.sent += 1;
    const id = `client-${this.sent}`;
    const rests = random.next() < 0.35;
    const order = this.draw(id, rests);
    if (order === undefined) return;
    const request = {
      requestId: requestId(id),
      accountId: ACCOUNT,
      orders: [order],
      tradeId: undefined,
      purpose: 'entry' as const,
      sendBeforeUs: 0,
      approval: undefined,
      correlationId: id,
    };
    const [replaceAfter, cancelAfter] = [random.next() * 300, random.next() * 800];
    const [replaces, cancels] = [random.next() < 0.4, random.next() < 0.7];
    this.insist({
      ask: (desk) => desk.submit(request),
      onTaken: (answer) => {
        const { orders } = answer as { readonly orders: readonly { orderId: OrderId }[] };
        const orderId = orders[0]?.orderId;
        if (orderId === undefined) return;
        this.acknowledged.add(orderId);
        if (!rests) return;
        if (replaces) this.parts.timers.after(replaceAfter, () => this.replace(orderId, order, id));
        if (cancels) {
          this.parts.timers.after(cancelAfter, () => this.cancel(orderId, `${id}-cancel`));
        }
      },
    });
  }

  private replace(orderId: OrderId, order: NewOrder, id: string): void {
    const { limitPrice } = order;
    if (limitPrice === undefined) return;
    const quantity = order.quantity.multiply(Decimal.parse('2'));
    const wish = { requestId: requestId(`${id}-replace`), orderId, correlationId: id };
    this.insist({
      ask: (desk) => desk.replace({ ...wish, quantity, limitPrice }),
      onTaken: () => undefined,
    });
  }

  private insist(request: Waiting): void {
    this.waiting += 1;
    const attempt = (): void => {
      let answered = false;
      const again = (): void => {
        if (answered) return;
        answered = true;
        this.parts.timers.after(50 + this.parts.random.next() * 100, attempt);
      };
      const { desk } = this;
      if (desk === undefined) return again();
      // A dead gateway never answers: the client gives up waiting and asks again.
      this.parts.timers.after(PATIENCE_MS, again);
      void request.ask(desk).then((answer) => {
        if (answered) return;
        const { retry } = (answer.error ?? { retry: 'never' }) as { readonly retry: string };
        if (answer.kind !== 'taken' && retry !== 'never') return again();
        answered = true;
        this.waiting -= 1;
        if (answer.kind === 'taken') request.onTaken(answer);
        else this.refused += 1;
      }, again);
    };
    attempt();
  }

  private draw(id: string, rests: boolean): NewOrder | undefined {
    const { random, listings, priceOf } = this.parts;
    const listing = listings[random.integer(listings.length)] as Listing;
    const price = priceOf(listing);
    if (!(price > 0)) return undefined;
    const side = random.next() < 0.5 ? 'buy' : 'sell';
    const towards = side === 'buy' ? 1 : -1;
    const limit = price * (1 + towards * (rests ? -0.002 * random.next() : 0.01));
    const quantity = toStep(NOTIONAL_USD / price, listing.quantityStep).max(listing.quantityMin);
    const market = !rests && random.next() < 0.15;
    return {
      clientOrderId: clientOrderId(id),
      venue: listing.venue,
      instrument: listing.instrument,
      side,
      type: market ? 'market' : 'limit',
      timeInForce: rests ? 'gtc' : random.next() < 0.8 ? 'ioc' : 'fok',
      quantity,
      limitPrice: market ? undefined : toStep(limit, listing.priceTick),
      postOnly: false,
    };
  }
}

function toStep(value: number, step: Decimal): Decimal {
  const steps = Math.max(1, Math.round(value / step.toNumber()));
  return step.multiply(new Decimal(BigInt(steps), 0));
}
