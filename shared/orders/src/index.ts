export {
  type AssetAmount,
  changeHold,
  emptyHold,
  type Hold,
  neededFor,
  worstCaseFee,
} from './domain/hold.ts';
export {
  type BalanceKey,
  type EntryVerdict,
  judgeEntry,
  LedgerBook,
  type Shortage,
} from './domain/ledger-book.ts';
export {
  COUNTERS,
  type Movement,
  type MovementOutcome,
  moveMoney,
  type SettledFill,
  settleFill,
} from './domain/ledger-entries.ts';
export type {
  IgnoreReason,
  InputOf,
  OrderInput,
  OrderInputKind,
  OrderNote,
  RefusalReason,
  VenueFinding,
} from './domain/order-input.ts';
export {
  applyToOrder,
  type BookedExecutions,
  type OrderOutcome,
  openOrder,
} from './domain/order-machine.ts';
export { type Cell, ORDER_TABLE } from './domain/order-table.ts';
export { type AssetProfit, profitOf } from './domain/profit.ts';
