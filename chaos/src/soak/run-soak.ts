import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  freePort,
  listingsOf,
  loadConfig,
  parseConfig,
  seededRandom,
  sharedConfigSchema,
  systemTimers,
} from '@ats/runtime';
import { z } from 'zod';
import { type Child, startChild } from '../child.ts';
import { ADDRESSES, SERVICES } from '../embedded-system.ts';
import { GatewayClient } from '../gateway-client.ts';
import { priceOf } from '../prices.ts';
import { LIMITS, sendOrders } from '../traffic.ts';
import { type Sample, Sampler, SERIES } from './samples.ts';
import { type Judgement, judge } from './trend.ts';

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  /** Holds everything of this run. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

export interface SoakVerdict {
  readonly sound: boolean;
  readonly minutes: number;
  readonly samples: number;
  /** A second, over the judged minutes. */
  readonly ordersPerSecond: number;
  readonly tradesPerMinute: number;
  readonly series: Readonly<Record<string, Judgement>>;
  /** What is wrong, in words. */
  readonly findings: readonly string[];
}

const READY_MS = 180_000;
const DRAIN_MS = 60_000;
const SAMPLE_MS = 2000;
/** One judged value for so many seconds, within bounds. */
const WINDOW_SECONDS = 10;
const [WINDOWS_MIN, WINDOWS_MAX] = [10, 60];
/** The first part of a run: caches fill, code is compiled, the market finds its pace. */
const WARM_UP = { share: 0.3, minutesMin: 1, minutesMax: 5 };
const SAY_EVERY_MINUTES = 1;
const CACHED_ORDERS = 1000;

const summarySchema = z.object({
  invariants: z.object({ ok: z.boolean(), violations: z.array(z.string()) }),
  ledger: z.object({ balanced: z.boolean(), entries: z.number() }),
});

/** Runs the whole embedded system with orders from outside, and judges what it came to. */
export async function runSoak(options: SoakOptions): Promise<SoakVerdict> {
  const system = await startSystem(options);
  const { child, client, ports } = system;
  void traffic(client, options);
  const samples: Sample[] = [];
  const sampler = new Sampler(child.pid);
  const began = performance.now();
  let said = 0;
  while (child.alive) {
    await systemTimers.sleep(SAMPLE_MS);
    const minute = (performance.now() - began) / 60_000;
    if (minute > options.minutes) break;
    const texts = await Promise.all(ports.map(scrape));
    const sample = sampler.take({ minute, texts, processText: texts[0] ?? '' });
    samples.push(sample);
    if (minute - said < SAY_EVERY_MINUTES) continue;
    said = minute;
    const { values, orders, trades } = sample;
    const memory = ['memory in use', 'anonymous memory', 'heap used', 'mapped files']
      .map((name) => `${name} ${values[name]?.toFixed(0)} MiB`)
      .join(', ');
    options.say(`${minute.toFixed(1)} min: ${orders} orders, ${trades} trades, ${memory}`);
  }
  const findings = await endOf(child, system.lastLine);
  return verdictOf({ options, samples, findings });
}

async function startSystem(options: SoakOptions) {
  const { folder, seed } = options;
  const gatewayPort = await freePort();
  const tokenFile = join(folder, 'gateway-token');
  const adminPorts = new Map<string, number>();
  for (const name of SERVICES) adminPorts.set(name, await freePort());
  const config = join(folder, 'soak.yaml');
  // JSON is YAML.
  const settings = {
    seed,
    gateway: { port: gatewayPort, tokenFile },
    dashboard: { port: 0, buildWeb: false },
    // Full before it is judged: a cache that still fills looks like a leak.
    oms: { cachedOrdersMax: CACHED_ORDERS },
    risk: { approvalKeyFile: join(folder, 'approval-key'), limits: LIMITS },
    eventLog: { url: `lmdb:${join(folder, 'log')}` },
    stateStore: { url: `lmdb:${join(folder, 'state')}` },
    archive: { url: `file:${join(folder, 'audit')}` },
    tickStore: { url: `parquet:${join(folder, 'ticks')}` },
    security: { folder: join(folder, 'security') },
    killSwitchFile: join(folder, 'kill-switch'),
    admin: { ports: Object.fromEntries(adminPorts) },
    rpc: Object.fromEntries(ADDRESSES.map((name) => [`${name}Address`, '127.0.0.1:0'])),
  };
  writeFileSync(config, JSON.stringify(settings));
  const child = startChild({
    file: fileURLToPath(new URL('../../../modules/cli/src/main.ts', import.meta.url)),
    args: ['up', '--summary', 'json', '--config', config],
    logFile: join(folder, 'ats.log'),
  });
  const lastLine = child.line((line) => (line.startsWith('{"profile"') ? line : undefined));
  lastLine.catch(() => undefined);
  const client = new GatewayClient({ urls: [`http://127.0.0.1:${gatewayPort}`], tokenFile });
  const until = performance.now() + READY_MS;
  while ((await client.openOrders()) === undefined) {
    if (!child.alive) throw new Error(`ats ended at once: see ${join(folder, 'ats.log')}`);
    if (performance.now() > until) throw new Error(`no answer of the gateway in ${READY_MS} ms`);
    await systemTimers.sleep(100);
  }
  // The simulator is a process of its own, and not what is judged.
  const own = [...adminPorts].filter(([name]) => name !== 'venue-simulator');
  return { child, client, lastLine, ports: own.map(([, port]) => port) };
}

