import { findEngine } from './catalogue.ts';
import { startServerProcess } from './server-process.ts';
import { ENGINE_REMEDY } from './suite.ts';
import type { HttpServerProcess } from './victoria-metrics.ts';

export interface InfluxServer extends HttpServerProcess {
  readonly organisation: string;
  readonly bucket: string;
  readonly token: string;
  /** Deletes every point of the bucket. */
  empty(): Promise<void>;
}

interface Account {
  readonly organisation: string;
  readonly bucket: string;
  readonly token: string;
}

async function emptyBucket(url: string, account: Account): Promise<void> {
  const { organisation: org, bucket, token } = account;
  const response = await fetch(`${url}/api/v2/delete?${new URLSearchParams({ org, bucket })}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Token ${token}` },
    body: JSON.stringify({ start: '1970-01-01T00:00:00Z', stop: '2200-01-01T00:00:00Z' }),
  });
  if (!response.ok) throw new Error(`deleting answered ${response.status}`);
}

/** Starts a private InfluxDB 2 and sets it up with one organisation, bucket and token. */
export async function startInflux(): Promise<InfluxServer> {
  const executable = findEngine('influxdb');
  if (executable === undefined) throw new Error(`no InfluxDB 2 server found. ${ENGINE_REMEDY}`);
  const server = await startServerProcess('influxdb', {
    executable,
    arguments: ({ port, folder }) => [
      ...['--http-bind-address', `127.0.0.1:${port}`, '--reporting-disabled'],
      ...['--bolt-path', `${folder}/influxd.bolt`, '--sqlite-path', `${folder}/influxd.sqlite`],
      ...['--engine-path', `${folder}/engine`, '--log-level', 'error'],
    ],
    ready: async ({ host, port }) => (await fetch(`http://${host}:${port}/health`)).ok,
  });
  const url = `http://${server.host}:${server.port}`;
  const account = { organisation: 'ats', bucket: 'ticks', token: 'token-of-this-test-run' };
  const response = await fetch(`${url}/api/v2/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      username: 'ats',
      password: 'password-of-this-test-run',
      org: account.organisation,
      bucket: account.bucket,
      token: account.token,
    }),
  });
  if (!response.ok) {
    await server.close();
    throw new Error(`InfluxDB set-up answered ${response.status}: ${await response.text()}`);
  }
  const empty = (): Promise<void> => emptyBucket(url, account);
  return Object.assign(server, { url, ...account, empty });
}
