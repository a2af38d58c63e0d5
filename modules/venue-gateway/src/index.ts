export { type Account, testVaultKey } from './adapters/open-connector.ts';
export { type DeskMetrics, openDeskMetrics } from './app/desk-metrics.ts';
export type { DeskLimits, ReportSink } from './app/desk-tools.ts';
export { type OrderEventsOptions, orderEventHandler } from './app/order-events.ts';
export { WorkRebuilder } from './app/rebuild-work.ts';
export { type OrderCall, toldConnector } from './app/told-connector.ts';
export type {
  BalancesAnswer,
  CancelAnswer,
  FillsAnswer,
  OpenOrdersAnswer,
  QueryAnswer,
  ReplaceAnswer,
  SubmitAnswer,
  ToldFills,
  VenueConnector,
  VenuePush,
  VenueReplace,
  VenueSubmit,
} from './app/venue-connector.ts';
export { type DeskConnection, type DeskOptions, VenueDesk } from './app/venue-desk.ts';
export { venueHandlers } from './app/venue-handlers.ts';
export type { VenueStateAnswer } from './app/venue-state.ts';
export { type WorkItem, WorkStore } from './app/work-store.ts';
export { connectorOf, type VenueGatewayConfig, venueGatewayConfigSchema } from './config.ts';
export type {
  OrderReference,
  VenueBalance,
  VenueFill,
  VenueOrderState,
} from './domain/venue-facts.ts';
export { type RunningVenueGateway, type VenueGatewayPorts, venueGateway } from './service.ts';
