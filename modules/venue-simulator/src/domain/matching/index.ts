export { MatchingEngine, type RestingOrder } from './engine.ts';
export type {
  AggregateChange,
  EngineEvents,
  Execution,
  NewOrder,
  OrderCanceled,
  OrderOutcome,
  RejectReason,
  ReplaceOrder,
  SelfTradePolicy,
} from './orders.ts';
export { stateHash } from './state-hash.ts';
