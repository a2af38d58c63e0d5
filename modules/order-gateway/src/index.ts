export type { WorstPrices } from './app/book-prices.ts';
export type { DeskAnswer, OrderDeskOptions, Taken } from './app/desk-parts.ts';
export type { ClosedGate, Gates } from './app/gates.ts';
export { OrderDesk, type Page, type PageRequest } from './app/order-desk.ts';
export { type GatewayConfig, gatewayConfigSchema } from './config.ts';
export type { Refused } from './domain/refusals.ts';
export type { CancelRequest, ReplaceRequest, SubmitRequest } from './domain/requests.ts';
export { type GatewayPorts, orderGateway, type RunningOrderGateway } from './service.ts';
