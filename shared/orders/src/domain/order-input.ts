import type { Decimal, ExecutionId, Fee, Replacement, RequestId } from '@ats/domain';

/** When the input was made or arrived, whole microseconds since the epoch. */
interface Timed {
  readonly atUs: number;
}

/** What a venue answers when it is asked for an order. */
export type VenueFinding = 'open' | 'filled' | 'canceled' | 'expired' | 'rejected' | 'not-found';

/** How much the venue has filled as it counts; more than we know means that fills are missing. */
interface VenueCount {
  readonly cumulativeQuantity?: Decimal | undefined;
}

/**
 * Everything that can happen to an order. `submit`, `cancel-requested` and `replace-requested` are
 * wishes, which can be refused. All others are facts: they change the order or say why they do not.
 */
export type OrderInput = Timed &
  (
    | { readonly kind: 'submit' }
    /** The request is about to go out; said before its first byte leaves. */
    | { readonly kind: 'sent' }
    | { readonly kind: 'accepted'; readonly venueOrderId?: string | undefined }
    | { readonly kind: 'rejected'; readonly detail: string }
    | {
        readonly kind: 'fill';
        readonly executionId: ExecutionId;
        /** Units of base. */
        readonly quantity: Decimal;
        /** Quote per base. */
        readonly price: Decimal;
        readonly fee?: Fee | undefined;
        readonly venueOrderId?: string | undefined;
      }
    | { readonly kind: 'cancel-requested'; readonly requestId: RequestId; readonly detail: string }
    /** The venue cancelled the order, asked to or not. */
    | ({ readonly kind: 'cancel-accepted'; readonly detail: string } & VenueCount)
    | {
        readonly kind: 'cancel-rejected';
        readonly requestId?: RequestId | undefined;
        /** Whether the venue says that the order had ended already. */
        readonly tooLate: boolean;
      }
    | { readonly kind: 'replace-requested'; readonly replacement: Replacement }
    /** The venue has new terms, asked to or not; what it does not say is as it was asked. */
    | {
        readonly kind: 'replace-accepted';
        readonly requestId?: RequestId | undefined;
        readonly quantity?: Decimal | undefined;
        readonly limitPrice?: Decimal | undefined;
      }
    | { readonly kind: 'replace-rejected'; readonly requestId?: RequestId | undefined }
    | ({ readonly kind: 'expired'; readonly detail: string } & VenueCount)
    /** The venue changed the quantity by itself, to prevent a trade with oneself for instance. */
    | { readonly kind: 'restated'; readonly quantity: Decimal }
    /** The submit timed out or broke off: the venue may have the order. */
    | { readonly kind: 'submit-ambiguous' }
    /**
     * The venue was asked. `not-found` may be said only once the venue's longest delay for a
     * request has passed, for before that the order can still arrive.
     */
    | ({
        readonly kind: 'resolved';
        readonly found: VenueFinding;
        readonly venueOrderId?: string | undefined;
        readonly detail: string;
      } & VenueCount)
  );

export type OrderInputKind = OrderInput['kind'];

/** The input of one kind. */
export type InputOf<Kind extends OrderInputKind> = Extract<OrderInput, { readonly kind: Kind }>;

/** Why an input changes nothing, and need not. */
export type IgnoreReason =
  /** This fill is booked already. */
  | 'DUPLICATE_EXECUTION'
  | 'ALREADY_REQUESTED'
  | 'ALREADY_KNOWN'
  | 'ORDER_CLOSED'
  /** An answer to a request that nobody waits for. */
  | 'NOTHING_PENDING'
  /** An answer to another request, or older than what is known. */
  | 'STALE_ANSWER'
  /** The venue has filled more than we know: fetch its fills, then ask again. */
  | 'FILLS_MISSING'
  /** The venue does not have the order yet, and may still get it. */
  | 'MAY_BE_IN_FLIGHT'
  /** The venue had the order and has it no more: a person must look. */
  | 'NOT_FOUND';

/** Why a wish is refused, or a fact cannot be one. */
export type RefusalReason =
  | 'ORDER_CLOSED'
  | 'TOO_LATE_TO_CANCEL'
  | 'NOT_AT_VENUE'
  | 'REQUEST_PENDING'
  /** The venue may have this order: sending it again could make two. */
  | 'NEVER_RESEND'
  | 'REPLACE_BELOW_FILLED'
  | 'INVALID_TERMS'
  | 'INVALID_FILL';

/** What is remarkable about a change, for the audit trail and for alerts. */
export type OrderNote =
  | 'FILL_WHILE_CANCEL_PENDING'
  | 'FILL_WHILE_REPLACE_PENDING'
  /** A fill of an order that had ended: its reservation may be released already. */
  | 'LATE_FILL'
  /** More was filled than was ordered. */
  | 'OVERFILLED'
  /** The venue counts more fills than have arrived. */
  | 'FILLS_MISSING'
  /** The venue did what nobody asked for. */
  | 'UNSOLICITED'
  /** The new quantity was below what is filled, and became that. */
  | 'AMENDED_TO_FILLED'
  | 'TOO_LATE_TO_CANCEL'
  /** A fact arrived before the one that it follows from. */
  | 'OUT_OF_ORDER'
  /** The venue says the opposite of what it said. */
  | 'VENUE_CONTRADICTS';
