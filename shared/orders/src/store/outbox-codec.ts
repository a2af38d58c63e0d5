import { AtsError } from '@ats/domain';
import type { Attribute, NewRecord } from '@ats/storage';

/** One record's parts but its payload, as JSON; the payloads follow, one after the other. */
interface Envelope {
  readonly topic: NewRecord['topic'];
  readonly key: string;
  readonly headers: NewRecord['headers'];
  readonly bytes: number;
}

/** The records of one entry as bytes: the length of a JSON head, the head, the payloads. */
export function encodeRecords(records: readonly NewRecord[]): Uint8Array {
  const head = records.map(({ topic, key, headers, payload }): Envelope => {
    return { topic, key, headers, bytes: payload.byteLength };
  });
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.byteLength);
  return Buffer.concat([length, json, ...records.map(({ payload }) => payload)]);
}

/** @throws MESSAGE_MALFORMED when the bytes are no entry */
export function decodeRecords(stored: Attribute | undefined): readonly NewRecord[] {
  if (!(stored instanceof Uint8Array) || stored.byteLength < 4) {
    throw new AtsError({
      code: 'MESSAGE_MALFORMED',
      message: 'an outbox entry holds no records',
      remedy: 'Restore the state store from a backup; its contents were changed from outside.',
      context: { field: 'outbox.records', value: typeof stored },
    });
  }
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  let at = 4 + bytes.readUInt32BE(0);
  const head = JSON.parse(bytes.toString('utf8', 4, at)) as readonly Envelope[];
  return head.map(({ topic, key, headers, bytes: length }) => {
    const payload = Uint8Array.prototype.slice.call(bytes, at, at + length);
    at += length;
    return { topic, key, headers, payload };
  });
}
