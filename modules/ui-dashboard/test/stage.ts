import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import {
  ACCESS_SERVICE,
  BACKTEST_SERVICE,
  ENGINE_SERVICE,
  LEDGER_SERVICE,
  MARKET_DATA_SERVICE,
  ORDER_SERVICE,
  RISK_SERVICE,
  type WireMessages,
} from '@ats/contracts';
import { AtsError } from '@ats/domain';
import {
  type Caller,
  loadConfig,
  openRpcDirectory,
  parseConfig,
  type RpcGuard,
  type ServerStream,
  seededRandom,
  systemClock,
  systemTimers,
  UNGUARDED,
} from '@ats/runtime';
import { systemEntropy } from '@ats/security';
import { memoryMetrics, silentLogger, until } from '@ats/testkit';
import { WebSocket } from 'ws';
import { serverFrame } from '../src/adapters/http/views.ts';
import { dashboardConfigSchema } from '../src/config.ts';
import type { ClientFrame, ServerFrame } from '../src/contract.ts';
import { startDashboard } from '../src/service.ts';

const CONFIG = fileURLToPath(new URL('../../../config', import.meta.url));
const HOUR_US = 3_600_000_000;

type OrderEvent = WireMessages['ats.order.v1.StreamOrderEventsResponse'];
type Quotes = WireMessages['ats.marketdata.v1.StreamQuotesResponse'];
type TradePage = WireMessages['ats.opportunity.v1.ListEndedTradesResponse'];
type Quote = WireMessages['ats.marketdata.v1.Quote'];

/** Knows people by their tokens, as the real one does; what they may do is in the token's name. */
const guardOf = (places: Set<string | undefined>): RpcGuard => ({
  ...UNGUARDED,
  identify({ authorization = '', personSource }) {
    places.add(personSource);
    const name = /^Bearer token-(\w+)/.exec(authorization)?.[1];
    if (name === undefined) throw new AtsError({ code: 'REQUEST_UNAUTHENTICATED', message: 'no' });
    return { ...UNGUARDED.self, kind: 'user', name, role: name } satisfies Caller;
  },
  admit({ caller, service }) {
    if (caller.name === 'stranger' && service !== ACCESS_SERVICE.fullName) {
      throw new AtsError({ code: 'REQUEST_FORBIDDEN', message: 'stranger may not' });
    }
    return undefined;
  },
});

