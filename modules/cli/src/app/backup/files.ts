import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { copyFile, mkdir, open, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Times that a folder is looked at again because files went away while they were copied. */
const PASSES_MAX = 20;

const isGone = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Paths of all files below a folder, relative to it, sorted; none where there is no folder. */
export async function filesBelow(folder: string, inside = ''): Promise<readonly string[]> {
  const entries = await readdir(join(folder, inside), { withFileTypes: true }).catch(
    (error: unknown) => {
      if (isGone(error)) return [];
      throw error;
    },
  );
  const found: string[] = [];
  for (const entry of entries) {
    const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
    if (entry.isDirectory()) found.push(...(await filesBelow(folder, path)));
    else if (entry.isFile()) found.push(path);
  }
  return found.sort();
}

/** Copies one file, with its mode. @returns whether it was there */
export async function copyOne(from: string, to: string): Promise<boolean> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/**
 * Copies what is below a folder while others write there. Where a file went away (the tick store
 * has merged it into another) the folder is listed again.
 */
export async function copyBelow(options: {
  readonly from: string;
  readonly to: string;
  readonly wanted: (path: string) => boolean;
}): Promise<void> {
  const { from, to, wanted } = options;
  const copied = new Set<string>();
  for (let pass = 0; pass < PASSES_MAX; pass += 1) {
    let complete = true;
    for (const path of (await filesBelow(from)).filter(wanted)) {
      if (copied.has(path)) continue;
      if (await copyOne(join(from, path), join(to, path))) copied.add(path);
      else complete = false;
    }
    if (complete) return;
  }
  throw new Error(`${from}: files went away at each of ${PASSES_MAX} looks`);
}

/** @returns hexadecimal SHA-256 of a file, and its bytes */
export async function digestOf(path: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).byteLength;
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** Puts a file or a folder's entries on the disk. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Puts all that is below a folder on the disk, names included. */
export async function syncBelow(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncBelow(path);
    else await sync(path);
  }
  await sync(folder);
}

/** Gives something its name, durably. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await sync(dirname(to));
}
