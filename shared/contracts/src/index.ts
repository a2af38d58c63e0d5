export { alertFromWire, alertToWire } from './alert-mapper.ts';
export { methodCodecs, type WireCodec, wireCodec } from './codec.ts';
export { executionReportFromWire, executionReportToWire } from './execution-mapper.ts';
export type { WireMessages, WireServices } from './generated/wire.ts';
export { haltModeFromWire, haltModeOf, haltModeToWire } from './halt-mapper.ts';
export { type JsonMethod, jsonMethod } from './json-codec.ts';
export {
  balanceFromWire,
  balanceToWire,
  ledgerEntryFromWire,
  ledgerEntryToWire,
} from './ledger-mapper.ts';
export { decodeMarketEvent, encodeMarketEvent } from './market-codec.ts';
export {
  bookTopFromWire,
  bookTopToWire,
  marketEventFromWire,
  marketEventToWire,
  tickerFromWire,
  tickerToWire,
  tradeFromWire,
  tradeToWire,
  venueStatusFromWire,
  venueStatusToWire,
} from './market-mapper.ts';
export {
  opportunityFromWire,
  opportunityMessage,
  opportunityRecordFromWire,
  opportunityRecordToWire,
  opportunityToWire,
  reasonFromWire,
  reasonToWire,
  riskDecisionFromWire,
  riskDecisionToWire,
  tradeIntentFromWire,
  tradeIntentToWire,
} from './opportunity-mapper.ts';
export {
  newOrderFromWire,
  newOrderToWire,
  orderCommandFromWire,
  orderCommandToWire,
  orderEventFromWire,
  orderEventToWire,
  orderFromWire,
  orderToWire,
  PURPOSES,
  purposeFromWire,
  SIDES,
} from './order-mapper.ts';
export { contractsRoot, PROTO_ROOT, protoFiles } from './protos.ts';
export type { RiskGate } from './risk-gate.ts';
export {
  ACCESS_SERVICE,
  AUDIT_SERVICE,
  BACKTEST_SERVICE,
  CONFIG_SERVICE,
  type DuplexMethod,
  ENGINE_SERVICE,
  HEALTH_SERVICE,
  INVENTORY_SERVICE,
  LEDGER_SERVICE,
  MARKET_DATA_SERVICE,
  type MethodShape,
  NOTIFICATION_SERVICE,
  ORDER_SERVICE,
  RISK_SERVICE,
  type ServerStreamMethod,
  type ServiceName,
  type ServiceShape,
  type UnaryMethod,
  VENUE_SERVICE,
} from './service-name.ts';
export { arbitrageTradeFromWire, arbitrageTradeToWire, tradeOrderToWire } from './trade-mapper.ts';
export { malformed, readDecimal, readName } from './wire-fields.ts';
