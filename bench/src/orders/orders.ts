import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LatencyRecorder } from '@ats/runtime';
import { findEngine, startKafka } from '@ats/testkit';
import { settledHeapBytes } from '../measure.ts';
import { type BenchOptions, type Figure, figure, type Report } from '../report.ts';
import { type Drive, drive } from './drive.ts';
import { grpcUnaryUs } from './grpc-unary.ts';
import { kafkaProduceRate } from './kafka-floor.ts';
import { type LmdbFloor, openLmdbFloor } from './lmdb-floor.ts';
import { type OrderSystem, openOrderSystem } from './order-system.ts';
import { prefill } from './prefill.ts';

interface Sizes {
  readonly commits: number;
  readonly appends: number;
  readonly warmUp: number;
  readonly orders: number;
  readonly single: number;
  readonly stored: number;
  readonly memoryOrders: number;
  readonly kafkaOrders: number;
}

const FULL: Sizes = {
  commits: 200_000,
  appends: 2000,
  warmUp: 3000,
  orders: 10_000,
  single: 2000,
  stored: 1_000_000,
  memoryOrders: 1_000_000,
  kafkaOrders: 3000,
};
const TINY: Sizes = {
  commits: 2000,
  appends: 50,
  warmUp: 50,
  orders: 200,
  single: 30,
  stored: 2000,
  memoryOrders: 400,
  kafkaOrders: 100,
};

export const ORDER_PARTS = ['throughput', 'acknowledge', 'growth', 'kafka', 'retention'] as const;

/** Orders under way at once, where as many as possible are to be carried. */
const SATURATED = 512;
/** Orders and raw appends take turns, this many each. */
const TURNS = 10;
/** Orders in the store before growth is measured from. */
const SMALL_STORE = 1000;

/** From a submit to a settled fill, durable at every step, against what storage itself does. */
export async function benchOrders(options: BenchOptions): Promise<Report> {
  const sizes = options.tiny ? TINY : FULL;
  const wanted = (part: (typeof ORDER_PARTS)[number]): boolean =>
    options.only.length === 0 || options.only.includes(part);
  const figures: Figure[] = [];
  const skipped: string[] = [];
  if (wanted('throughput') || wanted('acknowledge') || wanted('growth')) {
    const floor = await openLmdbFloor();
    await withSystem({}, async (system) => {
      await drive(system, { run: 'warm', orders: sizes.warmUp, inFlight: SATURATED });
      if (wanted('throughput')) figures.push(await throughput(system, { sizes, floor }));
      if (wanted('acknowledge')) figures.push(...(await acknowledge(system, { sizes, floor })));
      if (wanted('growth')) figures.push(await growth(system, sizes));
    });
    await floor.close();
  }
  if (wanted('kafka')) {
    if (findEngine('kafka') === undefined) skipped.push('kafka: run npm run engines first');
    else figures.push(await onKafka(sizes));
  }
  if (wanted('retention')) figures.push(await retention(sizes));
  return { bench: 'orders', node: process.version, tiny: options.tiny, figures, skipped };
}

