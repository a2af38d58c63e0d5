import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { AtsError } from '@ats/domain';
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { z } from 'zod';
import { FEATURES } from '../domain/prediction/features.ts';
import type { ModelCard, Predictor } from '../domain/prediction/predictor.ts';

/** What stands beside a model in `NAME.json`; other fields are for people. */
const cardSchema = z.looseObject({
  name: z.string().min(1),
  version: z.string().min(1),
  target: z.literal('mid-change-bps'),
  features: z.array(z.string()).min(1),
  horizonMs: z.int().min(1).max(3_600_000),
  input: z.string().min(1),
  output: z.string().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits'),
});

type StoredCard = z.output<typeof cardSchema>;

/** The models that come with the engine, by name. */
const OWN_FOLDER = new URL('../../models/', import.meta.url);

/** @param name one of the engine's own, or the path of an .onnx file */
export const modelFile = (name: string): string =>
  /[/\\]|\.onnx$/.test(name) ? name : fileURLToPath(new URL(`${name}.onnx`, OWN_FOLDER));

const cardFile = (file: string): string => file.replace(/(\.onnx)?$/, '.json');

/**
 * Opens a model in ONNX with the card beside it, and checks that both fit each other and the
 * features of the engine. It is computed on one thread: then the same rows give the same bytes.
 * The runtime is only loaded here, so that it costs nothing where nothing is predicted.
 * @param name one of the engine's own models, or the path of an .onnx file
 * @throws {AtsError} PREDICTOR_INVALID
 */
export async function openOnnxPredictor(name: string): Promise<Predictor> {
  const file = modelFile(name);
  const card = await readCard(cardFile(file));
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw invalid(file, 'cannot be read', cause);
  });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== card.sha256)
    throw invalid(file, `is not the file of its card, which names ${card.sha256}`);
  const ort = await import('onnxruntime-web');
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ['wasm'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  }).catch((cause: unknown) => {
    throw invalid(file, `is no model that can be run: ${textOf(cause)}`, cause);
  });
  checkShape(file, card, session);
  return new OnnxPredictor(card, session, ort.Tensor);
}

class OnnxPredictor implements Predictor {
  readonly card: ModelCard;
  private readonly stored: StoredCard;
  private readonly session: InferenceSession;
  private readonly tensor: typeof Tensor;

  constructor(card: StoredCard, session: InferenceSession, tensor: typeof Tensor) {
    this.card = card;
    this.stored = card;
    this.session = session;
    this.tensor = tensor;
  }

  async predict(rows: Float32Array, count: number): Promise<Float32Array> {
    const width = this.card.features.length;
    // A copy: the caller's rows may change while this one runs.
    const input = new this.tensor('float32', rows.slice(0, count * width), [count, width]);
    const { input: inputName, output } = this.stored;
    const results = await this.session.run({ [inputName]: input });
    return results[output]?.data as Float32Array;
  }

  close(): Promise<void> {
    return this.session.release();
  }
}

async function readCard(file: string): Promise<StoredCard> {
  let read: unknown;
  try {
    read = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw invalid(file, 'the card of the model, cannot be read', cause);
  }
  const parsed = cardSchema.safeParse(read);
  if (!parsed.success) throw invalid(file, z.prettifyError(parsed.error).replaceAll('\n', ' '));
  const { features } = parsed.data;
  if (features.join() !== FEATURES.join()) {
    throw invalid(file, `has the features ${features.join(', ')}, not ${FEATURES.join(', ')}`);
  }
  return parsed.data;
}

/** One row of all features in, any number of them; one number a row out. */
function checkShape(file: string, card: StoredCard, session: InferenceSession): void {
  const { inputMetadata, outputMetadata } = session;
  const input = inputMetadata.find(({ name }) => name === card.input);
  const output = outputMetadata.find(({ name }) => name === card.output);
  const has = shapeText(input);
  const gives = shapeText(output);
  const width = card.features.length;
  if (inputMetadata.length !== 1 || !new RegExp(`^float32\\[\\D\\w*,${width}\\]$`).test(has)) {
    throw invalid(file, `has the input ${card.input} ${has}, expected float32[rows,${width}]`);
  }
  if (!/^float32\[\D\w*,1\]$/.test(gives)) {
    throw invalid(file, `has the output ${card.output} ${gives}, expected float32[rows,1]`);
  }
}

function shapeText(value: InferenceSession.ValueMetadata | undefined): string {
  if (value === undefined) return 'that is not there';
  return value.isTensor ? `${value.type}[${value.shape.join()}]` : 'that is no tensor';
}

const textOf = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).split('\n')[0] as string;

function invalid(file: string, why: string, cause?: unknown): AtsError {
  return new AtsError({
    code: 'PREDICTOR_INVALID',
    message: `engine.predictor.model: ${file} ${why}`,
    remedy: 'Train it again with "ats predict train", or set engine.predictor.enabled=false.',
    context: { field: 'engine.predictor.model', value: file },
    ...(cause === undefined ? {} : { cause }),
  });
}
