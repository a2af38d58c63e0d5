import type { Decimal } from './decimal.ts';
import type { AssetId, InstrumentId, OpportunityId, VenueId } from './ids.ts';
import type { ReasonCode } from './opportunity.ts';
import type { Fee, OrderSide } from './order.ts';
import type { AccountId, OrderId, RequestId, TradeId } from './order-ids.ts';

/** Where a trade can be in its life. */
export const TRADE_STATES = [
  /** Wanted; risk has not answered. */
  'PROPOSED',
  /** Approved by risk, nothing submitted for certain. */
  'RISK_APPROVED',
  /** All legs taken by the gateway, their funds reserved. */
  'RESERVED',
  /** All legs are with their venues. */
  'SUBMITTED',
  /** The legs filled alike; what is left is too small to trade. */
  'COMPLETED',
  /** More was bought than sold, or the other way round: that is being closed. */
  'UNWINDING',
  /** What was open has been closed. */
  'UNWOUND',
  /** Something stays open: a person must look. */
  'EXPOSED',
  /** Refused before anything was traded. */
  'REJECTED',
  /** Taken, and nothing of it ever traded. */
  'EXPIRED',
] as const;

export type TradeState = (typeof TRADE_STATES)[number];

/** The states in which nothing more is done. */
export const TRADE_ENDS = ['COMPLETED', 'UNWOUND', 'EXPOSED', 'REJECTED', 'EXPIRED'] as const;

/** Who wanted a trade. The accumulator's has no legs: it closes what others carried to it. */
export type TradeOrigin = 'engine' | 'manual' | 'accumulator';

/** How an order closes what is open: see the engine's README. */
export type UnwindStrategy = 'hedge' | 'market-close' | 'gradual';

/** Where an order of a trade is, as the trade knows it. */
export type TradeOrderState = 'planned' | 'standing' | 'ended' | 'refused';

/** One order of a trade: a leg, or an attempt to unwind. */
export interface TradeOrder {
  readonly orderId: OrderId;
  /** The request that submits it; the legs share one. */
  readonly requestId: RequestId;
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly side: OrderSide;
  /** Units of base. */
  readonly quantity: Decimal;
  /** Quote per base. */
  readonly limitPrice: Decimal;
  /** One unit of the quote in the numeraire, at the decision. */
  readonly conversionRate: Decimal;
  /** What the book promised at the decision, in quote. */
  readonly quotedNotional: Decimal;
  /** What the book promised when the order left, in quote; undefined if it was not seen. */
  readonly arrivalNotional: Decimal | undefined;
  /** It expires unless it has left by then, microseconds since the epoch. */
  readonly sendBeforeUs: number;
  readonly state: TradeOrderState;
  /** Version of the order that the figures below are of; 0 before the first. */
  readonly version: number;
  /** Whether it was handed to its venue. */
  readonly submitted: boolean;
  /** Units of base filled. */
  readonly cumulativeQuantity: Decimal;
  /** Quote of all fills together, exact. */
  readonly cumulativeNotional: Decimal;
  readonly fees: readonly Fee[];
  /** Why it ended early or was refused, for a person. */
  readonly detail: string;
  /** Undefined for a leg. */
  readonly strategy: UnwindStrategy | undefined;
  readonly plannedAtUs: number;
}

/** Where a trade's edge went, in the numeraire, signed. The steps sum to `realised`, exactly. */
export interface EdgeWaterfall {
  readonly quoted: Decimal;
  readonly staleness: Decimal;
  readonly fees: Decimal;
  readonly slippage: Decimal;
  readonly unwind: Decimal;
  readonly realised: Decimal;
}

/** A change of one asset over all venues, signed. */
export interface AssetChange {
  readonly asset: AssetId;
  readonly amount: Decimal;
}

/** The coin that one leg of a triangle is paid in and another one brings back. */
export interface TradeBridge {
  readonly asset: AssetId;
  /** One unit of it in the numeraire, at the decision. */
  readonly value: Decimal;
  /** A remainder smaller than this is too small to trade and goes to the accumulator. */
  readonly smallestQuantity: Decimal;
  /** Units handed to the hedge accumulator, signed. */
  readonly carriedOut: Decimal;
}

/** A trade of two legs, or of three: all that is needed to go on with it after a crash. */
export interface ArbitrageTrade {
  readonly tradeId: TradeId;
  readonly accountId: AccountId;
  readonly origin: TradeOrigin;
  /** Absent for a person's and the accumulator's. */
  readonly opportunityId: OpportunityId | undefined;
  readonly state: TradeState;
  readonly base: AssetId;
  readonly numeraire: AssetId;
  /** Units of base that each leg wants. */
  readonly quantity: Decimal;
  /** One unit of base in the numeraire, at the decision. */
  readonly baseValue: Decimal;
  /** The buying leg, the selling leg, and a triangle's bridge; none for the accumulator's. */
  readonly legs: readonly TradeOrder[];
  /** Attempts to close what was left open, oldest first. */
  readonly unwinds: readonly TradeOrder[];
  /** A remainder smaller than this, in base, is too small to trade and goes to the accumulator. */
  readonly smallestQuantity: Decimal;
  /** Absent for a trade of two legs. */
  readonly bridge?: TradeBridge;
  /** Units of base taken from the hedge accumulator, and handed to it, signed. */
  readonly carriedIn: Decimal;
  readonly carriedOut: Decimal;
  /** `APPROVED`, or why it was refused. */
  readonly reason: ReasonCode;
  readonly detail: string;
  /** What it changed in each asset, exact, fees included; empty until the end. */
  readonly realised: readonly AssetChange[];
  /** Absent until the end. */
  readonly waterfall: EdgeWaterfall | undefined;
  /** Value open times the time it was open; a unit of the numeraire counts as a dollar. */
  readonly unhedgedUsdSeconds: number;
  /** When the frame that caused it arrived; 0 for a person's. */
  readonly frameAtUs: number;
  readonly createdAtUs: number;
  readonly updatedAtUs: number;
  /** 0 if it never began. */
  readonly unwindingAtUs: number;
  /** Counts the trade's changes from 1. */
  readonly version: number;
}
