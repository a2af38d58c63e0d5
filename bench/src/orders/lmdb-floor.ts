import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { answer, receiveJob, startChild } from '../child.ts';

/** Bytes of a value: about what one record of the order path takes. */
const VALUE_BYTES = 400;
const WRITERS = 64;

/**
 * What LMDB itself does here: plain puts, no schema, no conditions, no queues of ours, in a process
 * of its own. It is asked before, between and after what it is held against, for a disk's speed
 * moves from minute to minute.
 */
export interface LmdbFloor {
  /** @returns durable puts a second with 64 writers waiting, each for its own */
  groupCommitsPerSecond(commits: number): Promise<number>;
  /** One durable put after the other, nothing else under way. @returns microseconds of each */
  appendsUs(count: number): Promise<readonly number[]>;
  close(): Promise<void>;
}

interface Question {
  readonly kind: 'commits' | 'appends';
  readonly count: number;
}

export async function openLmdbFloor(): Promise<LmdbFloor> {
  const folder = await mkdtemp(join(tmpdir(), 'ats-bench-lmdb-'));
  const child = startChild<readonly number[]>(new URL(import.meta.url), { folder });
  const ask = (question: Question): Promise<readonly number[]> => {
    child.send(question);
    return child.next();
  };
  return {
    async groupCommitsPerSecond(count) {
      const [rate = Number.NaN] = await ask({ kind: 'commits', count });
      return rate;
    },
    appendsUs: (count) => ask({ kind: 'appends', count }),
    async close() {
      await child.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

class RawPuts {
  private readonly database: RootDatabase<Buffer, number>;
  private readonly value = Buffer.alloc(VALUE_BYTES, 7);
  private key = 0;

  constructor(folder: string) {
    this.database = open({ path: folder, overlappingSync: false, encoding: 'binary' });
  }

  async groupCommitsPerSecond(count: number): Promise<number> {
    const each = Math.ceil(count / WRITERS);
    await this.writeAll(Math.ceil(each / 5));
    const began = performance.now();
    await this.writeAll(each);
    return (each * WRITERS) / ((performance.now() - began) / 1000);
  }

  async appendsUs(count: number): Promise<readonly number[]> {
    const times: number[] = [];
    for (let index = 0; index < count; index += 1) {
      const began = performance.now();
      await this.put();
      times.push((performance.now() - began) * 1000);
    }
    return times;
  }

  private async writeAll(each: number): Promise<void> {
    const writer = async (): Promise<void> => {
      for (let index = 0; index < each; index += 1) await this.put();
    };
    await Promise.all(Array.from({ length: WRITERS }, writer));
  }

  private put(): Promise<boolean> {
    this.key += 1;
    return this.database.put(this.key, this.value);
  }
}

if (import.meta.main) {
  const { folder } = await receiveJob<{ readonly folder: string }>();
  const puts = new RawPuts(folder);
  process.on('message', async ({ kind, count }: Question) => {
    const rates = async () => [await puts.groupCommitsPerSecond(count)];
    answer(kind === 'commits' ? await rates() : await puts.appendsUs(count));
  });
}
