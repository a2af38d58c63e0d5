import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import type { LogRecord } from '@ats/storage';
import { dateOf, segmentName } from '../domain/archive-names.ts';
import { type SegmentLink, sha256 } from '../domain/chain.ts';
import {
  type ArchivedRecord,
  type DecodePayload,
  factsOf,
  markedLine,
  parseRecordLine,
  RecordsDigest,
  recordLine,
} from '../domain/record-line.ts';

const zip = promisify(gzip);
const unzip = promisify(gunzip);

/** The byte of a gzip header that names the system it was made on, and its value for `unknown`. */
const GZIP_SYSTEM = { at: 9, unknown: 255 } as const;
/** Records that are digested at one go. */
const PIECE_RECORDS = 256;
/** What zlib says of a stream that ends too early. */
const CUT_OFF = 'Z_BUF_ERROR';
/** A segment is never larger than this once unpacked. */
const UNPACKED_BYTES_MAX = 2 ** 30;

/** A record that waits for its segment. */
export interface WaitingRecord {
  readonly record: LogRecord;
  readonly line: string;
  readonly date: string;
  /** Whether its payload could be read by its schema. */
  readonly decoded: boolean;
  /** Memory that it takes, in bytes, near enough. */
  readonly bytes: number;
}

export interface Segment {
  readonly link: SegmentLink;
  readonly bytes: Uint8Array;
}

export function waitingRecord(record: LogRecord, decode: DecodePayload): WaitingRecord {
  const payload = decode(record.headers.schema, record.payload);
  const line = recordLine(record, payload);
  const bytes = line.length + record.payload.byteLength;
  const decoded = payload.kind === 'decoded';
  return { record, line, date: dateOf(record.loggedAtUs), decoded, bytes };
}

/**
 * Makes the segment of records of one partition and one date: the same records give the same
 * bytes. @param records in order, at least one
 * @param options.pause called between pieces of the work
 */
export async function buildSegment(
  records: readonly WaitingRecord[],
  options: { readonly previousDigest: string; readonly pause: () => Promise<void> },
): Promise<Segment> {
  const { previousDigest, pause } = options;
  const [first, last] = [records[0], records.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError('a segment holds records');
  const { topic, partition, offset: firstOffset } = first.record;
  const lastOffset = last.record.offset;
  const digest = new RecordsDigest();
  for (const [index, { record }] of records.entries()) {
    if (index % PIECE_RECORDS === PIECE_RECORDS - 1) await pause();
    digest.add(factsOf(record));
  }
  const mark = { firstOffset, lastOffset, previousDigest };
  const [head = '', ...rest] = records.map(({ line }) => line);
  const bytes = await zip(`${[markedLine(head, mark), ...rest].join('\n')}\n`, {
    level: constants.Z_BEST_SPEED,
  });
  bytes[GZIP_SYSTEM.at] = GZIP_SYSTEM.unknown;
  const name = segmentName({ date: first.date, topic, partition, firstOffset, lastOffset });
  return {
    bytes,
    link: {
      topic,
      partition,
      firstOffset,
      lastOffset,
      records: records.length,
      name,
      recordsDigest: digest.value(),
      digest: sha256(bytes),
      previousDigest,
    },
  };
}

/** A segment's records, or what is wrong with its bytes. */
export type OpenedSegment =
  | {
      readonly kind: 'opened';
      readonly records: readonly ArchivedRecord[];
      readonly recordsDigest: string;
    }
  | {
      readonly kind: 'unreadable';
      readonly problem: string;
      /** Whether its end is missing. */
      readonly truncated: boolean;
    };

/** Reads a segment back; whether it is the right one is for others to judge. */
export async function openSegment(bytes: Uint8Array): Promise<OpenedSegment> {
  let text: string;
  try {
    const unpacked = await unzip(bytes, { maxOutputLength: UNPACKED_BYTES_MAX });
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(unpacked);
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code);
    const problem = `it cannot be unpacked (${code})`;
    return { kind: 'unreadable', problem, truncated: code === CUT_OFF };
  }
  if (!text.endsWith('\n')) {
    return { kind: 'unreadable', problem: 'its last line has no end', truncated: true };
  }
  const records: ArchivedRecord[] = [];
  const digest = new RecordsDigest();
  for (const line of text.slice(0, -1).split('\n')) {
    const record = parseRecordLine(line);
    if (record === undefined) {
      const problem = `line ${records.length + 1} is no record`;
      return { kind: 'unreadable', problem, truncated: false };
    }
    digest.add(record);
    records.push(record);
  }
  return { kind: 'opened', records, recordsDigest: digest.value() };
}
