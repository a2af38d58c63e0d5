import { FEATURE_COUNT } from '@ats/trading-engine';
import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import type { Samples } from './samples.ts';

/** `bias + sum(weight * clip((feature - mean) / deviation))`, basis points. */
export interface LinearModel {
  readonly means: Float64Array;
  readonly deviations: Float64Array;
  readonly weights: Float64Array;
  readonly bias: number;
}

/** Standardised features beyond this count as this: one wild row must not move a trade. */
export const CLIP = 8;

/**
 * Ridge regression on standardised features: the least squares of the changes, with `penalty` for
 * each sample on the squares of the weights. Sums go in order of the samples, so that the same
 * samples give the same digits. Hastie, Tibshirani, Friedman: The Elements of Statistical
 * Learning, section 3.4.1.
 */
export function fitRidge(samples: Samples, penalty: number): LinearModel {
  const standards = standardsOf(samples);
  const bias = meanOf(samples.changes);
  const gram = Matrix.zeros(FEATURE_COUNT, FEATURE_COUNT);
  const moments = Matrix.zeros(FEATURE_COUNT, 1);
  const row = new Float64Array(FEATURE_COUNT);
  for (let sample = 0; sample < samples.count; sample += 1) {
    for (let at = 0; at < FEATURE_COUNT; at += 1) {
      const value = samples.rows[sample * FEATURE_COUNT + at] as number;
      row[at] = standard(value, standards, at);
    }
    const change = (samples.changes[sample] as number) - bias;
    for (let at = 0; at < FEATURE_COUNT; at += 1) {
      const value = row[at] as number;
      moments.set(at, 0, moments.get(at, 0) + value * change);
      for (let other = 0; other <= at; other += 1) {
        gram.set(at, other, gram.get(at, other) + value * (row[other] as number));
      }
    }
  }
  for (let at = 0; at < FEATURE_COUNT; at += 1) {
    for (let other = 0; other < at; other += 1) gram.set(other, at, gram.get(at, other));
    gram.set(at, at, gram.get(at, at) + penalty * samples.count);
  }
  const weights = new CholeskyDecomposition(gram).solve(moments).to1DArray();
  return { ...standards, weights: Float64Array.from(weights), bias };
}

/** What the model says of each sample, in doubles: its file says the same in floats. */
export function saidBy(model: LinearModel, { rows, count }: Samples): Float64Array {
  const { means, deviations, weights, bias } = model;
  return Float64Array.from({ length: count }, (_, sample) => {
    let said = bias;
    for (let at = 0; at < FEATURE_COUNT; at += 1) {
      const value = rows[sample * FEATURE_COUNT + at] as number;
      said += (weights[at] as number) * standard(value, { means, deviations }, at);
    }
    return said;
  });
}

function standard(
  value: number,
  { means, deviations }: Pick<LinearModel, 'means' | 'deviations'>,
  at: number,
): number {
  const plain = (value - (means[at] as number)) / (deviations[at] as number);
  return Math.max(-CLIP, Math.min(CLIP, plain));
}

function standardsOf({ rows, count }: Samples) {
  const means = new Float64Array(FEATURE_COUNT);
  const deviations = new Float64Array(FEATURE_COUNT);
  for (let at = 0; at < FEATURE_COUNT; at += 1) {
    const column = Float64Array.from(
      { length: count },
      (_, row) => rows[row * FEATURE_COUNT + at] as number,
    );
    const mean = meanOf(column);
    const variance = meanOf(column.map((value) => (value - mean) ** 2));
    means[at] = mean;
    // A column that never changes says nothing, and must not be divided by.
    deviations[at] = variance > 0 ? Math.sqrt(variance) : 1;
  }
  return { means, deviations };
}

function meanOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return values.length === 0 ? 0 : sum / values.length;
}
