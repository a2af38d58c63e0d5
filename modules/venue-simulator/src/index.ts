export { DIALECT_SERVERS } from './adapters/dialects/index.ts';
export type {
  AccountKey,
  AttachedDialect,
  ConnectionHandler,
  DialectServer,
  VenueAccounts,
  VenueAnswer,
  VenueConnection,
  VenueRequest,
} from './app/dialect-server.ts';
export { modelParameters } from './app/model-parameters.ts';
export { type SimulatorConfig, simulatorConfigSchema } from './config.ts';
export type { Account, AccountLimits, AccountOptions } from './domain/accounts/account.ts';
export type { Balance as AccountBalance } from './domain/accounts/balances.ts';
export type {
  AccountAnswer,
  AccountFaults,
  AccountOrder,
  AccountRefusal,
  AccountReport,
  AccountTrade,
  ClientIdRule,
  FeeAsset,
  FeeIn,
  NewAccountOrder,
} from './domain/accounts/orders.ts';
export { openAccounts, type VenueAccountsOptions } from './domain/accounts/venue-accounts.ts';
export { MarketModel, type SimulatedVenue } from './domain/model/market-model.ts';
export { orderIdOf } from './domain/order-ids.ts';
export { SimulatedMarket } from './domain/simulated-market.ts';
