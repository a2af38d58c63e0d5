import type { DescribedRoute } from '@ats/runtime';
import { z } from 'zod';
import {
  AUTH_PATH,
  BACKTESTS_PATH,
  FAULTS_PATH,
  REPORT_TABLES,
  REPORTS_PATH,
  RPC_PATH,
} from '../../contract.ts';
import type { RouteRule } from './route-rules.ts';
import * as views from './views.ts';

/** A route under `/api/` as it is served: who may ask, what is taken, what is answered. */
export interface ApiRoute extends Omit<DescribedRoute, 'needs' | 'open' | 'headers'> {
  readonly rule: RouteRule;
}

const { requestNames: names } = views;
const secret = z.string().min(1).max(1024);
const userName = z.string().min(1).max(64);
const NO_BODY = { status: 204 } as const;
const done = <Schema extends z.ZodType>(schema: Schema) => ({ status: 200, schema });

const AUTH = {
  setUp: {
    ...{ method: 'POST', path: `${AUTH_PATH}/set-up`, rule: 'own-page' },
    summary: 'Makes the first user, with the token that the first start prints.',
    body: z
      .strictObject({ token: secret, userName, password: secret })
      .register(names, { id: 'SetUpForm' }),
    answer: NO_BODY,
  },
  login: {
    ...{ method: 'POST', path: `${AUTH_PATH}/login`, rule: 'own-page' },
    summary: 'Begins a session, or asks for a code.',
    body: z.strictObject({ userName, password: secret }).register(names, { id: 'LoginForm' }),
    answer: done(views.loginAnswer),
  },
  complete: {
    ...{ method: 'POST', path: `${AUTH_PATH}/complete`, rule: 'own-page' },
    summary: 'Begins a session with six digits, or a backup code.',
    body: z
      .strictObject({ challenge: z.string().min(1).max(4096), code: secret })
      .register(names, { id: 'CompleteForm' }),
    answer: done(views.loginAnswer),
  },
  stepUp: {
    ...{ method: 'POST', path: `${AUTH_PATH}/step-up`, rule: 'person-acts' },
    summary: 'Shows a fresh code, for dangerous actions.',
    body: z.strictObject({ code: secret }).register(names, { id: 'StepUpForm' }),
    answer: done(views.sessionView),
  },
  logout: {
    ...{ method: 'POST', path: `${AUTH_PATH}/logout`, rule: 'person-acts' },
    summary: 'Ends the session.',
    answer: NO_BODY,
  },
  session: {
    ...{ method: 'GET', path: '/api/session', rule: 'person' },
    summary: 'Says who is here, and what this system is.',
    answer: done(views.sessionView),
  },
} as const satisfies Record<string, ApiRoute>;

const day = z.string().min(1).max(40);
const dayQuery = z.strictObject({ date: day.describe('Such as 2026-11-23, UTC.') });
const periodQuery = z.strictObject({
  from: day.describe('First day, UTC.'),
  to: day.describe('Last day, included.'),
});
const table = z.enum(REPORT_TABLES).default('trades');

const report = <Query extends z.ZodObject>(file: string, query: Query, mediaType: string) => ({
  ...({ method: 'GET', rule: 'person' } as const),
  path: `${REPORTS_PATH}/${file}`,
  summary: 'A report of a day or a period, to save.',
  query,
  answer: { status: 200, mediaType },
});

const PDF = 'application/pdf';
const CSV = 'text/csv; charset=utf-8';

export const REPORTS = {
  day: {
    pdf: report('day.pdf', dayQuery.extend({ table }), PDF),
    csv: report('day.csv', dayQuery.extend({ table }), CSV),
  },
  period: {
    pdf: report('period.pdf', periodQuery.extend({ table }), PDF),
    csv: report('period.csv', periodQuery.extend({ table }), CSV),
  },
} as const;

/** What a page may ask for; the simulator itself knows which kinds there are. */
const faultForm = z
  .strictObject({
    kind: z.string().min(1).max(40).describe('Such as disconnect or latency.'),
    venue: z.string().min(1).max(40).optional().describe('All venues if absent.'),
    durationMs: z
      .int()
      .min(0)
      .max(86_400_000)
      .optional()
      .describe('Of kinds that last; 0: for good.'),
    count: z.int().min(1).max(100_000).optional().describe('Of kinds that are counted.'),
    amountMs: z.int().min(-86_400_000).max(86_400_000).optional(),
  })
  .register(names, { id: 'FaultForm' });

const OTHERS = {
  rpc: {
    ...{ method: 'POST', path: `${RPC_PATH}/:service/:method`, rule: 'person-acts' },
    summary: 'Calls a method of a service as who is logged in.',
    params: z.object({
      service: z.string().describe('Its full name, such as ats.risk.v1.RiskService.'),
      method: z.string(),
    }),
    body: views.contractRequest,
    answer: done(views.contractAnswer),
  },
  health: {
    ...{ method: 'GET', path: '/api/health', rule: 'person' },
    summary: 'Asks every service how it is.',
    answer: done(views.healthView),
  },
  measures: {
    ...{ method: 'GET', path: '/api/measures', rule: 'person' },
    summary: 'Figures of all processes.',
    answer: done(views.measuresView),
  },
  backtest: {
    ...{ method: 'GET', path: `${BACKTESTS_PATH}/:runId/report.html`, rule: 'person' },
    summary: 'The report of a backtest as one page.',
    params: z.object({ runId: z.string() }),
    query: z.object({ save: z.string().optional().describe('Present: a file to keep.') }),
    answer: { status: 200, mediaType: 'text/html; charset=utf-8' },
  },
  faults: {
    ...{ method: 'GET', path: FAULTS_PATH, rule: 'person' },
    summary: 'Faults of the simulated exchanges that are in force. Only where some are simulated.',
    answer: done(views.faultsView),
  },
  beginFault: {
    ...{ method: 'POST', path: FAULTS_PATH, rule: 'person-acts' },
    summary: 'Begins a fault. Needs engine.control.',
    body: faultForm,
    answer: done(views.faultsView),
  },
  endFaults: {
    ...{ method: 'DELETE', path: FAULTS_PATH, rule: 'person-acts' },
    summary: 'Ends all faults. Needs engine.control.',
    answer: done(views.faultsView),
  },
} as const satisfies Record<string, ApiRoute>;

/** Every route under `/api/`; the server takes paths, rules and schemas from here. */
export const ROUTES = { ...AUTH, ...OTHERS };

export const apiRoutes: readonly ApiRoute[] = [
  ...Object.values(ROUTES),
  ...Object.values(REPORTS).flatMap((formats) => Object.values(formats)),
];

/** A route's rule, as Fastify wants it beside the path. */
export const heldTo = ({ rule }: ApiRoute) => ({ config: { rule } });
