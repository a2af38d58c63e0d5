import type { LogRecord } from '../event-log.ts';

/** Records of one partition that were fetched ahead of who handles them. */
export class FetchBuffer {
  private records: readonly LogRecord[] = [];
  private first: number;
  /** The offset to fetch next. */
  next: number;
  /** Nothing is left of the partition before this offset. */
  private floor = 0;
  private readonly recordsMax: number;

  constructor(options: { readonly from: number; readonly recordsMax: number }) {
    this.first = options.from;
    this.next = options.from;
    this.recordsMax = options.recordsMax;
  }

  get full(): boolean {
    return this.records.length >= this.recordsMax;
  }

  /** Records from an offset on; those before it are let go. */
  read(offset: number, limit: number): readonly LogRecord[] {
    const from = Math.max(offset, this.floor);
    if (from < this.first || from > this.next) this.reset(from);
    const index = this.records.findIndex((record) => record.offset >= from);
    this.records = index < 0 ? [] : index === 0 ? this.records : this.records.slice(index);
    this.first = from;
    return this.records.slice(0, limit);
  }

  add(records: readonly LogRecord[], next: number): void {
    this.records = this.records.length === 0 ? records : [...this.records, ...records];
    this.next = next;
  }

  /** What stood before an offset is gone from the brokers. */
  raise(floor: number): void {
    this.floor = floor;
    this.reset(floor);
  }

  private reset(from: number): void {
    this.records = [];
    this.first = from;
    this.next = from;
  }
}
