import type { Decimal } from './decimal.ts';
import type { AssetId, InstrumentId, OpportunityId, VenueId } from './ids.ts';
import type { OrderSide } from './order.ts';
import type { AccountId, RequestId } from './order-ids.ts';

/** One side of an opportunity: what would be taken from one venue's book. */
export interface OpportunityLeg {
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  /** The worst price the walk touched, a multiple of the venue's tick: the IOC limit. */
  readonly limitPrice: Decimal;
  /** Mean price of the walked levels, in quote per base. */
  readonly averagePrice: Decimal;
  /** Quote to pay (buy) or receive (sell), before fees. */
  readonly notional: Decimal;
  /** Taker fee, in quote. */
  readonly fee: Decimal;
  /** One unit of this leg's quote in the numeraire, as the conversion book gave it; 1 if equal. */
  readonly conversionRate: Decimal;
  /** The venue and instrument of the conversion book; absent where none was needed. */
  readonly conversion?: { readonly venue: VenueId; readonly instrument: InstrumentId };
  /** Levels walked. */
  readonly levels: number;
  /** Age of the book when the decision was made, and of the conversion book (0 if none). */
  readonly bookAgeUs: number;
  readonly conversionAgeUs: number;
  /** `exchangeTimeUs - receivedAtUs` of the frame, 0 when the venue sends no time. */
  readonly clockSkewUs: number;
}

/** A leg with what its order is asked to do. */
export interface SidedLeg extends OpportunityLeg {
  readonly side: OrderSide;
  /** Units of the market's base. */
  readonly quantity: Decimal;
}

/** Times of one decision, whole microseconds since the epoch. */
export interface DecisionTimes {
  /** When the frame that caused the decision left the socket. */
  readonly frameAtUs: number;
  readonly bookAtUs: number;
  readonly decidedAtUs: number;
  /** 0 until risk has answered. */
  readonly riskAnsweredAtUs: number;
}

/** A price difference between venues, or within one around a triangle, sized and valued exactly. */
export interface Opportunity {
  readonly id: OpportunityId;
  /** The base asset's instrument as the engine groups it, for example `BTC`. */
  readonly base: AssetId;
  /** The money that profit is counted in, for example `USDT`. */
  readonly numeraire: AssetId;
  readonly quantity: Decimal;
  readonly buy: OpportunityLeg;
  readonly sell: OpportunityLeg;
  /**
   * Only of a triangle, whose legs are all at one venue. One of the other two is paid in a coin:
   * this one trades as much of it back for the numeraire at the same moment.
   */
  readonly bridge?: SidedLeg;
  /** Before fees, after conversion, in the numeraire. */
  readonly grossProfit: Decimal;
  /** Taker fees of all legs and of conversions, in the numeraire. */
  readonly fees: Decimal;
  /** What the configured slippage reserve takes, in the numeraire. */
  readonly slippageReserve: Decimal;
  /** `grossProfit - fees - slippageReserve`, in the numeraire. */
  readonly netProfit: Decimal;
  /** `netProfit` over the cost of the buy leg, in basis points; for reading, not for deciding. */
  readonly netEdgeBps: number;
  /** From 0 to 1: how likely the edge is to be there when the orders arrive. */
  readonly confidence: number;
  readonly times: DecisionTimes;
}

/** The legs in the order of their orders in the request. */
export function legsOf(opportunity: Opportunity): readonly SidedLeg[] {
  const { buy, sell, bridge, quantity } = opportunity;
  const legs: SidedLeg[] = [
    { ...buy, side: 'buy', quantity },
    { ...sell, side: 'sell', quantity },
  ];
  if (bridge !== undefined) legs.push(bridge);
  return legs;
}

