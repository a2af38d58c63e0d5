/**
 * What the web app and its server say to each other. The browser imports this file: it has types
 * and constants only, and imports nothing that runs.
 */
import type { ServerStreamMethod, UnaryMethod, WireMessages, WireServices } from '@ats/contracts';

/** Full names of services, such as `ats.risk.v1.RiskService`. */
export type DashboardService = keyof WireServices & string;

type MethodsOf<Service extends DashboardService, Shape> = {
  [Method in keyof WireServices[Service]]: WireServices[Service][Method] extends Shape
    ? Method
    : never;
}[keyof WireServices[Service]] &
  string;

/** Methods of a service that answer once: `POST /api/rpc/<service>/<method>`. */
export type UnaryName<Service extends DashboardService> = MethodsOf<
  Service,
  UnaryMethod<unknown, unknown>
>;

/** Methods of a service that answer with a stream: subscribed to over `/api/stream`. */
export type StreamName<Service extends DashboardService> = MethodsOf<
  Service,
  ServerStreamMethod<unknown, unknown>
>;

/** A message of the contracts by its full name, such as `ats.order.v1.Order`. */
export type Message<Name extends keyof WireMessages> = WireMessages[Name];

export type RequestOf<
  Service extends DashboardService,
  Method extends keyof WireServices[Service],
> = WireServices[Service][Method] extends { readonly request: infer Request } ? Request : never;

export type ResponseOf<
  Service extends DashboardService,
  Method extends keyof WireServices[Service],
> = WireServices[Service][Method] extends { readonly response: infer Response } ? Response : never;

/**
 * Messages in JSON are the generated types as they are: 64-bit integers are numbers, money is
 * decimal text, enums are names, bytes are base64 text, absent messages are null. A request may
 * leave out any field. A double that is not a number is null.
 */
export const RPC_PATH = '/api/rpc';
export const STREAM_PATH = '/api/stream';

/** Sent with every POST: the value that `SessionView.csrfToken` has. */
export const CSRF_HEADER = 'x-csrf-token';

/** The body of every answer that is not 2xx, and what a stream ends with that fails. */
export interface Problem {
  /** One of the closed list of `docs/errors.md`, such as `RISK_LIMIT_INVALID`. */
  readonly code: string;
  /** One sentence for a person. */
  readonly message: string;
  /** The field of the request that is wrong; empty when it is none. */
  readonly field: string;
  /** What the field said; empty when that is secret or there is none. */
  readonly value: string;
  /** What to do about it; may be empty. */
  readonly remedy: string;
  /** Leads to the logs of the services. */
  readonly requestId: string;
}

/** Codes that the web app acts on; all others are shown. */
export const PROBLEM = {
  /** 401: go to the login. */
  unauthenticated: 'REQUEST_UNAUTHENTICATED',
  /** 403: the role does not allow it. */
  forbidden: 'REQUEST_FORBIDDEN',
  /** 403: ask for a fresh code (`POST /api/auth/step-up`), then repeat the request. */
  stepUpRequired: 'ACCESS_STEP_UP_REQUIRED',
  /** 409: recorded, and waits for another person. */
  approvalPending: 'ACCESS_APPROVAL_PENDING',
  /** 503: the service behind is not there. */
  unavailable: 'RPC_UNAVAILABLE',
} as const;

/** `GET /api/session`: who is here, and what this system is. 401 with a `Problem` when nobody. */
export interface SessionView {
  readonly user: {
    readonly name: string;
    readonly role: string;
    /** Names such as `risk.halt`; what is not here is shown as not allowed. */
    readonly permissions: readonly string[];
    /** Whether an authenticator is enrolled. */
    readonly secondFactor: boolean;
    /** Until when dangerous actions need no new code, microseconds since the epoch; or 0. */
    readonly stepUpUntilUs: number;
  };
  readonly csrfToken: string;
  readonly system: SystemView;
}

