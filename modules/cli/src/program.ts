import { ATS_VERSION } from '@ats/runtime';
import { Command, Option } from 'commander';
import { parseBps, parseDuration, parseInteger, parseSpeed } from './app/durations.ts';
import { addAccess } from './commands/access-commands.ts';
import { addAudit } from './commands/audit-command.ts';
import { addBacktest } from './commands/backtest-command.ts';
import { addBacktestSearch } from './commands/backtest-optimise-command.ts';
import { addBackup } from './commands/backup-command.ts';
import { addConfig } from './commands/config-command.ts';
import { addData } from './commands/data-command.ts';
import type { DoctorOptions } from './commands/doctor.ts';
import { addInventory } from './commands/inventory-command.ts';
import { addLimits } from './commands/limits-command.ts';
import { addNotify } from './commands/notify-command.ts';
import { addOperatorCommands } from './commands/operator-commands.ts';

import { addParity } from './commands/parity-command.ts';

import { addPredict } from './commands/predict-command.ts';
import type { RecordOptions } from './commands/record.ts';
import type { ReplayOptions } from './commands/replay.ts';
import { addReport } from './commands/report-command.ts';
import type { UpOptions } from './commands/up.ts';

const EXIT_CODES = `
Exit codes:
  0  all went well
  1  something broke while running: an invariant, a service, a drain that took too long
  2  the input was wrong: a flag, a setting, a file, a port in use; nothing was started`;

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

/** Options that every command which reads the configuration takes. */
function withSettings(command: Command): Command {
  return command
    .option('-c, --config <file>', 'settings in YAML, over the defaults and the profile')
    .option(
      '-s, --set <key=value>',
      'one setting, such as engine.minEdgeBps=5; repeatable',
      collect,
      [],
    )
    .addOption(
      new Option('--profile <name>', 'how services are composed').choices([
        'embedded',
        'distributed',
      ]),
    );
}

/** The same, with the market that a system runs on. */
function withConfig(command: Command): Command {
  return withSettings(command)
    .addOption(
      new Option('--mode <name>', 'which market to watch').choices(['sim', 'paper', 'live']),
    )
    .option('--seed <number>', 'seed of the simulated market', parseInteger);
}

const summaryOption = (): Option =>
  new Option('--summary <format>', 'print one document at the end, alone on stdout').choices([
    'json',
  ]);

export interface ProgramResult {
  exitCode: number;
}

/**
 * The command line. Each command's code is loaded when it is called: help stays instant.
 * @param result takes the exit code of the command that ran
 */
export function createProgram(result: ProgramResult): Command {
  const program = new Command('ats')
    .description('Watches one market on many exchanges and explains every price difference.')
    .version(ATS_VERSION, '-V, --version', 'print the version')
    // A command's subcommands have flags of the same names as the command itself.
    .enablePositionalOptions()
    .helpOption('-h, --help', 'show help; "ats help <command>" for one command')
    .showHelpAfterError('(run "ats --help" to see what there is)')
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
    .addHelpText(
      'after',
      `
Examples:
  ats up                                        five simulated exchanges, live in the terminal
  ats up --duration 20s --seed 7 --summary json one JSON document at the end
  ats up --profile distributed --with-engines   one process per service, servers started here
  ats up --mode paper                           the real exchanges' data, orders filled on paper
  ats halt --actor ann --reason "odd prices"    no new orders on the system that runs
  ats replay --frames kraken.jsonl.gz           what a recording says, through the real adapter
${EXIT_CODES}`,
    );

  addUp(program, result);
  addRecord(program, result);
  addReplay(program, result);
  const parts = { result, withConfig, withSettings, exitCodes: EXIT_CODES, collect };
  const groups = [
    addConfig,
    addOperatorCommands,
    addInventory,
    addLimits,
    addAccess,
    addNotify,
    addAudit,
    addBackup,
    addReport,
  ];
  const backtests = [addData, addBacktest, addParity, addBacktestSearch, addPredict];
  for (const add of [...groups, ...backtests]) add(program, parts);
  addDoctor(program, result);
  return program;
}

