import {
  AtsError,
  type ExecutionId,
  type ExecutionReport,
  type InstrumentId,
  type OrderId,
  type VenueId,
} from '@ats/domain';
import type { VenueBalance, VenueFill, VenueOrderState } from '../domain/venue-facts.ts';
import type { CallName } from './desk-metrics.ts';
import type { DeskTools } from './desk-tools.ts';
import type { VenueCalls } from './venue-calls.ts';
import type {
  BalancesAnswer,
  FillsAnswer,
  OpenOrdersAnswer,
  RateLimited,
  Unavailable,
} from './venue-connector.ts';

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
  readonly tools: Pick<DeskTools, 'clock' | 'connector' | 'queue'>;
  readonly calls: VenueCalls;
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
  const { clock, connector, queue } = tools;
  const askedAtUs = clock.nowUs();
  const orders = await ask<Told<OpenOrdersAnswer>>(options, 'open-orders', () =>
    connector.openOrders(),
  );
  const openOrders = await Promise.all(
    orders.orders.map(async (order) => ({ order, orderId: await orderOf(order) })),
  );
  const fills: ExecutionReport[] = [];
  if (fillsSinceUs > 0) {
    const found = await ask<Told<FillsAnswer>>(options, 'fills', () =>
      connector.fillsSince(fillsSinceUs, queue.pace),
    );
    for (const fill of found.fills) {
      fills.push(asReport({ fill, venue, orderId: await orderOf(fill), nowUs: clock.nowUs() }));
    }
  }
  const { balances } = await ask<Told<BalancesAnswer>>(options, 'balances', () =>
    connector.balances(),
  );
  return { askedAtUs, answeredAtUs: clock.nowUs(), balances, openOrders, fills };
}

type Told<Answer> = Exclude<Answer, Unavailable | RateLimited>;

/** @throws VENUE_DISCONNECTED */
async function ask<Answer extends { readonly kind: string }>(
  { calls, venue }: Options,
  name: CallName,
  call: () => Promise<Answer | Unavailable | RateLimited>,
): Promise<Answer> {
  const answer = await calls.make<Answer | Unavailable>(name, 'question', call);
  if (answer !== undefined && !isUnavailable(answer)) return answer as Answer;
  const detail = answer === undefined ? 'it is asked too much' : answer.detail;
  throw new AtsError({
    code: 'VENUE_DISCONNECTED',
    message: `${venue} could not be asked: ${detail}`,
    remedy: 'It is asked again by itself; ListVenues says how the connection is.',
    retry: 'safe',
    context: { venue },
  });
}

const isUnavailable = (answer: { readonly kind: string }): answer is Unavailable =>
  answer.kind === 'unavailable';

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
