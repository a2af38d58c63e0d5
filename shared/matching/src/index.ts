export { MatchingEngine, type MatchingEngineOptions, type RestingOrder } from './engine.ts';
export type {
  AggregateChange,
  CancelReason,
  EngineEvents,
  Execution,
  NewOrder,
  OrderAccepted,
  OrderCanceled,
  OrderOutcome,
  OrderRejected,
  OrderReplaced,
  RejectReason,
  ReplaceOrder,
  SelfTradePolicy,
} from './orders.ts';
export { stateHash } from './state-hash.ts';
