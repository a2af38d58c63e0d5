import { AtsError, type Order, type OrderEvent, type VenueId } from '@ats/domain';
import { readOrderEvent } from '@ats/orders';
import type { Logger } from '@ats/runtime';
import type { LogBatch, LogRecord } from '@ats/storage';
import type { VenueDesk } from './venue-desk.ts';

export interface OrderEventsOptions {
  readonly desks: ReadonlyMap<VenueId, VenueDesk>;
  readonly logger: Logger;
  /** Reports that an order was never sent, as its venue is not served here. */
  readonly refuse: (order: Order, correlationId: string, detail: string) => Promise<void>;
}

/**
 * Turns the OMS's events into work at the desks. The offset is committed once the work is durable,
 * not when the venue has answered: a slow venue holds up nobody.
 */
export function orderEventHandler(options: OrderEventsOptions): (batch: LogBatch) => Promise<void> {
  const take = async (record: LogRecord, event: OrderEvent): Promise<void> => {
    const { correlationId } = record.headers;
    const desk = options.desks.get(event.order.terms.venue);
    if (desk !== undefined) return workOf(desk, event, correlationId);
    if (!becameSubmit(event)) return;
    const { venue } = event.order.terms;
    const detail = `The venue gateway serves no venue called ${venue}.`;
    await options.refuse(event.order, correlationId, detail);
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

async function workOf(desk: VenueDesk, event: OrderEvent, correlationId: string): Promise<void> {
  const { order, previousStatus } = event;
  if (becameSubmit(event)) return desk.submit(order, correlationId);
  if (order.status === previousStatus) return;
  const { pendingCancel, pendingReplace } = order.progress;
  if (order.status === 'CANCEL_PENDING' && pendingCancel !== undefined) {
    return desk.cancel(order, pendingCancel, correlationId);
  }
  if (order.status === 'REPLACE_PENDING' && pendingReplace !== undefined) {
    return desk.replace(order, pendingReplace, correlationId);
  }
}
