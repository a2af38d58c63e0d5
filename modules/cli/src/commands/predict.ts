import { basename } from 'node:path';
import {
  backtestConfigSchema,
  figuresOf,
  metricsOf,
  openTape,
  openTapeStore,
  runBoth,
  SAMPLE_MS,
  scoreModel,
  simulatedTape,
  type Tape,
  train,
  writeModel,
} from '@ats/backtest';
import { AtsError } from '@ats/domain';
import { EXIT, type LoadedConfig, listingsOf, parseConfig, systemClock } from '@ats/runtime';
import { engineConfigSchema, openOnnxPredictor } from '@ats/trading-engine';
import { type ConfigFlags, loadConfiguration } from '../app/configuration.ts';
import { evaluationText, trainedText } from '../view/predict-text.ts';

interface MarketFlags extends ConfigFlags {
  readonly tape: readonly string[];
  readonly seed: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly json?: true;
}

export interface TrainFlags extends MarketFlags {
  readonly out: string;
  /** Milliseconds. */
  readonly horizon: number;
}

export interface EvaluateFlags extends MarketFlags {
  readonly model?: string;
  readonly strategy?: string;
}

/** Fits a model, writes it and says how well it predicts. @returns the exit code */
export async function trainCommand(flags: TrainFlags): Promise<number> {
  const { out, horizon: horizonMs } = flags;
  if (!out.endsWith('.onnx')) throw wrong('--out', out, 'Name a file that ends in .onnx.');
  if (horizonMs % SAMPLE_MS !== 0) {
    throw wrong('--horizon', `${horizonMs}ms`, `Use a multiple of ${SAMPLE_MS}ms.`);
  }
  const { loaded } = loadConfiguration(flags);
  const { tapes, listings } = await marketsOf(flags, loaded);
  const trained = await train({ tapes, listings, horizonMs });
  const name = basename(out, '.onnx');
  const stored = await writeModel(out, trained, {
    ...{ name, version: '1', horizonMs },
    trainedOn:
      flags.tape.length > 0
        ? flags.tape.join(', ')
        : `simulated markets, seed ${flags.seed}, ${flags.duration / 1000} s`,
  });
  const report = { file: out, samples: trained.fitted, horizonMs, ...stored };
  print(flags.json === true ? JSON.stringify(report) : trainedText(report));
  return EXIT.ok;
}

/** Judges a model by its predictions and by what they earn. @returns the exit code */
export async function evaluateCommand(flags: EvaluateFlags): Promise<number> {
  const { loaded } = loadConfiguration(flags);
  const { engine } = parseConfig(loaded, engineConfigSchema);
  const model = flags.model ?? engine.predictor.model;
  const predictor = await openOnnxPredictor(model);
  const { tapes, listings } = await marketsOf(flags, loaded);
  const scores = await scoreModel({ tapes, listings, predictor });
  const { card } = predictor;
  await predictor.close();
  const spec = {
    ...{ name: '', tapes: tapes.map(({ name }) => name), settings: {}, fromUs: 0, toUs: 0 },
    strategy: flags.strategy ?? engine.strategy,
    seed: flags.seed,
  };
  const runs = await runBoth({ spec, tapes, loaded, model });
  const figures = [runs.without, runs.with].map((record) => figuresOf(metricsOf(record)));
  const report = { card, scores, figures };
  if (flags.json === true) print(JSON.stringify(report));
  else print(evaluationText({ ...report, numeraire: runs.with.numeraire }));
  const isWhole = runs.without.ledger.balanced && runs.with.ledger.balanced;
  return isWhole ? EXIT.ok : EXIT.failed;
}

/** The tapes that are named, or a simulated one. */
async function marketsOf(flags: MarketFlags, loaded: LoadedConfig) {
  const config = parseConfig(loaded, backtestConfigSchema);
  const listings = listingsOf(config);
  if (flags.tape.length === 0) {
    const seconds = flags.duration / 1000;
    return { listings, tapes: [simulatedTape({ loaded, seed: flags.seed, seconds })] };
  }
  const store = openTapeStore({ folder: config.backtest.dataFolder, clock: systemClock });
  const opened = await Promise.all(flags.tape.map((name) => openTape(name, { store })));
  return { listings, tapes: opened.map(({ tape }): Tape => tape) };
}

function wrong(field: string, value: string, remedy: string): AtsError {
  const message = `${field} ${value} cannot be used`;
  return new AtsError({ code: 'CONFIG_INVALID', message, remedy, context: { field, value } });
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
