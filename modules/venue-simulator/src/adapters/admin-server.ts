import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { AtsError } from '@ats/domain';
import { listenOn, type Metrics, type Readiness } from '@ats/runtime';
import type { FaultDesk } from '../app/fault-desk.ts';
import { faultSchema } from '../app/fault-schema.ts';
import { readBody } from './read-body.ts';

export interface AdminServerOptions {
  readonly host: string;
  readonly port: number;
  readonly metrics: Metrics;
  readonly readiness: () => Readiness;
  readonly faults: FaultDesk;
  readonly requestBytesMax: number;
}

export interface AdminServer {
  readonly url: string;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * `/healthz`, `/readyz`, `/metrics`, and the faults: GET lists those in force, POST begins one,
 * DELETE ends all. Loopback only unless configured otherwise; it asks for no password.
 */
export async function openSimulatorAdmin(options: AdminServerOptions): Promise<AdminServer> {
  const server = createServer((request, response) => void serve(request, response));
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    if (path === '/metrics' && request.method === 'GET') {
      const text = await options.metrics.text();
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(text);
      return;
    }
    const { status, body } = await answerTo(request, path, options);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const port = await listenOn(server, {
    host: options.host,
    port: options.port,
    field: 'admin.ports.venue-simulator',
  });
  return {
    url: `http://${options.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answerTo(
  request: IncomingMessage,
  path: string,
  options: AdminServerOptions,
): Promise<Answer> {
  switch (`${request.method} ${path}`) {
    case 'GET /healthz':
      return { status: 200, body: { status: 'ok', service: 'venue-simulator' } };
    case 'GET /readyz': {
      const readiness = options.readiness();
      const body = { service: 'venue-simulator', ...readiness };
      return { status: readiness.ready ? 200 : 503, body };
    }
    case 'GET /admin/faults':
      return { status: 200, body: { venues: options.faults.active() } };
    case 'POST /admin/faults':
      return begin(request, options);
    case 'DELETE /admin/faults':
      options.faults.clear();
      return { status: 200, body: { venues: options.faults.active() } };
    default:
      return {
        status: 404,
        body: { error: 'served here: /healthz, /readyz, /metrics, /admin/faults' },
      };
  }
}

async function begin(request: IncomingMessage, options: AdminServerOptions): Promise<Answer> {
  try {
    const text = await readBody(request, options.requestBytesMax);
    const fault = faultSchema.safeParse(JSON.parse(text));
    if (!fault.success) {
      const problems = fault.error.issues.map(
        ({ path, message }) => `${path.join('.')}: ${message}`,
      );
      return { status: 400, body: { error: 'the fault cannot be read', problems } };
    }
    options.faults.apply(fault.data);
    return { status: 202, body: { accepted: fault.data, venues: options.faults.active() } };
  } catch (cause) {
    if (cause instanceof AtsError) {
      const { code, message, remedy } = cause;
      return { status: 400, body: { code, error: message, remedy } };
    }
    return { status: 400, body: { error: 'expected a fault as JSON' } };
  }
}
