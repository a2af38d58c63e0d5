import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LEDGER_SERVICE, ORDER_SERVICE, RISK_SERVICE, wireCodec } from '@ats/contracts';
import { accountId, assetId, Decimal, venueId } from '@ats/domain';
import { balanceItems, moveMoney } from '@ats/orders';
import {
  type Caller,
  type Clock,
  type KillSwitch,
  openKillSwitch,
  openRpcDirectory,
  type RpcDirectory,
  seededRandom,
  systemClock,
  systemTimers,
  UNGUARDED,
} from '@ats/runtime';
import {
  type EventLog,
  type LogRecord,
  type LogTopic,
  type MarketBus,
  openLmdbEventLog,
  openLmdbStateStore,
  openMemoryMarketBus,
  partitionsOf,
  type StateStore,
} from '@ats/storage';
import { memoryMetrics, silentLogger, until } from '@ats/testkit';
import { type GatewayConfig, gatewayConfigSchema, orderGateway } from '../src/index.ts';
import { APPROVAL_KEY, serveWorld, type World } from './world.ts';

export const TOKEN = 'test-token-that-allows-everything-0123456789';

export const decimal = (text: string): Decimal => Decimal.parse(text);

const listing = (instrument: string, changes: object = {}) => ({
  instrument,
  symbol: instrument,
  tick: '0.01',
  step: '0.0001',
  quantityMin: '0.001',
  notionalMin: '5',
  ...changes,
});

const venue = (...listings: object[]) => ({
  feed: 'test',
  fees: { takerBps: '10', makerBps: '5' },
  listings,
});

/** A configuration with two venues; `gateway` changes its section. */
export function gatewayConfig(
  gateway: Record<string, unknown> = {},
  killSwitchFile = '/nowhere/kill-switch',
): GatewayConfig {
  const orderAddress = '127.0.0.1:0';
  return gatewayConfigSchema.parse({
    killSwitchFile,
    assets: {
      BTC: { network: 'bitcoin' },
      ETH: { network: 'ethereum' },
      USDT: { network: 'ethereum' },
    },
    venues: {
      alpha: venue(listing('BTC/USDT'), listing('ETH/USDT')),
      beta: venue(listing('BTC/USDT', { tick: '0.5' })),
    },
    rpc: {
      deadlineMs: 1000,
      orderAddress,
      riskAddress: orderAddress,
      engineAddress: orderAddress,
      ledgerAddress: orderAddress,
      venueAddress: orderAddress,
      auditAddress: orderAddress,
      notificationAddress: orderAddress,
      backtestAddress: orderAddress,
      accessAddress: orderAddress,
      marketDataAddress: orderAddress,
    },
    security: {
      folder: '/nowhere/security',
      hosts: ['127.0.0.1'],
      certificateDays: 1,
      rememberMs: 0,
    },
    risk: { approvalKey: APPROVAL_KEY, approvalKeyFile: '/nowhere/approval-key' },
    gateway: {
      instance: 'gateway-1',
      host: '127.0.0.1',
      port: 0,
      bodyBytesMax: 8192,
      tokenFile: './no-such-file',
      tokens: [{ name: 'test', token: TOKEN, accounts: ['*'], actions: ['*'] }],
      requestIdHours: 24,
      marketCollarBps: '50',
      bookAgeMsMax: 3000,
      gates: { pollMs: 20, ageMsMax: 60_000 },
      unpublishedMax: 1000,
      stream: {
        clientsMax: 20,
        subscriptionsMax: 8,
        bufferBytesMax: 1_000_000,
        conflateMs: 10,
        authenticateMs: 5000,
        heartbeatMs: 30_000,
      },
      ...gateway,
    },
  });
}

export interface Stores {
  readonly state: StateStore;
  readonly log: EventLog;
  readonly folder: string;
  close(): Promise<void>;
}

export async function openStores(
  folder = mkdtempSync(join(tmpdir(), 'ats-gateway-')),
): Promise<Stores> {
  const parts = { clock: systemClock, timers: systemTimers, logger: silentLogger() };
  const metrics = memoryMetrics();
  const state = await openLmdbStateStore({ ...parts, metrics, folder: join(folder, 'state') });
  const log = await openLmdbEventLog({ ...parts, metrics, folder: join(folder, 'log') });
  return {
    state,
    log,
    folder,
    async close() {
      await state.close();
      await log.close();
    },
  };
}

/** Gives an account money, as a confirmed deposit does. */
export async function deposit(
  state: StateStore,
  money: { account?: string; venue: string; asset: string; amount: string },
): Promise<void> {
  const made = moveMoney({
    kind: 'deposit',
    accountId: accountId(money.account ?? 'main'),
    venue: venueId(money.venue),
    asset: assetId(money.asset),
    amount: decimal(money.amount),
    reference: 'test',
    confirmation: 'the test says so',
    atUs: 1,
  });
  if (made.kind === 'refused') throw new Error(made.reason);
  expect(await state.transact(balanceItems([made.entry]))).toEqual({ kind: 'committed' });
}

/** Every record of a topic, over all partitions. */
export async function recordsOf(log: EventLog, topic: LogTopic): Promise<readonly LogRecord[]> {
  const partitions = Array.from({ length: partitionsOf(topic) }, (_, partition) =>
    log.read({ topic, partition, from: 0, limit: 100_000 }),
  );
  return (await Promise.all(partitions)).flat();
}

const ACCESS_EVENT = wireCodec('ats.access.v1.AccessEvent');

