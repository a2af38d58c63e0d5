import { fileURLToPath } from 'node:url';
import { ACCESS_SERVICE, MARKET_DATA_SERVICE, type WireMessages } from '@ats/contracts';
import {
  loadConfig,
  openRpcDirectory,
  parseConfig,
  type ServerStream,
  seededRandom,
  systemClock,
  systemTimers,
  UNGUARDED,
} from '@ats/runtime';
import { memoryMetrics, silentLogger } from '@ats/testkit';
import { uiDashboard } from '@ats/ui-dashboard';
import { startChild } from '../child.ts';
import { median } from '../measure.ts';
import { type BenchOptions, figure, type Report } from '../report.ts';
import { cookieOf } from './login.ts';
import { openRawBroadcast } from './raw-broadcast.ts';
import type { WatchersJob, WatchersResult } from './watchers.ts';

type Quotes = WireMessages['ats.marketdata.v1.StreamQuotesResponse'];

const CLIENTS = 200;
const MARKETS = 25;
/** How often all quotes change: out of step with the interval, so that the wait varies. */
const CHANGE_MS = 37;
const CONFLATE_MS = 50;
const HOUR_US = 3_600_000_000;

export const FANOUT_PARTS = ['fanout'] as const;

/** From a quote to every browser that watches, against sockets alone. */
export async function benchFanout(options: BenchOptions): Promise<Report> {
  const sizes = options.tiny
    ? { count: 20, lead: 2, frames: 5, rounds: 1 }
    : { count: CLIENTS, lead: 40, frames: 100, rounds: 3 };
  const stage = await openDashboard();
  const raw = await openRawBroadcast(CONFLATE_MS, () =>
    JSON.stringify({ id: 'q', data: stage.newest() }),
  );
  try {
    const subscribe = {
      ...{ op: 'subscribe', id: 'q', request: {} },
      method: 'ats.marketdata.v1.MarketDataService/StreamQuotes',
    };
    const { url, headers } = stage;
    const job = { ...sizes, url, headers, say: JSON.stringify(subscribe) };
    const bare = { ...sizes, url: raw.url, headers: {}, say: '' };
    const rounds: { readonly floor: Watched; readonly value: Watched }[] = [];
    // In turns, so that what else the machine does falls on both.
    for (let round = 0; round < sizes.rounds; round += 1) {
      rounds.push({ floor: await watched(bare), value: await watched(job) });
    }
    const middle = (of: 'floor' | 'value', what: 'p50' | 'p99' | 'cpuUs') =>
      median(rounds.map((round) => round[of][what]));
    const against = (name: string, what: 'p50' | 'p99' | 'cpuUs') =>
      figure({
        ...{ name: `${name}, ${sizes.count} browsers`, unit: 'us', value: middle('value', what) },
        ...{ floorName: 'raw ws broadcast', floor: middle('floor', what) },
        target: { atMost: 1.5 },
      });
    const figures = [
      against('quote to browser, p99', 'p99'),
      against('quote to browser, p50', 'p50'),
      against('processor time a frame', 'cpuUs'),
    ];
    const measured = {
      'longest, us': Math.max(...rounds.map(({ value }) => value.max)),
      'frames received': rounds.reduce((sum, { value }) => sum + value.frames, 0),
      'streams opened at the service': stage.opened(),
    };
    const { tiny } = options;
    return { bench: 'fanout', node: process.version, tiny, figures, measured, skipped: [] };
  } finally {
    raw.close();
    await stage.close();
  }
}

interface Watched extends WatchersResult {
  /** Processor time of this process for each frame that was received, microseconds. */
  readonly cpuUs: number;
}

async function watched(job: WatchersJob): Promise<Watched> {
  const child = startChild<WatchersResult>(new URL('./watchers.ts', import.meta.url), job);
  const before = process.cpuUsage();
  try {
    const result = await child.next();
    const { user, system } = process.cpuUsage(before);
    return { ...result, cpuUs: (user + system) / (result.frames + job.count * job.lead) };
  } finally {
    await child.stop();
  }
}

/** The real server, before an access service that lets everybody in and a market that moves. */
async function openDashboard() {
  const loaded = loadConfig({
    folder: fileURLToPath(new URL('../../../config', import.meta.url)),
    environment: {},
    assignments: [
      'dashboard.port=0',
      'dashboard.buildWeb=false',
      `dashboard.stream.conflateMs=${CONFLATE_MS}`,
    ],
  });
  const base = {
    ...{ clock: systemClock, timers: systemTimers, random: seededRandom(1) },
    ...{ logger: silentLogger(), metrics: memoryMetrics() },
  };
  const rpc = openRpcDirectory({ ...base, guard: UNGUARDED, addresses: {}, listen: false });
  const tokens = { accessToken: 'bench', refreshToken: 'bench' };
  const until = systemClock.nowUs() + HOUR_US;
  const lasting = { ...tokens, accessExpiresAtUs: until, refreshExpiresAtUs: until };
  const who = { name: 'bench', kind: 'user', role: 'viewer', permissions: [] };
  await rpc.serve(ACCESS_SERVICE, {
    Login: () => ({ tokens: lasting, challenge: '' }),
    WhoAmI: () => ({ ...who, sessionId: 's', stepUpUntilUs: 0, secondFactor: false }),
  } as never);
  const streams = new Set<ServerStream<Quotes>>();
  let newest = quotesAt(systemClock.nowUs());
  let opened = 0;
  await rpc.serve(MARKET_DATA_SERVICE, {
    GetMarkets: () => ({ markets: [] }),
    StreamQuotes: (_request: object, stream: ServerStream<Quotes>) => {
      opened += 1;
      streams.add(stream);
      return () => void streams.delete(stream);
    },
  } as never);
  const timer = systemTimers.every(CHANGE_MS, () => {
    newest = quotesAt(systemClock.nowUs());
    for (const stream of streams) stream.send(newest);
  });
  const config = parseConfig(loaded, uiDashboard.configSchema);
  const running = await uiDashboard.start({ ...base, config, rpc, ports: {} });
  const cookie = await cookieOf(running.url);
  return {
    url: `${running.url.replace('http', 'ws')}/api/stream`,
    headers: { cookie, origin: running.url },
    newest: () => newest,
    opened: () => opened,
    async close() {
      timer.cancel();
      await running.drain();
      await rpc.close();
    },
  };
}

function quotesAt(receivedAtUs: number): Quotes {
  const quotes = Array.from({ length: MARKETS }, (_, index) => ({
    ...{ venue: `venue-${index % 5}`, instrument: `ASSET${index}/USDT`, receivedAtUs },
    ...{ bid: 97_000.5 + index, bidSize: 0.25, ask: 97_001.5 + index, askSize: 1.75 },
    state: 'MARKET_STATE_LIVE' as const,
    reason: 'MARKET_STATE_REASON_SNAPSHOT' as const,
  }));
  return { quotes };
}
