import { join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import {
  findEngine,
  type KeptPlace,
  type ServerProcess,
  startDynamoDb,
  startInflux,
  startKafka,
  startRedis,
  startS3,
  startVictoriaMetrics,
} from '@ats/engines';
import { type ConfigTree, freePort, type SharedConfig } from '@ats/runtime';
import { readOrMakeSecret } from '@ats/security';
import { type EnginePlace, enginePlaces } from './engine-places.ts';

/** Servers of this run, on data that stays. */
export interface LocalEngines {
  /** Where they are, over what the configuration says. */
  readonly values: ConfigTree;
  /** What keeps them running while anybody holds it: services outlive this process for a while. */
  readonly lifelines: readonly Writable[];
  /** Ends them. Safe once every service has drained. */
  close(): Promise<void>;
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost']);
/** One server without TLS. */
const STARTED_HERE = /^(redis|kafka|dynamodb\+http|influxdb|s3):/;
const NO_INFLUX =
  '*** No InfluxDB 2 on this machine: VictoriaMetrics takes its place under the ticks. It takes ' +
  'writes only, so candles, histories and reports from ticks are empty. ' +
  '"npm run engines -- --with influxdb" builds InfluxDB 2.\n';

interface Started {
  readonly server: ServerProcess;
  readonly values: ConfigTree;
}
type Start = (place: EnginePlace, kept: KeptPlace, secret: string) => Promise<Started>;

const STARTS: Readonly<Record<EnginePlace['field'], Start>> = {
  async 'bus.url'({ url }, kept) {
    const server = await startRedis({ kept });
    return { server, values: { bus: { url: atPort(url, server.port) } } };
  },
  async 'eventLog.url'({ url }, kept) {
    const server = await startKafka({ kept });
    return { server, values: { eventLog: { url: atPort(url, server.port) } } };
  },
  async 'stateStore.url'({ url }, kept) {
    const server = await startDynamoDb(kept);
    return { server, values: { stateStore: { url: atPort(url, server.port) } } };
  },
  async 'tickStore.url'({ url }, kept, token) {
    if (findEngine('influxdb') === undefined) {
      process.stderr.write(NO_INFLUX);
      const server = await startVictoriaMetrics(kept);
      return { server, values: { tickStore: { url: atPort(url, server.port) } } };
    }
    const place = new URL(url);
    const [, organisation = '', bucket = ''] = place.pathname.split('/');
    const server = await startInflux({ kept, account: { organisation, bucket, token } });
    place.searchParams.set('token', token);
    return { server, values: { tickStore: { url: atPort(place.href, server.port) } } };
  },
  async 'archive.url'({ url }, kept, secret) {
    const { AWS_ACCESS_KEY_ID = 'ats', AWS_SECRET_ACCESS_KEY = secret } = process.env;
    const account = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
    const place = new URL(url);
    const server = await startS3({ kept, account, bucket: place.host });
    place.searchParams.set('endpoint', server.endpoint);
    return { server, values: { archive: { url: place.href } } };
  },
};

/**
 * Starts the servers that the configuration's URLs name on this machine: where port 0 stands, on a
 * free one. Their data, and the one secret of their accounts, stay in `folder`.
 * @throws ENGINE_MISSING, PORT_IN_USE
 */
export async function startLocalEngines(parts: {
  readonly config: SharedConfig;
  readonly folder: string;
}): Promise<LocalEngines> {
  const folder = resolve(parts.folder);
  const { text: secret } = readOrMakeSecret({
    path: join(folder, 'secret'),
    field: '--with-engines',
    remedy: 'Name another folder, or remove that one: the servers there begin anew.',
  });
  // What DynamoDB Local and the S3 server are shown by every process of the run.
  process.env['AWS_ACCESS_KEY_ID'] ??= 'ats';
  process.env['AWS_SECRET_ACCESS_KEY'] ??= secret;
  const places = enginePlaces(parts.config).filter(
    ({ host, url, others }) => LOOPBACK.has(host) && others.length === 0 && STARTED_HERE.test(url),
  );
  const outcomes = await Promise.allSettled(
    places.map(async (place) => {
      const port = place.port === 0 ? await freePort() : place.port;
      const name = place.field.slice(0, -'.url'.length);
      return STARTS[place.field](place, { folder: join(folder, name), port }, secret);
    }),
  );
  const started = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const close = async (): Promise<void> => {
    await Promise.all(started.map(({ server }) => server.close()));
  };
  const failed = outcomes.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    await close();
    throw failed.reason;
  }
  const values = Object.assign({}, ...started.map((one) => one.values));
  return { values, lifelines: started.map(({ server }) => server.lifeline), close };
}

/** The same URL with the port that the server listens on. */
const atPort = (url: string, port: number): string =>
  url.replace(/^([a-z0-9+]+:\/\/[^:/?#]+)(:\d+)?/, `$1:${port}`);
