import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AtsError } from '@ats/domain';
import { systemClock } from '@ats/runtime';
import { folderOwner } from '@ats/storage';
import { extract as extractTar } from 'tar';
import { copyOne, filesBelow, renameDurably, syncBelow } from './files.ts';
import { unpackedBeside } from './make-backup.ts';
import { damaged, type Manifest, readManifest, verifyFiles } from './manifest.ts';
import { type PartName, type Places, placesUnder, settingsOf } from './places.ts';

export interface RestoreOptions {
  /** A folder or a file that `makeBackup` made. */
  readonly from: string;
  /** Where the parts go. */
  readonly places: Places;
  /** Puts all parts below this folder instead, with settings that use them. */
  readonly to: string | undefined;
  /** Moves what is there aside instead of refusing. */
  readonly force: boolean;
}

export interface Restored {
  readonly manifest: Manifest;
  readonly places: Places;
  /** What was there before, under its new name. */
  readonly movedAside: readonly string[];
  /** Settings that make a system use the places; absent where they are the configured ones. */
  readonly settings: string | undefined;
}

/**
 * Checks every file of a backup, then puts its parts in their places. Nothing is touched before
 * all of it was checked and copied; what was there is kept beside.
 *
 * @throws BACKUP_DAMAGED, RESTORE_REFUSED
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const there = await stat(options.from).catch((cause: unknown) => {
    throw damaged(options.from, 'cannot be read', cause);
  });
  if (there.isDirectory()) return restoreFolder(options.from, options);
  const folder = unpackedBeside(options.from);
  try {
    await mkdir(folder, { mode: 0o700 });
    await extractTar({ file: options.from, cwd: folder, strict: true }).catch((cause: unknown) => {
      throw damaged(options.from, `cannot be unpacked: ${String(cause)}`, cause);
    });
    return await restoreFolder(folder, options);
  } finally {
    // What fails to be unpacked may still write what it had begun.
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function restoreFolder(folder: string, options: RestoreOptions): Promise<Restored> {
  const manifest = await readManifest(folder);
  await verifyFiles(folder, manifest);
  const places = options.to === undefined ? options.places : placesUnder(options.to);
  const parts = manifest.parts.flatMap((name) => {
    const place = places[name];
    return place === undefined ? [] : [{ name, place }];
  });
  await mustBeFree(parts, options);
  for (const { name, place } of parts) await stage({ folder, name, place, manifest });
  if (!manifest.masterKey) await keepMasterKey(places.security);
  const stamp = new Date(systemClock.nowUs() / 1000).toISOString().replaceAll(/[-:]|\..*/g, '');
  const movedAside: string[] = [];
  for (const { place } of parts) {
    if (await isThere(place)) {
      const aside = `${place}.before-${stamp}`;
      await renameDurably(place, aside);
      movedAside.push(aside);
    }
    await renameDurably(staged(place), place);
  }
  return { manifest, places, movedAside, settings: await writeSettings(options.to) };
}

const staged = (place: string): string => `${place}.restoring`;

const isThere = async (place: string): Promise<boolean> =>
  (await stat(place).catch(() => undefined)) !== undefined;

/** Refuses places that a process uses, or, unless they may be moved aside, that hold anything. */
async function mustBeFree(
  parts: readonly { readonly name: PartName; readonly place: string }[],
  { force }: RestoreOptions,
): Promise<void> {
  for (const { name, place } of parts) {
    const pid = name === 'log' || name === 'state' ? folderOwner(place) : undefined;
    if (pid !== undefined) {
      throw refused(`${place} is in use by process ${pid}`, 'Stop ATS first.', place);
    }
  }
  if (force) return;
  const full: string[] = [];
  for (const { place } of parts) {
    const entries = await readdir(place).catch(() => undefined);
    if (entries === undefined ? await isThere(place) : entries.length > 0) full.push(place);
  }
  if (full.length === 0) return;
  const remedy =
    'Name an empty folder with --to, or give --force, which keeps what is there beside.';
  throw refused(`${full.join(', ')} would be replaced`, remedy, full[0] ?? '');
}

const refused = (message: string, remedy: string, value: string): AtsError =>
  new AtsError({ code: 'RESTORE_REFUSED', message, remedy, context: { field: '--to', value } });

/** Copies a part next to its place, on the disk. */
async function stage(part: {
  readonly folder: string;
  readonly name: PartName;
  readonly place: string;
  readonly manifest: Manifest;
}): Promise<void> {
  const { folder, name, place, manifest } = part;
  const target = staged(place);
  await rm(target, { recursive: true, force: true });
  for (const { path } of manifest.files) {
    if (path === name) await copyOne(join(folder, path), target);
    if (!path.startsWith(`${name}/`)) continue;
    await copyOne(join(folder, path), join(target, path.slice(name.length + 1)));
  }
  if ((await stat(target)).isDirectory()) await syncBelow(target);
}

/** The vault of a backup without a master key is opened by the one of this machine, if any. */
async function keepMasterKey(security: string | undefined): Promise<void> {
  if (security === undefined || !(await isThere(staged(security)))) return;
  for (const path of await filesBelow(security)) {
    if (!path.startsWith('master-key')) continue;
    await copyOne(join(security, path), join(staged(security), path));
  }
}

async function writeSettings(to: string | undefined): Promise<string | undefined> {
  if (to === undefined) return undefined;
  const path = join(to, 'places.yaml');
  // JSON is YAML.
  await writeFile(path, `${JSON.stringify(settingsOf(placesUnder(to)), null, 2)}\n`);
  return path;
}
