import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { AtsError, type Secret } from '@ats/domain';
import { alertRecord } from '@ats/orders';
import { type Logger, listenOn, type Metrics } from '@ats/runtime';
import type { EventLog } from '@ats/storage';
import { alertmanagerSchema, alertOfPrometheus } from '../../domain/alertmanager.ts';

const PATH = '/alertmanager';
const BODY_BYTES_MAX = 4 * 1024 * 1024;
const REQUEST_MS = 10_000;

export interface AlertmanagerOptions {
  readonly settings: {
    readonly host: string;
    /** 0 picks a free port. */
    readonly port: number;
    readonly token?: Secret | null | undefined;
  };
  readonly log: EventLog;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface AlertmanagerServer {
  /** Where Alertmanager posts to. */
  readonly url: string;
  close(): Promise<void>;
}

const STATUSES: Readonly<Record<string, number>> = {
  REQUEST_UNAUTHENTICATED: 401,
  ROUTE_UNKNOWN: 404,
  REQUEST_TOO_LARGE: 413,
  REQUEST_INVALID: 400,
};

/**
 * Takes the webhooks of Alertmanager. Its alerts go onto topic `alerts` like any other, which the
 * service reads, and the archive: it answers 200 when they are durable there, and 503 when the log
 * does not take them, upon which Alertmanager tries again.
 * @returns undefined where there is no token: then nothing listens
 */
export async function openAlertmanagerServer(
  options: AlertmanagerOptions,
): Promise<AlertmanagerServer | undefined> {
  const { settings, log, logger, metrics } = options;
  const { token } = settings;
  if (token === undefined || token === null) return undefined;
  const requests = metrics.counter({
    name: 'ats_notification_alertmanager_requests_total',
    help: 'Webhooks of Alertmanager by result: ok, or the code of the problem.',
    labels: ['result'],
  });
  requests.add({ result: 'ok' }, 0);
  const expected = digest(`Bearer ${token.reveal()}`);
  const take = async (request: IncomingMessage): Promise<void> => {
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) throw stranger();
    if (request.method !== 'POST' || request.url !== PATH) throw lost(request);
    const alerts = readAlerts(await bodyOf(request));
    await Promise.all(
      alerts.map((alert) =>
        log.append(alertRecord(alert, alert.resolvedAtUs === undefined ? 'raised' : 'resolved')),
      ),
    );
  };
  const server = createServer({ requestTimeout: REQUEST_MS }, (request, response) => {
    take(request).then(
      () => {
        requests.add({ result: 'ok' });
        answer(response, 200, {});
      },
      (thrown: unknown) => {
        const code = thrown instanceof AtsError ? thrown.code : 'RPC_INTERNAL';
        requests.add({ result: code });
        const status = STATUSES[code] ?? 503;
        logger.warn('alertmanager.refused', 'a webhook was not taken', { status, error: thrown });
        answer(response, status, problemOf(thrown));
      },
    );
  });
  const field = 'notification.alertmanager.port';
  const port = await listenOn(server, { host: settings.host, port: settings.port, field });
  const url = `http://${settings.host}:${port}${PATH}`;
  logger.info('alertmanager.listening', 'alerts of Prometheus are taken', { url });
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Of one length, as comparing in constant time wants it. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function answer(response: ServerResponse, status: number, body: object): void {
  const headers = { 'content-type': 'application/json', connection: 'close' };
  response.writeHead(status, headers).end(JSON.stringify(body));
}

function problemOf(thrown: unknown): object {
  if (!(thrown instanceof AtsError)) return { code: 'RPC_INTERNAL' };
  const { code, message, remedy, context } = thrown;
  return { code, message, remedy, field: context['field'], value: context['value'] };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length > BODY_BYTES_MAX) throw tooLarge();
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** @throws REQUEST_INVALID naming the first field that is wrong */
function readAlerts(body: string) {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw invalid('body', body.slice(0, 80), 'is no JSON');
  }
  const { data, error } = alertmanagerSchema.safeParse(json);
  if (data !== undefined) return data.alerts.map(alertOfPrometheus);
  const { path = [], message = '' } = error.issues[0] ?? {};
  const value = path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key],
    json,
  );
  throw invalid(path.join('.') || 'body', JSON.stringify(value)?.slice(0, 80) ?? '', message);
}

function invalid(field: string, value: string, why: string): AtsError {
  return new AtsError({
    code: 'REQUEST_INVALID',
    message: `${field}: ${why}`,
    remedy: 'Send what Alertmanager posts to a webhook, version 4.',
    context: { field, value },
  });
}

const stranger = (): AtsError =>
  new AtsError({
    code: 'REQUEST_UNAUTHENTICATED',
    message: 'the request carries no token that is known',
    remedy: 'Set authorization credentials of the webhook to notification.alertmanager.token.',
    context: { field: 'authorization', value: '***' },
  });

const lost = ({ method, url }: IncomingMessage): AtsError =>
  new AtsError({
    code: 'ROUTE_UNKNOWN',
    message: `nothing is served at ${method} ${(url ?? '').slice(0, 80)}`,
    remedy: `Post to ${PATH}.`,
    context: { field: 'path', value: (url ?? '').slice(0, 80) },
  });

const tooLarge = (): AtsError =>
  new AtsError({
    code: 'REQUEST_TOO_LARGE',
    message: `the body is larger than ${BODY_BYTES_MAX} bytes`,
    remedy: 'Set max_alerts of the webhook in alertmanager.yml.',
    context: { field: 'body', value: BODY_BYTES_MAX },
  });
