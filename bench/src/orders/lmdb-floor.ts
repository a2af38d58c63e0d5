import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LatencyRecorder } from '@ats/runtime';
import { open } from 'lmdb';

/** Bytes of a value: about what one record of the order path takes. */
const VALUE_BYTES = 400;
const WRITERS = 64;

export interface LmdbFloor {
  /** Durable puts a second with 64 writers waiting, each for its own. */
  readonly groupCommitsPerSecond: number;
  /** 99th percentile of one durable put with nothing else under way, microseconds. */
  readonly appendUsP99: number;
  /** Median of the same. */
  readonly appendUsP50: number;
}

/** What LMDB itself does here: plain puts, no schema, no conditions, no queues of ours. */
export async function lmdbFloor(options: {
  readonly commits: number;
  readonly appends: number;
}): Promise<LmdbFloor> {
  const folder = await mkdtemp(join(tmpdir(), 'ats-bench-lmdb-'));
  const database = open<Buffer, number>({
    path: folder,
    overlappingSync: false,
    encoding: 'binary',
  });
  const value = Buffer.alloc(VALUE_BYTES, 7);
  let key = 0;
  const put = (): Promise<boolean> => {
    key += 1;
    return database.put(key, value);
  };
  try {
    const writer = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) await put();
    };
    const each = Math.ceil(options.commits / WRITERS);
    await Promise.all(Array.from({ length: WRITERS }, () => writer(Math.ceil(each / 5))));
    const began = performance.now();
    await Promise.all(Array.from({ length: WRITERS }, () => writer(each)));
    const seconds = (performance.now() - began) / 1000;
    const recorder = new LatencyRecorder();
    for (let index = 0; index < options.appends; index += 1) {
      const startedAt = performance.now();
      await put();
      recorder.record((performance.now() - startedAt) * 1000);
    }
    return {
      groupCommitsPerSecond: (each * WRITERS) / seconds,
      appendUsP99: recorder.quantile(0.99),
      appendUsP50: recorder.quantile(0.5),
    };
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}
