import { Command, Option } from 'commander';
import { BACKTEST_PARTS, benchBacktest } from './backtest/backtest.ts';
import { benchDashboard, DASHBOARD_PARTS } from './dashboard/dashboard.ts';
import { benchFanout, FANOUT_PARTS } from './dashboard/fanout.ts';
import { benchLocks, LOCK_PARTS } from './locks/locks.ts';
import { benchMarket, MARKET_PARTS } from './market/market.ts';
import { benchOrders, ORDER_PARTS } from './orders/orders.ts';
import { type BenchOptions, markdownReport, printReport, type Report } from './report.ts';
import { benchRisk, RISK_PARTS } from './risk/risk.ts';

const BENCHES: Readonly<Record<string, (options: BenchOptions) => Promise<Report>>> = {
  backtest: benchBacktest,
  dashboard: benchDashboard,
  fanout: benchFanout,
  locks: benchLocks,
  market: benchMarket,
  orders: benchOrders,
  risk: benchRisk,
};

const program = new Command('bench')
  .description('Measures the hot paths against floors taken in the same run.')
  .argument('[bench]', `one of ${Object.keys(BENCHES).join(', ')}; all of them unless named`)
  .option('--tiny', 'a few seconds, to show that the benches work; figures mean nothing')
  .addOption(
    new Option('--only <part...>', 'these parts alone')
      .choices([
        ...[...MARKET_PARTS, ...ORDER_PARTS, ...RISK_PARTS, ...BACKTEST_PARTS],
        ...[...FANOUT_PARTS, ...DASHBOARD_PARTS, ...LOCK_PARTS],
      ])
      .default([]),
  )
  .addOption(new Option('--json', 'one JSON document on stdout').conflicts('markdown'))
  .option('--markdown', 'tables for docs/performance.md on stdout')
  .addHelpText('after', '\nExit codes: 0 every target met (or --tiny), 1 a target missed.')
  .action(
    async (
      name: string | undefined,
      options: { tiny?: true; json?: true; markdown?: true; only: string[] },
    ) => {
      const chosen = name === undefined ? Object.keys(BENCHES) : [name];
      const reports: Report[] = [];
      for (const one of chosen) {
        const bench = BENCHES[one];
        if (bench === undefined) {
          return program.error(
            `no bench is called "${one}"; there is ${Object.keys(BENCHES).join(', ')}`,
            {
              exitCode: 2,
            },
          );
        }
        reports.push(await bench({ tiny: options.tiny === true, only: options.only }));
      }
      const print = options.markdown ? markdownReport : printReport;
      const text = options.json ? JSON.stringify(reports) : reports.map(print).join('\n\n');
      process.stdout.write(`${text}\n`);
      const missed = reports.some(({ figures }) => figures.some(({ met }) => !met));
      process.exitCode = missed && options.tiny !== true ? 1 : 0;
    },
  );

await program.parseAsync();
