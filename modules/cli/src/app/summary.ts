import type { LatencySummary } from '@ats/runtime';
import type { TradeStats } from '@ats/trading-engine';
import type { InvariantWatch } from './invariants.ts';
import type { LedgerCheck } from './ledger-check.ts';
import type { Recorded, Session } from './session-parts.ts';

/** Whole microseconds; null for what cannot be had across processes. */
export type LatencyFigures = { readonly [Name in keyof LatencySummary]: number | null };

export interface TradeFigures extends Omit<TradeStats, 'completedByPair'> {
  /** Null where it is not known before the end. */
  readonly completedByPair: TradeStats['completedByPair'] | null;
}

/** What an engine says of its work. */
export interface EngineFigures {
  readonly opportunities: {
    readonly total: number;
    readonly approved: number;
    readonly refused: number;
    readonly byReason: Readonly<Record<string, number>>;
  };
  readonly trades: TradeFigures;
  readonly latencyUs: Readonly<
    Record<'bookToDecision' | 'decisionToRisk' | 'frameToRiskAnswer', LatencyFigures>
  >;
}

export interface VenueSummary {
  /** Frames received. */
  readonly frames: number;
  /** Books published. */
  readonly bookUpdates: number;
  readonly resyncs: number;
  readonly checksumFailures: number;
  /** 99th percentile of the age of a book when it was replaced, in milliseconds. */
  readonly ageMsP99: number;
}

/** What `ats up --summary json` prints: one document, alone on stdout. */
export interface UpSummary {
  readonly profile: string;
  readonly mode: string;
  readonly seed: number;
  /** From all services being up to the drain. */
  readonly durationMs: number;
  readonly venues: Readonly<Record<string, VenueSummary>>;
  readonly opportunities: EngineFigures['opportunities'];
  /** The money that the waterfall of trades is counted in. */
  readonly numeraire: string;
  /** Two-leg trades of this run: outcomes, profit, waterfall, unhedged USD-seconds. */
  readonly trades: TradeFigures;
  /** The ledger of all runs, replayed; `profit` is this run's. Absent while it runs. */
  readonly ledger: LedgerCheck | null;
  readonly latencyUs: EngineFigures['latencyUs'] & { readonly frameToBook: LatencyFigures };
  /** Services that were started again, and how often: counts of theirs are since the last start. */
  readonly restarts: Readonly<Record<string, number>>;
  readonly invariants: { readonly ok: boolean; readonly violations: readonly string[] };
}

const NOTHING: LatencySummary = { p50: 0, p99: 0, max: 0, count: 0 };
const NO_TRADES: TradeStats = {
  total: 0,
  open: 0,
  byOutcome: {},
  completedByPair: {},
  profitByAsset: {},
  unhedgedUsdSeconds: 0,
  waterfall: { quoted: '0', staleness: '0', fees: '0', slippage: '0', unwind: '0', realised: '0' },
};
const IDLE_ENGINE: EngineFigures = {
  trades: NO_TRADES,
  opportunities: { total: 0, approved: 0, refused: 0, byReason: {} },
  latencyUs: { bookToDecision: NOTHING, decisionToRisk: NOTHING, frameToRiskAnswer: NOTHING },
};

/** Reads a session's counts once it has been drained. */
export function summarize(parts: {
  readonly session: Session;
  readonly durationMs: number;
  readonly watch: InvariantWatch;
  /** What the log says, once everything has stopped. */
  readonly recorded?: Recorded;
}): UpSummary {
  const { session, watch } = parts;
  const { ledger = null, trades } = parts.recorded ?? {};
  const { shared } = session.configuration;
  const collector = session.collector.stats();
  const engine = session.engine?.stats() ?? IDLE_ENGINE;
  return {
    profile: shared.profile,
    mode: shared.mode,
    seed: shared.seed,
    durationMs: parts.durationMs,
    venues: collector.venues,
    opportunities: engine.opportunities,
    numeraire: session.numeraire,
    trades: trades ?? engine.trades,
    ledger,
    latencyUs: { frameToBook: collector.frameToBook, ...engine.latencyUs },
    restarts: session.restarts(),
    invariants: watch.close({ opportunities: engine.opportunities, ledger }),
  };
}
