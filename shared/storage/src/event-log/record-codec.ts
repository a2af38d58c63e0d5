import type { DeadLetter, LogPosition, LogRecord, LogTopic, NewRecord } from '../event-log.ts';

/** Key, time, schema, event id, correlation id, traceparent or empty, payload, dead letter. */
export type Row = readonly [
  key: string,
  loggedAtUs: number,
  schema: string,
  eventId: string,
  correlationId: string,
  traceparent: string,
  payload: Uint8Array,
  deadLetter: readonly [LogTopic, number, number, string, string] | null,
];

export function toRow({ key, headers, payload }: NewRecord, loggedAtUs: number): Row {
  const { schema, eventId, correlationId, traceparent = '', deadLetter: dead } = headers;
  const origin =
    dead === undefined
      ? null
      : ([dead.topic, dead.partition, dead.offset, dead.group, dead.reason] as const);
  return [key, loggedAtUs, schema, eventId, correlationId, traceparent, payload, origin];
}

function deadLetterOf(row: NonNullable<Row[7]>): DeadLetter {
  const [topic, partition, offset, group, reason] = row;
  return { topic, partition, offset, group, reason };
}

export function fromRow(row: Row, position: LogPosition): LogRecord {
  const [key, loggedAtUs, schema, eventId, correlationId, traceparent, payload, dead] = row;
  const headers = {
    schema,
    eventId,
    correlationId,
    ...(traceparent === '' ? {} : { traceparent }),
    ...(dead === null ? {} : { deadLetter: deadLetterOf(dead) }),
  };
  return { ...position, key, loggedAtUs, headers, payload: new Uint8Array(payload) };
}

export function partitionKey(topic: LogTopic, partition: number): Buffer {
  const number = Buffer.alloc(2);
  number.writeUInt16BE(partition);
  return Buffer.concat([Buffer.from(`${topic}\0`), number]);
}

/** Sorts by offset within its partition. */
export function offsetKey(partition: Buffer, offset: number): Buffer {
  const key = Buffer.allocUnsafe(partition.length + 8);
  partition.copy(key);
  key.writeBigUInt64BE(BigInt(offset), partition.length);
  return key;
}
