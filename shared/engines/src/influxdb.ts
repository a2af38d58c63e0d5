import { needEngine } from './catalogue.ts';
import { type KeptPlace, type ServerCommand, startServerProcess } from './server-process.ts';
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

/** Makes the account, unless the folder has one from an earlier run. */
async function setUp(url: string, account: Account): Promise<void> {
  const asked = (await (await fetch(`${url}/api/v2/setup`)).json()) as { allowed: boolean };
  if (!asked.allowed) return;
  const response = await fetch(`${url}/api/v2/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      username: 'ats',
      // Nobody logs in with it: whoever has the token can do the same.
      password: account.token,
      org: account.organisation,
      bucket: account.bucket,
      token: account.token,
    }),
  });
  if (response.ok) return;
  throw new Error(`InfluxDB set-up answered ${response.status}: ${await response.text()}`);
}

/** Starts a private InfluxDB 2 and sets it up with one organisation, bucket and token. */
export async function startInflux(
  options: { readonly kept?: KeptPlace; readonly account?: Account } = {},
): Promise<InfluxServer> {
  const executable = needEngine('influxdb');
  const command: ServerCommand = {
    executable,
    arguments: ({ port, folder }) => [
      ...['--http-bind-address', `127.0.0.1:${port}`, '--reporting-disabled'],
      ...['--bolt-path', `${folder}/influxd.bolt`, '--sqlite-path', `${folder}/influxd.sqlite`],
      ...['--engine-path', `${folder}/engine`, '--log-level', 'error'],
    ],
    ready: async ({ host, port }) => (await fetch(`http://${host}:${port}/health`)).ok,
  };
  const server = await startServerProcess('influxdb', command, options.kept);
  const url = `http://${server.host}:${server.port}`;
  const { account = { organisation: 'ats', bucket: 'ticks', token: 'token-of-this-test-run' } } =
    options;
  await setUp(url, account).catch(async (problem: unknown) => {
    await server.close();
    throw problem;
  });
  const empty = (): Promise<void> => emptyBucket(url, account);
  return Object.assign(server, { url, ...account, empty });
}
