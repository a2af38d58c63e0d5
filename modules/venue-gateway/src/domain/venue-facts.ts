import type { AssetId, ClientOrderId, Decimal, Fee, InstrumentId, OrderSide } from '@ats/domain';

/** What names an order at its venue. */
export interface OrderReference {
  /** What we call it; the connector turns it into the shape that the venue takes. */
  readonly clientOrderId: ClientOrderId;
  /** The venue's own id; absent until known. */
  readonly venueOrderId: string | undefined;
  readonly instrument: InstrumentId;
  readonly side: OrderSide;
  /** No earlier than this the venue can have got it; microseconds since the epoch. */
  readonly sentAtUs: number;
}

export type VenueOrderStatus = 'open' | 'filled' | 'canceled' | 'expired' | 'rejected';

/** An order as its venue says. */
export interface VenueOrderState {
  readonly venueOrderId: string;
  /** In our shape where the venue keeps it as we sent it; undefined where it does not say. */
  readonly clientOrderId: string | undefined;
  readonly instrument: InstrumentId;
  readonly side: OrderSide;
  readonly status: VenueOrderStatus;
  /** Units of base. */
  readonly quantity: Decimal;
  /** Quote per base; undefined where the venue does not say. */
  readonly limitPrice: Decimal | undefined;
  /** Units of base filled so far, as the venue counts. */
  readonly cumulativeQuantity: Decimal;
  readonly detail: string;
}

/** One fill as its venue says. */
export interface VenueFill {
  /** The venue's id of it, unique at the venue: prefixed by the instrument where it has to be. */
  readonly tradeId: string;
  readonly venueOrderId: string;
  readonly instrument: InstrumentId;
  readonly side: OrderSide;
  /** Units of base, above zero. */
  readonly quantity: Decimal;
  /** Quote per base, above zero. */
  readonly price: Decimal;
  /** Undefined where the venue tells one fee for a whole order. */
  readonly fee: Fee | undefined;
  /** The venue's time of it, microseconds since the epoch; 0 when it sends none. */
  readonly timeUs: number;
}

/** Money at a venue, as the venue says. */
export interface VenueBalance {
  readonly asset: AssetId;
  readonly available: Decimal;
  readonly locked: Decimal;
}
