import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { resampledTape } from '../../app/tapes/resampled-tape.ts';
import type { TapeRange } from '../../domain/tape.ts';
import type { TapeManifest } from './manifest.ts';
import { type OpenTapeOptions, openTape } from './open-tape.ts';
import type { TapeStore } from './tape-store.ts';

export interface ImportTapeOptions extends OpenTapeOptions {
  readonly reference: string;
  readonly store: TapeStore;
  /** Of the file if absent. */
  readonly name?: string;
  readonly replace?: boolean;
  readonly range?: TapeRange;
  /** Resamples to bars of this length, whole microseconds; every row is kept if absent. */
  readonly barUs?: number;
  /** Told of progress: rows so far, and how many there will be where that is known. */
  readonly onRows?: (rows: number, expected: number | undefined) => void;
}

/** The name that a file's tape gets: that of the file without its endings. */
function nameOfFile(path: string): string {
  const name = basename(path).replace(/(\.(gz|csv|parquet|jsonl|txt))+$/i, '');
  return name.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'tape';
}

/**
 * Copies whatever can be opened as a tape into the store.
 *
 * @throws TAPE_UNREADABLE, TAPE_EXISTS, TAPE_BAD_ROW where it is read strictly
 */
export async function importTape(options: ImportTapeOptions): Promise<TapeManifest> {
  const { reference, store, replace = false, range, barUs, onRows } = options;
  const name = options.name ?? nameOfFile(reference);
  if (!replace) await store.mustBeFree(name);
  const opened = await openTape(reference, { ...options });
  const tape = barUs === undefined ? opened.tape : resampledTape(opened.tape, barUs);
  const format = barUs === undefined ? opened.format : `${opened.format}, bars of ${barUs / 1e6} s`;
  return store.write(tape, {
    name,
    replace,
    ...(range === undefined ? {} : { range }),
    ...(onRows === undefined ? {} : { onRows: (rows) => onRows(rows, tape.rowsExpected) }),
    source: async () => ({ reference: tape.name, format, ...(await digestOf(reference)) }),
  });
}

/** SHA-256 of a file, or of a folder's files in the order of their paths; nothing for a URL. */
async function digestOf(reference: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const found = await stat(reference).catch(() => undefined);
  if (found === undefined) return { sha256: '', bytes };
  const files = found.isDirectory() ? await filesUnder(reference) : [reference];
  for (const file of files) {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
  }
  return { sha256: hash.digest('hex'), bytes };
}

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
