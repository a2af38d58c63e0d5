export { type EmbeddedSystem, embeddedSystem } from './embedded-system.ts';
export { priceOf } from './prices.ts';
export { examine, settle } from './run-chaos.ts';
export { type Simulator, startSimulator } from './simulator.ts';
export { sendOrders } from './traffic.ts';
export { isSound } from './verdict.ts';
