import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { runScale } from './run-scale.ts';

const integer = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Write a whole number.');
  return Number(text);
};
const counts = (text: string): number[] => {
  if (!/^[1-8](,[1-8])*$/.test(text)) throw new InvalidArgumentError('Write 1 to 8, as in 1,2.');
  return text.split(',').map(Number);
};

const program = new Command('scale')
  .description('Runs several instances of each service, kills one of each, and judges it.')
  .option('--instances <counts>', 'how many of each, one run after the other', counts, [1, 2])
  .option('--orders <count>', 'orders whose throughput is taken', integer, 400)
  .option('--seed <number>', 'seed of market and orders', integer, 1)
  .option('--tiny', 'two of each and few orders: whether it works, not how fast')
  .option('--keep', 'keep the folders with output')
  .option('--json', 'one JSON document on stdout, nothing else')
  .addHelpText('after', '\nExit codes: 0 nothing was lost or repeated; 1 something was.')
  .action(async (options) => {
    const folders: string[] = [];
    const say = (line: string): void => {
      if (options.json !== true) process.stdout.write(`${line}\n`);
    };
    const runs = await runScale({
      instances: options.tiny === true ? [2] : options.instances,
      orders: options.tiny === true ? 32 : options.orders,
      seed: options.seed,
      folder: async () => {
        const folder = await mkdtemp(join(tmpdir(), 'ats-scale-'));
        folders.push(folder);
        return folder;
      },
      say,
    });
    const sound = runs.every((run) => run.sound);
    process.stdout.write(`${JSON.stringify({ cores: cpus().length, runs, sound })}\n`);
    process.exitCode = sound ? 0 : 1;
    if (!sound || options.keep === true) return;
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  });

await program.parseAsync();
process.exit();
