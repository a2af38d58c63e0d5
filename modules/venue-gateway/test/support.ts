import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  accountId,
  clientOrderId,
  Decimal,
  deriveOrderId,
  type ExecutionReport,
  type NewOrder,
  type Order,
  type OrderEvent,
  requestId,
  venueId,
} from '@ats/domain';
import {
  applyToOrder,
  type OrderInput,
  openOrder,
  orderEventRecord,
  readExecutionReport,
} from '@ats/orders';
import {
  loadConfig,
  mergeLayers,
  parseConfig,
  type RpcDirectory,
  seededRandom,
  systemClock,
  systemTimers,
} from '@ats/runtime';
import { type OpenPorts, openPorts } from '@ats/storage';
import { memoryMetrics, type SilentLogger, silentLogger } from '@ats/testkit';
import {
  type RunningVenueGateway,
  venueGateway,
  venueGatewayConfigSchema,
  type venueHandlers,
} from '../src/index.ts';

export const CONFIG_FOLDER = fileURLToPath(new URL('../../../config', import.meta.url));
const ACCOUNT = accountId('main');

type Urls = Readonly<
  Record<string, { readonly ws: string; readonly rest: string | readonly string[] }>
>;

export interface Simulator {
  readonly venues: Urls;
  readonly adminUrl: string;
  fault(fault: object): Promise<void>;
  calm(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the simulated exchanges as a process of their own. */
export async function startSimulator(settings: readonly string[] = []): Promise<Simulator> {
  const main = fileURLToPath(new URL('../../venue-simulator/src/main.ts', import.meta.url));
  const args = ['admin.ports.venue-simulator=0', ...settings].flatMap((one) => ['--set', one]);
  const child: ChildProcess = spawn(process.execPath, [main, ...args], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const line = await new Promise<string>((resolve) => lines.once('line', resolve));
  const { venues, adminUrl } = JSON.parse(line) as { venues: Urls; adminUrl: string };
  const admin = async (method: string, body?: object): Promise<void> => {
    const response = await fetch(`${adminUrl}/admin/faults`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  };
  return {
    venues,
    adminUrl,
    fault: (fault) => admin('POST', fault),
    calm: () => admin('DELETE'),
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.stdin?.end();
      child.kill('SIGTERM');
      await ended;
    },
  };
}

export interface Gateway {
  readonly ports: OpenPorts;
  readonly logger: SilentLogger;
  readonly service: ReturnType<typeof venueHandlers>;
  readonly running: RunningVenueGateway;
  /** Every report so far, in order. */
  reports(): Promise<readonly ExecutionReport[]>;
  reportsOn(order: Order): Promise<readonly ExecutionReport[]>;
  emit(event: OrderEvent): Promise<void>;
  drain(): Promise<void>;
}

/** A folder that is gone after the test. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'ats-venue-gateway-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export interface GatewayOptions {
  readonly folder: string;
  readonly venues: Urls;
  /** The venues that are served; all of `venues` unless told. */
  readonly only?: readonly string[];
  readonly section?: object;
  readonly mode?: string;
}

/** Starts the venue gateway on embedded storage against the given endpoints. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { folder, venues, only = Object.keys(venues), section = {}, mode = 'sim' } = options;
  const assignments = [`eventLog.url=lmdb:${folder}/log`, `stateStore.url=lmdb:${folder}/state`];
  const loaded = loadConfig({ folder: CONFIG_FOLDER, environment: {}, assignments });
  const endpoints = Object.fromEntries(
    Object.entries(venues).map(([name, { ws, rest }]) => [
      name,
      { enabled: only.includes(name), ws: [ws], rest: [rest].flat() },
    ]),
  );
  const layer = {
    source: 'test',
    values: { mode, venues: endpoints, venueGateway: section as never },
  };
  const values = mergeLayers([...loaded.layers, layer]);
  const config = parseConfig({ ...loaded, values }, venueGatewayConfigSchema);
  const logger = silentLogger();
  const metrics = memoryMetrics();
  const parts = { clock: systemClock, timers: systemTimers, logger, metrics };
  const ports = openPorts({ config: values as never, ...parts });
  let service: ReturnType<typeof venueHandlers> | undefined;
  const noKey = { found: false, apiKey: '', secret: '', passphrase: '' };
  const rpc = {
    // The vault is empty, and nobody need approve anything.
    client: () => ({
      ReadExchangeKey: async () => noKey,
      ClaimApproval: async () => ({ state: 'not-needed', approvalId: '' }),
    }),
    serve(_name: string, handlers: unknown) {
      service = handlers as ReturnType<typeof venueHandlers>;
      return Promise.resolve({ address: '', setServing() {}, stop: () => Promise.resolve() });
    },
  } as unknown as RpcDirectory;
  const running = await venueGateway.start({
    ...parts,
    config,
    random: seededRandom(1),
    rpc,
    ports,
  });
  const log = await ports.eventLog();
  const reports = async () => {
    const found: ExecutionReport[] = [];
    for (let partition = 0; partition < 8; partition += 1) {
      const records = await log.read({ topic: 'exec.reports', partition, from: 0, limit: 10_000 });
      found.push(...records.map(readExecutionReport));
    }
    return found;
  };
  return {
    ports,
    logger,
    service: service as ReturnType<typeof venueHandlers>,
    running,
    reports,
    reportsOn: async ({ orderId }) => (await reports()).filter((one) => one.orderId === orderId),
    async emit(event) {
      await log.append(orderEventRecord(event, { correlationId: 'test' }));
    },
    async drain() {
      await running.drain();
      await ports.close();
    },
  };
}

let count = 0;

export type Terms = Partial<Omit<NewOrder, 'quantity' | 'limitPrice'>> & {
  readonly quantity?: string;
  readonly limitPrice?: string;
};

/** An order that was handed over just now, and the event that says so. */
export function submitted(
  terms: Terms,
  more: { readonly sendBeforeUs?: number; readonly purpose?: 'entry' | 'unwind' } = {},
): OrderEvent {
  count += 1;
  const atUs = systemClock.nowUs();
  const request = requestId(`test-${process.pid}-${count}-${atUs}`);
  const { quantity = '0.01', limitPrice, ...rest } = terms;
  const order = openOrder({
    orderId: deriveOrderId({ accountId: ACCOUNT, requestId: request, index: 0 }),
    accountId: ACCOUNT,
    tradeId: undefined,
    purpose: more.purpose ?? 'entry',
    worstPrice: undefined,
    sendBeforeUs: more.sendBeforeUs ?? 0,
    atUs,
    terms: {
      clientOrderId: clientOrderId(`c-${count}`),
      venue: venueId('binance'),
      instrument: 'BTC/USDT' as NewOrder['instrument'],
      side: 'buy',
      type: 'limit',
      timeInForce: 'gtc',
      postOnly: false,
      quantity: Decimal.parse(quantity),
      limitPrice: limitPrice === undefined ? undefined : Decimal.parse(limitPrice),
      ...rest,
    },
  });
  return next(order, { kind: 'submit', atUs });
}

/** The event of one more thing that happened to an order. */
export function next(order: Order, input: OrderInput): OrderEvent {
  const outcome = applyToOrder(order, input, new Set());
  if (outcome.kind !== 'changed') throw new Error(`not changed: ${JSON.stringify(outcome)}`);
  const { previousStatus } = outcome;
  return { order: outcome.order, previousStatus, occurredAtUs: input.atUs };
}