/** The dashboard's real server, before services that stand in for those of other modules. */
export async function openStage(
  assignments: readonly string[] = [],
  admin: ReadonlyMap<string, string> = new Map(),
) {
  const folder = mkdtempSync(join(tmpdir(), 'ats-dashboard-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>ATS</title>');
  writeFileSync(join(folder, 'assets/app-1234.js'), 'export const a = 1;');
  const loaded = loadConfig({
    folder: CONFIG,
    environment: {},
    assignments: ['dashboard.port=0', 'dashboard.stream.conflateMs=10', ...assignments],
  });
  const metrics = memoryMetrics();
  const logger = silentLogger();
  const base = {
    ...{ clock: systemClock, timers: systemTimers, random: seededRandom(1) },
    ...{ logger, metrics },
  };
  const places = new Set<string | undefined>();
  const guard = guardOf(places);
  const rpc = openRpcDirectory({ ...base, guard, addresses: {}, listen: false });
  const services = await serveStandIns(rpc);
  const config = parseConfig(loaded, dashboardConfigSchema);
  const nothing = async (): Promise<void> => undefined;
  const web = { folder, trouble: () => '', built: nothing(), close: () => undefined };
  const context = { ...base, config, rpc, ports: {}, admin };
  const running = await startDashboard(context, { entropy: systemEntropy, web });
  return {
    ...{ running, services, metrics, logger, url: running.url },
    /** Where people were, as services were told with their calls. */
    places,
    async close() {
      await running.drain();
      await rpc.close();
    },
  };
}

export type Stage = Awaited<ReturnType<typeof openStage>>;

async function serveStandIns(rpc: ReturnType<typeof openRpcDirectory>) {
  const state = {
    sessionEnded: false,
    riskAway: false,
    actors: [] as string[],
    reason: '',
    orders: new Set<ServerStream<OrderEvent>>(),
    quotes: new Set<ServerStream<Quotes>>(),
    quotesOpened: 0,
    refreshed: 0,
    accessLastsUs: HOUR_US,
    tradePages: [] as TradePage[],
  };
  const tokens = (name: string) => ({
    accessToken: `token-${name}`,
    accessExpiresAtUs: systemClock.nowUs() + state.accessLastsUs,
    refreshToken: `refresh-${name}`,
    refreshExpiresAtUs: systemClock.nowUs() + 24 * HOUR_US,
  });
  await rpc.serve(ACCESS_SERVICE, {
    Login: ({ userName }: { userName: string }) => ({ tokens: tokens(userName), challenge: '' }),
    Refresh: ({ refreshToken }: { refreshToken: string }) => {
      state.refreshed += 1;
      return { tokens: tokens(refreshToken.slice('refresh-'.length)) };
    },
    Logout: () => ({}),
    WhoAmI: (_request: object, { caller }: { caller: Caller }) => {
      if (state.sessionEnded) {
        throw new AtsError({ code: 'REQUEST_UNAUTHENTICATED', message: 'ended' });
      }
      const { name, kind, role } = caller;
      const permissions = name === 'ann' ? ['engine.control'] : [];
      const more = { permissions, sessionId: 's', stepUpUntilUs: 0, secondFactor: false };
      return { name, kind, role, ...more };
    },
  } as never);
  await serveRisk(rpc, state);
  await serveRecords(rpc);
  await rpc.serve(ENGINE_SERVICE, {
    ListEndedTrades: ({ pageToken }: { pageToken: string }) =>
      state.tradePages[Number(pageToken)] ?? { trades: [], nextPageToken: '' },
  } as never);
  await rpc.serve(ORDER_SERVICE, {
    StreamOrderEvents: (_request: object, stream: ServerStream<OrderEvent>) => {
      state.orders.add(stream);
      return () => void state.orders.delete(stream);
    },
  } as never);
  await rpc.serve(MARKET_DATA_SERVICE, {
    GetMarkets: () => ({ markets: [] }),
    StreamQuotes: (_request: object, stream: ServerStream<Quotes>) => {
      state.quotesOpened += 1;
      state.quotes.add(stream);
      return () => void state.quotes.delete(stream);
    },
  } as never);
  return state;
}

async function serveRisk(
  rpc: ReturnType<typeof openRpcDirectory>,
  state: { readonly actors: string[]; reason: string; readonly riskAway: boolean },
): Promise<void> {
  await rpc.serve(RISK_SERVICE, {
    EmergencyHalt: ({ actor, reason }: { actor: string; reason: string }) => {
      state.actors.push(actor);
      state.reason = reason;
      // More than the contract has.
      return { secret: 'not for browsers' };
    },
    PreviewOrders({ accountId }: { accountId: string }, { caller }: { caller: Caller }) {
      if (state.riskAway) throw new AtsError({ code: 'RPC_UNAVAILABLE', message: 'away' });
      const verdict = 'VERDICT_REFUSED';
      const decision = {
        verdict,
        detail: `${caller.name} for ${accountId}`,
        limit: '5',
        value: '9',
      };
      return { decision, limitName: 'grossExposure', standsAt: '4', secret: 'no' };
    },
    GetPnL: () => ({ agrees: true }),
    GetRiskStatus: () => ({ halted: true, haltReason: state.reason, secret: 'no' }),
  } as never);
}

async function serveRecords(rpc: ReturnType<typeof openRpcDirectory>): Promise<void> {
  await rpc.serve(BACKTEST_SERVICE, {
    ExportBacktest: ({ runId }: { runId: string }) => ({
      htmlGzip: gzipSync(`<!doctype html><title>${runId}</title><script>1</script>`),
    }),
  } as never);
  await rpc.serve(LEDGER_SERVICE, {
    ListEntries: () => ({ entries: [], nextPageToken: '' }),
    GetReconciliation: () => ({ venues: [] }),
  } as never);
}

export const quote = (instrument: string, bid: number): Quote => ({
  ...{ venue: 'kraken', instrument, receivedAtUs: 1, bid, bidSize: 1, ask: bid + 1, askSize: 1 },
  ...{ state: 'MARKET_STATE_LIVE', reason: 'MARKET_STATE_REASON_SNAPSHOT' },
});

export interface Visitor {
  readonly cookie: string;
  readonly csrf: string;
}

type Headers = Readonly<Record<string, string>>;

export function post({ url }: Stage, path: string, body: unknown, headers: Headers = {}) {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

export async function login(stage: Stage, userName = 'ann'): Promise<Visitor> {
  const answer = await post(stage, '/api/auth/login', { userName, password: 'secret' });
  expect(answer.status).toBe(200);
  const { session } = (await answer.json()) as { session: { csrfToken: string } };
  const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  return { cookie, csrf: session.csrfToken };
}

export const asVisitor = ({ cookie, csrf }: Visitor): Headers => ({
  cookie,
  'x-csrf-token': csrf,
});

export type Told = {
  readonly op?: string;
  readonly id?: string;
  readonly seq?: number;
  readonly session?: string;
  readonly data?: { readonly position?: string; readonly quotes?: readonly Quote[] };
  readonly error?: { readonly code: string };
};

/** A browser's end of the stream. */
export async function openStream(stage: Stage, { cookie }: Visitor, headers: Headers = {}) {
  const { url } = stage;
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/stream`, {
    headers: { cookie, origin: url, ...headers },
  });
  const frames: Told[] = [];
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  socket.on('message', (data) => {
    const frame = JSON.parse(data.toString()) as ServerFrame;
    // As docs/reference describes it, and nothing beside.
    expect(serverFrame.parse(frame)).toEqual(frame);
    if (!('op' in frame) || frame.op !== 'heartbeat') frames.push(frame as Told);
  });
  await new Promise((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('error', reject);
  });
  const say = (frame: ClientFrame): void => socket.send(JSON.stringify(frame));
  const session = await until(() => frames[0]?.session);
  return { socket, frames, closed, say, session };
}
