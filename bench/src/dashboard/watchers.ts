/** Many browsers in one process: they watch, and say how late what they are told is. */
import { LatencyRecorder, systemClock } from '@ats/runtime';
import { WebSocket } from 'ws';
import { answer, receiveJob } from '../child.ts';

export interface WatchersJob {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly count: number;
  /** Said by each once it is open; empty for nothing. */
  readonly say: string;
  /** Frames of each that are not counted, while caches warm up. */
  readonly lead: number;
  readonly frames: number;
}

export interface WatchersResult {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly frames: number;
}

const STAMP = '"receivedAtUs":';

const job = await receiveJob<WatchersJob>();
const late = new LatencyRecorder();
const done: Promise<void>[] = [];
for (let at = 0; at < job.count; at += 1) done.push(watch());
await Promise.all(done);
const { p50, p99, max, count } = late.summary();
answer({ p50, p99, max, frames: count } satisfies WatchersResult);

function watch(): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = new WebSocket(job.url, { headers: job.headers, perMessageDeflate: false });
  let seen = 0;
  socket.on('open', () => job.say !== '' && socket.send(job.say));
  socket.on('error', reject);
  socket.on('message', (data) => {
    const text = data.toString();
    const found = text.indexOf(STAMP);
    if (found < 0) return;
    seen += 1;
    if (seen <= job.lead) return;
    late.record(systemClock.nowUs() - Number.parseInt(text.slice(found + STAMP.length), 10));
    if (seen < job.lead + job.frames) return;
    socket.close();
    resolve();
  });
  return promise;
}
