export {
  type Acknowledgement,
  ALERT_AREAS,
  type Alert,
  type AlertArea,
  isAtLeast,
  makeAlert,
  SEVERITIES,
  type Severity,
} from './alert.ts';
export type { Approval, ApprovedLeg } from './approval.ts';
export { commonStep, Decimal, divideRounded, type Rounding } from './decimal.ts';
export {
  AtsError,
  type AtsErrorOptions,
  assert,
  ERROR_CODES,
  type ErrorCode,
  type Retry,
} from './errors.ts';
export {
  EXECUTION_TYPES,
  type ExecutionReport,
  type ExecutionType,
  type Fill,
} from './execution.ts';
export { HALT_MODES, type HaltMode, isStricter } from './halt-mode.ts';
export {
  type AssetId,
  assetId,
  type InstrumentId,
  instrumentId,
  type MarketId,
  marketId,
  type OpportunityId,
  opportunityId,
  type VenueId,
  venueId,
} from './ids.ts';
export { type Asset, assetIdentity, type FeeSchedule, type Listing } from './instrument.ts';
export {
  type Balance,
  LEDGER_ENTRY_KINDS,
  type LedgerBucket,
  type LedgerEntry,
  type LedgerEntryKind,
  type Posting,
} from './ledger.ts';
export {
  type AlertNotice,
  alertNotice,
  type BookStatusReason,
  type BookTop,
  copyBookTop,
  type MarketEvent,
  type Ticker,
  type Trade,
  type VenueStatus,
} from './market-event.ts';
export {
  type DecisionTimes,
  legsOf,
  type Opportunity,
  type OpportunityLeg,
  type OpportunityRecord,
  REASON_CODES,
  type ReasonCode,
  type RiskAnswer,
  type RiskDecision,
  type SidedLeg,
  type TradeIntent,
} from './opportunity.ts';
export { recordViolations, totalsViolations } from './opportunity-check.ts';
export {
  averagePrice,
  type Fee,
  hasEnded,
  type NewOrder,
  ORDER_STATUSES,
  type Order,
  type OrderCommand,
  type OrderEnd,
  type OrderEvent,
  type OrderProgress,
  type OrderPurpose,
  type OrderSide,
  type OrderStatus,
  type OrderType,
  type PriceRounding,
  type Replacement,
  type TimeInForce,
} from './order.ts';
export {
  BookSide,
  type BookSideView,
  type Digits,
  type LevelList,
  OrderBook,
  plainText,
  type Side,
} from './order-book.ts';
export {
  type AccountId,
  accountId,
  type ClientOrderId,
  clientOrderId,
  deriveClientOrderId,
  deriveOrderId,
  type ExecutionId,
  executionId,
  type OrderId,
  orderId,
  type RequestId,
  requestId,
  type TradeId,
  tradeId,
} from './order-ids.ts';
export { Secret } from './secret.ts';
export {
  type ArbitrageTrade,
  type AssetChange,
  type EdgeWaterfall,
  TRADE_ENDS,
  TRADE_STATES,
  type TradeBridge,
  type TradeOrder,
  type TradeOrderState,
  type TradeOrigin,
  type TradeState,
  type UnwindStrategy,
} from './trade.ts';
export { worstPrice } from './worst-price.ts';
