import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import { AtsError } from '@ats/domain';
import { parseFrame, type RecordedFrame } from '../domain/recording.ts';

/** Longest line that is read; a full book of any venue is far shorter. */
const LINE_CHARS_MAX = 64 * 1024 * 1024;

function unreadable(file: string, cause: unknown): AtsError {
  const code = (cause as { code?: unknown }).code;
  const why = code === 'ENOENT' ? 'there is no such file' : String((cause as Error).message);
  return new AtsError({
    code: 'TAPE_UNREADABLE',
    message: `--frames ${file} cannot be read: ${why}`,
    remedy: 'Name a recording that exists and may be read, as `ats record` writes it.',
    context: { field: 'frames', value: file },
    cause,
  });
}

function invalid(place: { file: string; line: number }, why: string, cause?: unknown): AtsError {
  return new AtsError({
    code: 'TAPE_INVALID',
    message: `--frames ${place.file}, line ${place.line}: ${why}`,
    remedy:
      'Name a recording in the format of docs/recording-format.md, or cut it before the line.',
    context: { field: 'frames', value: place.file, line: place.line },
    cause,
  });
}

async function isGzip(file: string): Promise<boolean> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } catch (cause) {
    throw unreadable(file, cause);
  } finally {
    await handle?.close();
  }
}

/**
 * Reads a recording, gzip or plain, in constant memory: batches of frames in their order.
 *
 * @throws TAPE_UNREADABLE when the file cannot be opened
 * @throws TAPE_INVALID naming the line when the file is not a recording, or is cut off
 */
export async function* readFrames(file: string): AsyncGenerator<readonly RecordedFrame[]> {
  const gzip = await isGzip(file);
  const raw = createReadStream(file, { highWaterMark: 256 * 1024 });
  let failure: unknown;
  const bytes: Readable = gzip ? raw.pipe(createGunzip({ chunkSize: 256 * 1024 })) : raw;
  if (gzip) raw.on('error', (cause) => bytes.destroy(unreadable(file, cause)));
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let line = 0;
  try {
    for await (const chunk of bytes) {
      const lines = (rest + decoder.write(chunk as Buffer)).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > LINE_CHARS_MAX) throw invalid({ file, line: line + 1 }, 'is too long');
      const batch: RecordedFrame[] = [];
      for (const text of lines) {
        line += 1;
        if (text !== '') batch.push(frameOf(text, { file, line }));
      }
      yield batch;
    }
  } catch (cause) {
    failure = cause;
  } finally {
    raw.destroy();
  }
  if (failure instanceof AtsError) throw failure;
  if (failure !== undefined) {
    if (!gzip) throw unreadable(file, failure);
    throw invalid({ file, line: line + 1 }, 'the gzip data is damaged or cut off', failure);
  }
  rest += decoder.end();
  if (rest.trim() !== '') yield [frameOf(rest, { file, line: line + 1 })];
}

function frameOf(text: string, place: { file: string; line: number }): RecordedFrame {
  const frame = parseFrame(text);
  if ('problem' in frame) throw invalid(place, frame.problem);
  return frame;
}
