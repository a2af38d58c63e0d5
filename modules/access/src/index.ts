export { type ExchangeKey, ExchangeKeys } from './app/exchange-keys.ts';
export { type AccessConfig, accessConfigSchema, linkUrlOf } from './config.ts';
export { accessService, type RunningAccess } from './service.ts';
