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
}

/** The end of the year 9999: later times have no date of ten characters. */
const TIME_US_MAX = 253_402_300_799_000_000;

const BY_TIME = (one: ArchivedRecord, other: ArchivedRecord): number =>
  one.loggedAtUs - other.loggedAtUs ||
  (one.topic < other.topic ? -1 : Number(one.topic > other.topic)) ||
  one.partition - other.partition ||
  one.offset - other.offset;

/**
 * The earliest records that match, in the order in which they were logged. Reads the segments of
 * every date in the range, one at a time; ends early when a date has given enough.
 * @param signal ends the search. @throws STORAGE_UNAVAILABLE; the signal's reason
 */
export async function queryRecords(options: {
  readonly archive: Archive;
  readonly filter: RecordFilter;
  readonly signal?: AbortSignal;
}): Promise<readonly ArchivedRecord[]> {
  const { archive, filter, signal } = options;
  const { fromUs, toUs, limit } = filter;
  let found: ArchivedRecord[] = [];
  let date = '';
  const last = dateOf(Math.min(toUs, TIME_US_MAX));
  const first = dateOf(Math.min(Math.max(fromUs, 0), TIME_US_MAX));
  const after = `${PREFIXES.segments}dt=${first}`;
  for await (const { name } of archive.list({ prefix: PREFIXES.segments, after })) {
    signal?.throwIfAborted();
    const segment = parseSegmentName(name);
    if (segment === undefined) continue;
    if (segment.date > last || (segment.date !== date && found.length >= limit)) break;
    date = segment.date;
    if (filter.topic !== undefined && segment.topic !== filter.topic) continue;
    const bytes = await archive.get(name);
    const opened = bytes === undefined ? undefined : await openSegment(bytes);
    // A damaged segment is for `verify` to name; what can be read is shown.
    if (opened?.kind !== 'opened') continue;
    found.push(...opened.records.filter((record) => matches(record, filter)));
    if (found.length > 2 * limit) found = found.sort(BY_TIME).slice(0, limit);
  }
  return found.sort(BY_TIME).slice(0, limit);
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
  };
}
