import { priceCollector } from '@ats/price-collector';
import {
  type LoadedConfig,
  mergeLayers,
  openRpcDirectory,
  parseConfig,
  seededRandom,
  systemClock,
  systemTimers,
  UNGUARDED,
} from '@ats/runtime';
import { openMemoryMarketBus } from '@ats/storage';
import { discardingTickStore, memoryMetrics, silentLogger } from '@ats/testkit';
import { WebSocket } from 'ws';
import { answer, receiveJob } from '../child.ts';
import { END, START } from './blaster.ts';

/** `bare`: ws and JSON.parse only. `collector`: socket, adapter, book, bus. */
export interface ReceiverJob {
  readonly kind: 'bare' | 'collector';
  readonly venue: string;
  readonly ws: string;
  readonly rest: string;
  readonly lead: number;
  readonly frames: number;
  /** Measured passes, after one that warms up. */
  readonly passes: number;
  readonly config: LoadedConfig['values'];
  readonly overrides: LoadedConfig['values'];
}

export interface ReceiverResult {
  /** One figure a pass; the first one, which warms up, is left out. */
  readonly framesPerSecond: readonly number[];
  readonly bookUpdates: number;
  readonly resyncs: number;
}

const IDLE_POLL_MS = 2;

async function bare(job: ReceiverJob): Promise<ReceiverResult> {
  const framesPerSecond: number[] = [];
  for (let pass = 0; pass <= job.passes; pass += 1) {
    const rate = await barePass(job);
    if (pass > 0) framesPerSecond.push(rate);
  }
  return { framesPerSecond, bookUpdates: 0, resyncs: 0 };
}

function barePass(job: ReceiverJob): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(job.ws, { perMessageDeflate: false, skipUTF8Validation: true });
    let began = 0;
    let parsed = 0;
    socket.on('message', (data: Buffer) => {
      const text = data.toString('utf8');
      if (text === START) {
        began = performance.now();
        parsed = 0;
      } else if (text === END) {
        resolve((parsed * 1000) / (performance.now() - began));
      } else {
        JSON.parse(text);
        parsed += 1;
      }
    });
  });
}

async function collector(job: ReceiverJob): Promise<ReceiverResult> {
  const venue = { ws: [job.ws], rest: [job.rest] };
  const layers = [
    { source: 'bench', values: job.config },
    { source: 'bench', values: job.overrides },
    { source: 'bench', values: { venues: { [job.venue]: venue } } },
  ];
  const loaded = { layers, values: mergeLayers(layers) };
  const logger = silentLogger();
  const metrics = memoryMetrics();
  const bus = openMemoryMarketBus({ logger, metrics });
  let published = 0;
  await bus.subscribe({ kinds: ['book'] }, () => {
    published += 1;
  });
  const base = { clock: systemClock, timers: systemTimers, random: seededRandom(1) };
  const told = { logger, metrics };
  const running = await priceCollector.start({
    ...{ ...base, ...told },
    config: parseConfig(loaded, priceCollector.configSchema),
    rpc: openRpcDirectory({ ...base, ...told, guard: UNGUARDED, addresses: {}, listen: false }),
    ports: { marketBus: async () => bus, tickStore: async () => discardingTickStore },
  });
  const frames = (): number => running.stats().venues[job.venue]?.frames ?? 0;
  const reach = async (count: number): Promise<void> => {
    while (frames() < count) await new Promise<void>((done) => setTimeout(done, IDLE_POLL_MS));
  };
  const framesPerSecond: number[] = [];
  const perPass = job.lead + job.frames + 2;
  for (let pass = 0; pass <= job.passes; pass += 1) {
    await reach(pass * perPass + job.lead + 1);
    const before = frames();
    const began = performance.now();
    await reach((pass + 1) * perPass);
    const rate = ((frames() - before) * 1000) / (performance.now() - began);
    if (pass > 0) framesPerSecond.push(rate);
  }
  const resyncs = running.stats().venues[job.venue]?.resyncs ?? 0;
  await running.drain();
  return { framesPerSecond, bookUpdates: published, resyncs };
}

if (import.meta.main) {
  const job = await receiveJob<ReceiverJob>();
  answer(await (job.kind === 'bare' ? bare(job) : collector(job)));
  process.disconnect();
}
