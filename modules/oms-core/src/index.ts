export { type BookkeeperOptions, OrderBookkeeper } from './app/bookkeeper.ts';
export { LedgerDesk, type LedgerDeskOptions, type PostOutcome } from './app/ledger-desk.ts';
export { type UnbookedFill, UnbookedFills } from './app/unbooked-fills.ts';
export { accountAt, accountsOf, type OmsConfig, omsConfigSchema } from './config.ts';
