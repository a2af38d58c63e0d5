import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listenOn } from './listen.ts';
import type { ServedMetrics } from './metrics.ts';
import { CONTENT_TYPES, exposition, formatFor } from './metrics-text.ts';
import type { Readiness } from './service.ts';
import { ATS_VERSION } from './version.ts';

export interface AdminServer {
  /** `http://host:port`. */
  readonly url: string;
  close(): Promise<void>;
}

export interface AdminServerOptions {
  readonly service: string;
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** All that is served as one: the service's own, and where it is told here the process's. */
  readonly metrics: readonly ServedMetrics[];
  readonly readiness: () => Readiness;
}

const SERVED = '/healthz, /readyz, /metrics, /metrics/families';

/** @returns whether it was a question about metrics, which then has its answer */
export function answerMetrics(
  request: IncomingMessage,
  response: ServerResponse,
  metrics: readonly ServedMetrics[],
): boolean {
  const path = (request.url ?? '').split('?')[0];
  if (path === '/metrics/families') {
    const families = metrics.flatMap((one) => one.families());
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(families));
    return true;
  }
  if (path !== '/metrics') return false;
  const format = formatFor(request.headers.accept);
  Promise.all(metrics.map((one) => one.collect())).then(
    (collected) => {
      const text = exposition(collected.flat(), format);
      response.writeHead(200, { 'content-type': CONTENT_TYPES[format] }).end(text);
    },
    (cause: unknown) => {
      const error = JSON.stringify({ error: String(cause) });
      response.writeHead(500, { 'content-type': 'application/json' }).end(error);
    },
  );
  return true;
}

/**
 * Serves `/healthz` (alive), `/readyz` (able to work, or 503 and why not), `/metrics`, and
 * `/metrics/families`: every metric there can be, whether or not it was counted yet.
 */
export async function openAdminServer(options: AdminServerOptions): Promise<AdminServer> {
  const json = (response: ServerResponse, status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0];
    if (request.method !== 'GET') return json(response, 405, { error: 'only GET is served here' });
    if (path === '/healthz') return json(response, 200, { status: 'ok', service: options.service });
    if (path === '/readyz') {
      const readiness = options.readiness();
      return json(response, readiness.ready ? 200 : 503, {
        ...{ service: options.service, version: ATS_VERSION },
        ...readiness,
      });
    }
    if (
      path?.startsWith('/metrics') === true &&
      answerMetrics(request, response, options.metrics)
    ) {
      return undefined;
    }
    return json(response, 404, { error: `served here: ${SERVED}` });
  });
  const field = `admin.ports.${options.service}`;
  const port = await listenOn(server, { host: options.host, port: options.port, field });
  return {
    url: `http://${options.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
