import { fileURLToPath } from 'node:url';
import {
  loadConfig,
  openMetrics,
  parseConfig,
  seededRandom,
  systemClock,
  systemTimers,
} from '@ats/runtime';
import { silentLogger } from '@ats/testkit';
import ccxt from 'ccxt';
import { type RunningSimulator, startSimulator } from '../../src/app/start-simulator.ts';
import { type SimulatorConfig, simulatorConfigSchema } from '../../src/config.ts';
import type { Client, PrivateCase, Urls } from './private-cases.ts';

/** The simulator with the project's own configuration, and clients of its demo accounts. */
export class DemoClients {
  readonly config: SimulatorConfig;
  readonly simulator: RunningSimulator;
  private readonly clients: Client[] = [];

  private constructor(config: SimulatorConfig, simulator: RunningSimulator) {
    this.config = config;
    this.simulator = simulator;
  }

  static async start(): Promise<DemoClients> {
    const folder = fileURLToPath(new URL('../../../../config', import.meta.url));
    const assignments = ['admin.ports.venue-simulator=0', 'simulator.ports={}'];
    const loaded = loadConfig({ folder, environment: {}, assignments });
    const config = parseConfig(loaded, simulatorConfigSchema);
    const simulator = await startSimulator({
      config,
      clock: systemClock,
      timers: systemTimers,
      random: seededRandom(7),
      logger: silentLogger(),
      metrics: openMetrics({ service: 'venue-simulator' }),
    });
    return new DemoClients(config, simulator);
  }

  /** An unmodified client with the demo account's keys; its figures are texts, all digits there. */
  open(one: PrivateCase, library: 'rest' | 'pro' = 'rest'): Client {
    const own = this.simulator.venues[one.id];
    const [demo] = this.config.simulator.accounts[one.id] ?? [];
    if (own === undefined || demo === undefined) throw new Error(`${one.id} has no demo account`);
    const { apiKey, secret } = demo;
    const Exchange = library === 'pro' ? ccxt.pro[one.id] : ccxt[one.id];
    const client: Client = new Exchange({
      apiKey,
      secret,
      enableRateLimit: one.enableRateLimit ?? false,
      number: String as never,
      options: one.options ?? {},
    });
    const api = client.urls['api'] as unknown as Urls;
    const streams = library === 'pro' ? { ws: one.streams(new URL(own.ws), api['ws']) } : {};
    client.urls['api'] = { ...one.urls(own.rest, api), ...streams } as never;
    this.clients.push(client);
    return client;
  }

  /** The demo account itself. */
  accountOf(id: string) {
    const account = this.simulator.accounts.describe()[id]?.['demo'];
    if (account === undefined) throw new Error(`${id} has no demo account`);
    return account as { readonly openOrders: readonly { readonly orderId: string }[] };
  }

  fault(fault: object): Promise<Response> {
    const body = JSON.stringify(fault);
    return fetch(`${this.simulator.adminUrl}/admin/faults`, { method: 'POST', body });
  }

  async close(): Promise<void> {
    for (const client of this.clients) await client.close();
    await this.simulator.close();
  }
}
