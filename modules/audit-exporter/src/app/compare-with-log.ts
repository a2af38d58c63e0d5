import { type Archive, type EventLog, type LogRecord, partitionsOf } from '@ats/storage';
import { linkPrefix, parseLinkName } from '../domain/archive-names.ts';
import { parseLink, type SegmentLink } from '../domain/chain.ts';
import { factsOf, RecordsDigest } from '../domain/record-line.ts';
import { AUDIT_TOPICS } from './audit-exporter.ts';
import type { TopicPartition } from './partition-exporter.ts';
import { openSegment } from './segment.ts';

export interface LogComparison {
  /** Records that the log has. */
  readonly records: number;
  /** Records of the log that are in no segment. */
  readonly missing: number;
  /** Segments that hold other records than the log does at their offsets. */
  readonly differing: readonly string[];
}

const PAGE = 500;

/**
 * Compares every record of the log with the archive, field by field and byte by byte. A log that
 * has given up its oldest records is compared from where it begins.
 */
export async function compareWithLog(options: {
  readonly log: Pick<EventLog, 'read'>;
  readonly archive: Archive;
}): Promise<LogComparison> {
  let [records, missing] = [0, 0];
  const differing: string[] = [];
  for (const topic of AUDIT_TOPICS) {
    for (let partition = 0; partition < partitionsOf(topic); partition += 1) {
      const one = await comparePartition({ ...options, place: { topic, partition } });
      records += one.records;
      missing += one.missing;
      differing.push(...one.differing);
    }
  }
  return { records, missing, differing };
}

async function comparePartition(options: {
  readonly log: Pick<EventLog, 'read'>;
  readonly archive: Archive;
  readonly place: TopicPartition;
}): Promise<LogComparison> {
  const { log, archive, place } = options;
  const [oldest] = await log.read({ ...place, from: 0, limit: 1 });
  const start = oldest?.offset ?? 0;
  const differing: string[] = [];
  let next = start;
  let records = 0;
  let missing = 0;
  for await (const link of linksOf(archive, place)) {
    if (link.lastOffset < start) continue;
    const skipped = await countUntil(log, place, { from: next, until: link.firstOffset });
    missing += skipped;
    const bytes = await archive.get(link.name);
    const opened = bytes === undefined ? undefined : await openSegment(bytes);
    const digest = opened?.kind === 'opened' ? opened.recordsDigest : undefined;
    const logged = await digestOf(log, place, link);
    if (bytes === undefined) missing += logged.records;
    else if (link.firstOffset >= start && digest !== logged.digest) differing.push(link.name);
    records += skipped + logged.records;
    next = link.lastOffset + 1;
  }
  const rest = await countUntil(log, place, { from: next, until: Number.MAX_SAFE_INTEGER });
  return { records: records + rest, missing: missing + rest, differing };
}

async function* linksOf(archive: Archive, place: TopicPartition): AsyncIterable<SegmentLink> {
  for await (const { name } of archive.list({ prefix: linkPrefix(place) })) {
    const bytes = parseLinkName(name) === undefined ? undefined : await archive.get(name);
    const link = bytes === undefined ? undefined : parseLink(bytes);
    if (link !== undefined) yield link;
  }
}

async function* recordsOf(
  log: Pick<EventLog, 'read'>,
  place: TopicPartition,
  range: { readonly from: number; readonly until: number },
): AsyncIterable<LogRecord> {
  let { from } = range;
  for (;;) {
    const page = await log.read({ ...place, from, limit: PAGE });
    for (const record of page) {
      if (record.offset >= range.until) return;
      yield record;
    }
    const last = page.at(-1);
    if (last === undefined) return;
    from = last.offset + 1;
  }
}

async function countUntil(
  log: Pick<EventLog, 'read'>,
  place: TopicPartition,
  range: { readonly from: number; readonly until: number },
): Promise<number> {
  let count = 0;
  if (range.from >= range.until) return count;
  for await (const _record of recordsOf(log, place, range)) count += 1;
  return count;
}

async function digestOf(
  log: Pick<EventLog, 'read'>,
  place: TopicPartition,
  link: SegmentLink,
): Promise<{ readonly records: number; readonly digest: string }> {
  const digest = new RecordsDigest();
  let records = 0;
  const range = { from: link.firstOffset, until: link.lastOffset + 1 };
  for await (const record of recordsOf(log, place, range)) {
    digest.add(factsOf(record));
    records += 1;
  }
  return { records, digest: digest.value() };
}
