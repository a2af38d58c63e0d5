import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findEngine, freePort, startRedis } from '@ats/testkit';
import { type Figure, figure } from '../report.ts';
import { redisHopUs } from './redis-hop.ts';

interface Distributed {
  readonly figures: readonly Figure[];
  readonly skipped: readonly string[];
}

const START_LIMIT_MS = 30_000;
const FIND_LIMIT_MS = 300_000;

/**
 * Frame to risk answer with the collector, the engine and the risk manager in processes of their
 * own, over Redis and gRPC, on the simulated exchanges.
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
    const ready = await start('venue-simulator', ['simulator.rate=2']).awaitEvent(
      'simulator.ready',
    );
    const venues = ready.venues as Record<string, { ws: string; rest: string }>;
    await start('risk-manager').awaitEvent('service.started');
    const engine = await start('trading-engine').awaitEvent('service.started');
    const endpoints = Object.entries(venues).flatMap(([name, { ws, rest }]) => [
      `venues.${name}.ws=["${ws}"]`,
      `venues.${name}.rest=["${rest}"]`,
    ]);
    await start('price-collector', ['collector.ticks=false', ...endpoints]).awaitEvent(
      'service.started',
    );
    return await medianFromMetrics(`${String(engine.admin)}/metrics`, options.opportunities);
  } finally {
    for (const { child } of services.toReversed()) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
  }
}

/** Polls the engine until risk has answered often enough. @returns microseconds */
async function medianFromMetrics(url: string, opportunities: number): Promise<number> {
  const until = performance.now() + FIND_LIMIT_MS;
  while (performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const text = await (await fetch(url)).text();
    const value = (name: string): number => {
      const line = text.split('\n').find((one) => one.startsWith(name));
      return Number(line?.split(' ').at(-1) ?? 0);
    };
    const stage = 'stage="frame_to_risk_answer"';
    const answers = value('ats_engine_opportunities{reason="APPROVED"');
    if (answers < opportunities) continue;
    return value(`ats_engine_latency_seconds{${stage},quantile="0.5"`) * 1e6;
  }
  throw new Error(`fewer than ${opportunities} answers of risk within ${FIND_LIMIT_MS} ms`);
}
