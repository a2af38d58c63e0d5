import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { BookSideView } from '@ats/domain';
import { describeWithRecordings } from '@ats/testkit';
import type { Frame } from './recording-sink.ts';

function recording(path: string): readonly Frame[] {
  const frames: Frame[] = [];
  for (const line of gunzipSync(readFileSync(path)).toString('utf8').split('\n')) {
    if (line === '') continue;
    const { t, c, k, m } = JSON.parse(line) as { t: string; c: number; k: string; m?: string };
    if (m === undefined || (k !== 'in' && k !== 'out')) continue;
    frames.push({ connection: c, kind: k, text: m, atUs: Math.floor(Number(t) / 1000) });
  }
  return frames;
}

/** A suite over the frames of one recording, skipped aloud where it is not there. */
export function describeRecording(name: string, block: (frames: readonly Frame[]) => void): void {
  describeWithRecordings(`the recording ${name}`, [`frames/${name}.jsonl.gz`], (path) =>
    block(recording(path)),
  );
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
