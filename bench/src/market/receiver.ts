import { priceCollector } from '@ats/price-collector';
import {
  type LoadedConfig,
  mergeLayers,
  parseConfig,
  seededRandom,
  systemClock,
  systemTimers,
} from '@ats/runtime';
import { openMemoryMarketBus } from '@ats/storage';
import { memoryMetrics, silentLogger } from '@ats/testkit';
import { WebSocket } from 'ws';
import { answer, receiveJob } from '../child.ts';
import { END, START } from './blaster.ts';
import { noTicks } from './system.ts';

/** `bare`: ws and JSON.parse only. `collector`: socket, adapter, book, bus. */
export interface ReceiverJob {
  readonly kind: 'bare' | 'collector';
  readonly venue: string;
  readonly ws: string;
  readonly rest: string;
  readonly lead: number;
  readonly frames: number;
  readonly config: LoadedConfig['values'];
  readonly overrides: LoadedConfig['values'];
}

export interface ReceiverResult {
  readonly framesPerSecond: number;
  readonly bookUpdates: number;
  readonly resyncs: number;
}

const IDLE_POLL_MS = 2;

function bare(job: ReceiverJob): Promise<ReceiverResult> {
  return new Promise((resolve) => {
    const socket = new WebSocket(job.ws, { perMessageDeflate: false, skipUTF8Validation: true });
    let began = 0;
    let parsed = 0;
    socket.on('message', (data: Buffer) => {
      const text = data.toString('utf8');
      if (text === START) {
        began = performance.now();
        parsed = 0;
        return;
      }
      if (text !== END) {
        JSON.parse(text);
        parsed += 1;
        return;
      }
      const framesPerSecond = (parsed * 1000) / (performance.now() - began);
      socket.terminate();
      resolve({ framesPerSecond, bookUpdates: 0, resyncs: 0 });
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
  const running = await priceCollector.start({
    config: parseConfig(loaded, priceCollector.configSchema),
    clock: systemClock,
    timers: systemTimers,
    random: seededRandom(1),
    logger,
    metrics,
    rpc: undefined as never,
    ports: { marketBus: async () => bus, tickStore: async () => noTicks },
  });
  const stats = () => running.stats().venues[job.venue];
  const poll = () => new Promise<void>((resolve) => setTimeout(resolve, IDLE_POLL_MS));
  while ((stats()?.frames ?? 0) <= job.lead) await poll();
  const before = stats()?.frames ?? 0;
  const began = performance.now();
  while ((stats()?.frames ?? 0) < job.lead + job.frames + 2) await poll();
  const seconds = (performance.now() - began) / 1000;
  const done = stats();
  await running.drain();
  return {
    framesPerSecond: ((done?.frames ?? 0) - before) / seconds,
    bookUpdates: published,
    resyncs: done?.resyncs ?? 0,
  };
}

if (import.meta.main) {
  const job = await receiveJob<ReceiverJob>();
  answer(await (job.kind === 'bare' ? bare(job) : collector(job)));
  process.disconnect();
}
