import type { Decimal } from './decimal.ts';
import type { InstrumentId, VenueId } from './ids.ts';
import type { Fee, OrderSide } from './order.ts';
import type { ExecutionId, OrderId, RequestId } from './order-ids.ts';

/** One fill. */
export interface Fill {
  /** Units of base, above zero. */
  readonly quantity: Decimal;
  /** Quote per base, above zero. */
  readonly price: Decimal;
  readonly fee: Fee;
}

/** What a report can say about its order. */
export const EXECUTION_TYPES = [
  'accepted',
  'rejected',
  'fill',
  'canceled',
  'expired',
  'unknown',
  'cancel-rejected',
  'replaced',
  'replace-rejected',
  'restated',
] as const;

export type ExecutionType = (typeof EXECUTION_TYPES)[number];

/** One report of a venue about one order. Reports with the same execution id are one report. */
export interface ExecutionReport {
  readonly executionId: ExecutionId;
  readonly orderId: OrderId;
  /** The venue's id of the order; absent until known. */
  readonly venueOrderId: string | undefined;
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly type: ExecutionType;
  readonly side: OrderSide;
  /** Present on a fill and on nothing else. */
  readonly fill: Fill | undefined;
  /** The cancel or replace that this answers; absent where the venue does not say. */
  readonly requestId: RequestId | undefined;
  /** On a refused cancel: whether the venue says that the order had ended already. */
  readonly tooLate: boolean;
  /** Units of base filled in all, as the venue counts; absent where it does not say. */
  readonly cumulativeQuantity: Decimal | undefined;
  /** Units of base of the order as the venue now has it; absent where it does not say. */
  readonly quantity: Decimal | undefined;
  /** Quote per base as the venue now has it; absent where it does not say. */
  readonly limitPrice: Decimal | undefined;
  /** The venue's own time, whole microseconds since the epoch; 0 when it sends none. */
  readonly exchangeTimeUs: number;
  readonly receivedAtUs: number;
  /** The venue's words; may be empty. */
  readonly detail: string;
}
