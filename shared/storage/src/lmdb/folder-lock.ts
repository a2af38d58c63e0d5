import { linkSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AtsError } from '@ats/domain';

const FILE = 'owner.pid';
/** Folders that this process has open: its own pid in a lock may else be one of a former life. */
const mine = new Set<string>();
const ATTEMPTS_MAX = 3;

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** @returns the living process that holds the lock, undefined when it is dead or gone. */
function ownerOf(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    return Number.isInteger(pid) && pid > 0 && isAlive(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

function inUse(options: { folder: string; field: string; pid: number }): AtsError {
  const { folder, field, pid } = options;
  return new AtsError({
    code: 'STORAGE_UNAVAILABLE',
    message: `${field}: ${folder} is in use by process ${pid}`,
    remedy: `Stop that process, or give this one another folder with --set ${field}=lmdb:./folder.`,
    retry: 'safe',
    context: { field, value: folder, pid },
  });
}

/**
 * Makes this process the only writer of a folder. A lock whose process is dead is taken over.
 *
 * @returns what gives the folder free again.
 * @throws STORAGE_UNAVAILABLE while a living process, this one included, has it.
 */
export function lockFolder(options: { folder: string; field: string }): () => void {
  const { folder } = options;
  const path = join(folder, FILE);
  if (mine.has(folder)) throw inUse({ ...options, pid: process.pid });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, String(process.pid));
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        // A link appears whole or not at all, and only where nothing is.
        linkSync(draft, path);
        break;
      } catch (error) {
        const pid = ownerOf(path);
        if (pid !== undefined) throw inUse({ ...options, pid });
        if (attempt === ATTEMPTS_MAX) throw error;
        rmSync(path, { force: true });
      }
    }
  } finally {
    unlinkSync(draft);
  }
  mine.add(folder);
  return () => {
    mine.delete(folder);
    rmSync(path, { force: true });
  };
}

/** @returns the living process that has an LMDB folder open for writing; undefined where none */
export const folderOwner = (folder: string): number | undefined =>
  mine.has(folder) ? process.pid : ownerOf(join(folder, FILE));
