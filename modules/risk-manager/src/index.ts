export { haltedItem } from './app/halt-switch.ts';
export { type Mark, MarkBook } from './app/mark-book.ts';
export { type RiskConfig, riskConfigSchema, rulesOf } from './config.ts';
export { type RunningRiskManager, riskManager } from './service.ts';
