import { mkdirSync } from 'node:fs';
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { AtsError } from '@ats/domain';
import { lockFolder } from '../lmdb/folder-lock.ts';

const pack = promisify(gzip);
const unpack = promisify(gunzip);

const SLOTS_MAX = 100;
const FIELD = 'tickStore.spool';
/** `<sequence>-<ticks>.lp.gz`. */
const NAME = /^(\d{12})-(\d+)\.lp\.gz$/;

interface Kept {
  readonly path: string;
  readonly ticks: number;
  readonly bytes: number;
}

/** A batch as it is sent: lines of InfluxDB's line protocol. */
interface LineBatch {
  readonly lines: string;
  readonly ticks: number;
}

/** Where `LineSpool` keeps batches, and how much at most. */
export interface SpoolPlace {
  readonly folder: string;
  /** Bytes of all batches of one process, packed. */
  readonly bytesMax: number;
}

/**
 * Batches that wait on the disk for a server that is away, the oldest first. A batch is synced
 * before `keep` resolves, so it outlives a kill; the same lines written twice are the same points.
 * Each process has a folder of its own under the one given, and a process that starts takes over
 * one that a dead process left.
 */
export class LineSpool {
  private readonly folder: string;
  private readonly bytesMax: number;
  private readonly release: () => void;
  private readonly queue: Kept[] = [];
  private sequence = 0;
  /** Of all batches, packed. */
  bytes = 0;
  /** Of all batches. */
  ticks = 0;

  private constructor(place: { folder: string; release: () => void }, bytesMax: number) {
    this.folder = place.folder;
    this.release = place.release;
    this.bytesMax = bytesMax;
  }

  /** @throws STORAGE_UNAVAILABLE when the folder cannot be had */
  static async open(options: SpoolPlace): Promise<LineSpool> {
    const spool = new LineSpool(claim(options.folder), options.bytesMax);
    for (const name of (await readdir(spool.folder)).sort()) {
      const [, sequence, ticks] = NAME.exec(name) ?? [];
      const path = join(spool.folder, name);
      // What was not renamed yet when its process died had not been kept.
      if (sequence === undefined) await removeDraft(path, name);
      else spool.note({ path, ticks: Number(ticks), bytes: (await stat(path)).size });
      spool.sequence = Math.max(spool.sequence, Number(sequence ?? 0));
    }
    return spool;
  }

  /** @returns whether the batch is on the disk; false where there is no room for it. */
  async keep({ lines, ticks }: LineBatch): Promise<boolean> {
    const packed = await pack(lines);
    if (this.bytes + packed.byteLength > this.bytesMax) return false;
    this.sequence += 1;
    const name = `${String(this.sequence).padStart(12, '0')}-${ticks}.lp.gz`;
    const path = join(this.folder, name);
    await writeDurably(path, packed);
    this.note({ path, ticks, bytes: packed.byteLength });
    return true;
  }

  /** @returns the oldest batch, which stays until it is dropped. @throws of a damaged one: never */
  async oldest(): Promise<string> {
    const [kept] = this.queue;
    if (kept === undefined) return '';
    try {
      return (await unpack(await readFile(kept.path))).toString();
    } catch (cause) {
      throw new AtsError({
        code: 'STORAGE_UNAVAILABLE',
        message: `${kept.path} cannot be read: its ${kept.ticks} ticks are lost`,
        retry: 'never',
        context: { field: FIELD, value: kept.path },
        cause,
      });
    }
  }

  /** Removes the oldest batch. @returns how many ticks it had */
  async drop(): Promise<number> {
    const kept = this.queue.shift();
    if (kept === undefined) return 0;
    this.bytes -= kept.bytes;
    this.ticks -= kept.ticks;
    await rm(kept.path, { force: true });
    return kept.ticks;
  }

  /** Leaves what is kept for the next process. */
  close(): void {
    this.release();
  }

  private note(kept: Kept): void {
    this.queue.push(kept);
    this.bytes += kept.bytes;
    this.ticks += kept.ticks;
  }
}

/** The first of the numbered folders that no living process has. */
function claim(parent: string): { folder: string; release: () => void } {
  for (let slot = 0; slot < SLOTS_MAX; slot += 1) {
    const folder = join(parent, String(slot));
    try {
      mkdirSync(folder, { recursive: true });
      return { folder, release: lockFolder({ folder, field: FIELD }) };
    } catch (error) {
      // Another process has it: the next one may be free.
      if (error instanceof AtsError) continue;
      throw unusable(parent, error);
    }
  }
  throw unusable(parent, new Error(`${SLOTS_MAX} processes have it open`));
}

function unusable(folder: string, cause: unknown): AtsError {
  return new AtsError({
    code: 'STORAGE_UNAVAILABLE',
    message: `${FIELD}: ${folder} cannot be used: ${String((cause as Error).message)}`,
    remedy: `Name a folder that ATS may write to with --set ${FIELD}.folder=./folder.`,
    context: { field: `${FIELD}.folder`, value: folder },
    cause,
  });
}

const removeDraft = (path: string, name: string): Promise<void> =>
  name.endsWith('.draft') ? rm(path, { force: true }) : Promise.resolve();

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.draft`;
  const handle = await open(draft, 'w');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, path);
  const folder = await open(join(path, '..'), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
