import type { WireServices } from '@ats/contracts';

/** `call` and `stream` may come from a browser; `withheld` is for services among themselves. */
export type Exposure = 'call' | 'stream' | 'withheld';

type Exposures = {
  readonly [Service in keyof WireServices]: {
    readonly [Method in keyof WireServices[Service]]: Exposure;
  };
};

/**
 * Every method of every contract. What each needs of the person is decided where it is served, by
 * the one table of `@ats/security`: here is only what a browser can reach at all.
 */
const EXPOSED: Exposures = {
  'ats.access.v1.AccessService': {
    // Tokens stay on the server: these are done by /api/auth.
    SetUp: 'withheld',
    Login: 'withheld',
    CompleteLogin: 'withheld',
    Refresh: 'withheld',
    StepUp: 'withheld',
    Logout: 'withheld',
    WhoAmI: 'call',
    ListSessions: 'call',
    RevokeSession: 'call',
    BeginTotp: 'call',
    ConfirmTotp: 'call',
    ChangePassword: 'call',
    ListUsers: 'call',
    AddUser: 'call',
    UpdateUser: 'call',
    ResetUser: 'call',
    ListApprovals: 'call',
    DecideApproval: 'call',
    ClaimApproval: 'withheld',
    Introspect: 'withheld',
    PutExchangeKey: 'call',
    ListExchangeKeys: 'call',
    RemoveExchangeKey: 'call',
    ReadExchangeKey: 'withheld',
    RotateVaultKey: 'call',
  },
  'ats.audit.v1.AuditService': { VerifyArchive: 'call', QueryRecords: 'call' },
  'ats.backtest.v1.BacktestService': {
    StartBacktest: 'call',
    GetBacktest: 'call',
    WatchBacktest: 'stream',
    CancelBacktest: 'call',
    ListBacktests: 'call',
    GetBacktestReport: 'call',
    ListTapes: 'call',
    // A page of its own: /api/backtests serves it.
    ExportBacktest: 'withheld',
    CompareBacktests: 'call',
  },
  'ats.config.v1.ConfigService': { ReloadConfig: 'withheld' },
  // Nobody serves it under one address: /api/health asks every service.
  'ats.health.v1.HealthService': { GetServiceHealth: 'withheld' },
  'ats.inventory.v1.InventoryService': { GetRunway: 'call', GetRebalancePlan: 'call' },
  'ats.ledger.v1.LedgerService': {
    GetReconciliation: 'call',
    Reconcile: 'call',
    ConfirmDifference: 'call',
    GetBalances: 'call',
    ListEntries: 'call',
  },
  'ats.marketdata.v1.MarketDataService': {
    GetMarkets: 'call',
    GetCandles: 'call',
    StreamQuotes: 'stream',
    StreamBook: 'stream',
    StreamTrades: 'stream',
  },
  'ats.notification.v1.NotificationService': {
    SendNotification: 'withheld',
    TestChannel: 'call',
    PutPerson: 'call',
    RemovePerson: 'call',
    ListPeople: 'call',
    PutRule: 'call',
    RemoveRule: 'call',
    ListRules: 'call',
    PutMute: 'call',
    RemoveMute: 'call',
    ListMutes: 'call',
    Acknowledge: 'call',
    ListConditions: 'call',
    ListMessages: 'call',
    RetryMessage: 'call',
    ListDeliveries: 'call',
    GetStatistics: 'call',
    ListBell: 'call',
    StreamBell: 'stream',
  },
  'ats.opportunity.v1.EngineService': {
    GetEngineStatus: 'call',
    PauseEngine: 'call',
    ResumeEngine: 'call',
    ListOpportunities: 'call',
    StartTrading: 'call',
    StopTrading: 'call',
    GetTradingStatus: 'call',
    ExecuteOpportunity: 'call',
    ExecuteManualTrade: 'call',
    CancelTrade: 'call',
    GetTrade: 'call',
    ListTrades: 'call',
    ListEndedTrades: 'call',
    ListActiveOrders: 'call',
    GetPortfolio: 'call',
    GetTradingStatistics: 'call',
    GetEngineConfiguration: 'call',
    EmergencyStop: 'call',
    StreamExecutions: 'stream',
    StreamOpportunities: 'stream',
    StreamOrderUpdates: 'stream',
    StreamSystemEvents: 'stream',
    GetSpreadMatrix: 'call',
    StreamSpreadMatrix: 'stream',
  },
  'ats.order.v1.OrderService': {
    SubmitOrders: 'call',
    CancelOrder: 'call',
    ReplaceOrder: 'call',
    ListOrders: 'call',
    GetOrder: 'call',
    StreamOrderEvents: 'stream',
  },
  'ats.risk.v1.RiskService': {
    CheckOpportunity: 'withheld',
    CheckOpportunityStream: 'withheld',
    CheckOrders: 'withheld',
    PreviewOrders: 'call',
    GetRiskStatus: 'call',
    GetPositions: 'call',
    GetCountedFills: 'withheld',
    GetPnL: 'call',
    StreamPositionUpdates: 'stream',
    GetRiskLimits: 'call',
    UpdateRiskLimits: 'call',
    GetRiskAlerts: 'call',
    AcknowledgeAlert: 'call',
    StreamRiskAlerts: 'stream',
    EmergencyHalt: 'call',
    ResumeTrading: 'call',
  },
  'ats.venue.v1.VenueService': { GetVenueState: 'call', TestKey: 'call', ListVenues: 'call' },
};

/** What a browser may do with a method; undefined for one that there is not. */
export function exposureOf(service: string, method: string): Exposure | undefined {
  const all: Readonly<Record<string, Readonly<Record<string, Exposure>>>> = EXPOSED;
  const methods = Object.hasOwn(all, service) ? all[service] : undefined;
  return methods !== undefined && Object.hasOwn(methods, method) ? methods[method] : undefined;
}
