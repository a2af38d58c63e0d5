import { createHash } from 'node:crypto';
import { z } from 'zod';

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const offset = z.int().min(0);

/**
 * A link announces one segment before it is put: the first to put the link of an offset decides
 * where the segment ends, and whoever starts at that offset again makes the very same cut.
 */
const linkSchema = z.strictObject({
  topic: z.string(),
  partition: z.int().min(0),
  firstOffset: offset,
  lastOffset: offset,
  /** How many records the segment holds. */
  records: z.int().min(1),
  /** The segment's name in the archive. */
  name: z.string(),
  /** SHA-256 of what the log says of the records. */
  recordsDigest: digest,
  /** SHA-256 of the segment's bytes. */
  digest,
  /** SHA-256 of the bytes of the segment before; empty for the first. */
  previousDigest: z.union([digest, z.literal('')]),
});

export type SegmentLink = z.output<typeof linkSchema>;

/** Where one partition's chain ended when a head was written. */
const headSegmentSchema = linkSchema.pick({
  topic: true,
  partition: true,
  firstOffset: true,
  lastOffset: true,
  name: true,
  digest: true,
});

const headSchema = z.strictObject({
  /** Counts the heads from 1. */
  number: z.int().min(1),
  /** When it was written, microseconds since the epoch. */
  atUs: z.int(),
  /** SHA-256 of the bytes of the head before; empty for the first. */
  previousDigest: z.union([digest, z.literal('')]),
  segments: z.array(headSegmentSchema),
});

export type HeadSegment = z.output<typeof headSegmentSchema>;
/** Anchors the newest segments of all partitions, and the head before it. */
export type ArchiveHead = z.output<typeof headSchema>;

/** SHA-256 in hexadecimal. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function bytesOf(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value)}\n`);
}

/** Parses only what would be written the same: a changed byte is never read over. */
function parseExact<Value>(schema: z.ZodType<Value>, bytes: Uint8Array): Value | undefined {
  try {
    const { data } = schema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    if (data === undefined) return undefined;
    return Buffer.compare(bytesOf(data), bytes) === 0 ? data : undefined;
  } catch {
    return undefined;
  }
}

export function linkBytes(link: SegmentLink): Uint8Array {
  return bytesOf(linkSchema.parse(link));
}

/** @returns the link, or undefined when the bytes are not one. */
export function parseLink(bytes: Uint8Array): SegmentLink | undefined {
  return parseExact(linkSchema, bytes);
}

export function headBytes(head: ArchiveHead): Uint8Array {
  return bytesOf(headSchema.parse(head));
}

/** @returns the head, or undefined when the bytes are not one. */
export function parseHead(bytes: Uint8Array): ArchiveHead | undefined {
  return parseExact(headSchema, bytes);
}

/** What a head says of a segment. */
export function headSegmentOf(link: SegmentLink): HeadSegment {
  const { topic, partition, firstOffset, lastOffset, name, digest: own } = link;
  return { topic, partition, firstOffset, lastOffset, name, digest: own };
}
