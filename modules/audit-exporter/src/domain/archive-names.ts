/** One partition of one topic of the log. */
export interface LogPlace {
  readonly topic: string;
  readonly partition: number;
}

/** What the name of a segment says. */
export interface SegmentName extends LogPlace {
  /** Date in UTC of the first record, `YYYY-MM-DD`. */
  readonly date: string;
  readonly firstOffset: number;
  readonly lastOffset: number;
}

const OFFSET_DIGITS = 16;
const HEAD_DIGITS = 12;

const OFFSETS = /offset=(\d{1,16})-(\d{1,16})\.jsonl\.gz/;
const SEGMENT = new RegExp(
  `^events/dt=(\\d{4}-\\d{2}-\\d{2})/topic=([a-z.]+)/p=(\\d{1,5})/${OFFSETS.source}$`,
);
const LINK = /^links\/topic=([a-z.]+)\/p=(\d{1,5})\/from=(\d{16})\.json$/;
const REPACKED =
  /^links\/topic=([a-z.]+)\/p=(\d{1,5})\/from=(\d{16})\.repacked=([0-9a-f]{64})\.json$/;
const HEAD = /^heads\/head=(\d{12})\.json$/;

/** The three kinds of objects, by how their names begin. */
export const PREFIXES = { segments: 'events/', links: 'links/', heads: 'heads/' } as const;

/** The date in UTC of a time in microseconds since the epoch, `YYYY-MM-DD`. */
export function dateOf(timeUs: number): string {
  return new Date(timeUs / 1000).toISOString().slice(0, 10);
}

export function segmentName(parts: SegmentName): string {
  const { date, topic, partition, firstOffset, lastOffset } = parts;
  const file = `offset=${firstOffset}-${lastOffset}.jsonl.gz`;
  return `events/dt=${date}/topic=${topic}/p=${partition}/${file}`;
}

/** @returns what a segment's name says; undefined for any other name. */
export function parseSegmentName(name: string): SegmentName | undefined {
  const [, date, topic, partition, first, last] = SEGMENT.exec(name) ?? [];
  if (date === undefined) return undefined;
  const parsed = {
    date,
    topic: topic ?? '',
    partition: Number(partition),
    firstOffset: Number(first),
    lastOffset: Number(last),
  };
  return segmentName(parsed) === name ? parsed : undefined;
}

/** Names of links sort by topic, partition and offset. */
export function linkName({ topic, partition }: LogPlace, firstOffset: number): string {
  const from = String(firstOffset).padStart(OFFSET_DIGITS, '0');
  return `links/topic=${topic}/p=${partition}/from=${from}.json`;
}

export function linkPrefix({ topic, partition }: LogPlace): string {
  return `links/topic=${topic}/p=${partition}/`;
}

/** @returns what a link's name says; undefined for any other name. */
export function parseLinkName(
  name: string,
): (LogPlace & { readonly firstOffset: number }) | undefined {
  const [, topic, partition, from] = LINK.exec(name) ?? [];
  if (topic === undefined) return undefined;
  return { topic: topic ?? '', partition: Number(partition), firstOffset: Number(from) };
}

/** Says that a segment has other bytes than its link announced; sorts right after the link. */
export function repackedName(place: LogPlace, of: { firstOffset: number; digest: string }): string {
  return linkName(place, of.firstOffset).replace(/json$/, `repacked=${of.digest}.json`);
}

/** @returns the digest in such a name; undefined for any other name. */
export function parseRepackedName(name: string): string | undefined {
  return REPACKED.exec(name)?.[4];
}

/** @param number counted from 1 */
export function headName(number: number): string {
  return `heads/head=${String(number).padStart(HEAD_DIGITS, '0')}.json`;
}

/** @returns the number in a head's name; undefined for any other name. */
export function parseHeadName(name: string): number | undefined {
  const [, number] = HEAD.exec(name) ?? [];
  return number === undefined ? undefined : Number(number);
}
