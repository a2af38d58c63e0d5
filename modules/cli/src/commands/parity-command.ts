import type { Command } from 'commander';
import type { CommandParts } from './command-parts.ts';
import type { ParityOptions } from './parity.ts';

const PARITY_HELP = `
Replays what "ats up --record-session FOLDER" kept through the code that trades, on virtual time.
The engine is given what it was given, when it was; each order meets the book that it met at its
venue, and the matching engine of the backtest says what comes of it. Fills are compared one by
one, and what differs is put down to the first thing that differs before it.

The latencies that were measured become files in the folder, for
backtest.latency.orders.VENUE=empirical:FILE, and the lognormal that fits each is told.

Examples:
  ats up --duration 10m --record-session ./session
  ats parity --session ./session
  ats parity --session ./session --strict --json`;

/** Adds `parity`. */
export function addParity(program: Command, parts: CommandParts): void {
  program
    .command('parity')
    .description('replay a session, and see where live and backtest differ')
    .requiredOption('--session <folder>', 'what "ats up --record-session" kept')
    .option('--json', 'print one document, every fill in it')
    .option('--strict', 'end with 1 when any fill differs')
    .addHelpText('after', PARITY_HELP + parts.exitCodes)
    .action(async (options: ParityOptions) => {
      const { parity } = await import('./parity.ts');
      parts.result.exitCode = await parity(options);
    });
}
