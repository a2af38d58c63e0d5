import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Archive } from '@ats/storage';
import { PREFIXES, parseSegmentName } from '../domain/archive-names.ts';

/** What a copy of an archive holds. */
export interface ArchiveCopy {
  readonly segments: number;
  /** Segments that were not there before. */
  readonly fetched: number;
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Brings every segment of an archive into a folder, under the same names. Segments never change,
 * so what is there with the right size is not fetched again. Each is written aside first: whoever
 * reads the folder meanwhile sees whole files only.
 */
export async function copySegments(options: {
  readonly archive: Archive;
  readonly folder: string;
}): Promise<ArchiveCopy> {
  const { archive, folder } = options;
  let segments = 0;
  let fetched = 0;
  for await (const { name, bytes: size } of archive.list({ prefix: PREFIXES.segments })) {
    if (parseSegmentName(name) === undefined) continue;
    segments += 1;
    const path = join(folder, name);
    if ((await sizeOf(path)) === size) continue;
    const bytes = await archive.get(name);
    if (bytes === undefined) continue;
    await mkdir(dirname(path), { recursive: true });
    const draft = `${path}.${process.pid}.part`;
    try {
      await writeFile(draft, bytes);
      await rename(draft, path);
    } finally {
      await rm(draft, { force: true });
    }
    fetched += 1;
  }
  return { segments, fetched };
}

/** Whether an archive holds any segment. */
export async function hasSegments(archive: Archive): Promise<boolean> {
  for await (const { name } of archive.list({ prefix: PREFIXES.segments })) {
    if (parseSegmentName(name) !== undefined) return true;
  }
  return false;
}
