import { Decimal, type Listing } from '@ats/domain';
import { type RandomStream, systemTimers } from '@ats/runtime';
import type { GatewayAnswer, GatewayClient } from './gateway-client.ts';

export interface TrafficOptions {
  readonly client: GatewayClient;
  /** What ids of requests begin with; `chaos` unless told. */
  readonly name?: string;
  readonly listings: readonly Listing[];
  /** About what one unit of a market's base costs in its quote. */
  readonly priceOf: (listing: Listing) => number;
  readonly random: RandomStream;
  readonly orders: number;
  /** Requests under way at once. */
  readonly concurrency: number;
  /** Between one request and the next of the same worker; none unless told. */
  readonly pauseMs?: number;
  /** Share of resting orders that are cancelled in the end; 0.8 unless told. */
  readonly cancelShare?: number;
  /** Whose order it is; the gateway's default unless given. */
  readonly accountOf?: (venue: string) => string;
  /** Orders that ended their part, for whoever kills at the right moments. */
  readonly onProgress: (done: number) => void;
}

/** What is known of one order that was sent, to be held against the system's own books. */
export interface SentOrder {
  readonly requestId: string;
  /** Undefined when it was refused for good. */
  readonly orderId: string | undefined;
  /** The code of the refusal. */
  readonly refusal: string | undefined;
}

/** Stands for a refusal where nobody ever answered for good. */
export const UNANSWERED = 'UNANSWERED';

const NOTIONAL_USD = [15, 60] as const;
const CANCEL_SHARE = 0.8;
const PATIENCE_MS = 180_000;
const PAUSE_MS = 150;

/**
 * Sends orders until each has an answer that stands: taken, or refused for good. Where nothing
 * comes back, or "not now", the very same request is sent again.
 */
export async function sendOrders(options: TrafficOptions): Promise<readonly SentOrder[]> {
  const { pauseMs } = options;
  const sent: SentOrder[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (;;) {
      const index = next;
      next += 1;
      if (index >= options.orders) return;
      sent.push(await sendOne(options, index));
      options.onProgress(sent.length);
      if (pauseMs !== undefined) await systemTimers.sleep(pauseMs);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, worker));
  return sent;
}

async function sendOne(options: TrafficOptions, index: number): Promise<SentOrder> {
  const { client, random } = options;
  const requestId = `${options.name ?? 'chaos'}-${index}`;
  const rests = random.next() < 0.3;
  const drawn = drawOrder(options, rests);
  const account = options.accountOf?.(drawn.venue);
  const order = { requestId, ...drawn, ...(account === undefined ? {} : { accountId: account }) };
  const taken = await insist(() => client.submit(order));
  if (taken.kind !== 'taken') {
    const final = taken.kind === 'refused' && taken.status < 500;
    const refusal = final ? taken.code : UNANSWERED;
    return { requestId, orderId: undefined, refusal };
  }
  const { orderId } = taken.order;
  if (rests && random.next() < 0.4) {
    await systemTimers.sleep(random.next() * 400);
    const limitPrice = String(order.limitPrice);
    const quantity = Decimal.parse(String(order.quantity)).multiply(Decimal.parse('2'));
    const terms = { requestId: `${requestId}-r`, quantity: `${quantity}`, limitPrice };
    await insist(() => client.replace(orderId, terms));
  }
  if (rests && random.next() < (options.cancelShare ?? CANCEL_SHARE)) {
    await systemTimers.sleep(random.next() * 600);
    await insist(() => client.cancel(orderId, `${requestId}-c`));
  }
  return { requestId, orderId, refusal: undefined };
}

/** Sends the same request until it is answered for good. */
export async function insist(request: () => Promise<GatewayAnswer>): Promise<GatewayAnswer> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await request();
    const final = answer.kind === 'taken' || (answer.kind === 'refused' && answer.status < 500);
    if (final || performance.now() > until) return answer;
    await systemTimers.sleep(PAUSE_MS);
  }
}

/** An order that rests far from the market, or one that trades at once. */
export function drawOrder(
  options: Pick<TrafficOptions, 'listings' | 'random' | 'priceOf'>,
  rests: boolean,
) {
  const { listings, random, priceOf } = options;
  const listing = listings[random.integer(listings.length)] as Listing;
  const side = random.next() < 0.5 ? 'buy' : 'sell';
  const price = priceOf(listing);
  const [least, most] = NOTIONAL_USD;
  const perUsd = listing.quote.id === 'KRW' ? 1380 : 1;
  const notional = (least + random.next() * (most - least)) * perUsd;
  // What rests stays far from the market, what is to trade reaches through it.
  const far = side === 'buy' ? 0.8 : 1.25;
  const through = side === 'buy' ? 1.02 : 0.98;
  const limit = toStep(price * (rests ? far : through), listing.priceTick);
  const quantity = toStep(notional / price, listing.quantityStep).max(
    listing.quantityMin.multiply(Decimal.parse('2')),
  );
  const terms = { venue: listing.venue, instrument: listing.instrument, side };
  if (!rests && random.next() < 0.1) {
    return { ...terms, type: 'market', quantity: `${quantity}`, limitPrice: undefined };
  }
  const timeInForce = rests ? 'gtc' : 'ioc';
  const shared = { ...terms, type: 'limit', timeInForce };
  return { ...shared, quantity: `${quantity}`, limitPrice: `${limit}` };
}

/** Orders that are to trade reach further than a person's may. */
export const LIMITS = {
  priceBand: { max: '2000' },
  // All orders are at risk at once, until those that rest are cancelled.
  netExposure: { warn: '10000000', max: '10000000' },
} as const;

/** The multiple of a step next to a value. */
function toStep(value: number, step: Decimal): Decimal {
  const steps = Math.max(1, Math.round(value / step.toNumber()));
  return step.multiply(new Decimal(BigInt(steps), 0));
}