/** What does not change while the server runs. */
export interface SystemView {
  readonly version: string;
  readonly mode: 'sim' | 'paper' | 'live';
  readonly profile: 'embedded' | 'distributed';
  /** The money that profit is counted in, such as `USDT`. */
  readonly numeraire: string;
  /** The account that the engine trades for. */
  readonly account: string;
  readonly venues: readonly string[];
  /** What keeps each kind of data, without secrets. */
  readonly stores: readonly { readonly name: string; readonly url: string }[];
  readonly startedAtUs: number;
  /** Whether people log in; false only in development on the loopback interface. */
  readonly login: boolean;
}

/**
 * `POST /api/auth/...`, JSON bodies. `login`, `complete` and `set-up` need no CSRF header.
 * - `set-up`   `SetUpForm`      -> 204; then log in
 * - `login`    `LoginForm`      -> `LoginAnswer`
 * - `complete` `CompleteForm`   -> `LoginAnswer` with a session
 * - `step-up`  `StepUpForm`     -> `SessionView`
 * - `logout`   {}               -> 204
 * All else about users, sessions, keys and approvals is `ats.access.v1.AccessService` by RPC.
 */
export const AUTH_PATH = '/api/auth';

export interface SetUpForm {
  /** From the link that was printed at the first start: `/set-up#token`. */
  readonly token: string;
  readonly userName: string;
  readonly password: string;
}

export interface LoginForm {
  readonly userName: string;
  readonly password: string;
}

export interface CompleteForm {
  readonly challenge: string;
  /** Six digits, or a backup code. */
  readonly code: string;
}

export interface StepUpForm {
  readonly code: string;
}

/** Either a code is asked for, or the session cookie is set. */
export type LoginAnswer =
  | { readonly next: 'code'; readonly challenge: string }
  | { readonly next: 'done'; readonly session: SessionView };

/** `GET /api/health`: every service as it says it is. */
export interface HealthView {
  readonly atUs: number;
  readonly services: readonly ServiceHealth[];
}

export interface ServiceHealth {
  readonly name: string;
  readonly state: 'ready' | 'not-ready' | 'not-reachable';
  /** What runs there; empty where it could not be asked. */
  readonly version: string;
  /** Why not; empty when ready. */
  readonly reasons: readonly string[];
}

/** `GET /api/measures`: how fast stages are, what is behind, which breakers are open. */
export interface MeasuresView {
  readonly atUs: number;
  readonly stages: readonly StageMeasure[];
  /** `open` is 1, on trial 0.5, closed 0. */
  readonly breakers: readonly {
    readonly what: string;
    readonly of: string;
    readonly open: number;
  }[];
  /** What waits, by the name of its metric. */
  readonly lags: readonly {
    readonly what: string;
    readonly of: string;
    readonly waiting: number;
  }[];
  /** Age of the oldest record that is not archived, seconds; null where nobody says. */
  readonly archiveLagS: number | null;
  readonly processes: readonly {
    readonly startedS: number | null;
    readonly services: readonly string[];
    readonly node: string;
    readonly memoryBytes: number | null;
    readonly loopLagP99S: number | null;
  }[];
}

/** How long a stage takes, seconds since the start; null where it is not known. */
export interface StageMeasure {
  /** Name of its metric. */
  readonly metric: string;
  /** Which venue, stage or call; may be empty. */
  readonly of: string;
  readonly p50S: number | null;
  readonly p99S: number | null;
  readonly worstS: number | null;
}

/**
 * Faults of the simulated exchanges, in mode `sim` alone. GET: those in force; POST a `FaultForm`:
 * begin one; DELETE: end all. Each answers with a `FaultsView`.
 */
export const FAULTS_PATH = '/api/simulator/faults';

export interface FaultForm {
  /** Such as `disconnect` or `latency`; see the README of venue-simulator. */
  readonly kind: string;
  /** All venues if absent. */
  readonly venue?: string;
  /** Of kinds that last; 0 is for good. */
  readonly durationMs?: number;
  /** Of kinds that are counted. */
  readonly count?: number;
  readonly amountMs?: number;
}

