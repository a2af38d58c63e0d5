import { HALT_MODES } from '@ats/domain';
import { type Command, Option } from 'commander';
import type { CommandParts } from './command-parts.ts';
import type { HaltOptions, ResumeOptions, StatusOptions } from './halt.ts';
import type { PositionsOptions } from './positions.ts';
import type { ConfirmOptions, ReconcileOptions } from './reconcile.ts';

const KINDS = ['deposit', 'withdrawal', 'fee', 'adjustment'] as const;

const RECONCILE_HELP = `
New orders go to a venue only while it agrees with the ledger. What stays different is listed: find
out why, then post it with "confirm", or settle it at the venue. Ends with 1 while one is closed.

Examples:
  ats reconcile
  ats reconcile --now --venue kraken --json
  ats reconcile confirm 0123456789abcdef --as deposit --actor ann --reason "wire of Monday"`;

const HALT_HELP = `
Nothing new is approved and no new orders are taken, of whomever, until "ats resume". What is open
can still be cancelled and unwound. A halt outlives restarts. Halting again keeps the first reason,
and can only make the halt stricter:

  reducing  only orders that lower exposure are taken
  halted    only cancels and unwinds are
  flatten   as halted, and open orders are cancelled, open trades unwound, open positions closed

The kill switch works when nothing else does: while its file (killSwitchFile) is there, gateways on
the machine take nothing new. It is pulled with --kill-switch, when risk does not answer, by SIGUSR2
to any process of ATS, and by making the file.

Examples:
  ats halt --actor ann --reason "kraken settles late"
  ats halt --mode flatten --actor ann --reason "out of everything"
  ats halt --actor ann --reason "prices are wrong" --kill-switch`;

const RESUME_HELP = `
Removes the kill switch's file, if it is on this machine, and lets trading go on. Where
risk.resumePersons asks for several persons, each says so with a name of their own. With --to the
halt is not ended but loosened: --to halted ends a flatten alone, before everything is closed.

Examples:
  ats resume --actor ann --reason "kraken has settled"
  ats resume --to reducing --actor ann --reason "let positions come down first"`;

/** The flags of `halt`; elsewhere `mode` is the market's. */
type Flags = Omit<HaltOptions, 'haltMode'> & { readonly mode: HaltOptions['haltMode'] };

/** Adds the commands that talk to a system which runs already. */
export function addOperatorCommands(program: Command, parts: CommandParts): void {
  addReconcile(program, parts);
  addStatus(program, parts);
  addHalt(program, parts);
  addPositions(program, parts);
}

function addReconcile(program: Command, { result, withConfig, exitCodes }: CommandParts): void {
  const reconcile = withConfig(
    program.command('reconcile').description('show whether venues agree with the ledger'),
  )
    .enablePositionalOptions()
    .option('--now', 'compare first, rather than show the last comparison')
    .option('--venue <name>', 'this venue alone')
    .option('--json', 'JSON instead of tables')
    .addHelpText('after', RECONCILE_HELP + exitCodes)
    .action(async (options: ReconcileOptions) => {
      const { reconcile: show } = await import('./reconcile.ts');
      result.exitCode = await show(options);
    });
  const confirm = reconcile.command('confirm <difference-id>');
  withConfig(confirm.description('post a difference as what it is; twice is as once'))
    .addOption(new Option('--as <kind>', 'what it is').choices(KINDS).makeOptionMandatory())
    .requiredOption('--actor <name>', 'who says so, for the record')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--json', 'JSON instead of a sentence')
    .exitOverride()
    .addHelpText('after', exitCodes)
    .action(async (differenceId: string, options: ConfirmOptions) => {
      const { confirmDifference } = await import('./reconcile.ts');
      result.exitCode = await confirmDifference(differenceId, options);
    });
}

function addHalt(program: Command, { result, withSettings, exitCodes }: CommandParts): void {
  withSettings(program.command('halt').description('stop new trades and orders everywhere'))
    .requiredOption('--actor <name>', 'who halts, for the record')
    .requiredOption('--reason <text>', 'why, for the record')
    .addOption(
      new Option('--mode <name>', 'how much to stop').choices(HALT_MODES).default('halted'),
    )
    .option('-y, --yes', 'flatten without asking')
    .option('--kill-switch', 'pull the kill switch, whether or not risk answers')
    .option('--json', 'JSON instead of a sentence')
    .addHelpText('after', HALT_HELP + exitCodes)
    .action(async ({ mode: haltMode, ...options }: Flags) => {
      const { halt } = await import('./halt.ts');
      result.exitCode = await halt({ ...options, haltMode });
    });
  withSettings(program.command('resume').description('let trades and orders happen again'))
    .requiredOption('--actor <name>', 'who resumes, for the record')
    .requiredOption('--reason <text>', 'why, for the record')
    .addOption(new Option('--to <mode>', 'loosen the halt to this').choices(['reducing', 'halted']))
    .option('--json', 'JSON instead of a sentence')
    .addHelpText('after', RESUME_HELP + exitCodes)
    .action(async (options: ResumeOptions) => {
      const { resume } = await import('./halt.ts');
      result.exitCode = await resume(options);
    });
}

function addStatus(program: Command, { result, withSettings, exitCodes }: CommandParts): void {
  withSettings(program.command('status').description('show whether trading is halted, and why'))
    .option('--json', 'JSON instead of a sentence')
    .addHelpText('after', exitCodes)
    .action(async (options: StatusOptions) => {
      const { status } = await import('./halt.ts');
      result.exitCode = await status(options);
    });
}

const POSITIONS_HELP = `
What fills have made of each account at average cost, marked by the middle of the book, and what
they left of each asset. Ends with 1 while that is not what the ledger has.

Examples:
  ats positions
  ats positions --venue kraken --json`;

function addPositions(program: Command, { result, withConfig, exitCodes }: CommandParts): void {
  withConfig(program.command('positions').description('show positions and profit of record'))
    .option('--account <name>', 'this account alone')
    .option('--venue <name>', 'this venue alone')
    .option('--instrument <pair>', 'this instrument alone, such as BTC/USDT')
    .option('--json', 'JSON instead of tables')
    .addHelpText('after', POSITIONS_HELP + exitCodes)
    .action(async (options: PositionsOptions) => {
      const { positions } = await import('./positions.ts');
      result.exitCode = await positions(options);
    });
}
