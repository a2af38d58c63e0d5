import type { CSSProperties, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Message } from '../../../src/contract.ts';
import type { Matrix } from '../feeds/streams.ts';
import { formatNumber } from '../text/format.ts';
import { bestCells, edgeBps, pairKey, tintOf } from '../text/matrix.ts';
import { Age } from './figures.tsx';

type SpreadCell = Message<'ats.opportunity.v1.SpreadCell'>;

interface SpreadMatrixProps {
  readonly matrix: Matrix;
  readonly venues: readonly string[];
  /** Empty for the best of all. */
  readonly base: string;
}

/** Rows: where would be bought. Columns: where would be sold. Cells: what would be kept, in bps. */
export function SpreadMatrix({ matrix, venues, base }: SpreadMatrixProps): ReactNode {
  const { t } = useTranslation();
  const best = bestCells(matrix.cells.values(), base);
  return (
    <div className="matrix-scroll">
      <table className="matrix">
        <caption className="faint">{t('Net edge in bps: rows buy, columns sell')}</caption>
        <thead>
          <tr>
            <td />
            {venues.map((venue) => (
              <th key={venue} scope="col">
                {venue}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {venues.map((buy) => (
            <tr key={buy}>
              <th scope="row">{buy}</th>
              {venues.map((sell) => (
                <MatrixCell key={sell} same={buy === sell} cell={best.get(pairKey(buy, sell))} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface MatrixCellProps {
  readonly same: boolean;
  readonly cell: SpreadCell | undefined;
}

function MatrixCell({ same, cell }: MatrixCellProps): ReactNode {
  const { t } = useTranslation();
  if (same) return <td className="same" aria-hidden="true" />;
  const bps = cell === undefined ? undefined : edgeBps(cell);
  if (cell === undefined || bps === undefined) {
    return (
      <td className="none">
        <span title={t('No books to compare')}>—</span>
      </td>
    );
  }
  const tint = `rgb(var(${bps > 0 ? '--gain-rgb' : '--loss-rgb'}) / ${tintOf(bps)})`;
  const params = new URLSearchParams({
    buy: `${cell.buyVenue} ${cell.buyInstrument}`,
    sell: `${cell.sellVenue} ${cell.sellInstrument}`,
  });
  return (
    <td
      className={cell.stale ? 'stale' : ''}
      style={cell.stale ? {} : ({ '--cell': tint } as CSSProperties)}
    >
      <Link
        to={`/markets?view=pair&${params}`}
        title={cell.sized ? '' : t('Books are thinner than the size')}
      >
        <span className="number">
          {formatNumber(bps, 1, true)}
          {cell.sized ? '' : '*'}
        </span>
        <small>
          {cell.base} <Age atUs={cell.bookAtUs} />
        </small>
      </Link>
    </td>
  );
}
