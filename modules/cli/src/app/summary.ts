import type { LatencySummary } from '@ats/runtime';
import type { InvariantWatch } from './invariants.ts';
import type { Session } from './session.ts';

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
  readonly opportunities: {
    readonly total: number;
    readonly approved: number;
    readonly refused: number;
    readonly byReason: Readonly<Record<string, number>>;
  };
  readonly latencyUs: {
    readonly frameToBook: LatencySummary;
    readonly bookToDecision: LatencySummary;
    readonly decisionToRisk: LatencySummary;
    readonly frameToRiskAnswer: LatencySummary;
  };
  readonly invariants: { readonly ok: boolean; readonly violations: readonly string[] };
}

const NOTHING: LatencySummary = { p50: 0, p99: 0, max: 0, count: 0 };
const IDLE_ENGINE = {
  opportunities: { total: 0, approved: 0, refused: 0, byReason: {} },
  latencyUs: { bookToDecision: NOTHING, decisionToRisk: NOTHING, frameToRiskAnswer: NOTHING },
};

/** Reads a session's counts once it has been drained. */
export function summarize(parts: {
  readonly session: Session;
  readonly durationMs: number;
  readonly watch: InvariantWatch;
}): UpSummary {
  const { session, watch } = parts;
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
    latencyUs: { frameToBook: collector.frameToBook, ...engine.latencyUs },
    invariants: watch.close(engine.opportunities),
  };
}
