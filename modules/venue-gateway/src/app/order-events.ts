import { AtsError, type Order, type OrderEvent, type VenueId } from '@ats/domain';
import { type Cause, readOrderEvent } from '@ats/orders';
import type { Clock, Logger, Tracer } from '@ats/runtime';
import { type LogBatch, type LogRecord, readingOf, tellReading } from '@ats/storage';
import type { VenueDesk } from './venue-desk.ts';

/** The venue gateway as a reader of the log. */
export const READER = 'venue-gateway';

export interface OrderEventsOptions {
  readonly desks: ReadonlyMap<VenueId, VenueDesk>;
  readonly logger: Logger;
  /** Reports that an order was never sent, as its venue is not served here. */
  readonly refuse: (order: Order, cause: Cause, detail: string) => Promise<void>;
  /** Takes spans of events that ask a venue for something. */
  readonly traces?: { readonly tracer: Tracer; readonly clock: Clock };
}

/**
 * Turns the OMS's events into work at the desks. The offset is committed once the work is durable,
 * not when the venue has answered: a slow venue holds up nobody.
 */
export function orderEventHandler(options: OrderEventsOptions): (batch: LogBatch) => Promise<void> {
  const { traces } = options;
  const take = async (record: LogRecord, event: OrderEvent): Promise<void> => {
    const desk = options.desks.get(event.order.terms.venue);
    if (desk === undefined ? !becameSubmit(event) : !isWork(event)) return;
    const { correlationId } = record.headers;
    const cause = { correlationId, traceparent: readingOf(record, READER) };
    const startUs = traces?.clock.nowUs() ?? 0;
    if (desk !== undefined) await workOf(desk, event, cause);
    else {
      const { venue } = event.order.terms;
      const detail = `The venue gateway serves no venue called ${venue}.`;
      await options.refuse(event.order, cause, detail);
    }
    if (traces === undefined) return;
    const endUs = traces.clock.nowUs();
    tellReading(traces.tracer, record, { reader: READER, startUs, endUs });
  };
  return async (batch) => {
    // What is asked of one order happens in the order of asking; orders do not wait for each other.
    const chains = new Map<string, Promise<void>>();
    for (const record of batch.records) {
      const event = await readOrPark(batch, record, options.logger);
      if (event === undefined) continue;
      const { orderId } = event.order;
      const before = chains.get(orderId) ?? Promise.resolve();
      chains.set(
        orderId,
        before.then(() => take(record, event)),
      );
    }
    const results = await Promise.allSettled(chains.values());
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    // The next batch need not wait for it: a commit that fails is made up for by a later one.
    batch.commit().catch((error: unknown) => {
      options.logger.warn('venue.commit_failed', 'an offset is not committed yet', { error });
    });
  };
}

async function readOrPark(
  batch: LogBatch,
  record: LogRecord,
  logger: Logger,
): Promise<OrderEvent | undefined> {
  try {
    return readOrderEvent(record);
  } catch (error) {
    if (!(error instanceof AtsError) || error.code !== 'MESSAGE_MALFORMED') throw error;
    const { topic, partition, offset } = record;
    logger.error('venue.event_parked', error.message, { topic, partition, offset });
    await batch.park(record, error.message);
    return undefined;
  }
}

export const becameSubmit = ({ order, previousStatus }: OrderEvent): boolean =>
  order.status === 'PENDING_SUBMIT' && previousStatus === 'NEW';

/** Whether the venue is asked for something: other events pass it by. */
const isWork = (event: OrderEvent): boolean =>
  becameSubmit(event) ||
  (event.order.status !== event.previousStatus &&
    ['CANCEL_PENDING', 'REPLACE_PENDING'].includes(event.order.status));

async function workOf(desk: VenueDesk, event: OrderEvent, cause: Cause): Promise<void> {
  const { order, previousStatus } = event;
  if (becameSubmit(event)) return desk.submit(order, cause);
  if (order.status === previousStatus) return;
  const { pendingCancel, pendingReplace } = order.progress;
  if (order.status === 'CANCEL_PENDING' && pendingCancel !== undefined) {
    return desk.cancel(order, pendingCancel, cause);
  }
  if (order.status === 'REPLACE_PENDING' && pendingReplace !== undefined) {
    return desk.replace(order, pendingReplace, cause);
  }
}
