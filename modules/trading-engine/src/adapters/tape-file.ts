import { open } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { AtsError } from '@ats/domain';
import { parseTapeHeader, TapeRow, tapeProblem } from '../domain/tape-row.ts';

/** A tape that is read row by row, in constant memory. */
export interface TapeFile {
  readonly file: string;
  /** The row read last; overwritten by `next`. */
  readonly row: TapeRow;
  /** Line of that row, from 1; the header is line 1. */
  readonly line: number;
  /** Reads the next row. @returns false at the end. @throws TAPE_UNREADABLE, TAPE_INVALID */
  next(): Promise<boolean>;
  close(): Promise<void>;
}

/** Longest line accepted, characters. */
const LINE_MAX = 1_000_000;

/** Opens a wide CSV, gzip or plain, and reads its header. @throws TAPE_UNREADABLE, TAPE_INVALID */
export async function openTapeFile(file: string): Promise<TapeFile> {
  const lines = linesOf(file);
  let row: TapeRow;
  try {
    const header = await lines.next();
    if (header.done === true) {
      throw tapeProblem({ file, line: 1 }, 'is empty', 'Give a tape with a header and rows.');
    }
    row = new TapeRow(parseTapeHeader(header.value, { file, line: 1 }));
  } catch (problem) {
    await lines.return(undefined);
    throw problem;
  }
  let line = 1;
  let previousUs = 0;
  return {
    file,
    row,
    get line() {
      return line;
    },
    async next() {
      for (;;) {
        const read = await lines.next();
        if (read.done === true) return false;
        line += 1;
        if (read.value === '') continue;
        row.read(read.value, { file, line });
        if (row.timestampUs < previousUs) {
          const what = 'is older than the line before it';
          throw tapeProblem({ file, line }, what, 'Sort the tape by timestamp.');
        }
        previousUs = row.timestampUs;
        return true;
      }
    },
    async close() {
      await lines.return(undefined);
    },
  };
}

async function* linesOf(file: string): AsyncGenerator<string, undefined> {
  const stream = await openText(file);
  let rest = '';
  try {
    for await (const chunk of stream) {
      const parts = (rest + String(chunk)).split('\n');
      rest = parts.pop() ?? '';
      if (rest.length > LINE_MAX) throw unreadable(file, `has a line above ${LINE_MAX} characters`);
      for (const part of parts) yield part.endsWith('\r') ? part.slice(0, -1) : part;
    }
  } catch (cause) {
    throw cause instanceof AtsError ? cause : unreadable(file, reasonOf(cause), cause);
  } finally {
    stream.destroy();
  }
  if (rest !== '') yield rest;
  return undefined;
}

async function openText(file: string): Promise<Readable> {
  try {
    const handle = await open(file, 'r');
    const magic = new Uint8Array(2);
    await handle.read(magic, 0, 2, 0);
    const raw = handle.createReadStream({ start: 0 });
    if (magic[0] !== 0x1f || magic[1] !== 0x8b) return raw.setEncoding('utf8');
    const text = createGunzip();
    // The reader of `text` sees the error; pipeline only has to carry it there.
    pipeline(raw, text, () => undefined);
    return text.setEncoding('utf8');
  } catch (cause) {
    throw unreadable(file, reasonOf(cause), cause);
  }
}

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
  return `cannot be read (${code})`;
}

function unreadable(file: string, why: string, cause?: unknown): AtsError {
  return new AtsError({
    code: 'TAPE_UNREADABLE',
    message: `tape ${file} ${why}`,
    remedy: 'Give --tape the path of a readable CSV tape, plain or gzip.',
    context: { field: '--tape', value: file },
    cause,
  });
}
