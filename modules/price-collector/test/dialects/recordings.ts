import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { BookSideView } from '@ats/domain';
import type { Frame } from './recording-sink.ts';

/** Recorded frames lie beside the project, not in it: they are too large to be copied in. */
const FOLDER = fileURLToPath(new URL('../../../../../shared/data/frames/', import.meta.url));

/** @returns undefined, and says so on stderr, where the recording is not there. */
export function recording(name: string): readonly Frame[] | undefined {
  const path = `${FOLDER}${name}.jsonl.gz`;
  if (!existsSync(path)) {
    process.stderr.write(`SKIPPED, LOUDLY: the recording ${path} is not there\n`);
    return undefined;
  }
  const frames: Frame[] = [];
  for (const line of gunzipSync(readFileSync(path)).toString('utf8').split('\n')) {
    if (line === '') continue;
    const { t, c, k, m } = JSON.parse(line) as { t: string; c: number; k: string; m?: string };
    if (m === undefined || (k !== 'in' && k !== 'out')) continue;
    frames.push({ connection: c, kind: k, text: m, atUs: Math.floor(Number(t) / 1000) });
  }
  return frames;
}

/** `describe` where there is a recording, a skipped block with the reason in its name if not. */
export function describeRecording(name: string, block: (frames: readonly Frame[]) => void): void {
  const frames = recording(name);
  if (frames === undefined) {
    // biome-ignore lint/suspicious/noSkippedTests: without its data this test can show nothing.
    describe.skip(`the recording ${name} (not there)`, () => test('is replayed', () => undefined));
  } else {
    describe(`the recording ${name}`, () => block(frames));
  }
}

/** `[price, size]` texts of a side, best first. */
export function levelsOf(side: BookSideView): [string, string][] {
  return Array.from({ length: side.depth }, (_, index) => [
    side.priceText(index),
    side.sizeText(index),
  ]);
}

/** A book as plain maps from price text to size text: slow, short, and independent. */
export class PlainBook {
  readonly bids = new Map<number, [string, string]>();
  readonly asks = new Map<number, [string, string]>();

  set(side: 'bids' | 'asks', price: string, size: string): void {
    if (Number(size) === 0) this[side].delete(Number(price));
    else this[side].set(Number(price), [price, size]);
  }

  clear(): void {
    this.bids.clear();
    this.asks.clear();
  }

  levels(side: 'bids' | 'asks', depth = Number.POSITIVE_INFINITY): [string, string][] {
    const sign = side === 'bids' ? -1 : 1;
    return [...this[side]]
      .sort(([a], [b]) => sign * (a - b))
      .slice(0, depth)
      .map(([, level]) => level);
  }
}
