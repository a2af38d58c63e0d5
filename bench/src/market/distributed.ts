import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ENGINE_SERVICE, opportunityRecordFromWire } from '@ats/contracts';
import {
  type LoadedConfig,
  listingsOf,
  openRpcDirectory,
  parseConfig,
  seededRandom,
  sharedConfigSchema,
  systemClock,
  systemTimers,
  UNGUARDED,
} from '@ats/runtime';
import { OPERATOR, openTls, systemEntropy } from '@ats/security';
import { openRedisMarketBus } from '@ats/storage';
import { findEngine, freePort, memoryMetrics, silentLogger, startRedis } from '@ats/testkit';
import { median } from '../measure.ts';
import { type Figure, figure } from '../report.ts';
import { PACED_MS, pause } from './floors.ts';
import { redisHopUs } from './redis-hop.ts';
import { benchBook, benchPrice } from './system.ts';

interface Distributed {
  readonly figures: readonly Figure[];
  readonly skipped: readonly string[];
}

const START_LIMIT_MS = 30_000;
/** Not counted: the first ones run code that is not compiled yet. */
const WARM_UP_FRAMES = 300;
/** Opportunities that the engine keeps to be asked for; the refused ones are among them. */
const RECENT_MAX = 3000;
/** Other markets' books are sent again this often, long before they are too old. */
const REFRESH_ROUNDS = 50;

/**
 * Frame to risk answer with the collector's side, the engine and the risk manager in processes of
 * their own, over Redis and gRPC. This process publishes books as a collector does, one each
 * `PACED_MS`, as the floors' round trips are made; every other one makes price differences pay.
 * From a book's arrival here to the first answer that it led to, about the best edge, counts. The
 * first answers of the run are left out. Socket to bus is measured by the ingest bench.
 */
export async function benchDistributed(options: {
  readonly loaded: LoadedConfig;
  readonly opportunities: number;
  readonly trips: number;
  readonly grpcUs: number;
}): Promise<Distributed> {
  if (findEngine('redis') === undefined) {
    return { figures: [], skipped: ['across processes: no redis-server; run npm run engines'] };
  }
  const redis = await startRedis();
  try {
    const hopUs = await redisHopUs({ url: redis.url, count: options.trips });
    const folder = mkdtempSync(join(tmpdir(), 'ats-bench-'));
    const p50 = await frameToRiskAnswerUs({ redisUrl: redis.url, folder, ...options });
    return {
      figures: [
        figure({
          name: 'frame to risk answer, across processes, p50',
          unit: 'us',
          value: p50,
          floorName: 'raw Redis hop + raw gRPC stream round trip',
          floor: hopUs + options.grpcUs,
          target: { atMost: 1.5 },
        }),
      ],
      skipped: [],
    };
  } finally {
    await redis.stop();
  }
}

interface Service {
  readonly child: ChildProcess;
  /** The fields of the first line with that event. */
  awaitEvent(event: string): Promise<Record<string, unknown>>;
}

function startService(name: string, settings: readonly string[]): Service {
  const main = fileURLToPath(new URL(`../../../modules/${name}/src/main.ts`, import.meta.url));
  // Nothing is traded here, and one process at a time has an embedded log open.
  const folder = mkdtempSync(join(tmpdir(), `ats-bench-${name}-`));
  const own = [
    'engine.trading=false',
    `eventLog.url=lmdb:${folder}/log`,
    `stateStore.url=lmdb:${folder}/state`,
  ];
  const flags = [...settings, ...own].flatMap((setting) => ['--set', setting]);
  const child = spawn(process.execPath, [main, ...flags], { stdio: ['pipe', 'pipe', 'inherit'] });
  const seen: Record<string, unknown>[] = [];
  const waiting = new Map<string, (line: Record<string, unknown>) => void>();
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as Record<string, unknown>;
    const event = String(line.event);
    waiting.get(event)?.(line);
    if (seen.length < 100) seen.push(line);
  });
  return {
    child,
    awaitEvent(event) {
      const known = seen.find((line) => line.event === event);
      if (known !== undefined) return Promise.resolve(known);
      return new Promise((resolve, reject) => {
        waiting.set(event, resolve);
        child.once('exit', () => reject(new Error(`${name} ended before ${event}`)));
        setTimeout(() => reject(new Error(`${name}: no ${event}`)), START_LIMIT_MS).unref();
      });
    },
  };
}

