import { hasEnded, type Order, type OrderId, type VenueId } from '@ats/domain';
import { type Rebuilder, type RebuiltItem, readExecutionReport, readOrderEvent } from '@ats/orders';
import { type LogRecord, readingOf } from '@ats/storage';
import type { WorkEnd } from '../domain/order-end.ts';
import { becameSubmit, READER } from './order-events.ts';
import { cursorItem, doneItems, workItem } from './work-store.ts';

interface Carried {
  /** As it was handed over. */
  readonly order: Order;
  readonly correlationId: string;
  readonly traceparent: string | undefined;
  readonly handedOverAtUs: number;
  latest: Order;
  changedAtUs: number;
}

const ENDS: Partial<Record<Order['status'], WorkEnd>> = {
  FILLED: 'filled',
  CANCELED: 'canceled',
  EXPIRED: 'expired',
  REJECTED: 'rejected',
};

/**
 * Orders at work, and the memory of those that are over. An order that was handed over and has not
 * ended counts as sent: at the next start its venue is asked for it, and it is never sent again,
 * though it may not have left.
 */
export class WorkRebuilder implements Rebuilder {
  readonly topics = ['orders.events', 'exec.reports'] as const;
  private readonly keepUs: number;
  private readonly carried = new Map<OrderId, Carried>();
  /** When each venue last reported, microseconds. */
  private readonly reported = new Map<VenueId, number>();

  /** @param options `keepUs`: how long an order that is over is known, microseconds */
  constructor(options: { readonly keepUs: number }) {
    this.keepUs = options.keepUs;
  }

  add(record: LogRecord): void {
    if (record.topic === 'exec.reports') {
      const { venue } = readExecutionReport(record);
      this.reported.set(venue, Math.max(record.loggedAtUs, this.reported.get(venue) ?? 0));
      return;
    }
    const event = readOrderEvent(record);
    const { order } = event;
    const known = this.carried.get(order.orderId);
    if (known === undefined) {
      if (!becameSubmit(event)) return;
      const { correlationId } = record.headers;
      const traceparent = readingOf(record, READER);
      const atUs = record.loggedAtUs;
      const times = { handedOverAtUs: atUs, changedAtUs: atUs };
      this.carried.set(order.orderId, {
        order,
        correlationId,
        traceparent,
        latest: order,
        ...times,
      });
    } else if (order.version > known.latest.version) {
      known.latest = order;
      known.changedAtUs = record.loggedAtUs;
    }
  }

  *items(): Generator<RebuiltItem> {
    const readUpTo = new Map(this.reported);
    for (const { order, correlationId, traceparent, latest, ...times } of this.carried.values()) {
      const { venue } = order.terms;
      const end = hasEnded(latest) ? ENDS[latest.status] : undefined;
      if (end !== undefined) {
        const done = {
          order,
          correlationId,
          traceparent,
          end,
          venueOrderId: latest.venueOrderId ?? '',
        };
        const expiresAtUs = times.changedAtUs + this.keepUs;
        for (const item of doneItems(venue, done)) yield { ...item, expiresAtUs };
        continue;
      }
      yield workItem(venue, {
        order,
        correlationId,
        traceparent,
        createdAtUs: times.handedOverAtUs,
        latest,
      });
      const before = readUpTo.get(venue) ?? times.handedOverAtUs;
      readUpTo.set(venue, Math.min(before, times.handedOverAtUs));
    }
    for (const [venue, atUs] of readUpTo) yield cursorItem(venue, atUs);
  }
}
