import { createColumnHelper } from '@tanstack/react-table';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import type { Message } from '../../../../src/contract.ts';
import { useTrades } from '../../feeds/lists.ts';
import { isOpen, unhedgedQuantity } from '../../text/trades.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Age, Money } from '../../ui/figures.tsx';
import { Panel } from '../../ui/panel.tsx';
import { TradeStatePill } from '../../ui/trade-state.tsx';

type Trade = Message<'ats.execution.v1.ArbitrageTrade'>;

const column = createColumnHelper<Trade>();
const OPEN_LIMIT_MS = 5000;

export function OpenTrades(): ReactNode {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const trades = useTrades();
  const open = useMemo(() => (trades.data ?? []).filter(isOpen), [trades.data]);
  const columns = useMemo(
    () => [
      column.accessor('base', { header: t('Asset') }),
      column.display({ id: 'legs', header: t('Legs'), cell: ({ row }) => legsOf(row.original) }),
      column.accessor('state', {
        header: t('State'),
        cell: ({ row }) => <TradeStatePill state={row.original.state} />,
      }),
      column.display({
        id: 'unhedged',
        header: t('Unhedged'),
        meta: { numeric: true },
        cell: ({ row }) => <Money of={unhedgedQuantity(row.original)} unit={row.original.base} />,
      }),
      column.accessor('createdAtUs', {
        header: t('Age'),
        meta: { numeric: true },
        cell: ({ getValue }) => <Age atUs={getValue()} limitMs={OPEN_LIMIT_MS} />,
      }),
    ],
    [t],
  );
  return (
    <Panel
      title={t('Open trades')}
      actions={<Link to="/trades">{t('All trades')}</Link>}
      of={trades}
      isEmpty={() => open.length === 0}
      empty={<p>{t('No trade is open: nothing is unhedged.')}</p>}
      lines={6}
      className="open-trades"
    >
      {() => (
        <DataTable
          label={t('Open trades')}
          rows={open}
          columns={columns}
          rowKey={({ tradeId }) => tradeId}
          onOpen={({ tradeId }) => void navigate(`/trades/${tradeId}`)}
        />
      )}
    </Panel>
  );
}

const legsOf = ({ legs }: Trade): string => legs.map(({ venue }) => venue).join(' → ') || '—';
