import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Where a record of a dead-letter topic came from, and why it is there. */
export type ArchivedDeadLetter = z.output<typeof deadLetterSchema>;

/** A record as a log has it. */
export interface LoggedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  /** When it entered the log, microseconds since the epoch. */
  readonly loggedAtUs: number;
  readonly headers: {
    readonly schema: string;
    readonly eventId: string;
    readonly correlationId: string;
    readonly traceparent?: string;
    readonly deadLetter?: ArchivedDeadLetter;
  };
  readonly payload: Uint8Array;
}

/** What became of the bytes of a payload when they were read by their schema. */
export type DecodedPayload =
  | { readonly kind: 'decoded'; readonly value: unknown }
  | { readonly kind: 'undecodable'; readonly problem: string };

export type DecodePayload = (schema: string, bytes: Uint8Array) => DecodedPayload;

/** What the first line of a segment says about the segment. */
export interface SegmentMark {
  readonly firstOffset: number;
  readonly lastOffset: number;
  /** SHA-256 of the bytes of the segment before, hexadecimal; empty for the first. */
  readonly previousDigest: string;
}

const deadLetterSchema = z.strictObject({
  topic: z.string(),
  partition: z.int().min(0),
  offset: z.int().min(0),
  group: z.string(),
  reason: z.string(),
});

const lineSchema = z.strictObject({
  topic: z.string(),
  partition: z.int().min(0),
  offset: z.int().min(0),
  eventId: z.string(),
  schema: z.string(),
  key: z.string(),
  correlationId: z.string(),
  traceparent: z.string().nullable(),
  loggedAtUs: z.int(),
  deadLetter: deadLetterSchema.nullable(),
  payload: z.unknown(),
  problem: z.string().nullable(),
  bytes: z.base64(),
  segment: z
    .strictObject({
      firstOffset: z.int().min(0),
      lastOffset: z.int().min(0),
      previousDigest: z.string(),
    })
    .optional(),
});

/** One record as its line in a segment says it. */
export type ArchivedRecord = z.output<typeof lineSchema>;

/** A record as JSON without the end of the line; the same record gives the same text. */
export function recordLine(record: LoggedRecord, decoded: DecodedPayload): string {
  const { topic, partition, offset, key, loggedAtUs, headers, payload } = record;
  const { schema, eventId, correlationId, traceparent = null, deadLetter = null } = headers;
  return JSON.stringify({
    topic,
    partition,
    offset,
    eventId,
    schema,
    key,
    correlationId,
    traceparent,
    loggedAtUs,
    deadLetter: deadLetter === null ? null : deadLetterFields(deadLetter),
    payload: decoded.kind === 'decoded' ? decoded.value : null,
    problem: decoded.kind === 'decoded' ? null : decoded.problem,
    bytes: Buffer.from(payload).toString('base64'),
  });
}

/** The line with the segment's mark in it: a line like the others, with one field more. */
export function markedLine(line: string, segment: SegmentMark): string {
  return `${line.slice(0, -1)},"segment":${JSON.stringify(segment)}}`;
}

/** @returns the record, or undefined when the text is no line of a segment. */
export function parseRecordLine(text: string): ArchivedRecord | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** What identifies a record in the log, whatever wrote or reads it. */
type RecordFacts = Pick<ArchivedRecord, 'offset' | 'eventId' | 'schema' | 'key'> &
  Pick<ArchivedRecord, 'correlationId' | 'traceparent' | 'loggedAtUs' | 'deadLetter' | 'bytes'>;

function deadLetterFields(dead: ArchivedDeadLetter): ArchivedDeadLetter {
  const { topic, partition, offset, group, reason } = dead;
  return { topic, partition, offset, group, reason };
}

/** The facts of a record of the log. */
export function factsOf({ offset, key, loggedAtUs, headers, payload }: LoggedRecord): RecordFacts {
  const { schema, eventId, correlationId, traceparent = null, deadLetter = null } = headers;
  const bytes = Buffer.from(payload).toString('base64');
  return {
    offset,
    eventId,
    schema,
    key,
    correlationId,
    traceparent,
    loggedAtUs,
    deadLetter,
    bytes,
  };
}

/** The facts as text; the same facts give the same text. */
function factsText(facts: RecordFacts): string {
  const { deadLetter: dead } = facts;
  return JSON.stringify([
    facts.offset,
    facts.eventId,
    facts.schema,
    facts.key,
    facts.correlationId,
    facts.traceparent,
    facts.loggedAtUs,
    dead && [dead.topic, dead.partition, dead.offset, dead.group, dead.reason],
    facts.bytes,
  ]);
}

export function sameFacts(one: RecordFacts, other: RecordFacts): boolean {
  return factsText(one) === factsText(other);
}

/**
 * SHA-256 over what the log itself says of records, in order: independent of how payloads are
 * decoded and of how a segment is compressed.
 */
export class RecordsDigest {
  private readonly hash = createHash('sha256');

  add(facts: RecordFacts): void {
    this.hash.update(`${factsText(facts)}\n`);
  }

  /** Hexadecimal; nothing can be added afterwards. */
  value(): string {
    return this.hash.digest('hex');
  }
}