/** Why an opportunity was refused, and by whom. One opportunity has one outcome reason. */
export const REASON_CODES = [
  'APPROVED',
  // engine
  'EDGE_BELOW_MIN',
  'EDGE_GONE_EXACT',
  'SIZE_BELOW_MIN',
  'BALANCE_INSUFFICIENT',
  'BOOK_STALE',
  'BOOK_NOT_LIVE',
  'CONVERSION_MISSING',
  'CONVERSION_STALE',
  'CONFIDENCE_LOW',
  'EDGE_PREDICTED_LOW',
  'SPREAD_ABOVE_CEILING',
  'ASSET_IDENTITY_MISMATCH',
  'ENGINE_PAUSED',
  // risk
  'RISK_NOTIONAL_MAX',
  'RISK_EXPOSURE_MAX',
  'RISK_VENUE_BLOCKED',
  'RISK_VENUE_NOTIONAL_MAX',
  'RISK_SYMBOL_BLOCKED',
  'RISK_BOOK_AGE_MAX',
  'RISK_CLOCK_SKEW_MAX',
  'RISK_SPREAD_CEILING',
  'RISK_RATE_LIMIT',
  'RISK_HALTED',
  'RISK_INVALID_REQUEST',
  'RISK_TRADE_LOSS_MAX',
  'RISK_PRICE_BAND',
  'RISK_GROSS_EXPOSURE_MAX',
  'RISK_NET_EXPOSURE_MAX',
  'RISK_VENUE_EXPOSURE_MAX',
  'RISK_ASSET_EXPOSURE_MAX',
  'RISK_SYMBOL_EXPOSURE_MAX',
  'RISK_TRADES_OPEN_MAX',
  'RISK_TRADES_PER_DAY_MAX',
  'RISK_VOLUME_PER_DAY_MAX',
  'RISK_LOSS_MAX',
  'RISK_DRAWDOWN_MAX',
  'RISK_VALUE_AT_RISK_MAX',
  'RISK_EXPECTED_SHORTFALL_MAX',
  'RISK_UNHEDGED_MAX',
  'RISK_VENUE_DOWN',
  'RISK_REDUCE_ONLY',
  'RISK_TIMEOUT',
  'RISK_UNAVAILABLE',
  // trade
  'TRADES_OPEN_MAX',
  'PAIR_BUSY',
  'WORST_CASE_LOSS_ABOVE_BUDGET',
  'INVENTORY_SHORT',
  'INVENTORY_UNKNOWN',
  'GATEWAY_REFUSED',
  'GATEWAY_UNAVAILABLE',
  'HALTED',
  'TRADE_CANCELED',
] as const;

export type ReasonCode = (typeof REASON_CODES)[number];

/** The risk manager's answer. `limit` and `value` say which bound was met, in the reason's unit. */
export interface RiskDecision {
  readonly opportunityId: OpportunityId;
  readonly verdict: 'approved' | 'refused';
  readonly reason: ReasonCode;
  /** A sentence for a person. */
  readonly detail: string;
  /** The limit that refused and the value asked, as decimals or plain words; empty if approved. */
  readonly limit: string;
  readonly value: string;
  /** Units of base approved: what was asked or less. Undefined if refused, and for lone orders. */
  readonly quantity: Decimal | undefined;
}

/** Risk's answer with its word that goes with the orders; empty if refused. */
export interface RiskAnswer extends RiskDecision {
  readonly approval: string;
}

/** The request that an opportunity is traded with: order 0 buys, 1 sells, 2 is the bridge. */
export interface TradeIntent {
  readonly accountId: AccountId;
  /** Empty where nothing is going to be traded: then nothing is reserved or signed. */
  readonly requestId: RequestId;
  /** In the opportunity's numeraire: the loss at worst if not all legs fill. */
  readonly worstCaseLoss: Decimal;
}

/** One line of the opportunity ledger: a standing edge from when it opened to when it closed. */
export interface OpportunityRecord {
  readonly opportunity: Opportunity;
  readonly reason: ReasonCode;
  readonly decision: RiskDecision | undefined;
  readonly openedAtUs: number;
  /** 0 while the edge stands. */
  readonly closedAtUs: number;
  readonly bestNetEdgeBps: number;
  readonly bestNetProfit: Decimal;
  /** How many market updates saw the edge. */
  readonly updates: number;
}
