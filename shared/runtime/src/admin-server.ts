import { createServer, type ServerResponse } from 'node:http';
import { listenOn } from './listen.ts';
import type { Metrics } from './metrics.ts';
import type { Readiness } from './service.ts';

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
  readonly metrics: Pick<Metrics, 'text'>;
  readonly readiness: () => Readiness;
}

/** Serves `/healthz` (alive), `/readyz` (able to work, or 503 and why not) and `/metrics`. */
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
        service: options.service,
        ...readiness,
      });
    }
    if (path !== '/metrics') {
      return json(response, 404, { error: 'served here: /healthz, /readyz, /metrics' });
    }
    options.metrics.text().then(
      (text) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(text),
      (cause: unknown) => json(response, 500, { error: String(cause) }),
    );
    return undefined;
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