async function frameToRiskAnswerUs(options: {
  /** Of the authority that the processes share. */
  readonly folder: string;
  readonly loaded: LoadedConfig;
  readonly redisUrl: string;
  readonly opportunities: number;
}): Promise<number> {
  const [riskPort, enginePort] = [await freePort(), await freePort()];
  const common = [
    'log.level=info',
    `bus.url=${options.redisUrl}`,
    `security.folder=${options.folder}`,
    `rpc.riskAddress=127.0.0.1:${riskPort}`,
    `rpc.engineAddress=127.0.0.1:${enginePort}`,
    'admin.ports.trading-engine=0',
    'admin.ports.risk-manager=0',
    'risk.limits.approvalRate.max=100000',
    'risk.approvalBurst=100000',
    'risk.approvalKey=signs-approvals-of-the-bench-and-nothing-else',
    `engine.recentMax=${RECENT_MAX}`,
    'engine.riskProbeMs=4',
  ];
  const services: Service[] = [];
  try {
    for (const name of ['risk-manager', 'trading-engine']) {
      const service = startService(name, common);
      services.push(service);
      await service.awaitEvent('service.started');
    }
    await publishBooks(options);
    return await medianOfAnswers({ ...options, engineAddress: `127.0.0.1:${enginePort}` });
  } finally {
    for (const { child } of services.toReversed()) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
  }
}

/** Plays the collector until risk has been asked often enough. */
async function publishBooks(options: {
  readonly loaded: LoadedConfig;
  readonly redisUrl: string;
  readonly opportunities: number;
}): Promise<void> {
  const bus = await openRedisMarketBus({
    url: options.redisUrl,
    logger: silentLogger(),
    metrics: memoryMetrics(),
    timers: systemTimers,
  });
  const listings = listingsOf(parseConfig(options.loaded, sharedConfigSchema));
  const books = listings.map((listing) => benchBook(listing, benchPrice(listing)));
  const cheap = books.find(
    ({ event }) => event.venue === 'binance' && event.instrument === 'BTC/USDT',
  );
  if (cheap === undefined) throw new Error('the default configuration lists BTC/USDT on binance');
  for (let round = 0; round < WARM_UP_FRAMES + options.opportunities; round += 1) {
    if (round % REFRESH_ROUNDS === 0) {
      for (const book of books) {
        book.touch(1);
        bus.publish(book.event);
      }
    }
    for (const factor of [1, 0.985]) {
      await pause(PACED_MS);
      cheap.touch(factor);
      bus.publish(cheap.event);
    }
  }
  await systemTimers.sleep(500);
  await bus.close();
}

/** @returns the median microseconds of the newest answers */
async function medianOfAnswers(options: {
  readonly folder: string;
  readonly engineAddress: string;
  readonly opportunities: number;
}): Promise<number> {
  const { engineAddress: address, opportunities, folder } = options;
  const parts = { clock: systemClock, timers: systemTimers, entropy: systemEntropy };
  const named = { name: OPERATOR, folder, hosts: ['127.0.0.1'], certificateDays: 1 };
  const tls = await openTls({ ...parts, ...named, onRenewal: () => {} });
  const rpc = openRpcDirectory({
    guard: UNGUARDED,
    tls,
    addresses: { [ENGINE_SERVICE.fullName]: { address, field: 'rpc.engineAddress' } },
    clock: systemClock,
    timers: systemTimers,
    random: seededRandom(1),
    logger: silentLogger(),
    metrics: memoryMetrics(),
  });
  const engine = rpc.client(ENGINE_SERVICE);
  const { records } = await engine.ListOpportunities({ limit: RECENT_MAX }, { deadlineMs: 10_000 });
  await rpc.close();
  tls.close();
  const answered = records
    .map((wire) => opportunityRecordFromWire(wire).opportunity.times)
    .filter(({ riskAnsweredAtUs }) => riskAnsweredAtUs > 0);
  const answers = firstAnswersUs(answered).slice(0, opportunities);
  if (answers.length < opportunities / 2) {
    throw new Error(`risk answered to ${answers.length} of ${opportunities} frames only`);
  }
  return median(answers);
}

/** From each frame to the first of its answers: the best edge is asked about first. */
function firstAnswersUs(
  answered: readonly { readonly frameAtUs: number; readonly riskAnsweredAtUs: number }[],
): number[] {
  const firstByFrame = new Map<number, number>();
  for (const { frameAtUs, riskAnsweredAtUs } of answered) {
    const known = firstByFrame.get(frameAtUs) ?? Number.POSITIVE_INFINITY;
    firstByFrame.set(frameAtUs, Math.min(known, riskAnsweredAtUs - frameAtUs));
  }
  return [...firstByFrame.values()];
}
