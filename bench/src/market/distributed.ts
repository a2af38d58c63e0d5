import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ENGINE_SERVICE, opportunityRecordFromWire } from '@ats/contracts';
import { openRpcDirectory, seededRandom, systemClock, systemTimers } from '@ats/runtime';
import { findEngine, freePort, memoryMetrics, silentLogger, startRedis } from '@ats/testkit';
import { median } from '../measure.ts';
import { type Figure, figure } from '../report.ts';
import { redisHopUs } from './redis-hop.ts';

interface Distributed {
  readonly figures: readonly Figure[];
  readonly skipped: readonly string[];
}

const START_LIMIT_MS = 30_000;
const FIND_LIMIT_MS = 300_000;
/** Answers that are not counted: the first ones run code that is not compiled yet. */
const WARM_UP_ANSWERS = 60;
/** Opportunities that the engine keeps to be asked for; the refused ones are among them. */
const RECENT_MAX = 3000;
/** Prices of a venue leave the others' this often, so that the bench is done in a minute or two. */
const DISLOCATIONS = [
  'simulator.dislocations.pauseMsMin=100',
  'simulator.dislocations.pauseMsMax=400',
];

/**
 * Frame to risk answer with the collector, the engine and the risk manager in processes of their
 * own, over Redis and gRPC, on the simulated exchanges, which send some 300 updates a second. Each
 * answer counts from when the collector has the frame that led to it. The first answers are left
 * out; the floors are paced like the updates, one each few milliseconds.
 */
export async function benchDistributed(options: {
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
    const p50 = await frameToRiskAnswerUs({ redisUrl: redis.url, ...options });
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
  const flags = settings.flatMap((setting) => ['--set', setting]);
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
  readonly redisUrl: string;
  readonly opportunities: number;
}): Promise<number> {
  const [riskPort, enginePort] = [await freePort(), await freePort()];
  const common = [
    'log.level=info',
    `bus.url=${options.redisUrl}`,
    `rpc.riskAddress=127.0.0.1:${riskPort}`,
    `rpc.engineAddress=127.0.0.1:${enginePort}`,
    ...['venue-simulator', 'price-collector', 'trading-engine', 'risk-manager'].map(
      (name) => `admin.ports.${name}=0`,
    ),
  ];
  const services: Service[] = [];
  const start = (name: string, settings: readonly string[] = []): Service => {
    const service = startService(name, [...common, ...settings]);
    services.push(service);
    return service;
  };
  try {
    const ready = await start('venue-simulator', DISLOCATIONS).awaitEvent('simulator.ready');
    const venues = ready.venues as Record<string, { ws: string; rest: string }>;
    await start('risk-manager').awaitEvent('service.started');
    const recent = `engine.recentMax=${RECENT_MAX}`;
    const engine = await start('trading-engine', [recent]).awaitEvent('service.started');
    const endpoints = Object.entries(venues).flatMap(([name, { ws, rest }]) => [
      `venues.${name}.ws=["${ws}"]`,
      `venues.${name}.rest=["${rest}"]`,
    ]);
    await start('price-collector', ['collector.ticks=false', ...endpoints]).awaitEvent(
      'service.started',
    );
    return await medianOfAnswers({
      admin: String(engine.admin),
      engineAddress: `127.0.0.1:${enginePort}`,
      opportunities: options.opportunities,
    });
  } finally {
    for (const { child } of services.toReversed()) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
  }
}

/** Waits until risk has answered often enough. @returns the newest answers' median microseconds */
async function medianOfAnswers(options: {
  readonly admin: string;
  readonly engineAddress: string;
  readonly opportunities: number;
}): Promise<number> {
  const { admin, engineAddress: address, opportunities } = options;
  const until = performance.now() + FIND_LIMIT_MS;
  while ((await approvals(`${admin}/metrics`)) < WARM_UP_ANSWERS + opportunities) {
    if (performance.now() > until) {
      throw new Error(`too few answers of risk within ${FIND_LIMIT_MS} ms`);
    }
    await systemTimers.sleep(1000);
  }
  const rpc = openRpcDirectory({
    addresses: { [ENGINE_SERVICE.fullName]: { address, field: 'rpc.engineAddress' } },
    clock: systemClock,
    timers: systemTimers,
    random: seededRandom(1),
    logger: silentLogger(),
    metrics: memoryMetrics(),
  });
  const asked = { limit: RECENT_MAX };
  const engine = rpc.client(ENGINE_SERVICE);
  const { records } = await engine.ListOpportunities(asked, { deadlineMs: 10_000 });
  await rpc.close();
  const answered = records
    .map((wire) => opportunityRecordFromWire(wire).opportunity.times)
    .filter(({ riskAnsweredAtUs }) => riskAnsweredAtUs > 0)
    .slice(0, opportunities);
  return median(answered.map((times) => times.riskAnsweredAtUs - times.frameAtUs));
}

async function approvals(url: string): Promise<number> {
  const lines = (await (await fetch(url)).text()).split('\n');
  const line = lines.find((one) => one.startsWith('ats_engine_opportunities{reason="APPROVED"'));
  return Number(line?.split(' ').at(-1) ?? 0);
}
