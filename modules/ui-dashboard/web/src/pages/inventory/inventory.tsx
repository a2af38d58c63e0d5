import { createColumnHelper } from '@tanstack/react-table';
import type { TFunction } from 'i18next';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { useRpc } from '../../feeds/use-rpc.ts';
import { bare, formatAge, formatNumber, words } from '../../text/format.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Money, Pill } from '../../ui/figures.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import '../../styles/inventory.css';
import { Plan } from './plan.tsx';
import { Reconciliation } from './reconciliation.tsx';

type Runway = Message<'ats.inventory.v1.Runway'>;

const column = createColumnHelper<Runway>();
const EVERY_MS = 5000;
const SERVICE = 'ats.inventory.v1.InventoryService';

/** How long assets last where they are, how to bring them back, and whether venues agree. */
export function Inventory(): ReactNode {
  const { t } = useTranslation();
  const runway = useRpc(SERVICE, 'GetRunway', {}, { everyMs: EVERY_MS });
  const columns = useMemo(
    () => columnsOf(t, runway.data?.numeraire ?? ''),
    [t, runway.data?.numeraire],
  );
  return (
    <>
      <PageHead title={t('Inventory')} />
      <div className="inventory">
        <Panel
          title={t('How long it lasts')}
          of={runway}
          isEmpty={({ runways }) => runways.length === 0}
          empty={
            <p>{t('The ledger has no balance yet: it takes them over when a venue connects.')}</p>
          }
          lines={12}
        >
          {({ runways }) => (
            <DataTable
              label={t('How long it lasts')}
              rows={runways}
              columns={columns}
              rowKey={({ accountId, venue, asset }) => `${accountId} ${venue} ${asset}`}
              height={560}
            />
          )}
        </Panel>
        <div className="column">
          <Plan />
          <Reconciliation />
        </div>
      </div>
    </>
  );
}

const TONES: Partial<Record<Runway['level'], 'good' | 'warn' | 'danger'>> = {
  RUNWAY_LEVEL_EMPTY: 'danger',
  RUNWAY_LEVEL_LOW: 'warn',
  RUNWAY_LEVEL_FINE: 'good',
  RUNWAY_LEVEL_GROWING: 'good',
};

const NEVER = '∞';

/** Infinity does not survive JSON: it comes as null, as NaN does. */
function lasts({ level, secondsToEmpty }: Runway): string {
  if (level === 'RUNWAY_LEVEL_UNKNOWN') return '—';
  if (secondsToEmpty === null || !Number.isFinite(secondsToEmpty)) return NEVER;
  return formatAge(secondsToEmpty * 1000);
}

const columnsOf = (t: TFunction, numeraire: string) => [
  column.accessor('asset', { header: t('Asset') }),
  column.accessor('venue', { header: t('Venue') }),
  column.accessor('available', {
    header: t('Available'),
    meta: { numeric: true },
    enableSorting: false,
    cell: ({ getValue }) => <Money of={getValue()} places={5} />,
  }),
  column.accessor('reserved', {
    header: t('Reserved'),
    meta: { numeric: true, wideOnly: true },
    enableSorting: false,
    cell: ({ getValue }) => <Money of={getValue()} places={5} />,
  }),
  column.accessor('value', {
    header: t('Worth, {{numeraire}}', { numeraire }),
    meta: { numeric: true },
    enableSorting: false,
    cell: ({ getValue }) => <Money of={getValue()} places={2} />,
  }),
  column.accessor(({ inPerHour, outPerHour }) => inPerHour - outPerHour, {
    id: 'net',
    header: t('Net per hour'),
    meta: { numeric: true, wideOnly: true },
    cell: ({ getValue }) => formatNumber(getValue(), 2, true),
  }),
  column.accessor('secondsToEmpty', {
    header: t('Lasts'),
    meta: { numeric: true },
    cell: ({ row }) => lasts(row.original),
  }),
  column.accessor('level', {
    header: t('Level'),
    cell: ({ getValue }) => (
      <Pill tone={TONES[getValue()] ?? 'plain'}>{t(words(bare(getValue(), 'RUNWAY_LEVEL_')))}</Pill>
    ),
  }),
];