async function withSystem<Result>(
  options: { readonly eventLog?: string },
  run: (system: OrderSystem) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'ats-bench-orders-'));
  const system = await openOrderSystem({ folder, ...options });
  try {
    return await run(system);
  } finally {
    await system.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Against {
  readonly sizes: Sizes;
  readonly floor: LmdbFloor;
}

async function throughput(system: OrderSystem, { sizes, floor }: Against): Promise<Figure> {
  const before = await floor.groupCommitsPerSecond(sizes.commits);
  const full = await drive(system, { run: 'full', orders: sizes.orders, inFlight: SATURATED });
  const after = await floor.groupCommitsPerSecond(sizes.commits);
  say('512 orders under way', full);
  const writes = full.writesPerOrder.toFixed(1);
  const perSecond = full.ordersPerSecond.toFixed(0);
  return figure({
    name: `durable writes a second (${perSecond} orders/s x ${writes})`,
    unit: '/s',
    value: full.ordersPerSecond * full.writesPerOrder,
    floorName: 'raw LMDB group commit, mean of before and after',
    floor: (before + after) / 2,
    target: { atLeast: 0.3 },
  });
}

/** Orders and raw appends by turns, so that the disk's moods are those of both. */
async function acknowledge(
  system: OrderSystem,
  { sizes, floor }: Against,
): Promise<readonly Figure[]> {
  const [acknowledged, appended] = [new LatencyRecorder(), new LatencyRecorder()];
  const orders = Math.ceil(sizes.single / TURNS);
  for (let turn = 0; turn < TURNS; turn += 1) {
    const times = await floor.appendsUs(Math.ceil(sizes.appends / TURNS));
    for (const us of times) appended.record(us);
    const run = `single-${turn}`;
    const single = await drive(system, { run, orders, inFlight: 1 });
    acknowledged.merge(single.acknowledged);
    if (turn === TURNS - 1) say('one order under way', single);
  }
  const unary = await grpcUnaryUs(sizes.single);
  return [
    figure({
      name: 'acknowledgement of an order, p99',
      unit: 'us',
      value: acknowledged.quantile(0.99),
      floorName: 'raw durable append, p99',
      floor: appended.quantile(0.99),
      target: { atMost: 5 },
    }),
    figure({
      name: 'acknowledgement of an order, p50',
      unit: 'us',
      value: acknowledged.quantile(0.5),
      floorName: 'raw gRPC unary and durable append, p50',
      floor: unary.quantile(0.5) + appended.quantile(0.5),
      target: { atMost: 5 },
    }),
  ];
}

async function growth(system: OrderSystem, sizes: Sizes): Promise<Figure> {
  const { state, listing } = system;
  await prefill({ state, listing, first: 0, until: SMALL_STORE });
  const small = await drive(system, { run: 'small', orders: sizes.orders, inFlight: SATURATED });
  await prefill({ state, listing, first: SMALL_STORE, until: sizes.stored });
  const large = await drive(system, { run: 'large', orders: sizes.orders, inFlight: SATURATED });
  return figure({
    name: `time of an order with ${sizes.stored.toLocaleString('en-US')} orders in the store`,
    unit: 'us',
    value: 1e6 / large.ordersPerSecond,
    floorName: `with ${SMALL_STORE.toLocaleString('en-US')}`,
    floor: 1e6 / small.ordersPerSecond,
    target: { atMost: 1.3 },
  });
}

async function onKafka(sizes: Sizes): Promise<Figure> {
  const kafka = await startKafka();
  try {
    const rate = await kafkaProduceRate({
      address: `${kafka.host}:${kafka.port}`,
      records: sizes.commits / 4,
    });
    return await withSystem({ eventLog: kafka.url }, async (system) => {
      await drive(system, { run: 'warm', orders: sizes.kafkaOrders / 2, inFlight: SATURATED });
      const appended = system.appended();
      const full = await drive(system, {
        run: 'kafka',
        orders: sizes.kafkaOrders,
        inFlight: SATURATED,
      });
      say('on Kafka', full);
      const records = (system.appended() - appended) / sizes.kafkaOrders;
      const perSecond = full.ordersPerSecond.toFixed(0);
      return figure({
        name: `records a second on Kafka (${perSecond} orders/s x ${records})`,
        unit: '/s',
        value: full.ordersPerSecond * records,
        floorName: 'raw Kafka produce, 64 callers',
        floor: rate,
        target: { atLeast: 0.3 },
      });
    });
  } finally {
    await kafka.close();
  }
}

async function retention(sizes: Sizes): Promise<Figure> {
  return withSystem({}, async (system) => {
    const tenth = Math.ceil(sizes.memoryOrders / 10);
    await drive(system, { run: 'first', orders: tenth, inFlight: SATURATED });
    const before = settledHeapBytes();
    await drive(system, { run: 'rest', orders: sizes.memoryOrders - tenth, inFlight: SATURATED });
    return figure({
      name: `heap after ${sizes.memoryOrders.toLocaleString('en-US')} orders`,
      unit: 'MB',
      value: settledHeapBytes() / 2 ** 20,
      floorName: 'after a tenth of them',
      floor: before / 2 ** 20,
      target: { atMost: 1.1 },
    });
  });
}

function say(what: string, { ordersPerSecond, acknowledged, stages }: Drive): void {
  const line = (name: string, recorder: LatencyRecorder): string => {
    const { p50, p99, max } = recorder.summary();
    return `${name} p50 ${p50} p99 ${p99} max ${max}`;
  };
  process.stderr.write(
    `${what}: ${ordersPerSecond.toFixed(0)} orders/s; us: ${[
      line('acknowledged', acknowledged),
      line('at the venue', stages.toVenue),
      line('settled', stages.toSettled),
    ].join(', ')}\n`,
  );
}
