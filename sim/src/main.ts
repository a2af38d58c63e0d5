import { Command, InvalidArgumentError } from 'commander';
import { type SimulationResult, simulate } from './simulate.ts';

const integer = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Write a whole number.');
  return Number(text);
};

function describe(result: SimulationResult): string {
  const { opportunities, network } = result;
  const faults = [
    `${network.dropped} dropped`,
    `${network.duplicated} repeated`,
    `${network.swapped} swapped`,
    `${network.flipped} garbled`,
    `${network.cuts} cuts`,
  ];
  const outcome = result.violations.length === 0 ? 'ok' : 'VIOLATED';
  return [
    [
      `seed ${result.seed}: ${outcome}`,
      `${result.books} books`,
      `${result.resyncs} resyncs`,
      `${opportunities.total} opportunities (${opportunities.approved} approved)`,
      ...faults,
      `hash ${result.hash.slice(0, 16)}`,
    ].join(', '),
    ...result.violations.map((violation) => `  ${violation}`),
  ].join('\n');
}

const program = new Command('sim')
  .description('Runs the whole market side on virtual time over a bad network, seed by seed.')
  .option('--seeds <count>', 'how many seeds', integer, 10)
  .option('--first-seed <number>', 'the first of them', integer, 1)
  .option('--seed <number>', 'this one alone', integer)
  .option('--json', 'one JSON document on stdout')
  .addHelpText(
    'after',
    '\nExit codes: 0 all invariants held, 1 one was violated, by the seed named.',
  )
  .action(async (options: { seeds: number; firstSeed: number; seed?: number; json?: true }) => {
    const first = options.seed ?? options.firstSeed;
    const count = options.seed === undefined ? options.seeds : 1;
    const results: SimulationResult[] = [];
    for (let seed = first; seed < first + count; seed += 1) {
      const result = await simulate(seed);
      results.push(result);
      if (options.json !== true) process.stdout.write(`${describe(result)}\n`);
    }
    const ok = results.every(({ violations }) => violations.length === 0);
    if (options.json === true) process.stdout.write(`${JSON.stringify({ ok, results })}\n`);
    process.exitCode = ok ? 0 : 1;
  });

await program.parseAsync();
