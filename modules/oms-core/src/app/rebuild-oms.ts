import type { ExecutionReport, LedgerEntry } from '@ats/domain';
import {
  type Rebuilder,
  type RebuiltItem,
  readExecutionReport,
  readLedgerEntry,
} from '@ats/orders';
import type { LogRecord } from '@ats/storage';
import { postedAttributes, postedKey } from './ledger-desk.ts';
import { unbookedItem } from './unbooked-fills.ts';

/** What the group of the OMS has worked of `exec.reports`: the first offset that it has not. */
export type WorkedUpTo = (partition: number) => number;

/** Movements that were posted, and fills that wait for money: reported, worked, and not booked. */
export class OmsRebuilder implements Rebuilder {
  readonly topics = ['ledger.entries', 'exec.reports', 'exec.reports.dead'] as const;
  private readonly workedUpTo: WorkedUpTo;
  private readonly posted = new Map<string, LedgerEntry>();
  private readonly booked = new Set<string>();
  private readonly fills = new Map<string, { report: ExecutionReport; record: LogRecord }>();
  private readonly parked = new Set<string>();

  constructor(options: { readonly workedUpTo: WorkedUpTo }) {
    this.workedUpTo = options.workedUpTo;
  }

  add(record: LogRecord): void {
    switch (record.topic) {
      case 'ledger.entries':
        return this.addEntry(readLedgerEntry(record));
      case 'exec.reports':
        return this.addReport(record);
      default:
        this.parked.add(record.headers.eventId);
    }
  }

  *items(): Generator<RebuiltItem> {
    for (const entry of this.posted.values()) {
      yield { key: postedKey(entry.entryId), attributes: postedAttributes(entry) };
    }
    for (const [entryId, { report, record }] of this.fills) {
      if (this.booked.has(entryId) || this.parked.has(record.headers.eventId)) continue;
      const { correlationId } = record.headers;
      yield unbookedItem({ report, account: record.key, correlationId });
    }
  }

  private addEntry(entry: LedgerEntry): void {
    const { kind, entryId } = entry;
    if (kind === 'fill') this.booked.add(entryId);
    else if (kind !== 'reserve' && kind !== 'release') this.posted.set(entryId, entry);
  }

  private addReport(record: LogRecord): void {
    // What has not been worked is delivered at the next start.
    if (record.offset >= this.workedUpTo(record.partition)) return;
    const report = readExecutionReport(record);
    const { type, venue, instrument, executionId, orderId } = report;
    if (type !== 'fill') return;
    // As `settleFill` names the entry of a fill.
    this.fills.set(`fill:${venue}:${instrument}:${executionId}:${orderId}`, { report, record });
  }
}
