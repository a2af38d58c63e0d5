import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ConfigTree, freePort, systemTimers } from '@ats/runtime';
import { type Child, startChild } from './child.ts';
import { settingsOf, startEngines } from './distributed-system.ts';
import { GatewayClient } from './gateway-client.ts';

const READY_MS = 240_000;
const DRAIN_MS = 30_000;
const RESTART_MS = 500;
const TERM_MS = 6000;

/** Consumers of the log before those who write to it. */
const SINGLE = ['audit-exporter', 'venue-gateway'] as const;
export const SHARED = [
  'risk-manager',
  'oms-core',
  'order-gateway',
  'trading-engine',
  'price-collector',
] as const;
export type SharedService = (typeof SHARED)[number];
const LISTED = ['risk', 'ledger', 'order', 'engine', 'marketData'];

/**
 * An account for each venue but two, whose prices the engine compares: keys of different
 * partitions, so that every instance of the OMS has work.
 */
export const ACCOUNTS: Readonly<Record<string, string>> = {
  binance: 'main',
  kraken: 'main',
  coinbase: 'desk-a',
  upbit: 'desk-b',
  bitfinex: 'desk-c',
};

const nameOf = (service: string, instance: string): string => `${service}.${instance}`;

/** The distributed system with several instances of whatever can share its work. */
export interface ScaledSystem {
  readonly client: GatewayClient;
  readonly storage: { eventLog: string; stateStore: string; archive: string };
  /** URL of the market bus. */
  readonly bus: string;
  readonly instances: readonly string[];
  start(): Promise<void>;
  /** SIGKILL, and nobody starts it again before `boot` does. */
  kill(service: SharedService, instance: string): Promise<void>;
  boot(service: SharedService, instance: string): void;
  /** Nothing new is traded from now on; what is open ends. */
  halt(): void;
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** The processes of one run, each told its configuration by a file. */
class Processes {
  private readonly children = new Map<string, Child>();
  private readonly folder: string;
  private readonly config: string;
  private readonly ports: ReadonlyMap<string, number>;

  constructor(folder: string, settings: object, ports: ReadonlyMap<string, number>) {
    this.folder = folder;
    this.ports = ports;
    this.config = join(folder, 'scale.yaml');
    // JSON is YAML.
    writeFileSync(this.config, JSON.stringify(settings));
  }

  boot(service: string, instance: string): void {
    const name = nameOf(service, instance);
    const child = startChild({
      file: fileURLToPath(new URL(`../../modules/${service}/src/main.ts`, import.meta.url)),
      args: [
        ...['--config', this.config],
        ...(instance === '' ? [] : ['--set', `sharing.instance=${instance}`]),
        ...['--set', `gateway.port=${this.ports.get(instance) ?? 0}`],
        ...['--set', `tickStore.url=parquet:${join(this.folder, `ticks-${name}`)}`],
      ],
      logFile: join(this.folder, `${name}.log`),
    });
    this.children.set(name, child);
    void child.ended.then(async () => {
      // As a supervisor does: who ends by itself is started again.
      await systemTimers.sleep(RESTART_MS);
      if (this.children.get(name) === child) this.boot(service, instance);
    });
  }

  async kill(service: string, instance: string): Promise<void> {
    const child = this.children.get(nameOf(service, instance));
    this.children.delete(nameOf(service, instance));
    await child?.kill();
  }

  async stop(): Promise<void> {
    for (const [name, child] of [...this.children].toReversed()) {
      this.children.delete(name);
      await child.stop(DRAIN_MS);
    }
  }
}

/** What all processes are told. */
async function sharedSettings(
  parts: Parameters<typeof settingsOf>[0] & { readonly count: number; readonly folder: string },
): Promise<object> {
  const { rpc, ...settings } = await settingsOf(parts);
  for (const name of LISTED) {
    const addresses: string[] = [];
    for (let left = parts.count; left > 0; left -= 1) {
      addresses.push(`127.0.0.1:${await freePort()}`);
    }
    rpc[`${name}Address`] = addresses.join(',');
  }
  return {
    ...settings,
    profile: 'distributed',
    rpc,
    killSwitchFile: killSwitchIn(parts.folder),
    // A machine that runs all of it on few cores makes each process wait for seconds.
    sharing: { enabled: true, termMs: TERM_MS },
    oms: { ...settings.oms, accounts: ACCOUNTS },
  };
}

const killSwitchIn = (folder: string): string => join(folder, 'kill-switch');

export async function scaledSystem(options: {
  readonly folder: string;
  readonly venues: ConfigTree;
  readonly seed: number;
  /** How many instances of each. */
  readonly count: number;
}): Promise<ScaledSystem> {
  const { folder, count } = options;
  const engines = await startEngines();
  const instances = Array.from({ length: count }, (_, index) => 'abcdefgh'.charAt(index));
  const ports = new Map<string, number>();
  for (const instance of instances) ports.set(instance, await freePort());
  const tokenFile = join(folder, 'gateway-token');
  const gateway = { port: 0, tokenFile };
  const settings = await sharedSettings({ ...options, engines, gateway });
  const processes = new Processes(folder, settings, ports);
  const accounts = [...new Set(Object.values(ACCOUNTS))];
  const clientOf = (urls: readonly string[]) => new GatewayClient({ urls, tokenFile, accounts });
  const urls = instances.map((instance) => `http://127.0.0.1:${ports.get(instance)}`);
  return {
    client: clientOf(urls),
    ...{ storage: engines.storage, bus: engines.bus, instances },
    async start() {
      for (const service of SINGLE) processes.boot(service, '');
      for (const service of SHARED) {
        for (const instance of instances) processes.boot(service, instance);
      }
      const until = performance.now() + READY_MS;
      for (const url of urls) {
        while ((await clientOf([url]).openOrders()) === undefined) {
          if (performance.now() > until) throw new Error(`${url} does not answer: see ${folder}`);
          await systemTimers.sleep(200);
        }
      }
    },
    kill: (service, instance) => processes.kill(service, instance),
    boot: (service, instance) => processes.boot(service, instance),
    halt: () => writeFileSync(killSwitchIn(folder), 'the run is over\n'),
    stop: () => processes.stop(),
    close: engines.close,
  };
}
