import { randomBytes } from 'node:crypto';
import { access, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AtsError } from '@ats/domain';
import type { Clock } from '@ats/runtime';
import { MANIFEST_FILE, TAPE_NAME, type TapeManifest } from './manifest.ts';

const TEMPORARY = '.partial-';
/** What an import that was killed left behind is removed after a day. */
const STALE_MS = 86_400_000;

/** Where the files of a tape are to be made, and how their names begin. */
export interface Placing {
  readonly folder: string;
  readonly prefix: string;
}

export type TapeContent = Omit<TapeManifest, 'version' | 'name' | 'importedAtUs'>;

/**
 * Makes a tape's files in a folder of its own, then puts them where they belong in one step: the
 * rename of the folder, or of the manifest alone where it takes the place of another tape. Killed
 * at any moment there is the old tape, the new one, or none where there was none.
 */
export async function placeTape(
  options: {
    readonly store: string;
    readonly name: string;
    readonly replace: boolean;
    readonly clock: Clock;
  },
  fill: (placing: Placing) => Promise<TapeContent>,
): Promise<TapeManifest> {
  const { store, name, replace, clock } = options;
  if (replace) checkName(name);
  else await mustBeFree(store, name);
  await mkdir(store, { recursive: true });
  await removeStale(store, clock.nowUs() / 1000);
  // Names that no other import chose, since files of two can lie in one folder for a moment.
  const prefix = randomBytes(4).toString('hex');
  const folder = join(store, `${TEMPORARY}${name}-${prefix}`);
  await mkdir(folder);
  try {
    const content = await fill({ folder, prefix });
    const manifest = { version: 1 as const, name, importedAtUs: clock.nowUs(), ...content };
    await writeFile(join(folder, MANIFEST_FILE), `${JSON.stringify(manifest, undefined, 2)}\n`);
    for (const file of await readdir(folder)) await sync(join(folder, file));
    await putInPlace({ folder, target: join(store, name), replace, name });
    await sync(store);
    return manifest;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function putInPlace(move: {
  readonly folder: string;
  readonly target: string;
  readonly replace: boolean;
  readonly name: string;
}): Promise<void> {
  const { folder, target, replace, name } = move;
  if (!replace || !(await exists(target))) {
    try {
      await rename(folder, target);
      return;
    } catch (cause) {
      if (await exists(target)) throw taken(name, target);
      throw cause;
    }
  }
  const files = await readdir(folder);
  for (const file of files.filter((one) => one !== MANIFEST_FILE)) {
    await rename(join(folder, file), join(target, file));
  }
  await sync(target);
  await rename(join(folder, MANIFEST_FILE), join(target, MANIFEST_FILE));
  await sync(target);
  for (const file of await readdir(target)) {
    if (!files.includes(file)) await rm(join(target, file), { recursive: true, force: true });
  }
}

/** Waits until a file or folder is on the disk. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeStale(store: string, nowMs: number): Promise<void> {
  for (const name of await readdir(store)) {
    if (!name.startsWith(TEMPORARY)) continue;
    const path = join(store, name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || nowMs - found.mtimeMs < STALE_MS) continue;
    await rm(path, { recursive: true, force: true });
  }
}

/** @throws TAPE_EXISTS, CONFIG_INVALID when nothing can be stored under a name */
export async function mustBeFree(store: string, name: string): Promise<void> {
  checkName(name);
  const target = join(store, name);
  if (await exists(target)) throw taken(name, target);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function checkName(name: string): void {
  if (TAPE_NAME.test(name)) return;
  throw new AtsError({
    code: 'CONFIG_INVALID',
    message: `"${name}" cannot be the name of a tape`,
    remedy: 'Use letters, digits, dots, dashes and underscores, at most 100.',
    context: { field: 'name', value: name },
  });
}

function taken(name: string, target: string): AtsError {
  return new AtsError({
    code: 'TAPE_EXISTS',
    message: `there is a tape named "${name}" already, in ${target}`,
    remedy: 'Choose another name with --name, or take its place with --force.',
    context: { field: 'name', value: name },
  });
}
