import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ServerProcess, startDynamoDb, startKafka, startRedis, startS3 } from '@ats/engines';
import {
  type ConfigTree,
  freePort,
  type Logger,
  loadConfig,
  mergeLayers,
  openLogger,
  SupervisedProcess,
  systemTimers,
} from '@ats/runtime';
import { ADDRESSES, type ChaosSystem, SERVICES } from './embedded-system.ts';
import { GatewayClient } from './gateway-client.ts';
import { LIMITS } from './traffic.ts';

const READY_MS = 120_000;
const DRAIN_MS = 30_000;
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
    startS3({ bucket: BUCKET }),
  ]);
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

/** The services of one run, supervised as `ats up` does. */
class Services {
  private readonly running = new Map<Service, SupervisedProcess>();
  private readonly folder: string;
  private readonly settings: ConfigTree;
  private readonly logger: Logger;

  constructor(folder: string, settings: ConfigTree) {
    this.folder = folder;
    this.settings = settings;
    const destination = createWriteStream(join(folder, 'supervisor.log'));
    this.logger = openLogger({ service: 'chaos', level: 'info', destination });
  }

  boot(name: Service, halted: boolean): void {
    const { folder, logger } = this;
    const url = `parquet:${join(folder, `ticks-${name}`)}`;
    const own = { tickStore: { url }, risk: { halted } };
    const loaded = loadConfig({
      folder: fileURLToPath(new URL('../../config', import.meta.url)),
      environment: {},
      assignments: ['profile=distributed'],
    });
    const layers = [this.settings, own].map((values) => ({ source: 'chaos', values }));
    const log = createWriteStream(join(folder, `${name}.log`), { flags: 'a' });
    const process = new SupervisedProcess({
      ...{ name, logger, config: mergeLayers([...loaded.layers, ...layers]) },
      file: fileURLToPath(new URL(`../../modules/${name}/src/main.ts`, import.meta.url)),
      onLine: (line) => log.write(`${line}\n`),
    });
    this.running.set(name, process);
  }

  /** Resolves when all of them have served. */
  async started(): Promise<void> {
    await Promise.all([...this.running.values()].map(({ started }) => started));
  }

  async crash(name: Service): Promise<void> {
    await this.running.get(name)?.crash();
  }

  async kill(name: Service): Promise<void> {
    await this.running.get(name)?.stop(0);
  }

  async stop(): Promise<void> {
    for (const name of STARTED.toReversed()) await this.running.get(name)?.stop(DRAIN_MS);
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

/** Waits for the first order: until venues agree with the ledger and have prices none is taken. */
async function takesOrders(client: GatewayClient): Promise<void> {
  const order = { venue: 'binance', instrument: 'BTC/USDT', side: 'buy', quantity: '0.001' };
  const until = performance.now() + READY_MS;
  for (let probe = 0; ; probe += 1) {
    const requestId = `probe-${probe}`;
    const answer = await client.submit({ ...order, requestId, limitPrice: '50000.00' });
    if (answer.kind === 'taken') return;
    if (performance.now() > until) throw new Error(`no order was taken: ${JSON.stringify(answer)}`);
    await systemTimers.sleep(200);
  }
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
      await services.started();
      await answers();
      await takesOrders(client);
    },
    async kill(victim) {
      const engine = engines.victims[victim];
      if (engine !== undefined) {
        await engine.kill();
        await engine.restart();
        return;
      }
      await services.crash(victim as Service);
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
