import { type Command, Option } from 'commander';
import type { CommandParts } from './command-parts.ts';
import type { LimitsOptions, ResetLimitOptions, SetLimitOptions } from './limits.ts';

const LIMITS_HELP = `
What every limit stands at. What is changed here holds at once, and for good: over the configuration
and over restarts, until it is reset. Each change is told of and in the audit trail. Ends with 1
while a limit is breached.

Examples:
  ats limits
  ats limits --all --json
  ats limits set lossPerDay --max 3000 --actor ann --reason "a volatile week"
  ats limits set venueExposure --of kraken --warn 200000 --max 250000 --actor ann --reason "smaller"
  ats limits set drawdown --on-breach flatten --actor ann --reason "nobody is here at night"
  ats limits reset lossPerDay --actor ann --reason "the week is over"`;

/** Adds `limits` with all that is under it. */
export function addLimits(program: Command, { result, withConfig, exitCodes }: CommandParts): void {
  const limits = withConfig(
    program.command('limits').description('show the limits of risk and what they stand at'),
  )
    .enablePositionalOptions()
    .option('--all', 'also limits without figures')
    .option('--json', 'JSON instead of a table')
    .addHelpText('after', LIMITS_HELP + exitCodes)
    .action(async (options: LimitsOptions) => {
      const { limits: show } = await import('./limits.ts');
      result.exitCode = await show(options);
    });
  const change = (command: Command): Command =>
    withConfig(command)
      .option('--of <name>', 'of one venue, asset, money or instrument alone')
      .requiredOption('--actor <name>', 'who changes it, for the record')
      .requiredOption('--reason <text>', 'why, for the record')
      .option('--json', 'JSON instead of a sentence')
      .exitOverride()
      .addHelpText('after', exitCodes);
  change(limits.command('set <limit>').description('change a limit; what is left out stays'))
    .option('--warn <amount>', 'where people are told from, or none')
    .option('--max <amount>', 'what may not be passed, or none')
    .addOption(
      new Option('--on-breach <action>', 'what follows a breach').choices([
        ...['refuse', 'reducing', 'halted', 'flatten'],
      ]),
    )
    .action(async (name: string, options: SetLimitOptions) => {
      const { setLimit } = await import('./limits.ts');
      result.exitCode = await setLimit(name, options);
    });
  change(limits.command('reset [limit]').description('back to what the configuration says'))
    .option('--all', 'every limit that was changed')
    .action(async (name: string | undefined, options: ResetLimitOptions, command: Command) => {
      if ((name === undefined) !== (options.all === true)) {
        command.error('error: name one limit, or say --all', { exitCode: 2 });
      }
      const { resetLimit } = await import('./limits.ts');
      result.exitCode = await resetLimit(name, options);
    });
}
