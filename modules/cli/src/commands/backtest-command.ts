import { type Command, Option } from 'commander';
import { parseInteger } from '../app/durations.ts';
import { parseUtcTime } from '../app/utc-time.ts';
import type {
  CompareOptions,
  ExportOptions,
  ListOptions,
  RunOptions,
  ShowOptions,
} from './backtest.ts';
import type { CommandParts } from './command-parts.ts';

const BACKTEST_HELP = `
Plays recorded tapes through the code that trades, on virtual time. The same tapes, settings and
seed give the same result under the same id. Results are kept in backtest.resultFolder.

Examples:
  ats backtest run --tape btc-2021-08-20 --strategy cross-exchange --report report.html
  ats backtest run --tape binance.csv.gz --tape huobi.csv.gz --set engine.minEdgeBps=2 --name tight
  ats backtest list
  ats backtest show tight --html tight.html
  ats backtest compare tight wide --html both.html
  ats backtest export tight --format csv --out ./tight`;

/** Adds `backtest` with all that is under it. */
export function addBacktest(program: Command, parts: CommandParts): void {
  const { withSettings, exitCodes } = parts;
  const backtest = program
    .command('backtest')
    .description('play recorded markets through the code that trades, and see what it earned')
    .enablePositionalOptions()
    .addHelpText('after', BACKTEST_HELP + exitCodes);
  const under = (name: string, description: string): Command =>
    withSettings(backtest.command(name).description(description))
      .exitOverride()
      .addHelpText('after', exitCodes);
  addRun(under('run', 'run a strategy over tapes, and keep the result'), parts);
  addReaders(under, parts.result);
}

function addRun(run: Command, parts: CommandParts): void {
  run
    .option('--tape <name>', 'a stored tape or a file; repeatable', parts.collect, [])
    .option(
      '--from <time>',
      'such as 2021-08-20T00:00Z; default: the start of the tapes',
      parseUtcTime,
    )
    .option('--to <time>', 'the same, exclusive; default: the end of the tapes', parseUtcTime)
    .option('--strategy <name>', 'what decides; default: as configured')
    .option('--seed <number>', 'of latencies and refusals', parseInteger, 1)
    .option('--name <text>', 'a name to find the run by', '')
    .option('--report <file.html>', 'write the report as one HTML file')
    .option('--csv <folder>', 'write trades.csv and equity.csv')
    .option('--json', 'the report as JSON on stdout instead of tables')
    .action(async (options: RunOptions) => {
      const { runCommand } = await import('./backtest-run.ts');
      parts.result.exitCode = await runCommand(options);
    });
}

function addReaders(
  under: (name: string, description: string) => Command,
  result: { exitCode: number },
): void {
  under('list', 'the runs that are kept, newest first')
    .option('--json', 'JSON instead of a table')
    .action(async (options: ListOptions) => {
      const { listRuns } = await import('./backtest.ts');
      result.exitCode = await listRuns(options);
    });
  under('show <run>', 'what a run earned, why, and every figure of it')
    .option('--html <file>', 'write the report as one HTML file')
    .option('--json', 'JSON instead of tables')
    .action(async (run: string, options: ShowOptions) => {
      const { showRun } = await import('./backtest.ts');
      result.exitCode = await showRun(run, options);
    });
  under('compare <run> <other...>', 'runs side by side: settings and figures that differ')
    .option('--html <file>', 'write the comparison as one HTML file')
    .option('--json', 'JSON instead of tables')
    .action(async (run: string, others: string[], options: CompareOptions) => {
      const { compareStored } = await import('./backtest.ts');
      result.exitCode = await compareStored([run, ...others], options);
    });
  under('export <run>', 'a run as files for other programs')
    .addOption(
      new Option('--format <name>', 'what to write')
        .choices(['json', 'csv', 'html'])
        .makeOptionMandatory(),
    )
    .option('--out <path>', 'a file, or for csv a folder; default: stdout, or the folder <run>')
    .action(async (run: string, options: ExportOptions) => {
      const { exportRun } = await import('./backtest.ts');
      result.exitCode = await exportRun(run, options);
    });
}
