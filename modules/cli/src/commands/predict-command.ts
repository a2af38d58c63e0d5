import type { Command } from 'commander';
import { parseDuration, parseInteger } from '../app/durations.ts';
import type { CommandParts } from './command-parts.ts';
import type { EvaluateFlags, TrainFlags } from './predict.ts';

const TRAIN_HELP = `
Without --tape it plays the simulated exchanges in memory. The same tapes, seed and settings give
the same file to the byte. The card beside it, NAME.json, says what it was made of and how well it
predicts what it has not seen.

Examples:
  ats predict train --out ./models/mine.onnx --seed 1 --duration 30m
  ats predict train --out ./models/btc.onnx --tape binance-btc --tape kraken-btc --horizon 200ms`;

const EVALUATE_HELP = `
Says how well the model predicts, then runs the backtest twice, without and with predictions.
Markets that the model was trained on say nothing: give another seed, or later tapes.

Examples:
  ats predict evaluate --seed 2 --duration 10m
  ats predict evaluate --model ./models/btc.onnx --tape binance-btc-may --tape kraken-btc-may`;

/** Adds `predict`: training and judging models of prices. */
export function addPredict(program: Command, parts: CommandParts): void {
  const { result, withSettings, exitCodes, collect } = parts;
  const predict = program
    .command('predict')
    .description('train models of what prices do next, and judge them');
  const command = (name: string, description: string): Command =>
    withSettings(predict.command(name).description(description))
      .option('--tape <name>', 'a stored tape or a file instead of simulation', collect, [])
      .option('--json', 'JSON on stdout instead of text')
      .exitOverride();
  command('train', 'fit the small model and write it as ONNX')
    .requiredOption('--out <file.onnx>', 'where to write it')
    .option('--seed <number>', 'of the simulated markets', parseInteger, 1)
    .option('--duration <time>', 'how much is simulated', parseDuration, 1_800_000)
    .option('--horizon <time>', 'how far ahead it looks, in steps of 50ms', parseDuration, 100)
    .addHelpText('after', TRAIN_HELP + exitCodes)
    .action(async (flags: TrainFlags) => {
      const { trainCommand } = await import('./predict.ts');
      result.exitCode = await trainCommand(flags);
    });
  command('evaluate', 'judge a model, and backtests without and with it')
    .option('--model <name>', 'one of the engine or an .onnx file; default: as configured')
    .option('--seed <number>', 'of the simulated markets', parseInteger, 2)
    .option('--duration <time>', 'how much is simulated', parseDuration, 300_000)
    .option('--strategy <name>', 'what decides; default: as configured')
    .addHelpText('after', EVALUATE_HELP + exitCodes)
    .action(async (flags: EvaluateFlags) => {
      const { evaluateCommand } = await import('./predict.ts');
      result.exitCode = await evaluateCommand(flags);
    });
}
