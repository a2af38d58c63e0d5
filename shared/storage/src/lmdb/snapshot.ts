import { accessSync } from 'node:fs';
import { open as openFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AtsError } from '@ats/domain';
import type { Timers } from '@ats/runtime';
import { type Database, open, type RootDatabase, type Transaction } from 'lmdb';

/** Keys and values as the bytes that they are. */
const RAW = { keyEncoding: 'binary', encoding: 'binary' } as const;
const DATABASES_MAX = 16;
const ROWS_AT_ONCE = 5000;
const ATTEMPTS_MAX = 500;
const PAUSE_MS = 2;
/** What an LMDB folder consists of; its lock file is made anew by whoever opens it. */
const LMDB_FILE = 'data.mdb';

/** A folder as it is read: its owner may go on writing, in another process or in this one. */
export function openReadOnly(folder: string, field: string): RootDatabase<Buffer, Buffer> {
  try {
    // LMDB makes a folder that is not there, also for who only reads.
    accessSync(join(folder, LMDB_FILE));
    return open<Buffer, Buffer>({
      ...{ path: folder, readOnly: true, maxDbs: DATABASES_MAX },
      keyEncoding: 'binary',
    });
  } catch (cause) {
    throw new AtsError({
      code: 'STORAGE_UNAVAILABLE',
      message: `${field}: ${folder} cannot be read: ${String(cause)}`,
      remedy: `Name the folder that ATS writes to with --set ${field}=lmdb:FOLDER.`,
      context: { field, value: folder },
      cause,
    });
  }
}

/** How many transactions the folder has seen. */
const transactionsOf = (root: RootDatabase<Buffer, Buffer>): number =>
  (root.getStats() as { readonly lastTxnId: number }).lastTxnId;

/**
 * One moment of several folders: what a `kill -9` of their owner would have left. Each snapshot is
 * taken by itself; they are of one moment if nobody has written to any of them meanwhile.
 */
function snapshots(roots: readonly RootDatabase<Buffer, Buffer>[]): Transaction[] | undefined {
  const renew = (root: RootDatabase<Buffer, Buffer>): number => {
    root.resetReadTxn();
    return transactionsOf(root);
  };
  const before = roots.map(renew);
  const taken = roots.map((root) => root.useReadTransaction());
  const after = roots.map(renew);
  if (before.every((count, index) => count === after[index])) return taken;
  for (const one of taken) one.done();
  return undefined;
}

/** A folder that is copied. */
interface LmdbCopy {
  readonly from: string;
  /** Holds a `data.mdb` afterwards; made by whoever asks. */
  readonly to: string;
  /** The configuration key that names `from`, for errors. */
  readonly field: string;
}

/**
 * Copies LMDB folders as they were at one moment, all of them, while their owner writes or not. The
 * owner is not asked and does not wait. What is copied is on the disk when it resolves.
 *
 * @returns rows copied, for each folder. @throws STORAGE_UNAVAILABLE
 */
export async function copyLmdbFolders(
  copies: readonly LmdbCopy[],
  timers: Pick<Timers, 'sleep'>,
): Promise<readonly number[]> {
  const roots = copies.map(({ from, field }) => openReadOnly(from, field));
  try {
    // Before the moment: a transaction knows only what was open when it began.
    const databases = roots.map(databasesOf);
    const taken = await momentOf(roots, timers);
    const rows: number[] = [];
    for (const [index, { to }] of copies.entries()) {
      const transaction = taken[index] as Transaction;
      rows.push(await copyRows({ databases: databases[index] ?? new Map(), transaction, to }));
      transaction.done();
    }
    return rows;
  } finally {
    for (const root of roots) await root.close();
  }
}

async function momentOf(
  roots: readonly RootDatabase<Buffer, Buffer>[],
  timers: Pick<Timers, 'sleep'>,
): Promise<readonly Transaction[]> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const taken = snapshots(roots);
    if (taken !== undefined) return taken;
    await timers.sleep(PAUSE_MS);
  }
  throw new AtsError({
    code: 'STORAGE_UNAVAILABLE',
    message: `log and state were written to at each of ${ATTEMPTS_MAX} moments`,
    remedy: 'Try again while less is going on.',
    retry: 'safe',
  });
}

type Databases = ReadonlyMap<string, Database<Buffer, Buffer>>;

/** The databases of a folder, as its unnamed one lists them. */
function databasesOf(root: RootDatabase<Buffer, Buffer>): Databases {
  const names = [...root.getKeys()].map((key) => key.toString().replace(/\0$/, ''));
  return new Map(names.map((name) => [name, root.openDB<Buffer, Buffer>(name, RAW)]));
}

async function copyRows(source: {
  readonly databases: Databases;
  readonly transaction: Transaction;
  readonly to: string;
}): Promise<number> {
  const { databases, transaction, to } = source;
  // Nothing counts before all of it is on the disk, which `sync` below says once.
  const target = open({ path: to, maxDbs: DATABASES_MAX, noSync: true, overlappingSync: false });
  let count = 0;
  for (const [name, database] of databases) {
    const copy = target.openDB<Buffer, Buffer>(name, RAW);
    const reading = database.getRange({ transaction })[Symbol.iterator]();
    for (let more = true; more; ) {
      target.transactionSync(() => {
        for (let row = 0; row < ROWS_AT_ONCE; row += 1) {
          const { done, value } = reading.next();
          more = done !== true;
          if (!more) return;
          copy.putSync(value.key, value.value);
          count += 1;
        }
      });
    }
  }
  await target.close();
  await rm(join(to, 'lock.mdb'), { force: true });
  const file = await openFile(join(to, LMDB_FILE), 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  return count;
}
