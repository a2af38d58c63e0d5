import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { runSoak, type SoakVerdict } from './run-soak.ts';
import { SERIES } from './samples.ts';

const number = (text: string): number => {
  const value = Number(text);
  if (value > 0 && value <= 10_000) return value;
  throw new InvalidArgumentError('Write a number above 0, at most 10000.');
};

const HELP = `
The first 30 % (1 to 5 minutes) are warm-up. Afterwards nothing may grow by more than the tolerance:
by the lower bound (99 %) of the slope of Theil and Sen over the rest. A short run finds what grows
fast, a longer one finds more. What is mapped from files, and what V8 holds free, is not judged.

Exit codes: 0 sound; 1 something grew, an invariant broke, or the ledger is not balanced.`;

const HEAD = ['series', 'middle', 'a minute', 'surely grew', 'allowed', ''];

/** One line for each series. */
function table({ series }: SoakVerdict): string {
  const rows = Object.entries(series).map(([name, found]) => {
    const { unit = '', free } = SERIES[name] ?? {};
    const shown = (value: number): string => `${value.toFixed(2)} ${unit}`.trim();
    const word = free === true ? 'not judged' : found.grows ? 'GROWS' : 'ok';
    const { middle, perMinute, surelyGrew, allowed } = found;
    return [name, ...[middle, perMinute, surelyGrew, allowed].map(shown), word];
  });
  const lines = [HEAD, ...rows];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((row) => row[column]?.length ?? 0)));
  return lines
    .map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '))
    .join('\n');
}

const program = new Command('soak')
  .description('Runs the whole embedded system for a while and finds what grows.')
  .option('--minutes <count>', 'how long', number, 20)
  .option('--seed <number>', 'seed of market and orders', number, 1)
  .option('--keep', 'keep the folder with log, state, archive and output')
  .option('--json', 'one JSON document on stdout, nothing else')
  .addHelpText('after', HELP)
  .action(async (options) => {
    const folder = await mkdtemp(join(tmpdir(), 'ats-soak-'));
    const say = (line: string): void => {
      if (options.json !== true) process.stdout.write(`${line}\n`);
    };
    say(`output in ${folder}`);
    const verdict = await runSoak({ ...options, folder, say });
    if (options.json === true) process.stdout.write(`${JSON.stringify(verdict)}\n`);
    const { ordersPerSecond, tradesPerMinute, sound, findings } = verdict;
    say(`\n${table(verdict)}\n`);
    const rates = [ordersPerSecond, tradesPerMinute].map((rate) => rate.toFixed(1));
    say(`${rates[0]} orders a second, ${rates[1]} trades a minute`);
    for (const finding of findings) say(`  ${finding}`);
    say(sound ? 'sound' : 'not sound');
    process.exitCode = sound ? 0 : 1;
    if (sound && options.keep !== true) await rm(folder, { recursive: true, force: true });
  });

await program.parseAsync();
process.exit();