const ENGINES_FOLDER = 'data/engines';

type UpFlags = Omit<UpOptions, 'withEngines'> & { readonly withEngines?: string | true };

function addUp(program: Command, result: ProgramResult): void {
  withConfig(program.command('up').description('start everything and watch it'))
    .option(
      '--duration <time>',
      'stop after 500ms, 20s, 5m or 1h; default: until Ctrl-C',
      parseDuration,
    )
    .addOption(summaryOption())
    .option('--plain', 'JSON lines instead of the live view, also on a terminal')
    .option('--record-session <folder>', 'keep what "ats parity" replays')
    .option(
      '--with-engines [folder]',
      'profile distributed: also start its servers on this machine',
    )
    .option('--no-simulator', 'mode sim: the exchanges run already, where venues.* says')
    .addHelpText(
      'after',
      `
On a terminal a live view is drawn; otherwise JSON lines are printed. Ctrl-C drains and prints
the summary; a second Ctrl-C leaves at once. Logs go to ./data/logs while the view is drawn.
${EXIT_CODES}`,
    )
    .action(async (options: UpFlags) => {
      const { up } = await import('./commands/up.ts');
      const { withEngines, ...rest } = options;
      const folder = withEngines === true ? ENGINES_FOLDER : withEngines;
      result.exitCode = await up({
        ...rest,
        ...(folder === undefined ? {} : { withEngines: folder }),
      });
    });
}

function addRecord(program: Command, result: ProgramResult): void {
  withConfig(
    program.command('record').description('record what the exchanges send, frame by frame'),
  )
    .requiredOption('-o, --out <file>', 'where to write, gzip, such as frames.jsonl.gz')
    .option('--venue <name>', 'only this venue; repeatable', collect, [])
    .option('--duration <time>', 'stop after this time; default: until Ctrl-C', parseDuration)
    .addHelpText('after', EXIT_CODES)
    .action(async (options: RecordOptions) => {
      const { record } = await import('./commands/record.ts');
      result.exitCode = await record(options);
    });
}

function addReplay(program: Command, result: ProgramResult): void {
  program
    .command('replay')
    .description('feed a recording through the production code')
    .option('--frames <file>', 'frames that "ats record" wrote, plain or gzip')
    .option('--tape <file>', 'wide book CSV of one venue, plain or gzip; give two', collect, [])
    .option('--fees-bps <number>', 'taker fee of every tape, basis points a side', parseBps, '0')
    .option('--speed <speed>', 'max, or a factor: 1 is as recorded', parseSpeed, 'max')
    .option('--serve <port>', 'serve the frames on a local socket, for a collector', parseInteger)
    .addOption(summaryOption())
    .addHelpText(
      'after',
      `
Examples:
  ats replay --frames kraken.jsonl.gz --summary json
  ats replay --tape binance.csv.gz --tape huobi.csv.gz --fees-bps 2 --summary json
${EXIT_CODES}`,
    )
    .action(async (options: ReplayOptions) => {
      const { replay } = await import('./commands/replay.ts');
      result.exitCode = await replay(options);
    });
}

const DOCTOR_HELP = `
Node, settings, disk, ports, engines, clock, keys, master key, certificates: all at once, each
within its time. Ends with 1 when something would stop trading; warnings do not.
`;

function addDoctor(program: Command, result: ProgramResult): void {
  withConfig(program.command('doctor').description('check all that a run needs, with remedies'))
    .addOption(summaryOption().hideHelp())
    .option('--json', 'JSON instead of text')
    .addHelpText('after', DOCTOR_HELP + EXIT_CODES)
    .action(async (options: DoctorOptions) => {
      const { doctor } = await import('./commands/doctor.ts');
      result.exitCode = await doctor(options);
    });
}
