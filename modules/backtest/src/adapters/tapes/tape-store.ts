import { randomBytes } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AtsError } from '@ats/domain';
import type { Clock } from '@ats/runtime';
import type { Tape, TapeBatch, TapeRange } from '../../domain/tape.ts';
import { tapeOfParts } from '../../domain/tape-parts.ts';
import { firstLineOf, unreadable } from './failure.ts';
import {
  MANIFEST_FILE,
  manifestMarkets,
  parseManifest,
  TAPE_NAME,
  type TapeManifest,
  type TapePart,
} from './manifest.ts';
import { parquetTable, parquetTape } from './parquet-tape.ts';
import { PartWriter, storedColumns } from './part-writer.ts';
import type { Relation } from './relation.ts';

const TEMPORARY = '.partial-';

/** Where imported tapes lie: a folder of each, with Parquet files and a manifest. */
export interface TapeStore {
  readonly folder: string;
  /** By name. Folders without a readable manifest are left out. */
  list(): Promise<readonly TapeManifest[]>;
  /** @returns undefined where there is none. @throws TAPE_UNREADABLE for a damaged manifest */
  find(name: string): Promise<TapeManifest | undefined>;
  open(manifest: TapeManifest): Tape;
  /** @throws TAPE_EXISTS, CONFIG_INVALID when nothing can be stored under a name */
  mustBeFree(name: string): Promise<void>;
  /**
   * Stores a tape: all of it under its name, or nothing.
   * @throws TAPE_EXISTS unless it may take the place of one; what the tape throws
   */
  write(tape: Tape, options: WriteOptions): Promise<TapeManifest>;
}

export interface WriteOptions {
  readonly name: string;
  readonly source: () => Promise<TapeManifest['source']>;
  readonly replace?: boolean;
  readonly range?: TapeRange;
  /** Told of progress: rows so far, and the receive time that was reached. */
  readonly onRows?: (rows: number, timeUs: number) => void;
}

export function openTapeStore(options: {
  readonly folder: string;
  readonly clock: Clock;
}): TapeStore {
  const folder = resolve(options.folder);
  return {
    folder,
    async list() {
      const names = await readdir(folder).catch(() => []);
      const found = await Promise.all(
        names
          .filter((name) => TAPE_NAME.test(name))
          .sort()
          .map((name) => find(folder, name).catch(() => undefined)),
      );
      return found.filter((manifest) => manifest !== undefined);
    },
    find: (name) => find(folder, name),
    open: (manifest) => openStored(folder, manifest),
    mustBeFree: (name) => mustBeFree(folder, name),
    write: (tape, wanted) => write(tape, { ...wanted, folder, clock: options.clock }),
  };
}

async function find(folder: string, name: string): Promise<TapeManifest | undefined> {
  if (!TAPE_NAME.test(name)) return undefined;
  const path = join(folder, name, MANIFEST_FILE);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw manifestDamaged(path, cause);
  }
  try {
    return parseManifest(text);
  } catch (cause) {
    throw manifestDamaged(path, cause);
  }
}

function manifestDamaged(path: string, cause: unknown): AtsError {
  return unreadable({
    reference: path,
    why: `the manifest cannot be read: ${firstLineOf(cause)}`,
    remedy: 'Import the tape again with --force.',
    cause,
  });
}

function openStored(folder: string, manifest: TapeManifest): Tape {
  const markets = manifestMarkets(manifest);
  const parts = manifest.parts.map((part) => {
    const names = storedColumns(part.kind, part.levels).map(({ name }) => name);
    const files = part.files.map(({ file }) => join(folder, manifest.name, file));
    const relation = storedRelation({ ...part, from: parquetTable(files), names });
    return parquetTape({ name: manifest.name, markets, relation, market: 'market' });
  });
  return tapeOfParts({ name: manifest.name, markets, parts });
}

/** What was checked when it was written is read as it is. */
function storedRelation(options: {
  readonly kind: TapePart['kind'];
  readonly levels: number;
  readonly from: string;
  readonly names: readonly string[];
}): Relation {
  const { kind, levels, from, names } = options;
  return {
    ...{ kind, levels, from, rowsPerLine: 1, venue: 'venue', symbol: 'instrument' },
    receivedAtUs: 'received_at_us',
    exchangeTimeUs: 'exchange_time_us',
    values: names.slice(3),
  };
}

