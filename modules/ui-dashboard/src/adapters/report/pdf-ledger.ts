import type { Content } from 'pdfmake/interfaces.js';
import type { LedgerAssetRow, LedgerFindings } from '../../domain/ledger-tally.ts';
import type { Report } from '../../domain/report.ts';
import { type Column, section, tableOf } from './pdf-table.ts';
import { count, timeText, units } from './report-text.ts';

const NAMED_MAX = 5;

const assetColumns: readonly Column<LedgerAssetRow>[] = [
  { head: 'asset', align: 'left', wide: true, cell: ({ asset }) => asset },
  { head: 'traded', align: 'right', cell: ({ traded }) => units(traded) },
  { head: 'fees', align: 'right', cell: ({ fees }) => units(fees) },
  { head: 'net by ledger', align: 'right', cell: ({ net }) => units(net) },
  { head: 'net by trades', align: 'right', cell: ({ byTrades }) => units(byTrades) },
  { head: 'elsewhere', align: 'right', cell: ({ elsewhere }) => units(elsewhere) },
];

const feeColumns: readonly Column<LedgerFindings['fees'][number]>[] = [
  { head: 'venue', align: 'left', cell: ({ venue }) => venue },
  { head: 'asset', align: 'left', wide: true, cell: ({ asset }) => asset },
  { head: 'paid', align: 'right', cell: ({ paid }) => units(paid) },
];

type Verdict = Report['booksNow']['venues'][number];

const verdictColumns: readonly Column<Verdict>[] = [
  { head: 'venue', align: 'left', cell: ({ venue }) => venue },
  {
    head: 'with the ledger',
    align: 'left',
    wide: true,
    cell: ({ open, reason }) => (open ? 'agrees' : reason),
  },
  { head: 'differences', align: 'right', cell: ({ differences }) => count(differences) },
  {
    head: 'compared, UTC',
    align: 'right',
    cell: ({ comparedAtUs }) => (comparedAtUs === 0 ? 'never' : timeText(comparedAtUs)),
  },
];

/** Fees as they were paid, and whether the books hold. */
export function ledgerSections({ ledger, booksNow }: Report): Content {
  const { entries, unbalanced, assets, fees } = ledger;
  const named = unbalanced.slice(0, NAMED_MAX).join(', ');
  const sound: Content =
    unbalanced.length === 0
      ? { text: `${count(entries)} entries; each sums to zero in every asset.` }
      : {
          text:
            `${count(unbalanced.length)} of ${count(entries)} entries ` +
            `do not sum to zero: ${named}`,
          style: 'wrong',
        };
  const agrees: Content = booksNow.agrees
    ? { text: 'When this was made, positions made of fills and the ledger came to the same.' }
    : { text: 'When this was made, positions and the ledger did not agree.', style: 'wrong' };
  const explained: Content = {
    text:
      'Units of each asset, by fills of the period. Elsewhere is what trades of the period do ' +
      'not explain: orders of people, and trades that began before it or ended after it.',
    style: 'small',
    margin: [0, 2, 0, 4],
  };
  return [
    fees.length === 0 ? [] : section('Fees paid', tableOf(feeColumns, fees)),
    section(
      'Ledger check',
      sound,
      agrees,
      ...(assets.length === 0 ? [] : [explained, tableOf(assetColumns, assets)]),
    ),
    booksNow.venues.length === 0
      ? []
      : section('Venues against the ledger, now', tableOf(verdictColumns, booksNow.venues)),
  ];
}
