import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { AtsError, Decimal } from '@ats/domain';
import {
  answerMetrics,
  decimalText,
  listenOn,
  type Readiness,
  type ServedMetrics,
} from '@ats/runtime';
import { z } from 'zod';
import type { AccountDesk, TransferAnswer } from '../app/account-desk.ts';
import type { FaultDesk } from '../app/fault-desk.ts';
import { faultSchema } from '../app/fault-schema.ts';
import { readBody } from './read-body.ts';

export interface AdminServerOptions {
  readonly host: string;
  readonly port: number;
  readonly metrics: ServedMetrics;
  readonly readiness: () => Readiness;
  readonly faults: FaultDesk;
  readonly accounts: AccountDesk;
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
 * `/healthz`, `/readyz`, `/metrics`, `/metrics/families`; the faults: GET lists those in force,
 * POST begins one, DELETE ends all; the accounts: GET tells all of them, POST pays in or out.
 * Loopback only unless configured otherwise; it asks for no password.
 */
export async function openSimulatorAdmin(options: AdminServerOptions): Promise<AdminServer> {
  const server = createServer((request, response) => void serve(request, response));
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    if (request.method === 'GET' && answerMetrics(request, response, [options.metrics])) return;
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

const TRANSFER_PATH = /^POST \/admin\/accounts\/([^/]+)\/([^/]+)\/(deposit|withdraw)$/;
const SERVED = '/healthz, /readyz, /metrics, /metrics/families, /admin/faults, /admin/accounts';

const transferSchema = z.strictObject({
  asset: z.string().min(1),
  amount: decimalText
    .transform((text) => Decimal.parse(text))
    .refine((amount) => !amount.isZero(), 'expected an amount above 0'),
});

async function answerTo(
  request: IncomingMessage,
  path: string,
  options: AdminServerOptions,
): Promise<Answer> {
  const { faults, accounts } = options;
  const asked = `${request.method} ${path}`;
  const [, venue, account, kind] = TRANSFER_PATH.exec(asked) ?? [];
  if (venue !== undefined && account !== undefined) {
    return read(request, options, transferSchema, ({ asset, amount }) => {
      const to = { venue, account, kind: kind as 'deposit' | 'withdraw', asset };
      return transferAnswer(accounts.transfer({ ...to, amount }));
    });
  }
  switch (asked) {
    case 'GET /healthz':
      return { status: 200, body: { status: 'ok', service: 'venue-simulator' } };
    case 'GET /readyz': {
      const readiness = options.readiness();
      const body = { service: 'venue-simulator', ...readiness };
      return { status: readiness.ready ? 200 : 503, body };
    }
    case 'GET /admin/accounts':
      return { status: 200, body: { venues: accounts.describe() } };
    case 'GET /admin/faults':
      return { status: 200, body: { venues: faults.active() } };
    case 'POST /admin/faults':
      return read(request, options, faultSchema, (fault) => {
        faults.apply(fault);
        return { status: 202, body: { accepted: fault, venues: faults.active() } };
      });
    case 'DELETE /admin/faults':
      faults.clear();
      return { status: 200, body: { venues: faults.active() } };
    default:
      return { status: 404, body: { error: `served here: ${SERVED}` } };
  }
}

function transferAnswer(answer: TransferAnswer): Answer {
  if (answer.kind === 'done') return { status: 200, body: answer.balance };
  if (answer.kind === 'too-little') {
    return { status: 409, body: { error: 'less than this is available; withdraw no more' } };
  }
  const { field, known } = answer;
  return { status: 404, body: { error: `no such ${field}; name one of ${known.join(', ')}` } };
}

/** Reads a request's JSON, and says what is wrong with it. */
async function read<Shape extends z.ZodType>(
  request: IncomingMessage,
  { requestBytesMax }: AdminServerOptions,
  schema: Shape,
  run: (body: z.output<Shape>) => Answer,
): Promise<Answer> {
  try {
    const body = schema.safeParse(JSON.parse(await readBody(request, requestBytesMax)));
    if (body.success) return run(body.data);
    const problems = body.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    return { status: 400, body: { error: 'the request cannot be read', problems } };
  } catch (cause) {
    if (cause instanceof AtsError) {
      const { code, message, remedy } = cause;
      return { status: 400, body: { code, error: message, remedy } };
    }
    return { status: 400, body: { error: 'expected JSON' } };
  }
}
