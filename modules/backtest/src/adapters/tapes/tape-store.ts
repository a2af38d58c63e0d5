import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { AtsError } from '@ats/domain';
import type { Clock } from '@ats/runtime';
import type { Tape, TapeRange } from '../../domain/tape.ts';
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
import { isWanted, type MarketChoice } from './markets.ts';
import { parquetTable, parquetTape } from './parquet-tape.ts';
import { storedColumns } from './part-writer.ts';
import { mustBeFree, type Placing, placeTape, type TapeContent } from './place-tape.ts';
import type { Relation } from './relation.ts';
import { writeParts } from './write-parts.ts';

/** Where imported tapes lie: a folder of each, with Parquet files and a manifest. */
export interface TapeStore {
  readonly folder: string;
  /** By name. Folders without a readable manifest are left out. */
  list(): Promise<readonly TapeManifest[]>;
  /** @returns undefined where there is none. @throws TAPE_UNREADABLE for a damaged manifest */
  find(name: string): Promise<TapeManifest | undefined>;
  /** The rows of the markets that are wanted. */
  open(manifest: TapeManifest, choice?: MarketChoice): Tape;
  /** @throws TAPE_EXISTS, CONFIG_INVALID when nothing can be stored under a name */
  mustBeFree(name: string): Promise<void>;
  /**
   * Stores a tape: all of it under its name, or nothing.
   * @throws TAPE_EXISTS unless it may take the place of one; what the tape throws
   */
  write(tape: Tape, options: WriteOptions): Promise<TapeManifest>;
  /** The same with files that `fill` makes. */
  place(
    wanted: { readonly name: string; readonly replace: boolean },
    fill: (placing: Placing) => Promise<TapeContent>,
  ): Promise<TapeManifest>;
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
  const place = { store: folder, clock: options.clock };
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
    open: (manifest, choice = {}) => openStored(folder, manifest, choice),
    mustBeFree: (name) => mustBeFree(folder, name),
    write: (tape, wanted) =>
      placeTape({ ...place, name: wanted.name, replace: wanted.replace === true }, (placing) =>
        writeParts(tape, { ...wanted, ...placing }),
      ),
    place: (wanted, fill) => placeTape({ ...place, ...wanted }, fill),
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

function openStored(folder: string, manifest: TapeManifest, choice: MarketChoice): Tape {
  const { name } = manifest;
  const stored = manifestMarkets(manifest);
  const wanted = stored.flatMap((market, at) => (isWanted(market, choice) ? [at] : []));
  const markets = stored.filter((market) => isWanted(market, choice));
  const whens = wanted.map((at, index) => `WHEN ${at} THEN ${index}`).join(' ');
  const selection =
    wanted.length === stored.length
      ? { market: 'market' }
      : { market: `CASE market ${whens} END`, only: `market IN (${wanted.join(', ')})` };
  const parts = wanted.length === 0 ? [] : manifest.parts;
  const tapes = parts.map((part) => {
    const names = storedColumns(part.kind, part.levels).map((column) => column.name);
    const files = part.files.map(({ file }) => join(folder, name, file));
    const relation = storedRelation({ ...part, from: parquetTable(files), names });
    return parquetTape({ name, markets, relation, ...selection });
  });
  const tape = tapeOfParts({ name, markets, parts: tapes });
  return { ...tape, badRows: () => manifest.badRows };
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
