import type { WireServices } from './generated/wire.ts';

/** A method of one request and one answer. The fields carry types only. */
export interface UnaryMethod<Request, Response> {
  readonly kind: 'unary';
  readonly request: Request;
  readonly response: Response;
}

/** A method of two streams. The fields carry types only. */
export interface DuplexMethod<Request, Response> {
  readonly kind: 'duplex';
  readonly request: Request;
  readonly response: Response;
}

/** A method of one request and a stream of answers. The fields carry types only. */
export interface ServerStreamMethod<Request, Response> {
  readonly kind: 'server-stream';
  readonly request: Request;
  readonly response: Response;
}

export type MethodShape =
  | UnaryMethod<unknown, unknown>
  | DuplexMethod<unknown, unknown>
  | ServerStreamMethod<unknown, unknown>;

/** Method names to their shapes; the generated `WireServices` has one for each service. */
export type ServiceShape = { readonly [method: string]: MethodShape };

/** A contract's full name, such as `ats.risk.v1.RiskService`, that remembers its type. */
export interface ServiceName<Service> {
  readonly fullName: string;
  /** Never set: carries the type. */
  readonly shape?: Service;
}

function named<Name extends keyof WireServices & string>(
  fullName: Name,
): ServiceName<WireServices[Name]> {
  return { fullName };
}

export const ACCESS_SERVICE = named('ats.access.v1.AccessService');
export const AUDIT_SERVICE = named('ats.audit.v1.AuditService');
export const BACKTEST_SERVICE = named('ats.backtest.v1.BacktestService');
export const CONFIG_SERVICE = named('ats.config.v1.ConfigService');
export const HEALTH_SERVICE = named('ats.health.v1.HealthService');
export const INVENTORY_SERVICE = named('ats.inventory.v1.InventoryService');
export const LEDGER_SERVICE = named('ats.ledger.v1.LedgerService');
export const MARKET_DATA_SERVICE = named('ats.marketdata.v1.MarketDataService');
export const NOTIFICATION_SERVICE = named('ats.notification.v1.NotificationService');
export const ENGINE_SERVICE = named('ats.opportunity.v1.EngineService');
export const ORDER_SERVICE = named('ats.order.v1.OrderService');
export const RISK_SERVICE = named('ats.risk.v1.RiskService');
export const VENUE_SERVICE = named('ats.venue.v1.VenueService');
