import type { Listing } from '@ats/domain';
import type { LoadedConfig } from '@ats/runtime';
import { FEATURE_COUNT, type Predictor } from '@ats/trading-engine';
import type { RunRecord, RunSpec } from '../../domain/run-record.ts';
import type { Tape } from '../../domain/tape.ts';
import { runBacktest } from '../run-backtest.ts';
import { type Samples, samplesOf } from './samples.ts';
import { type Scores, scoresOf } from './scores.ts';
import { SAMPLE_MS } from './train.ts';

/** Rows that are handed to the model at once. */
const BATCH_ROWS = 4096;

export interface ScoreOptions {
  readonly tapes: readonly Tape[];
  readonly listings: readonly Listing[];
  readonly predictor: Predictor;
}

export interface VenueScores {
  /** `all`, or the venue. */
  readonly of: string;
  readonly scores: Scores;
}

/** How well a model predicts the tapes, of all markets and by venue. */
export async function scoreModel(options: ScoreOptions): Promise<readonly VenueScores[]> {
  const { predictor } = options;
  const { horizonMs } = predictor.card;
  const samples = await samplesOf({ ...options, horizonMs, everyMs: SAMPLE_MS });
  const said = await saysOf(predictor, samples);
  const { markets } = samples.table;
  const venues = [...new Set(markets.map(({ venue }) => venue))].sort();
  const scoresFor = (wanted: (venue: string) => boolean): Scores => {
    const at = [...samples.markets.keys()].filter((row) =>
      wanted(markets[samples.markets[row] as number]?.venue as string),
    );
    return scoresOf(
      at.map((row) => said[row] as number),
      at.map((row) => samples.changes[row] as number),
    );
  };
  return [
    { of: 'all', scores: scoresOf(said, samples.changes) },
    ...venues.map((name) => ({ of: name, scores: scoresFor((venue) => venue === name) })),
  ];
}

async function saysOf(predictor: Predictor, { rows, count }: Samples): Promise<Float32Array> {
  const said = new Float32Array(count);
  for (let from = 0; from < count; from += BATCH_ROWS) {
    const size = Math.min(BATCH_ROWS, count - from);
    const batch = rows.subarray(from * FEATURE_COUNT, (from + size) * FEATURE_COUNT);
    said.set(await predictor.predict(batch, size), from);
  }
  return said;
}

/** The same run without and with predictions, and nothing else changed. */
export async function runBoth(run: {
  readonly spec: RunSpec;
  readonly tapes: readonly Tape[];
  readonly loaded: LoadedConfig;
  readonly model: string;
}): Promise<{ readonly without: RunRecord; readonly with: RunRecord }> {
  const { spec, tapes, loaded, model } = run;
  const switched = (enabled: boolean): RunSpec => ({
    ...spec,
    settings: {
      ...spec.settings,
      'engine.predictor.enabled': String(enabled),
      'engine.predictor.model': model,
    },
  });
  const without = await runBacktest({ spec: switched(false), tapes, loaded });
  return { without, with: await runBacktest({ spec: switched(true), tapes, loaded }) };
}
