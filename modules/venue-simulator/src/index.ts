export { type SimulatorConfig, simulatorConfigSchema } from './config.ts';
