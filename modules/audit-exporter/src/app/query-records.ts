import type { WireMessages } from '@ats/contracts';
import type { Archive, LogTopic } from '@ats/storage';
import { dateOf, PREFIXES, parseSegmentName } from '../domain/archive-names.ts';
import type { ArchivedRecord } from '../domain/record-line.ts';
import { openSegment } from './segment.ts';

export interface RecordFilter {
  /** Any unless given. */
  readonly correlationId?: string;
  readonly key?: string;
  readonly topic?: LogTopic;
  /** Microseconds since the epoch, inclusive. */
  readonly fromUs: number;
  /** Microseconds since the epoch, exclusive. */
  readonly toUs: number;
  /** Records wanted at most. */
  readonly limit: number;
  /** Whether the latest that match are wanted instead of the earliest. */
  readonly latest?: boolean;
}

/** The end of the year 9999: later times have no date of ten characters. */
const TIME_US_MAX = 253_402_300_799_000_000;

const BY_TIME = (one: ArchivedRecord, other: ArchivedRecord): number =>
  one.loggedAtUs - other.loggedAtUs ||
  (one.topic < other.topic ? -1 : Number(one.topic > other.topic)) ||
  one.partition - other.partition ||
  one.offset - other.offset;

/**
 * The earliest records that match, or the latest, in the order in which they were logged. Reads
 * the segments of every date in the range, one at a time; ends early when a date has given enough.
 * @param signal ends the search. @throws STORAGE_UNAVAILABLE; the signal's reason
 */
export async function queryRecords(options: {
  readonly archive: Archive;
  readonly filter: RecordFilter;
  readonly signal?: AbortSignal;
}): Promise<readonly ArchivedRecord[]> {
  const { archive, filter, signal } = options;
  const { limit } = filter;
  const wanted = (records: ArchivedRecord[]): ArchivedRecord[] => {
    records.sort(BY_TIME);
    return filter.latest === true ? records.slice(-limit) : records.slice(0, limit);
  };
  let found: ArchivedRecord[] = [];
  let before = '';
  const inOrder = segmentsOf(archive, filter);
  const segments = filter.latest === true ? await reversed(inOrder) : inOrder;
  for await (const { name, date } of segments) {
    signal?.throwIfAborted();
    if (date !== before && found.length >= limit) break;
    before = date;
    const bytes = await archive.get(name);
    const opened = bytes === undefined ? undefined : await openSegment(bytes);
    // A damaged segment is for `verify` to name; what can be read is shown.
    if (opened?.kind !== 'opened') continue;
    found.push(...opened.records.filter((record) => matches(record, filter)));
    if (found.length > 2 * limit) found = wanted(found);
  }
  return wanted(found);
}

interface DatedSegment {
  readonly name: string;
  readonly date: string;
}

/** Names of the segments that may have what is asked for, by date. */
async function* segmentsOf(
  archive: Archive,
  { fromUs, toUs, topic }: RecordFilter,
): AsyncGenerator<DatedSegment> {
  const last = dateOf(Math.min(toUs, TIME_US_MAX));
  const first = dateOf(Math.min(Math.max(fromUs, 0), TIME_US_MAX));
  const after = `${PREFIXES.segments}dt=${first}`;
  for await (const { name } of archive.list({ prefix: PREFIXES.segments, after })) {
    const segment = parseSegmentName(name);
    if (segment === undefined) continue;
    if (segment.date > last) return;
    if (topic === undefined || segment.topic === topic) yield { name, date: segment.date };
  }
}

async function reversed<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all.reverse();
}

function matches(record: ArchivedRecord, filter: RecordFilter): boolean {
  const { correlationId, key, fromUs, toUs } = filter;
  if (correlationId !== undefined && record.correlationId !== correlationId) return false;
  if (key !== undefined && record.key !== key) return false;
  return record.loggedAtUs >= fromUs && record.loggedAtUs < toUs;
}

/** An archived record as the contract has it. */
export function recordToWire(record: ArchivedRecord): WireMessages['ats.audit.v1.AuditRecord'] {
  const { topic, partition, offset, eventId, schema, key, correlationId, loggedAtUs } = record;
  return {
    topic,
    partition,
    offset,
    eventId,
    schema,
    key,
    correlationId,
    traceparent: record.traceparent ?? '',
    loggedAtUs,
    payload: Buffer.from(record.bytes, 'base64'),
    payloadJson: record.problem === null ? JSON.stringify(record.payload) : '',
  };
}
