import type { IncomingMessage } from 'node:http';
import { AtsError } from '@ats/domain';
import {
  ATS_VERSION,
  limitHits,
  listenOn,
  type RunningService,
  type ServiceContext,
  type ServiceModule,
} from '@ats/runtime';
import { type Entropy, systemEntropy } from '@ats/security';
import { shownUrl } from '@ats/storage';
import { openHttp } from './adapters/http/http-server.ts';
import type { ServedRoute } from './adapters/http/route-rules.ts';
import { Visitors } from './adapters/http/visitors.ts';
import { startReportWorker } from './adapters/report/report-worker.ts';
import { StreamServer } from './adapters/stream/stream-server.ts';
import { openWebApp, type WebApp } from './adapters/web/web-app.ts';
import { healthOf } from './app/health.ts';
import { type Login, Logins } from './app/logins.ts';
import { measuresOf } from './app/measures.ts';
import { type Place, placesOf } from './app/places.ts';
import { Reports } from './app/reports.ts';
import { StreamHub } from './app/stream/stream-hub.ts';
import { type DashboardConfig, dashboardConfigSchema } from './config.ts';
import type { SystemView } from './contract.ts';

const SECRET_BYTES = 24;

/** It opens no storage: what it shows, services tell it. */
type NoPorts = object;
type Context = ServiceContext<DashboardConfig, NoPorts>;

export interface RunningDashboard extends RunningService {
  /** `http://host:port`, or `https:`. */
  readonly url: string;
  /** Every route that is served, and who may ask for it. */
  readonly routes: readonly ServedRoute[];
  /** Resolves when the web app is there, or could not be built. */
  readonly webBuilt: Promise<void>;
}

/** The dashboard's server: a client of every service, with no business logic of its own. */
export const uiDashboard: ServiceModule<DashboardConfig, NoPorts, RunningDashboard> = {
  name: 'ui-dashboard',
  configSchema: dashboardConfigSchema,
  start(context) {
    const { buildWeb: build } = context.config.dashboard;
    const web = openWebApp({ ...context, build });
    return startDashboard(context, { entropy: systemEntropy, web });
  },
};

/** @throws PORT_IN_USE */
export async function startDashboard(
  context: Context,
  { entropy, web }: { readonly entropy: Entropy; readonly web: WebApp },
): Promise<RunningDashboard> {
  const { config, clock, rpc, logger, metrics } = context;
  const settings = config.dashboard;
  const { callDeadlineMs: deadlineMs } = settings;
  const newSecret = () => Buffer.from(entropy.bytes(SECRET_BYTES)).toString('base64url');
  const limits = ['clients', 'items', 'logins', 'subscriptions'] as const;
  const onLimit = limitHits(metrics, { name: 'ats_dashboard_limit_hits_total', limits });
  const hub = new StreamHub({ rpc, deadlineMs, onLimit });
  const onEnded = (login: Login): void => stream.endLogin(login);
  const logins = new Logins({ rpc, clock, newSecret, deadlineMs, onEnded, onLimit });
  const secure = settings.tls !== undefined;
  const hosts = [settings.host, ...settings.hosts];
  const visitors = new Visitors({ logins: () => logins, secure, hosts });
  const system = systemOf(config, clock.nowUs());
  const asking = { nowUs: () => clock.nowUs(), fetch };
  const places = () => placesOf(config, context.admin);
  const health = () => healthOf(places(), asking);
  const measures = () => measuresOf(places(), asking);
  const reports = new Reports({
    ...context,
    ...system,
    deadlineMs,
    startWorker: startReportWorker,
  });
  const parts = { ...context, settings, logins, visitors, system, deadlineMs, newSecret };
  const http = await openHttp({
    ...{ ...parts, health, measures, reports },
    simulatorUrl: config.mode === 'sim' ? simulatorUrlOf(places()) : undefined,
    webFolder: web.folder,
    webTrouble: web.trouble,
  });
  const stream = new StreamServer({
    ...{
      ...context,
      server: http.server,
      hub,
      logins,
      limits: settings.stream,
      newSecret,
      onLimit,
    },
    admit: (request) => admit(visitors, request),
    sourceOf: (request) => request.socket.remoteAddress ?? '',
  });
  const drain = async (): Promise<void> => {
    web.close();
    await stream.close();
    hub.close();
    await http.close();
  };
  const url = await listen(http.server, settings).catch(async (problem: unknown) => {
    await drain();
    throw problem;
  });
  logger.info('dashboard.serving', 'the dashboard is served', { url });
  return {
    ...{ url, drain, routes: http.routes, webBuilt: web.built },
    readiness() {
      const trouble = web.trouble();
      return { ready: trouble === '', reasons: trouble === '' ? [] : [trouble] };
    },
  };
}

async function listen(
  server: Parameters<typeof listenOn>[0],
  { host, port: wanted, tls }: DashboardConfig['dashboard'],
): Promise<string> {
  const port = await listenOn(server, { host, port: wanted, field: 'dashboard.port' });
  const name = host.includes(':') ? `[${host}]` : host;
  return `${tls === undefined ? 'http' : 'https'}://${name}:${port}`;
}

/** Before a WebSocket is opened: a page of ours, and somebody who is logged in. */
function admit(visitors: Visitors, request: IncomingMessage): Login | 401 | 403 {
  try {
    visitors.checkHost(request);
    visitors.checkOrigin(request, true);
  } catch (error) {
    if (error instanceof AtsError) return 403;
    throw error;
  }
  return visitors.loginOf(request) ?? 401;
}

const simulatorUrlOf = (places: readonly Place[]): string | undefined =>
  places.find(({ name }) => name === 'venue-simulator')?.url;

function systemOf(config: DashboardConfig, startedAtUs: number): SystemView {
  const { mode, profile, engine } = config;
  const venues = Object.entries(config.venues).flatMap(([name, { enabled }]) =>
    enabled ? [name] : [],
  );
  const { numeraire, account } = engine;
  const { bus, eventLog, stateStore, tickStore, archive } = config;
  const stores = Object.entries({ eventLog, stateStore, tickStore, archive, bus }).map(
    ([name, { url }]) => ({ name, url: shownUrl(url) }),
  );
  return {
    ...{ version: ATS_VERSION, mode, profile, numeraire, account, venues, stores, startedAtUs },
    login: true,
  };
}
