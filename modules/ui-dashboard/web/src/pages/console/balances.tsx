import { createColumnHelper } from '@tanstack/react-table';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { useSession } from '../../feeds/session.tsx';
import { useRpc } from '../../feeds/use-rpc.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Money } from '../../ui/figures.tsx';
import { Panel } from '../../ui/panel.tsx';

type Balance = Message<'ats.ledger.v1.Balance'>;

const column = createColumnHelper<Balance>();
const EVERY_MS = 3000;
const HEIGHT_PX = 300;

/** What the ledger has at each venue: free, and held for open orders. */
export function Balances(): ReactNode {
  const { t } = useTranslation();
  const { system } = useSession();
  const request = { accountId: system.account };
  const of = useRpc('ats.ledger.v1.LedgerService', 'GetBalances', request, { everyMs: EVERY_MS });
  const columns = useMemo(
    () => [
      column.accessor('venue', { header: t('Venue') }),
      column.accessor('asset', { header: t('Asset') }),
      column.accessor('available', {
        header: t('Available'),
        meta: { numeric: true },
        enableSorting: false,
        cell: ({ getValue }) => <Money of={getValue()} places={8} />,
      }),
      column.accessor('reserved', {
        header: t('Reserved'),
        meta: { numeric: true },
        enableSorting: false,
        cell: ({ getValue }) => <Money of={getValue()} places={8} />,
      }),
    ],
    [t],
  );
  return (
    <Panel
      title={t('Balances')}
      of={of}
      isEmpty={({ balances }) => balances.length === 0}
      empty={<p>{t('The ledger has nothing of this account.')}</p>}
      lines={6}
    >
      {({ balances }) => (
        <DataTable
          label={t('Balances')}
          rows={balances}
          columns={columns}
          rowKey={({ venue, asset }) => `${venue} ${asset}`}
          height={HEIGHT_PX}
        />
      )}
    </Panel>
  );
}
