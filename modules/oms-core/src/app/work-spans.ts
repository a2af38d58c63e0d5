import { childOf, isSampled, type Tracer } from '@ats/runtime';
import { type LogRecord, tellReading } from '@ats/storage';
import type { Booking } from './booking.ts';
import { type OrderWork, READER } from './order-work.ts';

/** Tells how a record was worked, and of a fill the ledger's posting, in the same transaction. */
export function tellWork(
  tracer: Tracer | undefined,
  done: {
    readonly record: LogRecord;
    readonly work: OrderWork;
    readonly booking: Booking;
    readonly startUs: number;
    readonly endUs: number;
  },
): void {
  const { record, work, booking, ...times } = done;
  const { traceparent: parent } = work.cause;
  if (tracer?.on !== true || !isSampled(parent)) return;
  const order = { 'ats.order.id': work.orderId };
  const attributes = { ...order, 'ats.order.input': work.input.kind, 'ats.result': booking.kind };
  tellReading(tracer, record, { reader: READER, ...times, attributes });
  if (booking.kind !== 'change' || booking.change.executionId === undefined) return;
  const { executionId, entries } = booking.change;
  tracer.record({
    ...{ name: 'ledger.post', traceparent: childOf(parent, 'post'), parent, ...times },
    attributes: { ...order, 'ats.execution.id': executionId, 'ats.entries': entries.length },
  });
}
