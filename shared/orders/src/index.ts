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
export { LedgerSums } from './domain/ledger-sums.ts';
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
export {
  assetsOf,
  type HoldTerms,
  holdTermsOf,
  largerOf,
  neededForQuantity,
  reservedPrice,
} from './domain/order-needs.ts';
export { type Cell, ORDER_TABLE } from './domain/order-table.ts';
export { type AssetProfit, profitOf } from './domain/profit.ts';
export { type ReportReading, readReport } from './domain/report-input.ts';
export { compareState, type Finding } from './rebuild/compare-state.ts';
export { OrdersRebuilder } from './rebuild/orders-rebuilder.ts';
export {
  type Rebuilder,
  type RebuiltItem,
  type RebuiltState,
  rebuildState,
} from './rebuild/rebuild-state.ts';
export {
  balanceItems,
  balanceKey,
  balancesPartition,
  readBalanceItem,
} from './store/balance-items.ts';
export {
  alertRecord,
  type Cause,
  executionReportRecord,
  ledgerEntryRecord,
  orderCommandRecord,
  orderEventRecord,
  readAlert,
  readExecutionReport,
  readLedgerEntry,
  readOrderCommand,
  readOrderEvent,
} from './store/log-records.ts';
export {
  APPLIED_INPUTS_MAX,
  accountOrdersPartition,
  createOrderItems,
  executionKey,
  listedOrderId,
  type OrderState,
  openOrdersPartition,
  orderKey,
  readOrderItem,
  refusalWords,
  replaceOrderItems,
  type StoredOrder,
} from './store/order-items.ts';
export { Outbox, type OutboxEntry, type OutboxOptions } from './store/outbox.ts';
export { decodeRecords } from './store/outbox-codec.ts';
export { transactSurely } from './store/transact-surely.ts';
