import { type Command, Option } from 'commander';
import { parseDuration, parseInteger } from '../app/durations.ts';
import { parseUtcTime } from '../app/utc-time.ts';
import type { LookAheadFlags, OptimiseFlags, WalkForwardFlags } from './backtest-optimise.ts';
import type { CommandParts } from './command-parts.ts';

const PARAM_HELP = `
--param PATH=RANGE names a setting and what to try of it:
  engine.minEdgeBps=1:10:1             from 1 to 10 in steps of 1; without a step in tenths
  engine.bookDepth=int:5:20:5          whole numbers
  engine.recheckMs=log:10:1000:10      by factors
  engine.strategy=choice:cross-exchange,triangular

A finished trial is kept at once: run again, the same command goes on after the last one. With many
trials the best is partly luck; the deflated Sharpe ratio says how much.`;

const OPTIMISE_HELP = `${PARAM_HELP}

Examples:
  ats backtest optimise --tape morning --param engine.minEdgeBps=1:10:1
  ats backtest optimise --tape morning --method direct --trials 60 \\
      --param engine.minEdgeBps=1:10 --param engine.notionalMax=log:500:20000
  ats backtest optimise --tape morning --method random --trials 200 \\
      --param engine.minEdgeBps=1:10 --param engine.notionalMax=log:500:20000 --html map.html`;

const WALK_HELP = `${PARAM_HELP}

Examples:
  ats backtest walk-forward --tape month --in-sample 7d --out-of-sample 1d \\
      --param engine.minEdgeBps=1:10:1`;

const CHECK_HELP = `
The run is made once over the whole tapes and again over shorter ones. What happened before a cut
must be the same to the byte; what is not has seen the future, or differs by itself. Exit code 1
where something was found. A strategy that reads recordings by itself is not found.`;

/** Adds searches and checks to the group `backtest`, which is made where it is not there. */
export function addBacktestSearch(program: Command, parts: CommandParts): void {
  const { result, withSettings, exitCodes, collect } = parts;
  const group =
    program.commands.find((one) => one.name() === 'backtest') ??
    program.command('backtest').description('play recorded markets through the code that trades');
  const command = (name: string, description: string, help: string): Command =>
    withSettings(group.command(name).description(description))
      .option('--tape <name>', 'a stored tape or a file; repeatable', collect, [])
      .option('--from <time>', 'from this receive time on, UTC', parseUtcTime)
      .option('--to <time>', 'before this receive time, UTC', parseUtcTime)
      .option('--strategy <name>', 'what decides; default: as configured')
      .option('--seed <number>', 'of latencies, refusals and random searches', parseInteger, 1)
      .option('--json', 'JSON instead of tables')
      .exitOverride()
      .addHelpText('after', help + exitCodes);
  const searching = (name: string, description: string, help: string): Command =>
    command(name, description, help)
      .option('--param <path=range>', 'a setting to search over; repeatable', collect, [])
      .addOption(
        new Option('--method <name>', 'how; direct goes on where it is good')
          .choices(['grid', 'random', 'direct'])
          .default('grid'),
      )
      .option('--trials <number>', 'how many; of a grid the most', parseInteger, 1000)
      .option('--objective <figure>', 'the figure to search for', 'trading.sharpe')
      .option('--minimise', 'the lower, the better')
      .option('--threads <number>', 'runs at the same time; default: one a core', parseInteger)
      .option(
        '--log <file>',
        'where finished trials are kept; default: in studies, beside the results',
      );
  searching('optimise', 'search settings, and say how far the best is luck', OPTIMISE_HELP)
    .option('--html <file>', 'write the sensitivity maps as one HTML file')
    .action(async (flags: OptimiseFlags) => {
      const { optimiseCommand } = await import('./backtest-optimise.ts');
      result.exitCode = await optimiseCommand(flags);
    });
  searching('walk-forward', 'choose settings in one stretch, judge them in the next', WALK_HELP)
    .requiredOption('--in-sample <time>', 'length of the stretch that chooses', parseDuration)
    .requiredOption('--out-of-sample <time>', 'length of the stretch that judges', parseDuration)
    .option('--anchored', 'choose on all that came before')
    .action(async (flags: WalkForwardFlags) => {
      const { walkForwardCommand } = await import('./backtest-optimise.ts');
      result.exitCode = await walkForwardCommand(flags);
    });
  command('check-lookahead', 'look for a strategy that knows the future', CHECK_HELP)
    .option('--cuts <number>', 'how often the tapes are cut', parseInteger, 3)
    .action(async (flags: LookAheadFlags) => {
      const { lookAheadCommand } = await import('./backtest-optimise.ts');
      result.exitCode = await lookAheadCommand(flags);
    });
}
