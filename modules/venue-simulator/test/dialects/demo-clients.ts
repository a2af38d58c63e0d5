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
import type { Client, PrivateCase, Urls } from './private-case.ts';

export interface OrderView {
  readonly orderId: string;
  readonly clientOrderId: string | null;
  readonly state: string;
  readonly quantity: string;
  readonly filled: string;
}

export interface AccountView {
  readonly balances: readonly {
    readonly asset: string;
    readonly available: string;
    readonly locked: string;
  }[];
  readonly transferred: Readonly<Record<string, string>>;
  readonly openOrders: readonly OrderView[];
  readonly doneOrders: readonly OrderView[];
  readonly trades: readonly {
    readonly tradeId: string;
    readonly orderId: string;
    readonly symbol: string;
    readonly side: 'bid' | 'ask';
    readonly quantity: string;
    readonly notional: string;
    readonly fee: string;
    readonly feeAsset: string;
  }[];
}

/** The simulator with the project's own configuration, and clients of its demo accounts. */
export class DemoClients {
  readonly config: SimulatorConfig;
  readonly simulator: RunningSimulator;
  private readonly clients: Client[] = [];

  private constructor(config: SimulatorConfig, simulator: RunningSimulator) {
    this.config = config;
    this.simulator = simulator;
  }

  static async start(...settings: string[]): Promise<DemoClients> {
    const folder = fileURLToPath(new URL('../../../../config', import.meta.url));
    const assignments = ['admin.ports.venue-simulator=0', 'simulator.ports={}', ...settings];
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
    // Without its rate limit two calls of one millisecond would show the same nonce.
    const nonce = client.nonce.bind(client);
    let last = 0;
    client.nonce = () => {
      last = Math.max(last + 1, nonce());
      return last;
    };
    const api = client.urls['api'] as unknown as Urls;
    const streams = library === 'pro' ? { ws: one.streams(new URL(own.ws), api['ws']) } : {};
    client.urls['api'] = { ...one.urls(own.rest, api), ...streams } as never;
    this.clients.push(client);
    return client;
  }

  /** The demo account as the admin API tells it. */
  async accountOf(id: string): Promise<AccountView> {
    const answer = await this.admin('GET', 'accounts');
    const { venues } = (await answer.json()) as {
      readonly venues: Readonly<Record<string, Readonly<Record<string, AccountView>>>>;
    };
    const account = venues[id]?.['demo'];
    if (account === undefined) throw new Error(`${id} has no demo account`);
    return account;
  }

  admin(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<Response> {
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    return fetch(`${this.simulator.adminUrl}/admin/${path}`, { method, ...text });
  }

  async fault(fault: object): Promise<void> {
    const { status } = await this.admin('POST', 'faults', fault);
    if (status !== 202) throw new Error(`the fault was answered with ${status}`);
  }

  async endFaults(): Promise<void> {
    await this.admin('DELETE', 'faults');
    await this.fault({ kind: 'mass-cancel' });
  }

  /** An order that rests far below the market. */
  async rest(client: Client, one: PrivateCase, params: object = {}): Promise<string> {
    const book = await client.fetchOrderBook(one.symbol, 25);
    const price = onTick(Number(book.bids[0]?.[0]) * 0.8, one);
    const order = { type: 'limit', side: 'buy', amount: one.amount, price, params } as const;
    return (await one.place(client, order)).id;
  }

  async close(): Promise<void> {
    for (const client of this.clients) await client.close();
    await this.simulator.close();
  }
}

/** The next price that the venue takes. */
export const onTick = (price: number, { tick }: PrivateCase): number =>
  Number((Math.round(price / tick) * tick).toFixed(2));
