import type { Archive, LogRecord } from '@ats/storage';
import { type LogPlace, linkName, linkPrefix, parseLinkName } from '../domain/archive-names.ts';
import { parseLink, type SegmentLink, sha256 } from '../domain/chain.ts';
import { factsOf, sameFacts } from '../domain/record-line.ts';
import { contradiction } from './contradiction.ts';
import { openSegment } from './segment.ts';

export interface ChainEnd {
  /** The newest segment, with the digest of its bytes as they are; undefined when there is none. */
  readonly last: SegmentLink | undefined;
  /** A segment that is announced and was not put. */
  readonly announced: SegmentLink | undefined;
}

/**
 * Finds where the chain of a partition ends.
 * @param from a segment of the chain to begin at, so that not all must be listed
 * @throws INVARIANT_VIOLATED when the archive contradicts itself
 */
export async function findChainEnd(options: {
  readonly archive: Archive;
  readonly place: LogPlace;
  readonly from: { readonly firstOffset: number } | undefined;
}): Promise<ChainEnd> {
  const { archive, place, from } = options;
  const after = from === undefined ? undefined : linkName(place, from.firstOffset);
  const prefix = linkPrefix(place);
  let before = after;
  let newest = after;
  for await (const { name } of archive.list({
    prefix,
    ...(after === undefined ? {} : { after }),
  })) {
    if (parseLinkName(name) === undefined) continue;
    before = newest;
    newest = name;
  }
  if (newest === undefined) return { last: undefined, announced: undefined };
  const link = await readLink(archive, newest);
  const bytes = await archive.get(link.name);
  if (bytes !== undefined) {
    return { last: { ...link, digest: sha256(bytes) }, announced: undefined };
  }
  if (link.previousDigest === '') return { last: undefined, announced: link };
  // Only the newest can be unfinished: the one before it was put before it was announced.
  if (before === undefined || before === newest) throw contradiction(link.name, 'is missing');
  const previous = await readLink(archive, before);
  const previousBytes = await archive.get(previous.name);
  if (previousBytes === undefined) throw contradiction(previous.name, 'is missing');
  return { last: { ...previous, digest: sha256(previousBytes) }, announced: link };
}

async function readLink(archive: Archive, name: string): Promise<SegmentLink> {
  const bytes = await archive.get(name);
  const link = bytes === undefined ? undefined : parseLink(bytes);
  if (link !== undefined && linkName(link, link.firstOffset) === name) return link;
  throw contradiction(name, 'is no link of a segment');
}

/** Whether the archive holds this very record, by all that the log says of it. */
export async function isArchived(options: {
  readonly archive: Archive;
  readonly record: LogRecord;
}): Promise<boolean> {
  const { archive, record } = options;
  let holder: string | undefined;
  for await (const { name } of archive.list({ prefix: linkPrefix(record) })) {
    const first = parseLinkName(name)?.firstOffset;
    if (first === undefined) continue;
    if (first > record.offset) break;
    holder = name;
  }
  if (holder === undefined) return false;
  const bytes = await archive.get((await readLink(archive, holder)).name);
  const opened = bytes === undefined ? undefined : await openSegment(bytes);
  if (opened?.kind !== 'opened') return false;
  const archived = opened.records.find(({ offset }) => offset === record.offset);
  return archived !== undefined && sameFacts(archived, factsOf(record));
}
