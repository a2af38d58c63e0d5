import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { OrderSimulation } from './orders/simulate-orders.ts';
import { runSeeds } from './pool.ts';
import type { SimulationResult } from './simulate.ts';
import type { SeedResult } from './worker.ts';

const integer = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Write a whole number.');
  return Number(text);
};

function describeMarket({ books, resyncs, opportunities, network, hash }: SimulationResult) {
  const faults = [
    `${network.dropped} dropped`,
    `${network.duplicated} repeated`,
    `${network.swapped} swapped`,
    `${network.flipped} garbled`,
    `${network.cuts} cuts`,
  ];
  return [
    `market: ${books} books`,
    `${resyncs} resyncs`,
    `${opportunities.total} opportunities (${opportunities.approved} approved)`,
    ...faults,
    `hash ${hash.slice(0, 16)}`,
  ].join(', ');
}

function describeOrders({ acknowledged, fills, trades, kills, hash }: OrderSimulation): string {
  const states = Object.entries(trades).map(([state, count]) => `${count} ${state}`);
  return [
    `orders: ${acknowledged} acknowledged`,
    `${fills} fills`,
    `trades ${states.join(' ') || 'none'}`,
    `${kills} kills`,
    `hash ${hash.slice(0, 16)}`,
  ].join(', ');
}

function describe({ seed, market, orders, violations }: SeedResult): string {
  return [
    `seed ${seed}: ${violations.length === 0 ? 'ok' : 'VIOLATED'}`,
    ...(market === undefined ? [] : [`  ${describeMarket(market)}`]),
    ...(orders === undefined ? [] : [`  ${describeOrders(orders)}`]),
    ...violations.map((violation) => `  ! ${violation}`),
  ].join('\n');
}

interface Options {
  readonly seeds: number;
  readonly firstSeed: number;
  readonly seed?: number;
  readonly only?: 'market' | 'orders';
  readonly threads: number;
  readonly json?: true;
}

const program = new Command('sim')
  .description('Runs the real code on virtual time with everything that can fail failing.')
  .option('--seeds <count>', 'how many seeds', integer, 10)
  .option('--first-seed <number>', 'the first of them', integer, 1)
  .option('--seed <number>', 'this one alone', integer)
  .addOption(
    new Option('--only <part>', 'the market side, or order path, saga and ledger').choices([
      'market',
      'orders',
    ]),
  )
  .option('--threads <count>', 'seeds at the same time', integer, availableParallelism())
  .option('--json', 'one JSON document on stdout')
  .addHelpText(
    'after',
    '\nExit codes: 0 all invariants held, 1 one was violated, by the seed named.',
  )
  .action(async (options: Options) => {
    const { json, only, threads } = options;
    const first = options.seed ?? options.firstSeed;
    const count = options.seed === undefined ? options.seeds : 1;
    const results: SeedResult[] = [];
    await runSeeds({
      jobs: Array.from({ length: count }, (_, index) => ({
        seed: first + index,
        market: only !== 'orders',
        orders: only !== 'market',
      })),
      threads: Math.max(1, threads),
      onResult(result) {
        results.push(result);
        if (json !== true) process.stdout.write(`${describe(result)}\n`);
      },
    });
    const ok = results.every(({ violations }) => violations.length === 0);
    if (json === true) process.stdout.write(`${JSON.stringify({ ok, results })}\n`);
    else if (count > 1) {
      const failed = results.filter(({ violations }) => violations.length > 0);
      const seeds = failed.map(({ seed }) => seed).join(', ');
      process.stdout.write(`${count} seeds, ${failed.length} violated${seeds && `: ${seeds}`}\n`);
    }
    process.exitCode = ok ? 0 : 1;
  });

await program.parseAsync();
