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
export { averagePrice, type PriceRounding } from './domain/order-quantities.ts';
export { type Cell, ORDER_TABLE } from './domain/order-table.ts';
