import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TickKind } from './tick-table.ts';

/**
 * One Parquet file of one kind and one UTC day. Its name says all there is to know about it:
 * `<writer>.<firstOrdinal>-<lastOrdinal>.<fromUs>-<toUs>.parquet`. A file whose ordinals lie
 * within those of another file of the same writer was merged into that one, and is not read.
 */
export interface Segment {
  readonly path: string;
  readonly writer: string;
  readonly firstOrdinal: number;
  readonly lastOrdinal: number;
  /** Earliest and latest receive time in the file, both inclusive. */
  readonly fromUs: number;
  readonly toUs: number;
  readonly bytes: number;
}

const DAY_MS = 86_400_000;
const NAME = /^([a-z0-9]+)\.(\d+)-(\d+)\.(-?\d+)-(-?\d+)\.parquet$/;
export const TEMPORARY_SUFFIX = '.partial';

/** Rows in a segment; ordinals count appended ticks without gaps. */
export function segmentRows(segment: Pick<Segment, 'firstOrdinal' | 'lastOrdinal'>): number {
  return segment.lastOrdinal - segment.firstOrdinal + 1;
}

/** @returns the UTC day of a time, `YYYY-MM-DD`. */
export function dayOf(timeUs: number): string {
  return new Date(Math.floor(timeUs / 1000)).toISOString().slice(0, 10);
}

/** The folder of one kind and day, in the layout that query engines know as partitions. */
export function partitionFolder(root: string, partition: { kind: TickKind; day: string }): string {
  return join(root, partition.kind, `date=${partition.day}`);
}

export function segmentName(segment: Omit<Segment, 'path' | 'bytes'>): string {
  const ordinals = `${segment.firstOrdinal}-${segment.lastOrdinal}`;
  return `${segment.writer}.${ordinals}.${segment.fromUs}-${segment.toUs}.parquet`;
}

async function names(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function isCovered(segment: Segment, others: readonly Segment[]): boolean {
  return others.some(
    (other) =>
      other !== segment &&
      other.writer === segment.writer &&
      other.firstOrdinal <= segment.firstOrdinal &&
      other.lastOrdinal >= segment.lastOrdinal,
  );
}

/** All segments of one folder, by first receive time, merged ones apart. */
export async function listSegments(
  folder: string,
): Promise<{ readonly live: readonly Segment[]; readonly merged: readonly Segment[] }> {
  const found: Segment[] = [];
  for (const name of await names(folder)) {
    const match = NAME.exec(name);
    if (match === null) continue;
    const [, writer = '', first, last, from, to] = match;
    const path = join(folder, name);
    const bytes = await stat(path).then(
      (file) => file.size,
      () => undefined,
    );
    // A file that went away between the two calls was merged into one that is listed next time.
    if (bytes === undefined) return listSegments(folder);
    const ordinals = { firstOrdinal: Number(first), lastOrdinal: Number(last) };
    found.push({ path, writer, ...ordinals, fromUs: Number(from), toUs: Number(to), bytes });
  }
  found.sort((one, other) => one.fromUs - other.fromUs);
  const merged = found.filter((segment) => isCovered(segment, found));
  return { live: found.filter((segment) => !merged.includes(segment)), merged };
}

/** @returns the days that a kind has ticks of, in order, within a half-open range of times. */
export async function listDays(
  root: string,
  query: { readonly kind: TickKind; readonly fromUs: number; readonly toUs: number },
): Promise<readonly string[]> {
  const days = (await names(join(root, query.kind)))
    .filter((name) => /^date=\d{4}-\d{2}-\d{2}$/.test(name))
    .map((name) => name.slice('date='.length));
  return days
    .filter((day) => {
      const startUs = Date.parse(day) * 1000;
      return startUs < query.toUs && startUs + DAY_MS * 1000 > query.fromUs;
    })
    .sort();
}

/** Makes a finished file appear under its name at once, whole and on the disk. */
export async function publishFile(temporary: string, path: string): Promise<void> {
  await syncPath(temporary);
  await rename(temporary, path);
  await syncPath(join(path, '..'));
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes files that a crash left half written, once they are old enough to be nobody's. */
export async function removeStaleFiles(
  folder: string,
  limit: { readonly nowUs: number; readonly ageMs: number },
): Promise<void> {
  for (const name of await names(folder)) {
    if (!name.endsWith(TEMPORARY_SUFFIX)) continue;
    const path = join(folder, name);
    const file = await stat(path).catch(() => undefined);
    if (file !== undefined && limit.nowUs / 1000 - file.mtimeMs > limit.ageMs) {
      await rm(path, { force: true });
    }
  }
}
