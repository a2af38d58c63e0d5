import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LEDGER_SERVICE, ORDER_SERVICE, type WireServices } from '@ats/contracts';
import type { Listing } from '@ats/domain';
import { omsCore } from '@ats/oms-core';
import { orderGateway } from '@ats/order-gateway';
import { readOrderEvent } from '@ats/orders';
import { riskManager } from '@ats/risk-manager';
import {
  LatencyRecorder,
  listingsOf,
  loadConfig,
  openRpcDirectory,
  parseConfig,
  type RpcClient,
  type RunningService,
  type ServiceModule,
  seededRandom,
  sharedConfigSchema,
  systemClock,
  systemTimers,
  UNGUARDED,
} from '@ats/runtime';
import { type ApprovalSeal, openApprovalSeal } from '@ats/security';
import { type EventLog, type OpenPorts, openPorts, type StateStore } from '@ats/storage';
import { memoryMetrics, silentLogger } from '@ats/testkit';
import { venueGateway } from '@ats/venue-gateway';
import { benchBook, benchPrice } from '../market/system.ts';
import { ROOMY_LOSSES, ROOMY_RESERVATIONS } from '../risk/roomy-limits.ts';

type OrderClient = RpcClient<WireServices['ats.order.v1.OrderService']>;

/** Where an order was, microseconds since the epoch. */
export interface Settled {
  readonly orderId: string;
  readonly atUs: number;
}

/** Gateway, log, OMS, venue gateway and a pretended venue, in one process, on real storage. */
export interface OrderSystem {
  readonly client: OrderClient;
  /** Signs as risk does: what is measured is the way of an order that is approved. */
  readonly seal: ApprovalSeal;
  readonly listing: Listing;
  readonly state: StateStore;
  readonly log: EventLog;
  /** Told of every order that was filled and settled. */
  onSettled(listener: (settled: Settled) => void): void;
  /** From the gateway's acceptance to each stage, of the orders since the last call. */
  takeStages(): Readonly<Record<'toVenue' | 'toSettled', LatencyRecorder>>;
  /** Values that log and state have put or removed durably so far: what a raw put is. */
  durableWrites(): number;
  /** Records that the log has taken so far. */
  appended(): number;
  close(): Promise<void>;
}

const READY_MS = 20_000;

/** The product's own configuration, with a pretended venue that is never in the way. */
function configOf(folder: string) {
  return loadConfig({
    folder: fileURLToPath(new URL('../../../config', import.meta.url)),
    environment: {},
    assignments: [
      'mode=paper',
      'oms.reconciliation.adopt=opening',
      // It lists a fill at once: to read the last minutes' again and again would be the load.
      'oms.reconciliation.fillsOverlapMs=5000',
      'gateway.port=0',
      `gateway.tokenFile=${join(folder, 'token')}`,
      `risk.approvalKeyFile=${join(folder, 'approval-key')}`,
      ...ROOMY_RESERVATIONS,
      ...ROOMY_LOSSES,
      'gateway.bookAgeMsMax=3600000',
      'venueGateway.paper.latencyMs=0',
      'venueGateway.concurrencyMax=256',
      'venueGateway.waitingMax=10000',
      ...['default', 'binance', 'kraken', 'coinbase', 'upbit', 'bitfinex'].flatMap((venue) => [
        `venueGateway.budgets.${venue}.perSecond=10000`,
        `venueGateway.budgets.${venue}.burst=10000`,
      ]),
      'venueGateway.paper.balances.binance.USDT=100000000000',
    ],
  });
}

