import { type Command, Option } from 'commander';
import { parseDuration, parseRetention } from '../app/durations.ts';
import { parseUtcTime } from '../app/utc-time.ts';
import type { CommandParts } from './command-parts.ts';
import type {
  DataBarsOptions,
  DataGapsOptions,
  DataImportOptions,
  DataOptions,
  DataReadOptions,
} from './data.ts';
import type { TicksSetUpOptions } from './ticks-set-up.ts';

const IMPORT_HELP = `
SOURCE is a file or folder: CSV or Parquet (ours, tardis.dev's, or any with --mapping), frames that
"ats record" wrote, a folder of the tick store, or influxdb://... of one. What a file is follows
from its first line. docs/tape-format.md has every column. Nothing is stored unless all of it is.

Examples:
  ats data import binance_quotes_2021-08-20_BTCUSDT.csv.gz
  ats data import frames.jsonl.gz --name kraken-morning --from 2026-01-31T08:00:00Z
  ats data import link.csv.gz --mapping link.yaml --strict
  ats data import binance_trades.csv.gz --bars 1m --name binance-minutes
  ats data import quotes.csv --market PI_XBTUSD=kraken:BTC/USD`;

const GAPS_HELP = `
A silence is a time without a row of a market. A jump is a venue's own time that falls back.

Examples:
  ats data gaps link-usdt --above 30s
  ats data gaps binance_trades.csv.gz --json`;

const BARS_HELP = `
CSV on stdout: venue, instrument, start_us, length_us, open, high, low, close, volume, rows. Of
trades, or of the middle of the best prices, which has no volume. A span without a row has no bar.

Examples:
  ats data bars link-binance --length 1m > link-minutes.csv
  ats data bars binance_trades.csv.gz --of trades --length 5m --json`;

const SET_UP_HELP = `
Makes in the InfluxDB 2 of tickStore.url what is not there, and changes what is: the bucket, a
second one with bars of a minute, how long each is kept, and the tasks that make the bars.
The token must be allowed to write buckets and tasks. docs/influxdb.md has what is in them.

Example:
  ats data set-up --keep 30d --keep-bars forever`;

/** Adds the commands about tapes. */
export function addData(program: Command, parts: CommandParts): void {
  const { result, withSettings, exitCodes, collect } = parts;
  const data = program.command('data').description('import, list and inspect tapes of markets');
  const command = (usage: string, description: string): Command =>
    withSettings(data.command(usage).description(description))
      .option('--json', 'JSON instead of tables')
      .exitOverride();
  const reading = (usage: string, description: string): Command =>
    command(usage, description)
      .option('--venue <name>', 'only this venue; repeatable', collect, [])
      .option('--instrument <pair>', 'only this pair, such as BTC/USDT; repeatable', collect, [])
      .option('--market <name=market>', 'what a symbol is: XBTUSD=kraken:BTC/USD', collect, [])
      .option('--mapping <file>', 'YAML that says what the columns of a CSV are')
      .option('--from <time>', 'from this receive time on, UTC', parseUtcTime)
      .option('--to <time>', 'before this receive time, UTC', parseUtcTime)
      .option('--strict', 'a bad row is an error instead of being skipped and counted');
  reading('import <source>', 'copy a recording into the local store')
    .option('--name <name>', 'what to call the tape; default: after the file')
    .option('--force', 'take the place of a tape of the same name')
    .option('--bars <time>', 'thin it: a bar of this length, the last book in it', parseDuration)
    .addHelpText('after', IMPORT_HELP + exitCodes)
    .action(async (source: string, options: DataImportOptions) => {
      const { dataImport } = await import('./data.ts');
      result.exitCode = await dataImport(source, options);
    });
  command('list', 'list the tapes of the local store')
    .addHelpText('after', exitCodes)
    .action(async (options: DataOptions) => {
      const { dataList } = await import('./data.ts');
      result.exitCode = await dataList(options);
    });
  reading('inspect <tape>', 'show what a tape holds: ranges, prices, spreads, rates')
    .addHelpText('after', exitCodes)
    .action(async (tape: string, options: DataReadOptions) => {
      const { dataInspect } = await import('./data.ts');
      result.exitCode = await dataInspect(tape, options);
    });
  reading('gaps <tape>', 'show the longest silences of each market')
    .option('--above <time>', 'only silences longer than this', parseDuration, 60_000)
    .addHelpText('after', GAPS_HELP + exitCodes)
    .action(async (tape: string, options: DataGapsOptions) => {
      const { dataGaps } = await import('./data.ts');
      result.exitCode = await dataGaps(tape, options);
    });
  reading('bars <tape>', 'resample a tape to bars of any length, as CSV')
    .requiredOption('--length <time>', 'of each bar, such as 1m', parseDuration)
    .addOption(
      new Option('--of <what>', 'what the bars are made of')
        .choices(['mids', 'trades'])
        .default('mids'),
    )
    .addHelpText('after', BARS_HELP + exitCodes)
    .action(async (tape: string, options: DataBarsOptions) => {
      const { dataBars } = await import('./data.ts');
      result.exitCode = await dataBars(tape, options);
    });
  command('set-up', 'set up InfluxDB: buckets, how long they keep ticks, tasks that thin them')
    .option('--keep <time>', 'how long ticks are kept, or "forever"', parseRetention, 2_592_000_000)
    .option('--keep-bars <time>', 'how long bars are kept, or "forever"', parseRetention, 0)
    .addHelpText('after', SET_UP_HELP + exitCodes)
    .action(async (options: TicksSetUpOptions) => {
      const { ticksSetUp } = await import('./ticks-set-up.ts');
      result.exitCode = await ticksSetUp(options);
    });
}
