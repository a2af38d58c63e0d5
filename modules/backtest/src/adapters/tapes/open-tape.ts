import { type Stats, statSync } from 'node:fs';
import type { Tape } from '../../domain/tape.ts';
import { formatOfHeader } from './columns.ts';
import { openCsvTape, parseHeader } from './csv-tape.ts';
import { firstLineOf, unreadable } from './failure.ts';
import type { MarketChoice } from './markets.ts';
import type { TapeStore } from './tape-store.ts';
import { firstLine, isGzip } from './text-lines.ts';

export interface OpenTapeOptions extends MarketChoice {
  /** Where tapes are found by name. */
  readonly store?: TapeStore;
  /** A bad row stops the reading instead of being skipped and counted. */
  readonly strict?: boolean;
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
    return { tape: options.store.open(stored), format: 'stored tape' };
  }
  const found = statOf(reference);
  if (found === undefined) {
    const where = options.store === undefined ? '' : ` in ${options.store.folder}`;
    const why = `there is no tape of this name${where} and no such file`;
    throw unreadable({ reference, why, remedy: REMEDY });
  }
  return openText(reference, options);
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

async function openText(file: string, options: OpenTapeOptions): Promise<OpenedTape> {
  const gzip = await isGzip(file);
  const line = await firstLine(file).catch((cause: unknown) => {
    throw unreadable({ reference: file, why: firstLineOf(cause), remedy: REMEDY, cause });
  });
  if (line === undefined) throw unreadable({ reference: file, why: 'it is empty', remedy: REMEDY });
  const header = parseHeader(line, ',');
  const format = formatOfHeader(header);
  if (format === undefined) {
    const why = `its columns are of no known format: ${line.slice(0, 120)}`;
    throw unreadable({ reference: file, why, remedy: REMEDY });
  }
  const source = { file, gzip, delimiter: ',', header, format };
  return { tape: await openCsvTape(source, options), format: format.name };
}
