import { dateOf, parseSegmentName } from '../domain/archive-names.ts';
import { type SegmentLink, sha256 } from '../domain/chain.ts';
import type { ArchivedRecord } from '../domain/record-line.ts';
import { openSegment } from './segment.ts';

/** What is wrong with an object of the archive. */
export type ProblemKind = 'added' | 'changed' | 'missing' | 'reordered' | 'truncated';

export interface ArchiveProblem {
  readonly kind: ProblemKind;
  /** The object's name in the archive. */
  readonly name: string;
  readonly detail: string;
}

export interface SegmentCheck {
  /** SHA-256 of the bytes as they are. */
  readonly digest: string;
  /** Records that could be read. */
  readonly records: number;
  /** What is wrong with the contents, whatever the digest says. */
  readonly problem: ArchiveProblem | undefined;
}

/** Compares the bytes of a segment with what its link says of them. */
export async function checkSegment(link: SegmentLink, bytes: Uint8Array): Promise<SegmentCheck> {
  const digest = sha256(bytes);
  const { name } = link;
  const opened = await openSegment(bytes);
  if (opened.kind === 'unreadable') {
    const kind = opened.truncated ? 'truncated' : 'changed';
    return { digest, records: 0, problem: { kind, name, detail: opened.problem } };
  }
  const { records } = opened;
  const detail = wrongRecords(link, records);
  if (detail !== undefined) {
    const kind = isShuffled(records) ? 'reordered' : 'changed';
    return { digest, records: records.length, problem: { kind, name, detail } };
  }
  const same = opened.recordsDigest === link.recordsDigest;
  const problem: ArchiveProblem | undefined = same
    ? undefined
    : { kind: 'changed', name, detail: 'its records are not those that its link announced' };
  return { digest, records: records.length, problem };
}

/** What a link says of its segment must agree with the segment's name. */
export function checkLink(link: SegmentLink): string | undefined {
  const named = parseSegmentName(link.name);
  const agrees =
    named !== undefined &&
    named.topic === link.topic &&
    named.partition === link.partition &&
    named.firstOffset === link.firstOffset &&
    named.lastOffset === link.lastOffset &&
    link.firstOffset <= link.lastOffset;
  return agrees ? undefined : `it names ${link.name}, which is not its segment`;
}

function isShuffled(records: readonly ArchivedRecord[]): boolean {
  return records.some(({ offset }, index) => offset <= (records[index - 1]?.offset ?? -1));
}

function wrongRecords(link: SegmentLink, records: readonly ArchivedRecord[]): string | undefined {
  if (isShuffled(records)) return 'its lines are not in the order of their offsets';
  const [first, last] = [records[0], records.at(-1)];
  if (first?.offset !== link.firstOffset || last?.offset !== link.lastOffset) {
    return `it holds the offsets ${first?.offset} to ${last?.offset}`;
  }
  if (records.length !== link.records) {
    return `it holds ${records.length} records, not ${link.records}`;
  }
  const { segment: mark } = first;
  const marked =
    mark !== undefined &&
    mark.firstOffset === link.firstOffset &&
    mark.lastOffset === link.lastOffset &&
    mark.previousDigest === link.previousDigest;
  if (!marked) return 'its first line does not carry what its link says';
  const date = parseSegmentName(link.name)?.date;
  const stray = records.find(
    ({ topic, partition, loggedAtUs }) =>
      topic !== link.topic || partition !== link.partition || dateOf(loggedAtUs) !== date,
  );
  return stray === undefined ? undefined : `offset ${stray.offset} belongs elsewhere`;
}
