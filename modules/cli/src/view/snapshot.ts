import type { ArbitrageTrade, HaltMode, OpportunityRecord } from '@ats/domain';
import type { TradeFigures, UpSummary } from '../app/summary.ts';

export interface VenueRow {
  readonly name: string;
  /** In words: `live`, `stale`, `connecting`, ... */
  readonly state: string;
  readonly booksLive: number;
  readonly booksTotal: number;
  /** Age of the venue's newest book; NaN while there is none. */
  readonly ageMs: number;
  readonly framesPerSecond: number;
  readonly bookUpdatesPerSecond: number;
  readonly resyncs: number;
}

/** Best net edge over all bases: rows are where to buy, columns where to sell. */
export interface EdgeCell {
  readonly buy: string;
  readonly sell: string;
  /** Basis points after fees; NaN when a book is missing. */
  readonly netBps: number;
  readonly base: string;
  readonly stale: boolean;
}

/** Two-leg trades of this run. */
export interface TradesShown {
  readonly stats: TradeFigures;
  /** Newest first. */
  readonly newest: readonly ArbitrageTrade[];
  /** The money that profit is counted in. */
  readonly numeraire: string;
}

/** A halt as it stands, and who brought it to that. */
export interface HaltShown {
  readonly mode: HaltMode;
  readonly actor: string;
  readonly reason: string;
}

/** All that one picture of the live view shows. */
export interface ViewSnapshot {
  readonly mode: string;
  readonly seed: number;
  readonly elapsedMs: number;
  readonly nowUs: number;
  readonly venues: readonly VenueRow[];
  readonly edges: readonly EdgeCell[];
  /** Newest first. */
  readonly opportunities: readonly OpportunityRecord[];
  readonly totals: UpSummary['opportunities'];
  readonly trades: TradesShown;
  readonly latencyUs: UpSummary['latencyUs'];
  /** Undefined while trading goes on. */
  readonly halt: HaltShown | undefined;
  /** What a person should know now; empty when all is well. */
  readonly notices: readonly string[];
  /** The quiet last line: keys, where the log is. */
  readonly hint: string;
}
