import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** Whether a file is gzip, by its first bytes. */
export async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

/** Whether a file's first bytes are these. */
export async function startsWith(file: string, text: string): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(text.length), 0, text.length, 0);
    return buffer.toString('latin1', 0, bytesRead) === text;
  } finally {
    await handle.close();
  }
}

/** The lines of a text file, gzip or plain. */
export async function* linesOf(file: string): AsyncGenerator<string> {
  const raw = createReadStream(file);
  const gunzip = (await isGzip(file)) ? createGunzip() : undefined;
  const bytes: Readable = gunzip === undefined ? raw : raw.pipe(gunzip);
  raw.on('error', (cause) => bytes.destroy(cause));
  let failure: unknown;
  bytes.on('error', (cause: unknown) => {
    failure = cause;
  });
  try {
    yield* createInterface({ input: bytes, crlfDelay: Number.POSITIVE_INFINITY });
    if (failure !== undefined) throw failure;
  } finally {
    bytes.destroy();
    raw.destroy();
  }
}

/** @returns the first line that is not blank; undefined in an empty file */
export async function firstLine(file: string): Promise<string | undefined> {
  for await (const line of linesOf(file)) if (line.trim() !== '') return line;
  return undefined;
}
