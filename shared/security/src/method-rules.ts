import type { WireServices } from '@ats/contracts';
import type { Permission } from './permissions.ts';

/** Who may use a method or a route. */
export interface AccessRule {
  /** Absent: anyone whom the transport has let in. */
  readonly permission?: Permission;
  /** Whether a person must have shown a fresh code of an authenticator. */
  readonly stepUp: boolean;
  /** Whether each use of it goes to the access log. */
  readonly told: boolean;
  /**
   * Which accounts it is about: those that the request names; with `own` an empty one is any, and
   * the handler keeps to those of the caller; `all` is for whoever may act for every account.
   */
  readonly accounts: 'named' | 'own' | 'all';
}

const anyone = (): AccessRule => ({ stepUp: false, told: false, accounts: 'named' });
const may = (permission: Permission): AccessRule => ({ ...anyone(), permission });
const told = (permission: Permission): AccessRule => ({ ...may(permission), told: true });
const dangerous = (permission: Permission): AccessRule => ({ ...told(permission), stepUp: true });
const ofOwn = (permission: Permission): AccessRule => ({ ...may(permission), accounts: 'own' });
const ofAll = (rule: AccessRule): AccessRule => ({ ...rule, accounts: 'all' });

type Rules = {
  readonly [Service in keyof WireServices]: {
    readonly [Method in keyof WireServices[Service]]: AccessRule;
  };
};

