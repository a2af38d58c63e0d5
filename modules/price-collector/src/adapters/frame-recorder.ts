import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { constants, createGzip } from 'node:zlib';
import { AtsError } from '@ats/domain';
import type { Logger, Metrics, Timers } from '@ats/runtime';
import type { FrameKind } from '../domain/recording.ts';
import type { FrameRecorder, FrameTap } from '../domain/venue-feed.ts';

export interface GzipRecorderOptions {
  /** The file to write; it must not exist yet. */
  readonly file: string;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Characters that may wait for the disk; beyond them the recording ends with an error. */
  readonly queueCharsMax?: number;
}

const FLUSH_PERIOD_MS = 1000;
const CHUNK_CHARS = 64 * 1024;
const QUEUE_CHARS_MAX = 256 * 1024 * 1024;

/**
 * Writes frames as they pass, one JSON object a line, gzip. Every second what was written is made
 * readable, so that a recording cut short by a crash loses a second at most. A disk that cannot
 * follow ends the recording rather than leaving holes in it: a hole reads as a venue's gap.
 *
 * @throws TAPE_UNREADABLE when the file exists or cannot be created
 */
export async function openGzipRecorder(options: GzipRecorderOptions): Promise<FrameRecorder> {
  const { file, timers, logger, queueCharsMax = QUEUE_CHARS_MAX } = options;
  await createEmpty(file);
  const failures = options.metrics.counter({
    name: 'ats_collector_recordings_failed_total',
    help: 'Recordings that ended early: the disk failed, or could not follow.',
    labels: [],
  });
  const gzip = createGzip({ level: 6 });
  const disk = createWriteStream(file, { flags: 'r+' });
  const finished = Promise.allSettled([once(disk, 'close')]);
  let connections = 0;
  let waiting: string[] = [];
  let waitingChars = 0;
  let queuedChars = 0;
  let failure: unknown;
  const fail = (cause: unknown): void => {
    if (failure === undefined) {
      failures.add({});
      logger.error('recorder.failed', `${file}: ${String(cause)}; the recording has ended`);
    }
    failure ??= cause;
  };
  gzip.on('error', fail);
  disk.on('error', fail);
  gzip.pipe(disk);

  const flush = (): void => {
    if (waitingChars === 0 || failure !== undefined) return;
    const chars = waitingChars;
    queuedChars += chars;
    gzip.write(waiting.join(''), () => {
      queuedChars -= chars;
    });
    waiting = [];
    waitingChars = 0;
  };
  const write = (line: string): void => {
    if (failure !== undefined) return;
    if (queuedChars + waitingChars > queueCharsMax) {
      fail(new Error(`more than ${queueCharsMax} characters wait for the disk`));
      return;
    }
    waiting.push(line);
    waitingChars += line.length;
    if (waitingChars >= CHUNK_CHARS) flush();
  };
  const timer = timers.every(FLUSH_PERIOD_MS, () => {
    flush();
    gzip.flush(constants.Z_SYNC_FLUSH);
  });

  return {
    connection(venue) {
      const tap = tapOf({ venue, connection: connections, write });
      connections += 1;
      return tap;
    },
    async close() {
      timer.cancel();
      flush();
      gzip.end();
      await finished;
    },
  };
}

function tapOf(options: {
  venue: string;
  connection: number;
  write: (line: string) => void;
}): FrameTap {
  const { write } = options;
  const venue = JSON.stringify(options.venue);
  const line = (kind: FrameKind, atUs: number, rest: string): void => {
    write(`{"t":"${atUs}000","v":${venue},"c":${options.connection},"k":"${kind}"${rest}}\n`);
  };
  return {
    opened: (url, atUs) => line('open', atUs, `,"u":${JSON.stringify(url)}`),
    sent: (text, atUs) => line('out', atUs, `,"m":${JSON.stringify(text)}`),
    received: (text, atUs) => line('in', atUs, `,"m":${JSON.stringify(text)}`),
    answered: (url, body, atUs) =>
      line('rest', atUs, `,"u":${JSON.stringify(url)},"m":${JSON.stringify(body)}`),
  };
}

async function createEmpty(file: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await (await open(file, 'wx')).close();
  } catch (cause) {
    const code = (cause as { code?: unknown }).code;
    const why = code === 'EEXIST' ? 'the file exists already' : String((cause as Error).message);
    throw new AtsError({
      code: 'TAPE_UNREADABLE',
      message: `collector.record ${file}: ${why}`,
      remedy: 'Name a file that does not exist, in a folder that may be written.',
      context: { field: 'collector.record', value: file },
      cause,
    });
  }
}
