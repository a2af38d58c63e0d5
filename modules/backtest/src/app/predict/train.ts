import { AtsError, type Listing } from '@ats/domain';
import { FEATURES } from '@ats/trading-engine';
import type { Tape } from '../../domain/tape.ts';
import { fitRidge, type LinearModel } from './ridge.ts';
import { type Samples, samplesOf, shareOf } from './samples.ts';

/** Between rows of one market that the model is fitted to and judged by. */
export const SAMPLE_MS = 50;
/** Fewer say nothing of a model with so many weights. */
const SAMPLES_MIN = 100;
const PENALTY = 1e-3;
/** The first part is fitted to, the last one judged by; between them one horizon is left out. */
const TRAINED_SHARE = 0.7;
const JUDGED_SHARE = 0.71;

export interface TrainOptions {
  readonly tapes: readonly Tape[];
  readonly listings: readonly Listing[];
  /** A multiple of 50 ms. */
  readonly horizonMs: number;
}

export interface Trained {
  readonly model: LinearModel;
  readonly features: readonly string[];
  /** Samples that it was fitted to. */
  readonly fitted: number;
  /** The later ones that it has not seen. */
  readonly unseen: Samples;
}

/**
 * Fits the small model to the earlier part of the tapes. The same rows give the same weights.
 * @throws {AtsError} TAPE_INVALID where the tapes are too short; what they throw
 */
export async function train(options: TrainOptions): Promise<Trained> {
  const samples = await samplesOf({ ...options, everyMs: SAMPLE_MS });
  const fitted = shareOf(samples, 0, TRAINED_SHARE);
  const unseen = shareOf(samples, JUDGED_SHARE, 1);
  if (fitted.count < SAMPLES_MIN) throw tooFew(options, fitted.count);
  return {
    model: fitRidge(fitted, PENALTY),
    features: FEATURES,
    fitted: fitted.count,
    unseen,
  };
}

function tooFew({ tapes }: TrainOptions, samples: number): AtsError {
  return new AtsError({
    code: 'TAPE_INVALID',
    message: `the tapes have ${samples} samples to fit a model to, ${SAMPLES_MIN} are needed`,
    remedy: 'Give more than 20 s of at least two venues that trade the same asset.',
    context: { field: 'tapes', value: tapes.map(({ name }) => name).join(' ') },
  });
}
