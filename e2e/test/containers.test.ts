import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { composed, describeWithTools } from '@ats/infra';
import { SERVICE_NAMES } from '@ats/runtime';
import {
  describeWithEngine,
  findEngine,
  startDynamoDb,
  startKafka,
  startRedis,
  startS3,
  startVictoriaMetrics,
} from '@ats/testkit';
import { Containers, freePorts } from '../src/containers.ts';
import { layOutImage } from '../src/image.ts';

const READY_MS = 100_000;
const VENUES = ['binance', 'kraken', 'coinbase', 'upbit', 'bitfinex'];
const LOOPBACK = '127.0.0.1';
/** What others find each service by, in its own environment: `0.0.0.0:50051`. */
const RPC = /^ATS_RPC__[A-Z_]+_ADDRESS$/;

const constant = (name: string): string => name.replaceAll('-', '_').toUpperCase();
const adminPort = (name: string): string => `ATS_ADMIN__PORTS__${constant(name)}`;

/** The servers that "full" runs in containers, and what they are called by there and here. */
async function startEngines() {
  const [redis, kafka, dynamo, s3, ticks] = await Promise.all([
    startRedis(),
    startKafka(),
    startDynamoDb(),
    startS3(),
    findEngine('victoria-metrics') === undefined ? undefined : startVictoriaMetrics(),
  ]);
  // A bucket of this server is a folder.
  mkdirSync(join(s3.folder, 'buckets', 'ats-audit'));
  const named = { 'redis:6379': redis, 'kafka:9092': kafka, 'dynamodb:8000': dynamo };
  const addresses = Object.entries({ ...named, 'minio:9000': s3 });
  const { accessKeyId: id, secretAccessKey: key } = s3;
  return {
    addresses: addresses.map(([there, { port }]) => [there, `${LOOPBACK}:${port}`] as const),
    secrets: {
      // Of the tick store only writes are asked here, which VictoriaMetrics takes as well.
      'tick-store-url':
        ticks === undefined
          ? 'parquet:./data/ticks'
          : `influxdb://${LOOPBACK}:${ticks.port}/ats/ticks?token=none`,
      'aws-credentials': `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${key}\n`,
      'master-key': '000102030405060708090a0b0c0d0e0f1011121314151617',
    },
    async close() {
      for (const server of [redis, kafka, dynamo, s3, ticks]) await server?.close();
    },
  };
}

/** A port of this machine for each that a container has to itself. */
async function portsHere() {
  const admin = await freePorts(SERVICE_NAMES);
  const others = await freePorts([...VENUES, 'gateway', 'dashboard']);
  const environment: Record<string, string> = {
    ATS_GATEWAY__PORT: others.get('gateway') ?? '',
    ATS_DASHBOARD__PORT: others.get('dashboard') ?? '',
    ATS_NOTIFICATION__ALERTMANAGER__PORT: '0',
  };
  for (const [name, port] of admin) environment[adminPort(name)] = port;
  return { admin, others, environment };
}

describeWithTools(['docker-compose'], 'the commands of docker-compose.yml', () => {
  const full = composed('full');
  let containers: Containers | undefined;

  let image = '';

  beforeAll(() => {
    image = layOutImage();
  });

  afterAll(() => rmSync(image, { recursive: true, force: true }));

  afterEach(() => containers?.kill());

  it('start the whole product in one process, ready and stopped by SIGTERM', async () => {
    const { admin, others, environment } = await portsHere();
    const rpc = Object.values(full.services).flatMap((service) =>
      Object.keys(service.environment ?? {}).filter((name) => RPC.test(name)),
    );
    const own = Object.fromEntries(rpc.map((name) => [name, `${LOOPBACK}:0`]));
    const addresses = new Map([['0.0.0.0', LOOPBACK]]);
    containers = new Containers({ image, project: composed('core'), addresses, secrets: {} });
    containers.start('ats', { ...environment, ...own });
    await containers.healthy('ats', [...admin.values()], READY_MS);
    const url = `https://localhost:${others.get('dashboard')}/`;
    const page = execFileSync('curl', ['--silent', '--insecure', url], { encoding: 'utf8' });
    expect(page).toContain('<div id="root">');
    expect(await containers.stop('ats')).toBe(0);
  });

  describeWithEngine('kafka', 'the engines of "full"', () => {
    it('start every service by itself, ready and stopped by SIGTERM', async () => {
      const engines = await startEngines();
      const { admin, others, environment } = await portsHere();
      const addresses = new Map<string, string>(engines.addresses);
      for (const [index, venue] of VENUES.entries()) {
        const port = others.get(venue) ?? '';
        addresses.set(`venue-simulator:${9201 + index}`, `${LOOPBACK}:${port}`);
        addresses.set(
          `simulator.ports.${venue}=${9201 + index}`,
          `simulator.ports.${venue}=${port}`,
        );
      }
      const listening = await freePorts(SERVICE_NAMES);
      for (const [name, service] of Object.entries(full.services)) {
        const own = Object.entries(service.environment ?? {}).find(([key]) => RPC.test(key))?.[1];
        if (own === undefined) continue;
        const here = `${LOOPBACK}:${listening.get(name)}`;
        addresses.set(own, here).set(own.replace('0.0.0.0', name), here);
      }
      addresses.set('0.0.0.0', LOOPBACK);
      containers = new Containers({ image, project: full, addresses, secrets: engines.secrets });
      try {
        for (const name of SERVICE_NAMES) containers.start(name, environment);
        for (const [name, port] of admin) await containers.healthy(name, [port], READY_MS);
        const ends = SERVICE_NAMES.map(async (name) => [name, await containers?.stop(name)]);
        const drained = Object.fromEntries(SERVICE_NAMES.map((name) => [name, 0]));
        expect(Object.fromEntries(await Promise.all(ends))).toEqual(drained);
      } finally {
        containers.kill();
        await engines.close();
      }
    });
  });
});
