export { Alerts } from './app/alerts.ts';
export { type BookkeeperOptions, OrderBookkeeper } from './app/bookkeeper.ts';
export { LedgerDesk, type LedgerDeskOptions, type PostOutcome } from './app/ledger-desk.ts';
export { LedgerReader } from './app/ledger-reader.ts';
export { MissingFills } from './app/missing-fills.ts';
export { OmsRebuilder } from './app/rebuild-oms.ts';
export { type Confirmation, Reconciler, type ReconcilerOptions } from './app/reconciler.ts';
export { type UnbookedFill, UnbookedFills } from './app/unbooked-fills.ts';
export {
  type ReadVenue,
  type ReconciliationRules,
  VenueReconciliation,
  type VenueReconciliationParts,
  type VenueVerdict,
} from './app/venue-reconciliation.ts';
export { type OmsConfig, omsConfigSchema } from './config.ts';
export type { LedgerSnapshot, VenueOpenOrder, VenueSnapshot } from './domain/comparison.ts';
export { omsCore, type RunningOms } from './service.ts';