/** Orders of a person beside the engine's own, one after another, until the process ends. */
async function traffic(client: GatewayClient, { seed }: SoakOptions): Promise<void> {
  const loaded = loadConfig({
    folder: fileURLToPath(new URL('../../../config', import.meta.url)),
    environment: {},
    assignments: [],
  });
  await sendOrders({
    client,
    listings: listingsOf(parseConfig(loaded, sharedConfigSchema)),
    priceOf: priceOf(loaded.values),
    random: seededRandom(seed).stream('orders'),
    orders: Number.POSITIVE_INFINITY,
    concurrency: 2,
    pauseMs: 100,
    // What stays would be work that grows, and no leak.
    cancelShare: 1,
    onProgress: () => undefined,
  });
}

const scrape = async (port: number): Promise<string> => {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
  return (await answer?.text()) ?? '';
};

async function endOf(child: Child, lastLine: Promise<string>): Promise<string[]> {
  const early = child.alive ? [] : ['the system ended by itself'];
  const code = await child.stop(DRAIN_MS);
  const line = await lastLine.catch(() => undefined);
  if (line === undefined) return [...early, `no summary was printed, exit code ${code}`];
  const { invariants, ledger } = summarySchema.parse(JSON.parse(line));
  return [
    ...early,
    ...(code === 0 ? [] : [`exit code ${code}`]),
    ...(ledger.balanced ? [] : ['the ledger is not balanced']),
    ...invariants.violations,
  ];
}

function verdictOf(run: {
  readonly options: SoakOptions;
  readonly samples: readonly Sample[];
  readonly findings: readonly string[];
}): SoakVerdict {
  const { options, samples } = run;
  const { share, minutesMin, minutesMax } = WARM_UP;
  const warm = Math.min(minutesMax, Math.max(minutesMin, share * options.minutes));
  const judged = samples.filter(({ minute }) => minute >= warm);
  const [first, last] = [judged[0], judged.at(-1)];
  const minutes = (last?.minute ?? 0) - (first?.minute ?? 0);
  const windows = Math.min(
    WINDOWS_MAX,
    Math.max(WINDOWS_MIN, Math.floor((minutes * 60) / WINDOW_SECONDS)),
  );
  const findings = [...run.findings];
  const series: Record<string, Judgement> = {};
  for (const [name, rule] of Object.entries(SERIES)) {
    const points = judged.flatMap(({ minute, values }) => {
      const value = values[name];
      return value === undefined ? [] : [{ minute, value }];
    });
    if (points.length === 0) continue;
    const found = judge(points, { windows, pick: rule.pick, tolerance: rule });
    series[name] = found;
    if (rule.free !== true && found.grows) {
      const grew = `${found.surelyGrew.toFixed(1)} ${rule.unit}`.trim();
      findings.push(`${name} grew by at least ${grew}, ${found.allowed.toFixed(1)} is allowed`);
    }
  }
  const orders = (last?.orders ?? 0) - (first?.orders ?? 0);
  const trades = (last?.trades ?? 0) - (first?.trades ?? 0);
  if (orders === 0) findings.push('no order was taken in the judged minutes');
  return {
    sound: findings.length === 0,
    minutes: options.minutes,
    samples: samples.length,
    ordersPerSecond: orders / Math.max(1, minutes * 60),
    tradesPerMinute: trades / Math.max(1 / 60, minutes),
    series,
    findings,
  };
}
