import type { Decimal } from '@ats/domain';
import { stringify } from 'csv-stringify/sync';
import type { ReportTable } from '../../contract.ts';
import type { Report, TradeSums } from '../../domain/report.ts';
import { WATERFALL_STEPS } from '../../domain/report-input.ts';

type Cell = string | number;
type Column<Row> = readonly [head: string, cell: (row: Row) => Cell];

const written = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string =>
  stringify([
    columns.map(([head]) => head),
    ...rows.map((row) => columns.map(([, cell]) => cell(row))),
  ]);

const plain = (value: Decimal): string => value.normalized().toString();

const sums = <Row extends TradeSums>(): readonly Column<Row>[] => [
  ['ended', ({ trades }) => trades],
  ['filled', ({ settled }) => settled],
  ['won', ({ won }) => won],
  ['fees', ({ fees }) => plain(fees)],
  ['kept', ({ profit }) => plain(profit)],
];

/**
 * One table of a report, decimals with all their digits. Times are microseconds since the epoch.
 * It has ids, names of the configuration and figures: no text that a person wrote, so that no
 * cell can be taken for a formula.
 */
export function reportCsv(report: Report, table: ReportTable): string {
  switch (table) {
    case 'trades':
      return tradesCsv(report);
    case 'days':
      return written(
        [
          ['day', ({ day }) => day],
          ...sums<Report['days'][number]>(),
          ['cumulative', ({ cumulative }) => plain(cumulative)],
          ['drawdown', ({ drawdown }) => plain(drawdown)],
        ],
        report.days,
      );
    case 'pairs':
      return written(
        [
          ['buy_venue', ({ buy }) => buy],
          ['sell_venue', ({ sell }) => sell],
          ...sums<Report['pairs'][number]>(),
        ],
        report.pairs,
      );
    case 'assets':
      return written(
        [['asset', ({ asset }) => asset], ...sums<Report['assets'][number]>()],
        report.assets,
      );
    case 'ledger':
      return written(
        [
          ['asset', ({ asset }) => asset],
          ['traded', ({ traded }) => plain(traded)],
          ['fees', ({ fees }) => plain(fees)],
          ['net_by_ledger', ({ net }) => plain(net)],
          ['net_by_trades', ({ byTrades }) => plain(byTrades)],
          ['elsewhere', ({ elsewhere }) => plain(elsewhere)],
        ],
        report.ledger.assets,
      );
    case 'fees':
      return written(
        [
          ['venue', ({ venue }) => venue],
          ['asset', ({ asset }) => asset],
          ['paid', ({ paid }) => plain(paid)],
        ],
        report.ledger.fees,
      );
  }
}

function tradesCsv({ trades }: Report): string {
  return written(
    [
      ['trade_id', ({ tradeId }) => tradeId],
      ['state', ({ state }) => state],
      ['reason', ({ reason }) => reason],
      ['origin', ({ origin }) => origin],
      ['created_at_us', ({ createdAtUs }) => createdAtUs],
      ['ended_at_us', ({ endedAtUs }) => endedAtUs],
      ['base', ({ base }) => base],
      ['buy_venue', ({ buyVenue }) => buyVenue],
      ['sell_venue', ({ sellVenue }) => sellVenue],
      ['quantity', ({ quantity }) => quantity],
      ['numeraire', ({ numeraire }) => numeraire],
      ...WATERFALL_STEPS.map(
        (step): Column<Report['trades'][number]> => [step, (row) => row.waterfall?.[step] ?? ''],
      ),
      ['unhedged_usd_seconds', ({ unhedgedUsdSeconds }) => unhedgedUsdSeconds],
    ],
    trades,
  );
}