export interface FaultsView {
  /** Names of faults in force, by venue. */
  readonly venues: Readonly<Record<string, readonly string[]>>;
}

/** `GET /api/backtests/<run>/report.html`: a page by itself; with `?save` a file to keep. */
export const BACKTESTS_PATH = '/api/backtests';

/** Methods whose newest answer is all that counts, by `service/method`. */
export const LATEST_METHODS = {
  /** `quotes`: each replaces the one of its venue and instrument. */
  'ats.marketdata.v1.MarketDataService/StreamQuotes': true,
  /** Each answer replaces the one before. */
  'ats.marketdata.v1.MarketDataService/StreamBook': true,
  /** `cells`: each replaces the one of its buy and sell markets. */
  'ats.opportunity.v1.EngineService/StreamSpreadMatrix': true,
  /** `positions`: each replaces the one of its account, venue and instrument. */
  'ats.risk.v1.RiskService/StreamPositionUpdates': true,
  'ats.backtest.v1.BacktestService/WatchBacktest': true,
} as const;

/**
 * What the web app sends over the WebSocket, one JSON text each. `resume` may only be the first.
 * After it all ids of that session are as they were; it is answered by `resumed` or `reset`.
 */
export type ClientFrame =
  | {
      readonly op: 'subscribe';
      /** Chosen by the web app, new for each subscription, at most 32 characters. */
      readonly id: string;
      /** `<package.Service>/<Method>`. */
      readonly method: string;
      readonly request: object;
    }
  | { readonly op: 'cancel'; readonly id: string }
  | { readonly op: 'resume'; readonly session: string; readonly lastSeq: number };

/**
 * What the server sends, one JSON text each.
 *
 * Frames with a `seq` are events: they count up by 1 in a session, none is missing, and after a
 * reconnect within `resumeMs` the ones after `lastSeq` come again. Frames with `data` and without
 * `seq` are of `LATEST_METHODS`: the first after a subscribe or a resume has everything, later
 * ones what has changed since.
 */
export type ServerFrame =
  /** First frame of a connection: a new session. Ignored when `resume` follows. */
  | { readonly op: 'welcome'; readonly session: string; readonly resumeMs: number }
  | { readonly op: 'resumed'; readonly session: string }
  /** Nothing of the session is left (too long away, or too slow): subscribe to all again. */
  | { readonly op: 'reset'; readonly session: string; readonly reason: string }
  /** Every second. Nothing for 3 s means that the connection is gone. */
  | { readonly op: 'heartbeat'; readonly timeUs: number }
  | { readonly id: string; readonly seq: number; readonly data: unknown }
  | { readonly id: string; readonly data: unknown }
  /** The subscription is over; the id is free. `retry` says whether to subscribe again later. */
  | {
      readonly id: string;
      readonly seq: number;
      readonly error: Problem;
      readonly retry: boolean;
    }
  | { readonly id: string; readonly seq: number; readonly end: true };

/** Close codes of the WebSocket that are ours. */
export const CLOSE = {
  /** Log in again. */
  unauthenticated: 4001,
  /** A frame that is not of `ClientFrame`. */
  malformed: 4002,
  /** Too many connections or subscriptions. */
  tooMany: 4003,
} as const;

/**
 * Where files of days and periods are saved from, by GET.
 * - `day.pdf?date=2026-11-23`, `day.csv?date=...&table=trades` (UTC)
 * - `period.pdf?from=2026-11-01&to=2026-11-23`, `period.csv?...` (UTC, `to` included)
 */
export const REPORTS_PATH = '/api/reports';

/** Tables of a report that can be had as CSV. */
export const REPORT_TABLES = ['trades', 'days', 'pairs', 'assets', 'ledger', 'fees'] as const;
export type ReportTable = (typeof REPORT_TABLES)[number];
