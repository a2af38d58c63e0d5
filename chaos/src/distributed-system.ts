import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ConfigTree, systemTimers } from '@ats/runtime';
import {
  freePort,
  type ServerProcess,
  startDynamoDb,
  startKafka,
  startRedis,
  startS3,
} from '@ats/testkit';
import { type Child, startChild } from './child.ts';
import { ADDRESSES, type ChaosSystem, SERVICES } from './embedded-system.ts';
import { GatewayClient } from './gateway-client.ts';
import { LIMITS } from './traffic.ts';

const READY_MS = 120_000;
const DRAIN_MS = 30_000;
const RESTART_MS = 500;
const BUCKET = 'ats-audit';

/** One process for each, consumers of the log before those who write to it. */
const STARTED = [
  'audit-exporter',
  'notification',
  'risk-manager',
  'venue-gateway',
  'oms-core',
  'order-gateway',
  'trading-engine',
  'price-collector',
] as const;
type Service = (typeof STARTED)[number];

/** The servers that hold what all processes share, and how a configuration names them. */
export async function startEngines() {
  const [redis, kafka, dynamo, s3] = await Promise.all([
    startRedis(),
    startKafka(),
    startDynamoDb(),
    startS3(),
  ]);
  // A bucket of this server is a folder.
  mkdirSync(join(s3.folder, 'buckets', BUCKET));
  // DynamoDB Local takes any key; all processes of the run inherit these.
  process.env['AWS_ACCESS_KEY_ID'] = s3.accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = s3.secretAccessKey;
  const victims: Readonly<Record<string, ServerProcess>> = { redis, kafka, dynamodb: dynamo };
  return {
    victims,
    bus: redis.url,
    storage: {
      eventLog: `${kafka.url}?replicas=1`,
      stateStore: dynamo.url,
      archive: `s3://${BUCKET}/chaos?endpoint=${s3.endpoint}&region=${s3.region}`,
    },
    async close() {
      for (const server of [redis, kafka, dynamo, s3]) await server.close();
    },
  };
}

/** The services of one run, each a process that is told its configuration by a file. */
class Services {
  private readonly children = new Map<Service, Child>();
  private readonly folder: string;
  private readonly config: string;

  constructor(folder: string, settings: object) {
    this.folder = folder;
    this.config = join(folder, 'chaos.yaml');
    // JSON is YAML.
    writeFileSync(this.config, JSON.stringify(settings));
  }

  boot(service: Service, halted: boolean): void {
    const { folder, config } = this;
    const child = startChild({
      file: fileURLToPath(new URL(`../../modules/${service}/src/main.ts`, import.meta.url)),
      args: [
        ...['--config', config],
        ...['--set', `tickStore.url=parquet:${join(folder, `ticks-${service}`)}`],
        ...['--set', `risk.halted=${halted}`],
      ],
      logFile: join(folder, `${service}.log`),
    });
    this.children.set(service, child);
    void child.ended.then(async () => {
      // As a supervisor does: who cannot start while a server is down is started again.
      await systemTimers.sleep(RESTART_MS);
      if (this.children.get(service) === child) this.boot(service, halted);
    });
  }

  async kill(service: Service): Promise<void> {
    const child = this.children.get(service);
    this.children.delete(service);
    await child?.kill();
  }

  async stop(): Promise<void> {
    for (const service of STARTED.toReversed()) {
      const child = this.children.get(service);
      this.children.delete(service);
      await child?.stop(DRAIN_MS);
    }
  }
}

export async function settingsOf(options: {
  readonly engines: Awaited<ReturnType<typeof startEngines>>;
  readonly venues: ConfigTree;
  readonly seed: number;
  readonly gateway: { readonly port: number; readonly tokenFile: string };
}) {
  const { bus, storage } = options.engines;
  const rpc: Record<string, string> = {};
  for (const name of ADDRESSES) rpc[`${name}Address`] = `127.0.0.1:${await freePort()}`;
  return {
    profile: 'distributed',
    seed: options.seed,
    venues: options.venues,
    gateway: options.gateway,
    risk: { approvalKeyFile: `${options.gateway.tokenFile}-approvals`, limits: LIMITS },
    security: { folder: `${options.gateway.tokenFile}-security` },
    bus: { url: bus },
    eventLog: { url: storage.eventLog },
    stateStore: { url: storage.stateStore },
    archive: { url: storage.archive },
    oms: { reconciliation: { adopt: 'opening' } },
    admin: { ports: Object.fromEntries(SERVICES.map((name) => [name, 0])) },
    rpc,
  };
}

/** One process per service on Redis, Kafka, DynamoDB Local and S3, each killed by itself. */
export async function distributedSystem(options: {
  readonly folder: string;
  readonly venues: ConfigTree;
  readonly seed: number;
}): Promise<ChaosSystem> {
  const { folder } = options;
  const engines = await startEngines();
  const gateway = { port: await freePort(), tokenFile: join(folder, 'gateway-token') };
  const services = new Services(folder, await settingsOf({ ...options, engines, gateway }));
  const { tokenFile } = gateway;
  const client = new GatewayClient({ urls: [`http://127.0.0.1:${gateway.port}`], tokenFile });
  const answers = async (): Promise<void> => {
    const until = performance.now() + READY_MS;
    while ((await client.openOrders()) === undefined) {
      if (performance.now() > until) throw new Error(`no answer in ${READY_MS} ms: see ${folder}`);
      await systemTimers.sleep(100);
    }
  };
  return {
    client,
    storage: engines.storage,
    victims: [
      ...STARTED.filter((name) => name !== 'price-collector'),
      ...Object.keys(engines.victims),
    ],
    async start() {
      for (const service of STARTED) services.boot(service, false);
      await answers();
    },
    async kill(victim) {
      const engine = engines.victims[victim];
      if (engine !== undefined) {
        await engine.kill();
        await engine.restart();
        return;
      }
      await services.kill(victim as Service);
      services.boot(victim as Service, false);
    },
    async quiesce() {
      for (const service of STARTED) {
        await services.kill(service);
        services.boot(service, true);
      }
      await answers();
    },
    stop: () => services.stop(),
    close: engines.close,
  };
}
