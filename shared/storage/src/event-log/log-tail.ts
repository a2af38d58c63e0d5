import { RecentMap } from '@ats/runtime';
import type { LogRecord, LogTopic, ReadOptions } from '../event-log.ts';

const RECORDS_MAX = 4096;
/** Larger payloads are left to the disk, so that memory is bounded too. */
const PAYLOAD_BYTES_MAX = 4096;

/**
 * The newest records, all partitions together: several groups read each record within moments of
 * its append, and are given the same one instead of reading it from the disk anew.
 */
export class LogTail {
  private readonly records = new RecentMap<string, LogRecord>({ most: RECORDS_MAX });
  /** By partition: the offset after the last durable record. */
  private readonly ends = new Map<string, number>();

  /** Takes a record that has just become durable. */
  add(record: LogRecord): void {
    const { topic, partition, offset, payload } = record;
    this.ends.set(placeOf(topic, partition), offset + 1);
    if (payload.byteLength > PAYLOAD_BYTES_MAX) return;
    this.records.set(recordKey(placeOf(topic, partition), offset), record);
  }

  /** @returns undefined when the disk must be asked */
  read({ topic, partition, from, limit }: Required<ReadOptions>): readonly LogRecord[] | undefined {
    const place = placeOf(topic, partition);
    const end = this.ends.get(place);
    if (end === undefined) return undefined;
    const found: LogRecord[] = [];
    for (let offset = from; offset < end && found.length < limit; offset += 1) {
      const record = this.records.get(recordKey(place, offset));
      if (record === undefined) break;
      found.push(record);
    }
    return found.length === 0 && from < end ? undefined : found;
  }
}

const placeOf = (topic: LogTopic, partition: number): string => `${topic}/${partition}`;
const recordKey = (place: string, offset: number): string => `${place}/${offset}`;
