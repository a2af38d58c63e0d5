import { OrderBook } from '@ats/domain';
import { FrameReplay, nativeDialects, readFrames } from '@ats/price-collector';
import { answer, receiveJob, startChild } from '../child.ts';
import { settledHeapBytes } from '../measure.ts';
import { type Figure, figure } from '../report.ts';

interface MemoryJob {
  readonly file: string;
  readonly updates: number;
}

interface MemoryResult {
  readonly updates: number;
  /** After a tenth of the updates, and after all of them. */
  readonly earlyBytes: number;
  readonly lateBytes: number;
  readonly shallowBytes: number;
  readonly deepBytes: number;
}

const SHALLOW = 20;
const DEEP = 5000;
const LEVEL_UPDATES = 1_000_000;

/** Memory over many replayed updates, and what one changed level allocates in a deep book. */
export async function benchMemory(job: MemoryJob): Promise<Figure[]> {
  const child = startChild<MemoryResult>(new URL(import.meta.url), job);
  const result = await child.next();
  await child.stop();
  const count = LEVEL_UPDATES.toLocaleString('en-US');
  return [
    figure({
      name: `heap after ${result.updates.toLocaleString('en-US')} replayed updates`,
      unit: 'bytes',
      value: result.lateBytes,
      floorName: 'after a tenth of them',
      floor: result.earlyBytes,
      target: { atMost: 1.05 },
    }),
    figure({
      name: `heap for ${count} one-level updates, ${DEEP} levels deep`,
      unit: 'bytes + 1 MiB',
      value: result.deepBytes + 2 ** 20,
      floorName: `${SHALLOW} levels deep`,
      floor: result.shallowBytes + 2 ** 20,
      target: { atMost: 1.5 },
    }),
  ];
}

/** @returns the book messages that one pass over the frames brought */
async function replayUntil(job: MemoryJob): Promise<MemoryResult> {
  const frames = [];
  for await (const batch of readFrames(job.file)) frames.push(...batch);
  // One replay for all passes: the same sessions and books, as a collector keeps them.
  const replay = new FrameReplay(nativeDialects);
  const updates = (): number => replay.summary().messages.book;
  let earlyBytes = 0;
  let done = 0;
  while (done < job.updates) {
    for (const frame of frames) replay.push(frame);
    done = updates();
    if (earlyBytes === 0 && done >= job.updates / 10) earlyBytes = settledHeapBytes();
  }
  const lateBytes = settledHeapBytes();
  const shallowBytes = allocatedBy(SHALLOW);
  return { updates: done, earlyBytes, lateBytes, shallowBytes, deepBytes: allocatedBy(DEEP) };
}

/** Bytes that changing single levels of a book of that depth allocates. */
function allocatedBy(depth: number): number {
  const book = new OrderBook(2 * depth);
  const change = (index: number): void => {
    // In turn: a new size, a level gone, the level back.
    const price = 10_000 - (index % depth);
    book.bids.set(price, index % 3 === 1 ? 0 : 1 + (index % 7));
  };
  for (let index = 0; index < 10 * depth; index += 1) change(index);
  settledHeapBytes();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < LEVEL_UPDATES; index += 1) change(index);
  return Math.max(0, process.memoryUsage().heapUsed - before);
}

if (import.meta.main) {
  answer(await replayUntil(await receiveJob<MemoryJob>()));
  process.disconnect();
}
