export { limitsOf, type RiskConfig, riskConfigSchema } from './config.ts';
export { checkOpportunity, type RiskState } from './domain/check-opportunity.ts';
export type { KnownMarket, MoneyLimits, NameFilter, RiskLimits } from './domain/limits.ts';
export { type RunningRiskManager, riskManager } from './service.ts';