async function write(
  tape: Tape,
  options: WriteOptions & { readonly folder: string; readonly clock: Clock },
): Promise<TapeManifest> {
  const { folder, name } = options;
  const target = join(folder, name);
  if (options.replace === true) checkName(name);
  else await mustBeFree(folder, name);
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `${TEMPORARY}${name}-${randomBytes(6).toString('hex')}`);
  await mkdir(temporary);
  try {
    const manifest = await writeParts(tape, { ...options, temporary });
    await writeFile(join(temporary, MANIFEST_FILE), `${JSON.stringify(manifest, undefined, 2)}\n`);
    await putInPlace({ temporary, target, replace: options.replace === true, name });
    return manifest;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function mustBeFree(folder: string, name: string): Promise<void> {
  checkName(name);
  const target = join(folder, name);
  if (await exists(target)) throw taken(name, target);
}

/** A folder cannot be renamed onto one that has files: the old one steps aside first. */
async function putInPlace(move: {
  readonly temporary: string;
  readonly target: string;
  readonly replace: boolean;
  readonly name: string;
}): Promise<void> {
  const { temporary, target, replace, name } = move;
  const aside = `${temporary}-old`;
  if (replace && (await exists(target))) await rename(target, aside);
  try {
    await rename(temporary, target);
  } catch (cause) {
    if (await exists(aside)) await rename(aside, target).catch(() => undefined);
    if (await exists(target)) throw taken(name, target);
    throw cause;
  }
  await rm(aside, { recursive: true, force: true });
}

interface MarketTotals {
  rows: number;
  fromUs: number;
  untilUs: number;
}

async function writeParts(
  tape: Tape,
  options: WriteOptions & { readonly clock: Clock; readonly temporary: string },
): Promise<TapeManifest> {
  const { name, temporary: folder, clock } = options;
  const writers = new Map<string, { writer: PartWriter; part: MarketTotals; levels: number }>();
  const totals: MarketTotals[] = tape.markets.map(emptyTotals);
  let rows = 0;
  try {
    for await (const batch of tape.batches(options.range)) {
      const levels = batch.kind === 'book' ? batch.levels : 1;
      let own = writers.get(batch.kind);
      if (own === undefined) {
        const markets = () => tape.markets;
        const writer = await PartWriter.open({ kind: batch.kind, levels, folder, markets });
        own = { writer, part: emptyTotals(), levels };
        writers.set(batch.kind, own);
      }
      await own.writer.append(batch);
      count(batch, totals, own.part);
      rows += batch.count;
      options.onRows?.(rows, batch.receivedAtUs[batch.count - 1] ?? 0);
    }
    for (const { writer } of writers.values()) await writer.finish();
  } catch (cause) {
    for (const { writer } of writers.values()) writer.close();
    throw cause;
  }
  if (rows === 0) throw empty(tape);
  const { count: bad, first, reasons = {} } = tape.badRows();
  return {
    version: 1,
    name,
    importedAtUs: clock.nowUs(),
    markets: tape.markets.map((market, at) => ({ ...market, ...(totals[at] ?? emptyTotals()) })),
    parts: [...writers].map(([kind, { writer, part, levels }]) => ({
      kind: kind as TapePart['kind'],
      levels,
      ...part,
      files: writer.files,
    })),
    source: await options.source(),
    badRows: { count: bad, first: [...first], reasons: { ...reasons } },
  };
}

const emptyTotals = (): MarketTotals => ({ rows: 0, fromUs: 0, untilUs: 0 });

function count(batch: TapeBatch, totals: readonly MarketTotals[], part: MarketTotals): void {
  for (let row = 0; row < batch.count; row += 1) {
    const timeUs = batch.receivedAtUs[row] as number;
    const total = totals[batch.market[row] as number] as MarketTotals;
    if (total.rows === 0) total.fromUs = timeUs;
    total.rows += 1;
    total.untilUs = timeUs;
  }
  if (part.rows === 0) part.fromUs = batch.receivedAtUs[0] as number;
  part.rows += batch.count;
  part.untilUs = batch.receivedAtUs[batch.count - 1] as number;
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

function empty(tape: Tape): AtsError {
  const { count: bad, first } = tape.badRows();
  const why = bad === 0 ? '' : `; ${bad} bad, the first in line ${first[0]?.line}`;
  return unreadable({
    reference: tape.name,
    why: `it holds no row that can be used${why}`,
    remedy: 'See that venue, instrument and time ask for what is there, and mend bad rows.',
  });
}
