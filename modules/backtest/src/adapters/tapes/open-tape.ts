import { statSync } from 'node:fs';
import { AtsError } from '@ats/domain';
import { parseFrame } from '@ats/price-collector';
import type { TickStore } from '@ats/storage';
import type { Tape } from '../../domain/tape.ts';
import { formatOfHeader } from './columns.ts';
import { BOOK_LEVELS, openCsvTape, parseHeader } from './csv-tape.ts';
import { firstLineOf, unreadable } from './failure.ts';
import { openFrameTape } from './frame-tape.ts';
import { mappedFormat, mappedMarkets, missingColumns, readMapping } from './mapping.ts';
import type { MarketChoice } from './markets.ts';
import { openStoredTicks } from './stored-ticks.ts';
import type { TapeStore } from './tape-store.ts';
import { firstLine, isGzip, startsWith } from './text-lines.ts';
import { isTickFolder, openParquetFile, openTickFolder } from './tick-tape.ts';

export interface OpenTapeOptions extends MarketChoice {
  /** Where tapes are found by name. */
  readonly store?: TapeStore;
  /** A bad row stops the reading instead of being skipped and counted. */
  readonly strict?: boolean;
  /** A YAML file that says what the columns of a CSV are; docs/tape-format.md shows some. */
  readonly mapping?: string;
  /** Opens the tick store of a URL; whoever gave it closes it. */
  readonly openTicks?: (url: string) => Promise<TickStore>;
  /** Levels of each side of a rebuilt book; 25 if absent. */
  readonly bookLevels?: number;
}

/** A tape, and what it was recognised as. */
export interface OpenedTape {
  readonly tape: Tape;
  readonly format: string;
}

const REMEDY =
  'Name a stored tape ("ats data list"), a file (.csv, .csv.gz, .parquet, .jsonl.gz) or a folder ' +
  'of the tick store; docs/tape-format.md lists the columns that are known.';

/**
 * Opens a tape by its name in the store or by a path. What a file is follows from its first line,
 * not from its name.
 *
 * @throws TAPE_UNREADABLE with what to do
 */
export async function openTape(
  reference: string,
  options: OpenTapeOptions = {},
): Promise<OpenedTape> {
  const stored = await options.store?.find(reference);
  if (stored !== undefined && options.store !== undefined) {
    return { tape: options.store.open(stored, options), format: 'stored tape' };
  }
  if (/^influxdbs?:/.test(reference)) return openDatabase(reference, options);
  const found = statSync(reference, { throwIfNoEntry: false });
  if (found === undefined) {
    const where = options.store === undefined ? '' : ` in ${options.store.folder}`;
    const why = `there is no tape of this name${where} and no such file`;
    throw unreadable({ reference, why, remedy: REMEDY });
  }
  try {
    return found.isDirectory()
      ? await openFolder(reference, options)
      : await openFile(reference, options);
  } catch (cause) {
    if (cause instanceof AtsError) throw cause;
    throw unreadable({ reference, why: firstLineOf(cause), remedy: REMEDY, cause });
  }
}

async function openFolder(folder: string, options: OpenTapeOptions): Promise<OpenedTape> {
  if (!(await isTickFolder(folder))) {
    const why = 'this folder is none of the tick store: it has no quote and no trade folder';
    throw unreadable({ reference: folder, why, remedy: REMEDY });
  }
  return { tape: await openTickFolder(folder, options), format: 'tick store' };
}

async function openDatabase(url: string, options: OpenTapeOptions): Promise<OpenedTape> {
  const name = url.replace(/([?&]token=)[^&]*/, '$1***').replace(/\/\/[^/]*@/, '//***@');
  if (options.openTicks === undefined) {
    const remedy = 'Use "ats data import" to copy its ticks into a tape first.';
    throw unreadable({ reference: name, why: 'no tick store can be opened here', remedy });
  }
  const store = await options.openTicks(url);
  return { tape: await openStoredTicks(store, { ...options, name }), format: 'tick store' };
}

async function openFile(file: string, options: OpenTapeOptions): Promise<OpenedTape> {
  if (await startsWith(file, 'PAR1')) return openParquetFile(file, options);
  const line = await firstLine(file);
  if (line === undefined) throw unreadable({ reference: file, why: 'it is empty', remedy: REMEDY });
  if (line.startsWith('{')) {
    const frame = parseFrame(line);
    if ('problem' in frame) {
      const why = `its first line is no frame of a recording: ${frame.problem}`;
      throw unreadable({ reference: file, why, remedy: REMEDY });
    }
    const bookLevels = options.bookLevels ?? BOOK_LEVELS;
    return { tape: await openFrameTape(file, { ...options, bookLevels }), format: 'frames' };
  }
  return openCsv(file, line, options);
}

async function openCsv(file: string, line: string, options: OpenTapeOptions): Promise<OpenedTape> {
  const mapping = options.mapping === undefined ? undefined : await readMapping(options.mapping);
  const delimiter = mapping?.delimiter ?? ',';
  const header = parseHeader(line, delimiter);
  const missing = mapping === undefined ? [] : missingColumns(mapping, header);
  const format = mapping === undefined ? formatOfHeader(header) : mappedFormat(mapping);
  if (format === undefined || missing.length > 0) {
    const lacks = `its header has no column ${missing.join(', ')}`;
    const why = missing.length > 0 ? lacks : 'its columns are of no known format';
    throw unreadable({ reference: file, why: `${why}: ${line.slice(0, 120)}`, remedy: REMEDY });
  }
  const repeated = header.find((name, at) => header.indexOf(name) !== at);
  if (repeated !== undefined) {
    const remedy = 'Give every column a name of its own.';
    throw unreadable({ reference: file, why: `its header has "${repeated}" twice`, remedy });
  }
  const named = new Map([...(mapping ? mappedMarkets(mapping) : []), ...(options.named ?? [])]);
  const source = { file, gzip: await isGzip(file), delimiter, header, format };
  return { tape: await openCsvTape(source, { ...options, named }), format: format.name };
}