/** What the access log says, once it has as many entries as are awaited. */
export async function accessEntries(log: EventLog, count: number) {
  await until(async () => (await recordsOf(log, 'access')).length >= count);
  const entries = (await recordsOf(log, 'access')).map(({ payload }) =>
    ACCESS_EVENT.decode(payload),
  );
  return entries.toSorted((one, other) => one.atUs - other.atUs);
}

type Text = string | null;

/** All that an answer may hold; a test reads what it expects to be there. */
export interface AnswerBody {
  readonly order: { readonly orderId: string } & Readonly<Record<string, unknown>>;
  readonly orders: readonly AnswerBody['order'][];
  readonly balances: readonly Readonly<Record<string, string>>[];
  readonly next: Text;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly remedy: Text;
    readonly retry: string;
    readonly field: Text;
    readonly correlationId: string;
    readonly facts: Readonly<Record<string, unknown>>;
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AnswerBody;
}

export interface Gateway {
  readonly url: string;
  readonly running: Awaited<ReturnType<typeof orderGateway.start>>;
  readonly rpc: RpcDirectory;
  readonly stores: Stores;
  readonly bus: MarketBus;
  readonly metrics: ReturnType<typeof memoryMetrics>;
  readonly logger: ReturnType<typeof silentLogger>;
  readonly world: World;
  readonly killSwitch: KillSwitch;
  /** Sends JSON, with the token that allows everything. */
  call(method: string, path: string, body?: unknown, headers?: object): Promise<Answer>;
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly gateway?: Record<string, unknown>;
  readonly stores?: Stores;
  readonly clock?: Clock;
  /** Another store or log than the real one, to be made of it. */
  readonly state?: (real: StateStore) => StateStore;
  readonly log?: (real: EventLog) => EventLog;
  /** Who calls over gRPC; a service if absent. */
  readonly callerKind?: Caller['kind'];
}

const guardOf = (kind: Caller['kind'] = 'service') => ({
  ...UNGUARDED,
  self: { ...UNGUARDED.self, kind },
});

/** A gateway on LMDB stores in a folder of its own, with risk and a ledger that say yes. */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const stores = options.stores ?? (await openStores());
  const clock = options.clock ?? systemClock;
  const metrics = memoryMetrics();
  const logger = silentLogger();
  const parts = { clock, timers: systemTimers, random: seededRandom(1), logger };
  const bus = openMemoryMarketBus({ ...parts, metrics: memoryMetrics() });
  const address = { address: '127.0.0.1:0', field: 'rpc' };
  const addresses = Object.fromEntries(
    [ORDER_SERVICE, LEDGER_SERVICE, RISK_SERVICE].map(({ fullName }) => [fullName, address]),
  );
  const own = { guard: guardOf(options.callerKind), metrics: memoryMetrics(), addresses };
  const rpc = openRpcDirectory({ ...parts, ...own });
  const world: World = {
    ...{ halted: false, mode: 'halted', haltedAtUs: 0, closedVenues: new Map(), answering: true },
    ...{ refuses: undefined, approvalUs: 60_000_000, asked: [], people: new Map() },
  };
  await serveWorld(rpc, world);
  const leave = async (): Promise<void> => {
    await rpc.close();
    await bus.close();
    if (options.stores !== undefined) return;
    await stores.close();
    rmSync(stores.folder, { recursive: true, force: true });
  };
  const killSwitch = openKillSwitch(join(stores.folder, 'kill-switch'));
  const starting = orderGateway.start({
    ...parts,
    metrics,
    config: gatewayConfig(options.gateway, killSwitch.file),
    rpc,
    ports: {
      stateStore: async () => options.state?.(stores.state) ?? stores.state,
      eventLog: async () => options.log?.(stores.log) ?? stores.log,
      marketBus: async () => bus,
    },
  });
  const running = await starting.catch(async (problem: unknown) => {
    await leave();
    throw problem;
  });
  await until(() => running.readiness().ready, { what: 'a gateway that is ready' });
  const { url } = running;
  return {
    ...{ url, running, rpc, stores, bus, metrics, logger, world, killSwitch },
    async call(method, path, body, headers = {}) {
      const answer = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${TOKEN}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await answer.text();
      return {
        status: answer.status,
        headers: answer.headers,
        body: JSON.parse(text) as AnswerBody,
      };
    },
    async close() {
      await running.drain();
      await leave();
    },
  };
}

let made = 0;

/** A limit order that buys 0.01 BTC for 1,000 USDT on alpha, which costs 1,001 with its fee. */
export function buy(changes: Record<string, unknown> = {}): Record<string, unknown> {
  made += 1;
  return {
    requestId: `request-${made}`,
    venue: 'alpha',
    instrument: 'BTC/USDT',
    side: 'buy',
    type: 'limit',
    quantity: '0.01',
    limitPrice: '100000',
    ...changes,
  };
}

/** Everything that a refused request must leave as it was; what was taken before is out. */
export async function traces({ state, log }: Stores): Promise<unknown> {
  const items = async (table: 'balances' | 'orders' | 'outbox', partition: string) =>
    (await state.query({ table, partition, limit: 1000 })).items;
  await until(async () => (await items('outbox', 'gateway-1')).length === 0);
  const eventIds = async (topic: LogTopic) =>
    (await recordsOf(log, topic)).map(({ headers }) => headers.eventId);
  return {
    balances: await items('balances', 'main'),
    orders: await items('orders', 'account/main'),
    commands: await eventIds('orders.commands'),
    entries: await eventIds('ledger.entries'),
  };
}