/** One rule for every method of every contract; what has none is denied. */
const METHOD_RULES: Rules = {
  'ats.access.v1.AccessService': {
    SetUp: anyone(),
    Login: anyone(),
    CompleteLogin: anyone(),
    Refresh: anyone(),
    StepUp: may('access.own'),
    Logout: may('access.own'),
    WhoAmI: may('access.own'),
    ListSessions: may('access.own'),
    RevokeSession: told('access.own'),
    BeginTotp: may('access.own'),
    ConfirmTotp: may('access.own'),
    ChangePassword: may('access.own'),
    ListUsers: may('users.manage'),
    AddUser: dangerous('users.manage'),
    UpdateUser: dangerous('users.manage'),
    ResetUser: dangerous('users.manage'),
    ListApprovals: may('approvals.read'),
    DecideApproval: dangerous('approvals.decide'),
    ClaimApproval: may('access.check'),
    Introspect: may('access.check'),
    PutExchangeKey: dangerous('keys.manage'),
    ListExchangeKeys: may('keys.manage'),
    RemoveExchangeKey: dangerous('keys.manage'),
    ReadExchangeKey: may('keys.read'),
    RotateVaultKey: dangerous('keys.manage'),
  },
  'ats.audit.v1.AuditService': {
    VerifyArchive: may('audit.read'),
    QueryRecords: ofAll(may('audit.read')),
  },
  'ats.backtest.v1.BacktestService': {
    StartBacktest: told('backtests.run'),
    CancelBacktest: told('backtests.run'),
    GetBacktest: may('system.read'),
    WatchBacktest: may('system.read'),
    ListBacktests: may('system.read'),
    GetBacktestReport: may('system.read'),
    ListTapes: may('system.read'),
    ExportBacktest: may('system.read'),
    CompareBacktests: may('system.read'),
  },
  'ats.config.v1.ConfigService': {
    ReloadConfig: dangerous('config.reload'),
  },
  'ats.health.v1.HealthService': {
    GetServiceHealth: may('system.read'),
  },
  'ats.inventory.v1.InventoryService': {
    GetRunway: ofOwn('system.read'),
    GetRebalancePlan: ofOwn('system.read'),
  },
  'ats.ledger.v1.LedgerService': {
    GetReconciliation: may('system.read'),
    Reconcile: may('ledger.reconcile'),
    ConfirmDifference: ofAll(told('ledger.confirm')),
    GetBalances: may('balances.read'),
    ListEntries: may('balances.read'),
  },
  'ats.marketdata.v1.MarketDataService': {
    GetMarkets: may('market.read'),
    GetCandles: may('market.read'),
    StreamQuotes: may('market.read'),
    StreamBook: may('market.read'),
    StreamTrades: may('market.read'),
  },
  'ats.notification.v1.NotificationService': {
    SendNotification: may('notifications.send'),
    TestChannel: told('notifications.manage'),
    PutPerson: told('notifications.manage'),
    RemovePerson: told('notifications.manage'),
    ListPeople: may('system.read'),
    PutRule: told('notifications.manage'),
    RemoveRule: told('notifications.manage'),
    ListRules: may('system.read'),
    PutMute: told('notifications.manage'),
    RemoveMute: told('notifications.manage'),
    ListMutes: may('system.read'),
    Acknowledge: told('alerts.acknowledge'),
    ListConditions: may('system.read'),
    ListMessages: may('system.read'),
    RetryMessage: told('notifications.manage'),
    ListDeliveries: may('system.read'),
    GetStatistics: may('system.read'),
    ListBell: may('system.read'),
    StreamBell: may('system.read'),
  },
  'ats.opportunity.v1.EngineService': {
    GetEngineStatus: may('system.read'),
    PauseEngine: told('engine.control'),
    ResumeEngine: told('engine.control'),
    ListOpportunities: may('system.read'),
    StartTrading: told('engine.control'),
    StopTrading: told('engine.control'),
    GetTradingStatus: may('system.read'),
    ExecuteOpportunity: told('trades.execute'),
    ExecuteManualTrade: told('trades.execute'),
    CancelTrade: told('trades.cancel'),
    GetTrade: may('system.read'),
    ListTrades: may('system.read'),
    ListEndedTrades: may('system.read'),
    ListActiveOrders: may('system.read'),
    GetPortfolio: may('system.read'),
    GetTradingStatistics: may('system.read'),
    GetEngineConfiguration: may('system.read'),
    EmergencyStop: told('engine.control'),
    StreamExecutions: may('system.read'),
    StreamOpportunities: may('system.read'),
    StreamOrderUpdates: may('system.read'),
    StreamSystemEvents: may('system.read'),
    GetSpreadMatrix: may('market.read'),
    StreamSpreadMatrix: may('market.read'),
  },
  'ats.order.v1.OrderService': {
    SubmitOrders: told('orders.submit'),
    CancelOrder: told('orders.cancel'),
    ReplaceOrder: told('orders.replace'),
    ListOrders: may('orders.read'),
    GetOrder: may('orders.read'),
    StreamOrderEvents: may('orders.read'),
  },
  'ats.risk.v1.RiskService': {
    CheckOpportunity: may('risk.check'),
    CheckOpportunityStream: may('risk.check'),
    CheckOrders: may('risk.check'),
    PreviewOrders: may('orders.submit'),
    GetRiskStatus: may('system.read'),
    GetPositions: ofOwn('system.read'),
    GetCountedFills: may('risk.check'),
    GetPnL: ofOwn('system.read'),
    StreamPositionUpdates: ofOwn('system.read'),
    GetRiskLimits: may('system.read'),
    UpdateRiskLimits: dangerous('limits.update'),
    GetRiskAlerts: may('system.read'),
    AcknowledgeAlert: told('alerts.acknowledge'),
    StreamRiskAlerts: may('system.read'),
    EmergencyHalt: told('risk.halt'),
    ResumeTrading: dangerous('risk.resume'),
  },
  'ats.venue.v1.VenueService': {
    GetVenueState: ofAll(may('system.read')),
    TestKey: told('keys.test'),
    ListVenues: may('system.read'),
  },
};

/**
 * What is served beside the contracts, to anyone whose certificate our authority has signed: TLS
 * has turned everybody else away before.
 */
export const TRANSPORT_SERVICES: readonly string[] = [
  'grpc.health.v1.Health',
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
];

/** @returns undefined for a method that has no rule: it is denied */
export function ruleOf(service: string, method: string): AccessRule | undefined {
  const rules: Readonly<Record<string, Readonly<Record<string, AccessRule>>>> = METHOD_RULES;
  const methods = Object.hasOwn(rules, service) ? rules[service] : undefined;
  return methods !== undefined && Object.hasOwn(methods, method) ? methods[method] : undefined;
}
