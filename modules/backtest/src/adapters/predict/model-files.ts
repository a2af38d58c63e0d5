import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { saidBy } from '../../app/predict/ridge.ts';
import { type Scores, scoresOf } from '../../app/predict/scores.ts';
import type { Trained } from '../../app/predict/train.ts';
import { INPUT_NAME, OUTPUT_NAME, onnxOf } from './onnx-model.ts';

/** What a model is called, and what it was made of. */
export interface ModelNotes {
  readonly name: string;
  readonly version: string;
  readonly horizonMs: number;
  /** For people: such as `simulated markets, seed 1, 1800 s`. */
  readonly trainedOn: string;
}

export interface StoredModel {
  readonly sha256: string;
  /** On the later part of the tapes, which it has not seen. */
  readonly scores: Scores;
}

/**
 * Writes a model and the card beside it: `NAME.onnx` and `NAME.json`. The same model gives the
 * same bytes.
 * @param file ends in `.onnx`
 */
export async function writeModel(
  file: string,
  trained: Trained,
  notes: ModelNotes,
): Promise<StoredModel> {
  const { model, features, fitted, unseen } = trained;
  const texts = { ...notes, horizonMs: String(notes.horizonMs), features: features.join() };
  const bytes = onnxOf(model, texts);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const scores = scoresOf(saidBy(model, unseen), unseen.changes);
  const card = {
    ...notes,
    target: 'mid-change-bps',
    features,
    input: INPUT_NAME,
    output: OUTPUT_NAME,
    sha256,
    samples: fitted,
    unseen: Object.fromEntries(Object.entries(scores).map(([key, value]) => [key, rounded(value)])),
  };
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, bytes);
  await writeFile(file.replace(/\.onnx$/, '.json'), `${JSON.stringify(card, null, 2)}\n`);
  return { sha256, scores };
}

const rounded = (value: number): number =>
  Number.isInteger(value) ? value : Number(value.toPrecision(4));
