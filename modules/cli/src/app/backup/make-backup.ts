import { chmod, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AtsError } from '@ats/domain';
import { ATS_VERSION, openLogger, openMetrics, systemClock, systemTimers } from '@ats/runtime';
import {
  copyLmdbFolders,
  LOG_TOPICS,
  type LogTopic,
  openLmdbEventLog,
  type WorkTopic,
} from '@ats/storage';
import { create as createTar } from 'tar';
import { archiveCut } from './archive-cut.ts';
import { copyBelow, copyOne, renameDurably, sync, syncBelow } from './files.ts';
import { FORMAT, listFiles, MANIFEST, type Manifest } from './manifest.ts';
import { PARTS, type PartName, type Places } from './places.ts';

export interface BackupOptions {
  readonly places: Places;
  /** A folder, or a file that ends in `.tar`, `.tar.gz` or `.tgz`. */
  readonly out: string;
  /** Files and flags that settings were given by. */
  readonly given: { readonly file: string | undefined; readonly flags: object };
  readonly masterKey: boolean;
  readonly ticks: boolean;
}

const TAR = /\.(tar|tar\.gz|tgz)$/;
const FILES: readonly PartName[] = ['approval-key', 'gateway-token', 'kill-switch'];
/** The key that opens the vault, and its successor while it is being changed. */
const isMasterKey = (path: string): boolean => path.startsWith('master-key');

const isTar = (path: string): boolean => TAR.test(path);

/**
 * Copies embedded data, while the system runs or not. Log and state are of one moment; the archive
 * is of just before, so that it holds nothing that the log does not. The backup appears whole,
 * under its name, or not at all.
 *
 * @throws BACKUP_EXISTS, STORAGE_UNAVAILABLE
 */
export async function makeBackup(options: BackupOptions): Promise<Manifest> {
  const out = resolve(options.out);
  if ((await stat(out).catch(() => undefined)) !== undefined) throw exists(options.out);
  const draft = `${out}.${process.pid}.partial`;
  try {
    await mkdir(draft, { recursive: true, mode: 0o700 });
    const manifest = await fill(draft, options);
    await writeFile(join(draft, MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`);
    if (!isTar(out)) {
      await syncBelow(draft);
      await renameDurably(draft, out);
      return manifest;
    }
    const file = `${draft}.tar`;
    // The manifest first: who looks into the file sees at once what it is.
    const entries = [MANIFEST, ...manifest.parts];
    await createTar({ file, cwd: draft, gzip: !out.endsWith('.tar'), portable: true }, entries);
    await chmod(file, 0o600);
    await sync(file);
    await renameDurably(file, out);
    return manifest;
  } finally {
    await rm(draft, { recursive: true, force: true });
    await rm(`${draft}.tar`, { force: true });
  }
}

const exists = (out: string): AtsError =>
  new AtsError({
    code: 'BACKUP_EXISTS',
    message: `--out ${out} is there already`,
    remedy: 'Name another file or folder, such as one with the date in its name.',
    context: { field: '--out', value: out },
  });

async function fill(draft: string, options: BackupOptions): Promise<Manifest> {
  const { places, given } = options;
  const createdAt = new Date(systemClock.nowUs() / 1000).toISOString();
  await copyArchive(draft, places);
  for (const name of ['log', 'state']) await mkdir(join(draft, name), { mode: 0o700 });
  await copyLmdbFolders(
    [
      { from: places.log, to: join(draft, 'log'), field: 'eventLog.url' },
      { from: places.state, to: join(draft, 'state'), field: 'stateStore.url' },
    ],
    systemTimers,
  );
  const log = await endsOf(join(draft, 'log'));
  await copyFolders(draft, options);
  for (const name of FILES) {
    const from = places[name];
    if (from !== undefined) await copyOne(from, join(draft, name));
  }
  await mkdir(join(draft, 'config'), { mode: 0o700 });
  await writeFile(join(draft, 'config', 'flags.json'), JSON.stringify(given.flags));
  if (given.file !== undefined) {
    await copyOne(given.file, join(draft, 'config', basename(given.file)));
  }
  const files = await listFiles(draft);
  const names = new Set(files.map(({ path }) => path.split('/')[0]));
  const masterKey = files.some(({ path }) => isMasterKey(path.replace(/^security\//, '')));
  return {
    format: FORMAT,
    versions: { ats: ATS_VERSION, node: process.version },
    createdAt,
    parts: PARTS.filter((name) => names.has(name)),
    leftOut: leftOut(options, masterKey),
    masterKey,
    log,
    files,
  };
}

async function copyArchive(draft: string, { audit }: Places): Promise<void> {
  if (audit === undefined) return;
  for (const path of await archiveCut(audit)) {
    await copyOne(join(audit, path), join(draft, 'audit', path));
  }
}

async function copyFolders(draft: string, options: BackupOptions): Promise<void> {
  const { ticks, security } = options.places;
  if (ticks !== undefined && options.ticks) {
    const wanted = (path: string): boolean => path.endsWith('.parquet') && !path.startsWith('.');
    await copyBelow({ from: ticks, to: join(draft, 'ticks'), wanted });
  }
  if (security === undefined) return;
  const wanted = (path: string): boolean =>
    !path.endsWith('.draft') && (options.masterKey || !isMasterKey(path));
  await copyBelow({ from: security, to: join(draft, 'security'), wanted });
}

function leftOut(options: BackupOptions, masterKey: boolean): string[] {
  const { places, ticks } = options;
  return [
    ...(places.audit === undefined ? ['audit: the archive is not in a folder'] : []),
    ...(places.ticks === undefined ? ['ticks: they are not in a folder'] : []),
    ...(places.ticks !== undefined && !ticks ? ['ticks: by --without-ticks'] : []),
    ...(masterKey ? [] : ['master key: without it nobody opens the vault in this backup']),
  ];
}

/** How far the log goes that was copied. */
async function endsOf(folder: string): Promise<Manifest['log']> {
  const log = await openLmdbEventLog({
    folder,
    clock: systemClock,
    timers: systemTimers,
    logger: openLogger({ service: 'cli', level: 'error', destination: process.stderr }),
    metrics: openMetrics({ service: 'cli' }),
  });
  try {
    const work = Object.keys(LOG_TOPICS) as WorkTopic[];
    const topics = work.flatMap((topic): LogTopic[] => [topic, `${topic}.dead`]);
    const ends: Record<string, number[]> = {};
    for (const { topic, next } of await log.lag({ group: 'backup', topics })) {
      ends[topic] = [...(ends[topic] ?? []), next];
    }
    return ends;
  } finally {
    await log.close();
    await rm(join(folder, 'lock.mdb'), { force: true });
  }
}

/** Where a backup is unpacked that is one file. */
export const unpackedBeside = (path: string): string =>
  join(dirname(resolve(path)), `.${basename(path)}.${process.pid}.unpacked`);
