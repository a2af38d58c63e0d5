import type { AtsError, Listing, Order, OrderId, VenueId } from '@ats/domain';
import { orderKey, readOrderItem, type StoredOrder } from '@ats/orders';
import { type Clock, childOf, isSampled, type Tracer } from '@ats/runtime';
import type { StateStore } from '@ats/storage';
import { refusal } from '../domain/refusals.ts';
import type { WorstPrices } from './book-prices.ts';
import type { Commits, CommitsOptions, Committed } from './commits.ts';
import type { Gates } from './gates.ts';
import type { OrderRisk } from './order-risk.ts';

export interface OrderDeskOptions extends CommitsOptions {
  readonly state: Pick<StateStore, 'transact' | 'get' | 'query'>;
  readonly clock: Clock;
  readonly tracer?: Tracer;
  readonly gates: Gates;
  readonly risk: OrderRisk;
  readonly prices: WorstPrices;
  readonly listings: readonly Listing[];
  /** How long the answer to a request id is kept, microseconds. */
  readonly requestIdUs: number;
  /** Called for each answer; must not throw. */
  readonly onAnswer?: (answer: DeskAnswer) => void;
}

/** What came of one request, for metrics. */
export interface DeskAnswer {
  readonly use: 'submit' | 'cancel' | 'replace';
  /** `taken`, `repeated`, or the code of the refusal. */
  readonly result: string;
  readonly tookUs: number;
}

/** The orders of a request as they stand; `repeated` when the request had been taken before. */
export interface Taken {
  readonly kind: 'taken';
  readonly orders: readonly Order[];
  readonly repeated: boolean;
}

/** What the desk's use cases need of one another. */
export interface DeskParts extends Omit<OrderDeskOptions, 'listings'> {
  readonly commits: Commits;
  /** By market. */
  readonly markets: ReadonlyMap<string, Listing>;
  /** Names of venues. */
  readonly venues: ReadonlySet<VenueId>;
}

/** The transaction of a request as a span, which the records of its outbox entry follow from. */
export function tellCommit(
  { tracer, clock }: Pick<DeskParts, 'tracer' | 'clock'>,
  {
    request,
    made,
    startUs,
  }: {
    readonly request: { readonly traceparent?: string | undefined; readonly requestId: string };
    readonly made: Committed;
    readonly startUs: number;
  },
): void {
  const { traceparent: parent, requestId } = request;
  if (made.kind !== 'committed' || !isSampled(parent)) return;
  tracer?.record({
    ...{ name: 'orders.commit', traceparent: childOf(parent, 'commit'), parent, startUs },
    endUs: clock.nowUs(),
    attributes: { 'ats.request.id': requestId },
  });
}

/** Reads an order for a use case that changes it. */
export async function storedOrder(
  state: Pick<StateStore, 'get'>,
  orderId: OrderId,
): Promise<StoredOrder | undefined> {
  const item = await state.get(orderKey(orderId));
  return item === undefined ? undefined : readOrderItem(item);
}

export function orderUnknown(orderId: string): AtsError {
  return refusal({
    code: 'ORDER_UNKNOWN',
    message: `there is no order "${orderId.slice(0, 40)}"`,
    remedy: 'List the orders of the account; an order never acknowledged was never taken.',
    field: 'orderId',
    value: orderId,
  });
}
