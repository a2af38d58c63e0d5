export { DIALECT_SERVERS } from './adapters/dialects/index.ts';
export type { AttachedDialect, ConnectionHandler, DialectServer } from './app/dialect-server.ts';
export { modelParameters } from './app/model-parameters.ts';
export { type SimulatorConfig, simulatorConfigSchema } from './config.ts';
export { MarketModel, type SimulatedVenue } from './domain/model/market-model.ts';
