import { type Command, Option } from 'commander';
import type { CommandParts } from './command-parts.ts';
import type { ReportOptions } from './report.ts';

/** The tables of `REPORT_TABLES`: help is shown without loading the dashboard. */
const TABLES = ['trades', 'days', 'pairs', 'assets', 'ledger', 'fees'];

const REPORT_HELP = `
Whole days in UTC, of a system that runs: profit by day, drawdown, where the edge went, venue pairs,
assets, fees, trades and the ledger. A trade counts on the day on which it ended.

Examples:
  ats report --from 2026-11-23 --pdf day.pdf
  ats report --from 2026-11-01 --to 2026-11-30 --pdf november.pdf --csv november.csv
  ats report --from 2026-11-01 --to 2026-11-30 --table days --csv days.csv`;

/** Adds the command that writes reports of days and periods. */
export function addReport(program: Command, { result, withConfig, exitCodes }: CommandParts): void {
  withConfig(program.command('report').description('write a report of days as PDF or CSV'))
    .requiredOption('--from <day>', 'the first day, such as 2026-11-01, UTC')
    .option('--to <day>', 'the last day, itself included; default: the first')
    .option('--pdf <file>', 'write the PDF to this file')
    .option('--csv <file>', 'write one table as CSV to this file')
    .addOption(new Option('--table <name>', 'which table').choices(TABLES).default('trades'))
    .addHelpText('after', REPORT_HELP + exitCodes)
    .action(async (options: ReportOptions) => {
      const { report } = await import('./report.ts');
      result.exitCode = await report(options);
    });
}
