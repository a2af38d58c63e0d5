import { createColumnHelper } from '@tanstack/react-table';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { serverNowUs } from '../../adapters/live-socket.ts';
import { useRpc } from '../../feeds/use-rpc.ts';
import { formatMoment } from '../../text/format.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Panel } from '../../ui/panel.tsx';

type AuditRecord = Message<'ats.audit.v1.AuditRecord'>;

const column = createColumnHelper<AuditRecord>();
const LIMIT = 500;
const DAY_US = 86_400_000_000;
const SCHEMA = 'ats.access.v1.AccessEvent';

/** Who did what, or tried: the append-only log, out of the archive. */
export function AccessLog(): ReactNode {
  const { t } = useTranslation();
  const request = useMemo(() => ({ fromUs: Math.round(serverNowUs() - DAY_US), limit: LIMIT }), []);
  const of = useRpc('ats.audit.v1.AuditService', 'QueryRecords', request);
  const records = useMemo(
    () => (of.data?.records ?? []).filter(({ schema }) => schema === SCHEMA).toReversed(),
    [of.data],
  );
  const columns = useMemo(
    () => [
      column.accessor('loggedAtUs', {
        header: t('When'),
        cell: ({ getValue }) => formatMoment(getValue()),
      }),
      column.accessor('key', { header: t('Who') }),
      column.accessor('eventId', {
        header: t('Event'),
        cell: ({ getValue }) => <span className="mono">{getValue()}</span>,
      }),
      column.accessor('correlationId', {
        header: t('Correlation'),
        cell: ({ getValue }) => <span className="mono">{getValue()}</span>,
      }),
    ],
    [t],
  );
  return (
    <Panel
      title={t('Access log, last day')}
      of={of}
      isEmpty={() => records.length === 0}
      empty={
        <p>{t('The archive has no entry of the last day yet; new ones come within a minute.')}</p>
      }
      lines={8}
    >
      {() => (
        <DataTable
          label={t('Access log')}
          rows={records}
          columns={columns}
          rowKey={({ eventId }) => eventId}
          height={600}
        />
      )}
    </Panel>
  );
}
