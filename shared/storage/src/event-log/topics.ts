import { AtsError } from '@ats/domain';
import {
  type DeadTopic,
  LOG_LIMITS,
  LOG_TOPICS,
  type LogTopic,
  type NewRecord,
} from '../event-log.ts';

const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/** MurmurHash2, 32 bits, as Kafka's default partitioner computes it: other producers agree. */
export function murmur2(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let hash = SEED ^ bytes.length;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    let word = Math.imul(view.getInt32(at, true), M);
    word = Math.imul(word ^ (word >>> 24), M);
    hash = Math.imul(hash, M) ^ word;
  }
  const rest = bytes.length - at;
  if (rest > 0) {
    for (let index = rest - 1; index >= 0; index -= 1) {
      hash ^= (bytes[at + index] ?? 0) << (8 * index);
    }
    hash = Math.imul(hash, M);
  }
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}

function invalid(field: string, message: string, value: unknown): AtsError {
  return new AtsError({
    code: 'STORAGE_INPUT_INVALID',
    message: `${field}: ${message}`,
    remedy: 'Mend the caller: LOG_TOPICS and LOG_LIMITS say what a log takes.',
    context: { field, value },
  });
}

/** @returns how many partitions a topic has. @throws STORAGE_INPUT_INVALID for an unknown one */
export function partitionsOf(topic: LogTopic): number {
  const work = topic.endsWith('.dead') ? topic.slice(0, -'.dead'.length) : topic;
  const known = Object.hasOwn(LOG_TOPICS, work);
  if (!known) throw invalid('topic', `"${topic}" is not a topic`, topic);
  return work === topic ? LOG_TOPICS[work as keyof typeof LOG_TOPICS].partitions : 1;
}

/** @returns the partition of a topic that a key belongs to, for ever. */
export function partitionOf(topic: LogTopic, key: string): number {
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitionsOf(topic);
}

/** @returns the dead-letter topic of a topic; its own for one that is already such. */
export function deadTopicOf(topic: LogTopic): DeadTopic {
  return (topic.endsWith('.dead') ? topic : `${topic}.dead`) as DeadTopic;
}

/** @returns the bytes that a record counts for. @throws STORAGE_INPUT_INVALID */
export function recordBytes({ key, headers, payload }: NewRecord): number {
  const { recordBytesMax, keyBytesMax } = LOG_LIMITS;
  if (Buffer.byteLength(key) > keyBytesMax) {
    throw invalid('key', `a key of more than ${keyBytesMax} bytes`, Buffer.byteLength(key));
  }
  const { schema, eventId, correlationId, traceparent = '', deadLetter } = headers;
  const texts = [key, schema, eventId, correlationId, traceparent, deadLetter?.reason ?? ''];
  const bytes = payload.byteLength + texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes <= recordBytesMax) return bytes;
  throw invalid('payload', `a record of ${bytes} bytes, more than ${recordBytesMax}`, bytes);
}
