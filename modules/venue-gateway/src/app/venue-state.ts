import {
  AtsError,
  type ExecutionId,
  type ExecutionReport,
  type InstrumentId,
  type OrderId,
  type VenueId,
} from '@ats/domain';
import type { VenueBalance, VenueFill, VenueOrderState } from '../domain/venue-facts.ts';
import type { DeskTools } from './desk-tools.ts';

/** What a venue holds of ours. */
export interface VenueStateAnswer {
  readonly askedAtUs: number;
  readonly answeredAtUs: number;
  readonly balances: readonly VenueBalance[];
  readonly openOrders: readonly {
    readonly order: VenueOrderState;
    /** Our order; undefined for one that is not ours. */
    readonly orderId: OrderId | undefined;
  }[];
  /** Order id is empty for one that is not ours. */
  readonly fills: readonly ExecutionReport[];
}

interface Options {
  readonly tools: DeskTools;
  readonly venue: VenueId;
  /** 0: no fills are wanted. */
  readonly fillsSinceUs: number;
  readonly orderOf: (reference: {
    readonly venueOrderId: string;
    readonly instrument: InstrumentId;
    readonly clientOrderId?: string | undefined;
  }) => Promise<OrderId | undefined>;
}

/** Reads orders first and balances last, so that what fills meanwhile is in the balances. */
export async function readVenueState(options: Options): Promise<VenueStateAnswer> {
  const { tools, venue, fillsSinceUs, orderOf } = options;
  const { clock, connector } = tools;
  const askedAtUs = clock.nowUs();
  const orders = await ask(options, () => connector.openOrders(), 'orders');
  const openOrders = await Promise.all(
    orders.orders.map(async (order) => ({ order, orderId: await orderOf(order) })),
  );
  const fills: ExecutionReport[] = [];
  if (fillsSinceUs > 0) {
    const found = await ask(options, () => connector.fillsSince(fillsSinceUs), 'fills');
    for (const fill of found.fills) {
      fills.push(asReport({ fill, venue, orderId: await orderOf(fill), nowUs: clock.nowUs() }));
    }
  }
  const { balances } = await ask(options, () => connector.balances(), 'balances');
  return { askedAtUs, answeredAtUs: clock.nowUs(), balances, openOrders, fills };
}

async function ask<Answer extends { readonly kind: string }, Kind extends Answer['kind']>(
  { tools, venue }: Options,
  call: () => Promise<Answer>,
  wanted: Kind,
): Promise<Extract<Answer, { readonly kind: Kind }>> {
  const called = await tools.queue.run('question', call);
  if (called.kind === 'called' && called.answer.kind === wanted) {
    return called.answer as Extract<Answer, { readonly kind: Kind }>;
  }
  const answer: unknown =
    called.kind === 'full' ? { detail: 'too many calls wait' } : called.answer;
  const { detail } = answer as { readonly detail?: string };
  throw new AtsError({
    code: 'VENUE_DISCONNECTED',
    message: `${venue} could not be asked: ${detail ?? 'no reason given'}`,
    remedy: 'It is asked again by itself; ListVenues says how the connection is.',
    retry: 'safe',
    context: { venue },
  });
}

function asReport(options: {
  readonly fill: VenueFill;
  readonly venue: VenueId;
  readonly orderId: OrderId | undefined;
  readonly nowUs: number;
}): ExecutionReport {
  const { fill, venue, orderId, nowUs } = options;
  const { quantity, price, fee } = fill;
  return {
    executionId: fill.tradeId as ExecutionId,
    orderId: orderId ?? ('' as OrderId),
    venueOrderId: fill.venueOrderId,
    venue,
    instrument: fill.instrument,
    type: 'fill',
    side: fill.side,
    fill: fee === undefined ? undefined : { quantity, price, fee },
    requestId: undefined,
    tooLate: false,
    cumulativeQuantity: undefined,
    quantity: undefined,
    limitPrice: undefined,
    exchangeTimeUs: fill.timeUs,
    receivedAtUs: nowUs,
    detail: '',
  };
}
