import { AtsError } from '@ats/domain';
import type { LoadedConfig } from '@ats/runtime';
import type { RunRecord, RunSpec } from '../domain/run-record.ts';
import type { Tape } from '../domain/tape.ts';

/** How far a run has come. */
export interface RunProgress {
  /** Rows of the tapes that were played. */
  readonly events: number;
  /** Virtual time, microseconds since the epoch. */
  readonly timeUs: number;
  /** Trades that have ended. */
  readonly trades: number;
}

export interface BacktestOptions {
  readonly spec: RunSpec;
  /** Opened tapes in the order of `spec.tapes`. */
  readonly tapes: readonly Tape[];
  /** The configuration before `spec.settings` are laid over it. */
  readonly loaded: LoadedConfig;
  /** Told now and then, at most a few times a second of real time. */
  readonly onProgress?: (progress: RunProgress) => void;
  /** Ends the run early; the promise is then rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Plays tapes through the live code on virtual time. The same tapes, configuration and seed give
 * the same record to the byte.
 * @throws {AtsError} CONFIG_INVALID, TAPE_UNREADABLE, TAPE_BAD_ROW
 */
export async function runBacktest(options: BacktestOptions): Promise<RunRecord> {
  throw new AtsError({
    code: 'INVARIANT_VIOLATED',
    message: `the run of ${options.spec.strategy} is not built yet`,
  });
}
