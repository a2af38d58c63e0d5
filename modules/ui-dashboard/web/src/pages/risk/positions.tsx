import { createColumnHelper } from '@tanstack/react-table';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { positionsSpec } from '../../feeds/streams.ts';
import { useLiveLoadable } from '../../feeds/use-live.ts';
import { signOf } from '../../text/decimal-text.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Age, Money } from '../../ui/figures.tsx';
import { Panel } from '../../ui/panel.tsx';

type Position = Message<'ats.risk.v1.Position'>;

const column = createColumnHelper<Position>();
const MARK_LIMIT_MS = 30_000;
const PRICE_PLACES = 4;

/** What fills have made of each market, marked by its book. */
export function Positions(): ReactNode {
  const { t } = useTranslation();
  const of = useLiveLoadable(positionsSpec);
  const rows = useMemo(
    () =>
      [...(of.data?.state.values() ?? [])].filter(
        ({ quantity, realised }) => signOf(quantity) !== 0 || signOf(realised) !== 0,
      ),
    [of.data],
  );
  const columns = useMemo(() => columnsOf(t), [t]);
  return (
    <Panel
      title={t('Positions')}
      of={of}
      isEmpty={() => rows.length === 0}
      empty={<p>{t('No position: nothing was traded yet.')}</p>}
      lines={6}
      className="whole"
    >
      {() => (
        <DataTable
          label={t('Positions')}
          rows={rows}
          columns={columns}
          rowKey={({ accountId, venue, instrument }) => `${accountId} ${venue} ${instrument}`}
        />
      )}
    </Panel>
  );
}

const money = (header: string, places: number | undefined, toned: boolean) => ({
  header,
  meta: { numeric: true },
  enableSorting: false,
  cell: ({ getValue }: { getValue: () => string }) => (
    <Money of={getValue()} {...(places === undefined ? {} : { places })} toned={toned} />
  ),
});

const columnsOf = (t: (text: string) => string) => [
  column.accessor('instrument', { header: t('Market') }),
  column.accessor('venue', { header: t('Venue') }),
  column.accessor('quantity', money(t('Quantity'), undefined, false)),
  column.accessor('averagePrice', {
    ...money(t('Average price'), PRICE_PLACES, false),
    meta: { numeric: true, wideOnly: true },
  }),
  column.accessor('mark', money(t('Mark'), PRICE_PLACES, false)),
  column.accessor('unrealised', money(t('Unrealised'), 2, true)),
  column.accessor('realised', money(t('Realised'), 2, true)),
  column.accessor('markedAtUs', {
    header: t('Age'),
    meta: { numeric: true },
    cell: ({ getValue }) => <Age atUs={getValue()} limitMs={MARK_LIMIT_MS} />,
  }),
];
