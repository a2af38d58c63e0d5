import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ConfigTree, freePort, systemTimers } from '@ats/runtime';

import { type Child, startChild } from './child.ts';
import { GatewayClient } from './gateway-client.ts';
import { LIMITS } from './traffic.ts';

const READY_MS = 180_000;
const DRAIN_MS = 30_000;

/** The system under test: processes that can be killed, and the way in for orders. */
export interface ChaosSystem {
  readonly client: GatewayClient;
  /** What can be killed. */
  readonly victims: readonly string[];
  start(): Promise<void>;
  /** SIGKILL, and starts it again at once. */
  kill(victim: string): Promise<void>;
  /** Kills everything and starts it again halted: what is open ends, nothing new begins. */
  quiesce(): Promise<void>;
  /** Drains and ends everything. */
  stop(): Promise<void>;
  /** Ends what held log, state and archive, once they have been looked at. */
  close(): Promise<void>;
  /** Where log, state and archive are, as a configuration says. */
  readonly storage: { eventLog: string; stateStore: string; archive: string };
}

/** The same, for whoever looks after its data by hand. */
export interface EmbeddedSystem extends ChaosSystem {
  /** The file of its settings. */
  readonly config: string;
  /** SIGKILL, and nothing starts. */
  crash(): Promise<void>;
  /** Starts it with settings over those of the file, as `--set` takes them. */
  startWith(settings: readonly string[]): Promise<void>;
}

/** Everything in one process on LMDB: a kill takes all services at once. */
export async function embeddedSystem(options: {
  readonly folder: string;
  readonly venues: ConfigTree;
  readonly seed: number;
}): Promise<EmbeddedSystem> {
  const { folder } = options;
  const port = await freePort();
  const tokenFile = join(folder, 'gateway-token');
  const storage = {
    eventLog: `lmdb:${join(folder, 'log')}`,
    stateStore: `lmdb:${join(folder, 'state')}`,
    archive: `file:${join(folder, 'audit')}`,
  };
  const config = join(folder, 'chaos.yaml');
  // JSON is YAML.
  writeFileSync(
    config,
    JSON.stringify({ ...settingsOf({ ...options, port, tokenFile }), ...urlsOf(storage) }),
  );
  const client = new GatewayClient({ urls: [`http://127.0.0.1:${port}`], tokenFile });
  let child: Child | undefined;
  const start = async (settings: readonly string[]): Promise<void> => {
    child = startChild({
      file: fileURLToPath(new URL('../../modules/cli/src/main.ts', import.meta.url)),
      args: [
        ...['up', '--no-simulator', '--plain', '--config', config],
        ...settings.flatMap((setting) => ['--set', setting]),
      ],
      logFile: join(folder, 'ats.log'),
    });
    const until = performance.now() + READY_MS;
    while ((await client.openOrders()) === undefined) {
      if (!child.alive) throw new Error(`ats ended at once: see ${join(folder, 'ats.log')}`);
      if (performance.now() > until)
        throw new Error(`the gateway did not answer in ${READY_MS} ms`);
      await systemTimers.sleep(50);
    }
  };
  return {
    client,
    storage,
    victims: ['ats'],
    config,
    start: () => start([]),
    startWith: start,
    async crash() {
      await child?.kill();
    },
    async kill() {
      await child?.kill();
      await start([]);
    },
    async quiesce() {
      await child?.kill();
      await start(['risk.halted=true']);
    },
    async stop() {
      await child?.stop(DRAIN_MS);
    },
    close: () => Promise.resolve(),
  };
}

const urlsOf = (storage: ChaosSystem['storage']) => ({
  eventLog: { url: storage.eventLog },
  stateStore: { url: storage.stateStore },
  archive: { url: storage.archive },
});

function settingsOf(options: {
  readonly folder: string;
  readonly venues: ConfigTree;
  readonly seed: number;
  readonly port: number;
  readonly tokenFile: string;
}): object {
  const { folder, venues, seed, port, tokenFile } = options;
  return {
    ...{ seed, venues, gateway: { port, tokenFile } },
    dashboard: { port: 0, buildWeb: false },
    risk: { approvalKeyFile: join(folder, 'approval-key'), limits: LIMITS },
    tickStore: { url: `parquet:${join(folder, 'ticks')}` },
    security: { folder: join(folder, 'security') },
    killSwitchFile: join(folder, 'kill-switch'),
    oms: { reconciliation: { adopt: 'opening' } },
    admin: { ports: Object.fromEntries(SERVICES.map((name) => [name, 0])) },
    rpc: Object.fromEntries(ADDRESSES.map((name) => [`${name}Address`, '127.0.0.1:0'])),
  };
}

export const SERVICES = [
  'venue-simulator',
  'price-collector',
  'trading-engine',
  'risk-manager',
  'order-gateway',
  'oms-core',
  'venue-gateway',
  'audit-exporter',
  'notification',
  'access',
  'backtest',
  'ui-dashboard',
];
export const ADDRESSES = [
  'marketData',
  'risk',
  'engine',
  'order',
  'ledger',
  'venue',
  'audit',
  'notification',
  'access',
  'backtest',
];
