import type { AccountId, ExecutionReport } from '@ats/domain';
import type { Cause } from '@ats/orders';
import type { Clock, Logger, RandomStream, Timers, Tracer } from '@ats/runtime';
import type { CallQueue } from './call-queue.ts';
import type { DeskMetrics } from './desk-metrics.ts';
import type { VenueConnector } from './venue-connector.ts';
import type { WorkStore } from './work-store.ts';

/** The bounds of one venue's desk. */
export interface DeskLimits {
  /** Calls a second in the long run, and at once. */
  readonly rate: { readonly perSecond: number; readonly burst: number };
  readonly concurrencyMax: number;
  readonly waitingMax: number;
  /** Longest that a request can be on its way before the venue refuses it as too old. */
  readonly inFlightMaxMs: number;
  /** How often orders are looked at while the venue pushes nothing, and while it does. */
  readonly pollMs: number;
  readonly streamingPollMs: number;
  /** How often fills are read from the cursor on, whatever is at work. */
  readonly lateFillsMs: number;
  /** How long an order that is over is remembered; older events are never sent. */
  readonly doneKeepMs: number;
}

/** Where reports go. Resolves when the report is durable. */
export type ReportSink = (
  report: ExecutionReport,
  about: Cause & { readonly accountId: AccountId },
) => Promise<void>;

/** What the parts of one desk share. */
export interface DeskTools {
  readonly connector: VenueConnector;
  readonly store: WorkStore;
  readonly queue: CallQueue;
  readonly report: ReportSink;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomStream;
  readonly logger: Logger;
  readonly metrics: DeskMetrics;
  readonly limits: DeskLimits;
  readonly tracer?: Tracer;
}