export async function openOrderSystem(options: {
  readonly folder: string;
  readonly eventLog?: string;
}): Promise<OrderSystem> {
  const { folder, eventLog = `lmdb:${join(options.folder, 'log')}` } = options;
  const loaded = configOf(folder);
  const shared = parseConfig(loaded, sharedConfigSchema);
  const metrics = memoryMetrics({ keepsObservations: false });
  const base = {
    clock: systemClock,
    timers: systemTimers,
    random: seededRandom(1),
    logger: silentLogger(),
    metrics,
  };
  const rpc = openRpcDirectory({ guard: UNGUARDED, ...base, addresses: {}, listen: false });
  const ports = openPorts({
    config: {
      bus: { url: 'memory:' },
      tickStore: { url: 'parquet:./unused' },
      eventLog: { url: eventLog },
      stateStore: { url: `lmdb:${join(folder, 'state')}` },
      archive: { url: `file:${join(folder, 'audit')}` },
    },
    ...base,
  });
  const services: RunningService[] = [];
  const start = async <Config, Running extends RunningService>(
    module: ServiceModule<Config, OpenPorts, Running>,
  ): Promise<Running> => {
    const config = parseConfig(loaded, module.configSchema);
    const running = await module.start({ ...base, rpc, ports, config });
    services.push(running);
    return running;
  };
  const listing = listingsOf(shared).find(
    ({ venue, instrument }) => venue === 'binance' && instrument === 'BTC/USDT',
  ) as Listing;
  const bus = await ports.marketBus();
  const book = benchBook(listing, benchPrice(listing));
  book.event.bidSizes.fill(1e9);
  book.event.askSizes.fill(1e9);
  await start(riskManager);
  await start(venueGateway);
  await start(omsCore);
  const gateway = await start(orderGateway);
  book.touch(1);
  bus.publish(book.event);
  const log = await ports.eventLog();
  const watch = await watchOrders(log);
  await ledgerIsOpen(rpc, gateway);
  return {
    client: rpc.client(ORDER_SERVICE),
    seal: openApprovalSeal({ approvalKeyFile: join(folder, 'approval-key') }),
    listing,
    state: await ports.stateStore(),
    log,
    onSettled: watch.onSettled,
    takeStages: watch.takeStages,
    durableWrites: () => metrics.value('ats_storage_keys_written_total'),
    appended: () => metrics.value('ats_storage_log_appended_total'),
    async close() {
      await closeAll(services, [watch, rpc, ports]);
    },
  };
}

async function closeAll(
  services: readonly RunningService[],
  others: readonly { close(): Promise<void> }[],
): Promise<void> {
  // The product's timers keep no process alive, and here nothing else does.
  const alive = setInterval(() => undefined, 1000);
  for (const service of services.toReversed()) await service.drain();
  for (const other of others) await other.close();
  clearInterval(alive);
}

async function ledgerIsOpen(
  rpc: ReturnType<typeof openRpcDirectory>,
  gateway: { pollGates(): Promise<void> },
): Promise<void> {
  const until = performance.now() + READY_MS;
  for (;;) {
    const { venues } = await rpc.client(LEDGER_SERVICE).GetReconciliation({}, { deadlineMs: 1000 });
    const binance = venues.find(({ venue }) => venue === 'binance');
    if (binance?.open === true) break;
    if (performance.now() > until) throw new Error(`the ledger stays closed: ${binance?.reason}`);
    await systemTimers.sleep(20);
  }
  await gateway.pollGates();
}

async function watchOrders(log: EventLog) {
  let listener: (settled: Settled) => void = () => undefined;
  let stages = { toVenue: new LatencyRecorder(), toSettled: new LatencyRecorder() };
  const subscription = await log.subscribe({
    group: 'bench',
    topics: ['orders.events'],
    from: 'end',
    batchMax: 1000,
    handle: async (batch) => {
      for (const record of batch.records) {
        const { order } = readOrderEvent(record);
        const sinceUs = record.loggedAtUs - order.createdAtUs;
        if (order.status === 'LIVE') stages.toVenue.record(sinceUs);
        if (order.status !== 'FILLED') continue;
        stages.toSettled.record(sinceUs);
        listener({ orderId: order.orderId, atUs: record.loggedAtUs });
      }
      void batch.commit();
    },
  });
  return {
    onSettled(next: (settled: Settled) => void): void {
      listener = next;
    },
    takeStages() {
      const taken = stages;
      stages = { toVenue: new LatencyRecorder(), toSettled: new LatencyRecorder() };
      return taken;
    },
    close: () => subscription.close(),
  };
}
