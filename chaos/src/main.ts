import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { runChaos } from './run-chaos.ts';

const integer = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Write a whole number.');
  return Number(text);
};

const program = new Command('chaos')
  .description('Sends orders to the real system while killing it, and judges what came of it.')
  .option('--orders <count>', 'orders from outside, over REST', integer, 500)
  .option('--kills <count>', 'kill -9 at random moments', integer, 5)
  .option('--seed <number>', 'seed of market, orders and moments', integer, 1)
  .addOption(
    new Option('--profile <name>', 'what is killed')
      .choices(['embedded', 'distributed'])
      .default('embedded'),
  )
  .option('--calm', 'no faults of the venues beside the kills')
  .option('--keep', 'keep the folder with log, state, archive and output')
  .option('--json', 'one JSON document on stdout, nothing else')
  .addHelpText(
    'after',
    '\nExit codes: 0 nothing was lost, repeated or left open; 1 something was, and findings say what.',
  )
  .action(async (options) => {
    const folder = await mkdtemp(join(tmpdir(), 'ats-chaos-'));
    const say = (line: string): void => {
      if (options.json !== true) process.stdout.write(`${line}\n`);
    };
    say(`output in ${folder}`);
    const verdict = await runChaos({ ...options, calm: options.calm === true, folder, say });
    const { sound, findings, ...figures } = verdict;
    const shown = options.json === true ? { ...figures, sound, findings } : figures;
    process.stdout.write(`${JSON.stringify(shown)}\n`);
    for (const finding of findings) say(`  ${finding}`);
    process.exitCode = sound ? 0 : 1;
    if (sound && options.keep !== true) await rm(folder, { recursive: true, force: true });
  });

await program.parseAsync();
process.exit();
