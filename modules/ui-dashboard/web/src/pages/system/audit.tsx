import { createColumnHelper } from '@tanstack/react-table';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { useParam } from '../../feeds/use-param.ts';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { formatCount, formatMoment } from '../../text/format.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Field } from '../../ui/field.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ProblemBox } from '../../ui/problem-box.tsx';

type AuditRecord = Message<'ats.audit.v1.AuditRecord'>;

const SERVICE = 'ats.audit.v1.AuditService';
const LIMIT = 200;
const column = createColumnHelper<AuditRecord>();

/** What happened, for ever: by key or correlation, and whether the archive is whole. */
export function Audit(): ReactNode {
  const { t } = useTranslation();
  const [key, setKey] = useParam('key');
  const [correlationId, setCorrelationId] = useParam('correlation');
  const asked = key !== '' || correlationId !== '';
  const request = { key, correlationId, limit: LIMIT };
  const of = useRpc(SERVICE, 'QueryRecords', request, { enabled: asked });
  const columns = useMemo(
    () => [
      column.accessor('loggedAtUs', {
        header: t('When'),
        cell: ({ getValue }) => formatMoment(getValue()),
      }),
      column.accessor('topic', { header: t('Topic') }),
      column.accessor('offset', { header: t('Offset'), meta: { numeric: true } }),
      column.accessor('schema', {
        header: t('What'),
        cell: ({ row: { original } }) => (
          <span title={original.payloadJson}>{original.schema.split('.').at(-1)}</span>
        ),
      }),
      column.accessor('key', {
        header: t('Key'),
        cell: ({ getValue }) => <span className="mono">{getValue()}</span>,
      }),
      column.accessor('correlationId', {
        header: t('Correlation'),
        cell: ({ getValue }) => <span className="mono">{getValue()}</span>,
      }),
    ],
    [t],
  );
  const shown = asked ? of : { ...of, data: { records: [] } };
  return (
    <Panel
      title={t('Write-once archive')}
      actions={
        <>
          <Field
            className="in-line"
            label={t('Key')}
            placeholder={t('Key')}
            value={key}
            onText={setKey}
          />
          <Field
            className="in-line"
            label={t('Correlation')}
            placeholder={t('Correlation')}
            value={correlationId}
            onText={setCorrelationId}
          />
          <Verify />
        </>
      }
      of={shown}
      isEmpty={({ records }) => records.length === 0}
      empty={
        <p>
          {asked
            ? t('The archive has no such record yet; new ones come within a minute.')
            : t('Give the id of a trade, an order or a request.')}
        </p>
      }
      lines={10}
    >
      {({ records }) => (
        <DataTable
          label={t('Records')}
          rows={records}
          columns={columns}
          rowKey={({ topic, partition, offset }) => `${topic} ${partition} ${offset}`}
          height={600}
        />
      )}
    </Panel>
  );
}

function Verify(): ReactNode {
  const { t } = useTranslation();
  const verify = useAct(SERVICE, 'VerifyArchive');
  const { data, error } = verify;
  return (
    <>
      <Button disabled={verify.busy} onClick={() => void verify.act({})}>
        {t('Verify')}
      </Button>
      {error === undefined ? null : <ProblemBox error={error} />}
      {data === undefined ? null : (
        <span role="status" className={data.problems.length === 0 ? 'gain' : 'danger-text'}>
          {data.problems.length === 0
            ? t('Whole: {{records}} records', { records: formatCount(data.records) })
            : data.problems.join(' ')}
        </span>
      )}
    </>
  );
}
