import type { KafkaRecord, MessageToProduce, RecordsBatch } from '@platformatic/kafka';
import type { DeadLetter, LogPosition, LogRecord, NewRecord } from '../event-log.ts';
import { partitionOf } from './topics.ts';

export type KafkaMessage = MessageToProduce<Buffer, Buffer, Buffer, Buffer>;

/** Names of record headers. */
const HEADER = {
  schema: 'schema',
  eventId: 'event-id',
  correlationId: 'correlation-id',
  traceparent: 'traceparent',
  deadLetter: 'dead-letter',
} as const;

/** Made once: names are the same for every record. */
const NAME = {
  schema: Buffer.from(HEADER.schema),
  eventId: Buffer.from(HEADER.eventId),
  correlationId: Buffer.from(HEADER.correlationId),
  traceparent: Buffer.from(HEADER.traceparent),
  deadLetter: Buffer.from(HEADER.deadLetter),
} as const;

/** A record as Kafka takes it, in the partition that Kafka's own partitioner would choose. */
export function toMessage(record: NewRecord, topicName: string): KafkaMessage {
  const { topic, key, payload, headers } = record;
  const { schema, eventId, correlationId, traceparent, deadLetter } = headers;
  const named = new Map<Buffer, Buffer>([
    [NAME.schema, Buffer.from(schema)],
    [NAME.eventId, Buffer.from(eventId)],
    [NAME.correlationId, Buffer.from(correlationId)],
  ]);
  if (traceparent !== undefined) named.set(NAME.traceparent, Buffer.from(traceparent));
  if (deadLetter !== undefined) {
    named.set(NAME.deadLetter, Buffer.from(JSON.stringify(deadLetter)));
  }
  return {
    topic: topicName,
    partition: partitionOf(topic, key),
    key: Buffer.from(key),
    value: Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength),
    headers: named,
  };
}

function toRecord(record: KafkaRecord, position: LogPosition, loggedAtUs: number): LogRecord {
  const found = new Map<string, string>();
  for (const [name, text] of record.headers) found.set(String(name ?? ''), String(text ?? ''));
  const traceparent = found.get(HEADER.traceparent);
  const dead = found.get(HEADER.deadLetter);
  return {
    ...position,
    key: String(record.key ?? ''),
    loggedAtUs,
    headers: {
      schema: found.get(HEADER.schema) ?? '',
      eventId: found.get(HEADER.eventId) ?? '',
      correlationId: found.get(HEADER.correlationId) ?? '',
      ...(traceparent === undefined ? {} : { traceparent }),
      ...(dead === undefined ? {} : { deadLetter: JSON.parse(dead) as DeadLetter }),
    },
    payload: new Uint8Array(record.value ?? []),
  };
}

const IS_CONTROL = 0x20;
const IS_APPEND_TIME = 0x08;

/** The records of a fetched batch from an offset on; Kafka gives whole batches. */
export function recordsOf(
  batch: RecordsBatch,
  place: Omit<LogPosition, 'offset'> & { readonly from: number },
): LogRecord[] {
  if ((batch.attributes & IS_CONTROL) !== 0) return [];
  const { topic, partition, from } = place;
  const found: LogRecord[] = [];
  for (const record of batch.records) {
    const offset = Number(batch.firstOffset) + record.offsetDelta;
    if (offset < from) continue;
    const timeMs =
      (batch.attributes & IS_APPEND_TIME) !== 0
        ? batch.maxTimestamp
        : batch.firstTimestamp + record.timestampDelta;
    found.push(toRecord(record, { topic, partition, offset }, Number(timeMs) * 1000));
  }
  return found;
}
