import type { Clock, Timers } from '@ats/runtime';
import { nativeDialects } from './adapters/dialects/index.ts';
import { readFrames } from './adapters/frame-file.ts';
import { Pacer, type ReplaySpeed } from './app/pacer.ts';
import { dialectRegistry } from './app/registry.ts';
import { FrameReplay, type ReplaySummary } from './app/replay.ts';
import type { FeedDialect } from './domain/feed.ts';
import { frameTimeUs } from './domain/recording.ts';

export interface ReplayFramesOptions {
  /** A recording, gzip or plain. */
  readonly file: string;
  readonly speed?: ReplaySpeed;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Ends the replay early; what was read so far is summed up. */
  readonly signal?: AbortSignal;
  /** Beside the native dialects, and before them. */
  readonly dialects?: readonly FeedDialect[];
}

/**
 * Feeds a recording through the production dialects and sums up what it says.
 *
 * @throws TAPE_UNREADABLE, TAPE_INVALID naming file, line and remedy
 */
export async function replayFrames(options: ReplayFramesOptions): Promise<ReplaySummary> {
  const { file, speed = 'max', clock, timers, signal, dialects = [] } = options;
  const registry =
    dialects.length === 0 ? nativeDialects : dialectRegistry([...dialects, ...nativeDialects.all]);
  const replay = new FrameReplay(registry);
  const pacer = new Pacer({ speed, clock, timers });
  for await (const batch of readFrames(file)) {
    for (const frame of batch) {
      const wait = pacer.wait(frameTimeUs(frame));
      if (wait !== undefined) await wait;
      if (signal?.aborted) return replay.summary();
      replay.push(frame);
    }
  }
  return replay.summary();
}
