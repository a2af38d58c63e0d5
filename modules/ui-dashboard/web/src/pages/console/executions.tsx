import { createColumnHelper } from '@tanstack/react-table';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { type Places, usePlaces } from '../../feeds/markets.ts';
import { useSession } from '../../feeds/session.tsx';
import { orderEventsSpec } from '../../feeds/streams.ts';
import { useLiveLoadable } from '../../feeds/use-live.ts';
import type { Fill } from '../../text/fills.ts';
import { fillsOf } from '../../text/fills.ts';
import { bare, formatClock, words } from '../../text/format.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Money } from '../../ui/figures.tsx';
import { Panel } from '../../ui/panel.tsx';

const HEIGHT_PX = 280;
const column = createColumnHelper<Fill>();

/** The fills of the account since this page was opened, newest first. */
export function Executions(): ReactNode {
  const { t } = useTranslation();
  const { system } = useSession();
  const places = usePlaces();
  const spec = useMemo(() => orderEventsSpec(system.account), [system.account]);
  const of = useLiveLoadable(spec, { quiet: true });
  const fills = useMemo(() => fillsOf(of.data?.state.values() ?? []).toReversed(), [of.data]);
  const columns = useMemo(() => columnsOf(t, places), [t, places]);
  return (
    <Panel
      title={t('Executions')}
      actions={<span className="faint">{t('since this page was opened')}</span>}
      of={of}
      isEmpty={() => fills.length === 0}
      empty={<p>{t('Nothing has filled since you opened this page.')}</p>}
      lines={3}
    >
      {() => (
        <DataTable
          label={t('Executions')}
          rows={fills}
          columns={columns}
          rowKey={({ order }) => `${order.orderId} ${order.version}`}
          height={HEIGHT_PX}
        />
      )}
    </Panel>
  );
}

const columnsOf = (
  t: (text: string) => string,
  places: (market: Fill['order']['terms']) => Places,
) => [
  column.accessor('atUs', {
    header: t('Time'),
    cell: ({ getValue }) => <span className="muted">{formatClock(getValue())}</span>,
  }),
  column.accessor(({ order }) => `${order.terms?.instrument} · ${order.terms?.venue}`, {
    id: 'market',
    header: t('Market'),
  }),
  column.accessor(({ order }) => t(words(bare(order.terms?.side ?? '', 'ORDER_SIDE_'))), {
    id: 'side',
    header: t('Side'),
  }),
  column.accessor('quantity', {
    header: t('Quantity'),
    meta: { numeric: true },
    enableSorting: false,
    cell: ({ row: { original }, getValue }) => (
      <Money of={getValue()} places={places(original.order.terms).quantity} />
    ),
  }),
  column.accessor('price', {
    header: t('Price'),
    meta: { numeric: true },
    enableSorting: false,
    cell: ({ row: { original }, getValue }) => (
      <Money of={getValue()} places={places(original.order.terms).price} />
    ),
  }),
];
