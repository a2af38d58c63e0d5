import { createColumnHelper } from '@tanstack/react-table';
import type { TFunction } from 'i18next';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useParam } from '../../feeds/use-param.ts';
import { useRpc } from '../../feeds/use-rpc.ts';
import {
  type AccessEntry,
  accessEntries,
  actionWords,
  changesOf,
  targetWords,
} from '../../text/access-entry.ts';
import { formatMoment, words } from '../../text/format.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Field, SelectField } from '../../ui/field.tsx';
import { Fact, Pill } from '../../ui/figures.tsx';
import { Panel, PlainPanel } from '../../ui/panel.tsx';
import '../../styles/admin.css';

const column = createColumnHelper<AccessEntry>();
const EVERY_MS = 15_000;
const LIMIT = 1000;
const HEIGHT_PX = 600;
const OUTCOMES = { ok: 'good', denied: 'danger', failed: 'warn' } as const;

/** Who did what, or tried: the append-only log, out of the archive. */
export function AccessLog(): ReactNode {
  const { t } = useTranslation();
  const [filter, setFilter] = useParam('filter');
  const [outcome, setOutcome] = useParam('outcome');
  const [event, setEvent] = useParam('event');
  const request = { topic: 'access', latest: true, limit: LIMIT };
  const every = { everyMs: EVERY_MS };
  const of = useRpc('ats.audit.v1.AuditService', 'QueryRecords', request, every);
  const entries = useMemo(() => accessEntries(of.data?.records ?? []), [of.data]);
  const shown = entries.filter(
    (one) => (outcome === '' || one.outcome === outcome) && matches(one, filter),
  );
  const chosen = entries.find(({ eventId }) => eventId === event);
  const columns = useMemo(() => columnsOf(t), [t]);
  return (
    <div className={chosen === undefined ? '' : 'split'}>
      <Panel
        title={t('Access log, newest first')}
        actions={
          <>
            <Field
              className="in-line"
              label={t('Filter')}
              placeholder={t('Who, what or from where')}
              value={filter}
              onText={setFilter}
            />
            <SelectField
              bare
              label={t('Outcome')}
              value={outcome}
              options={[
                { value: '', label: t('All outcomes') },
                ...Object.keys(OUTCOMES).map((value) => ({ value, label: t(words(value)) })),
              ]}
              onValue={setOutcome}
            />
          </>
        }
        of={of}
        isEmpty={() => shown.length === 0}
        empty={
          <p>
            {entries.length === 0
              ? t('The archive has no entry yet; new ones come within a minute.')
              : t('No entry is like that. Clear the filter to see all.')}
          </p>
        }
        lines={12}
      >
        {() => (
          <DataTable
            label={t('Access log')}
            rows={shown}
            columns={columns}
            rowKey={({ eventId }) => eventId}
            selected={event}
            onOpen={({ eventId }) => setEvent(eventId)}
            height={HEIGHT_PX}
          />
        )}
      </Panel>
      {chosen === undefined ? null : <Entry entry={chosen} onClose={() => setEvent('')} />}
    </div>
  );
}

const matches = (entry: AccessEntry, filter: string): boolean => {
  const { actor, role, source, action, target, reason } = entry;
  const text = [actor, role, source, action, target, reason].join(' ').toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
};

const columnsOf = (t: TFunction) => [
  column.accessor('atUs', {
    header: t('When'),
    cell: ({ getValue }) => <span className="number">{formatMoment(getValue())}</span>,
  }),
  column.accessor('actor', {
    header: t('Who'),
    cell: ({ row: { original } }) => (
      <>
        <strong>{original.actor}</strong>{' '}
        <span className="muted wide-only">{t(words(original.role || original.actorKind))}</span>
      </>
    ),
  }),
  column.accessor('source', { header: t('From'), meta: { wideOnly: true } }),
  column.accessor('action', {
    header: t('What'),
    cell: ({ getValue }) => t(actionWords(getValue())),
  }),
  column.accessor('target', {
    header: t('On'),
    meta: { wideOnly: true },
    cell: ({ getValue }) => <span title={getValue()}>{targetWords(getValue())}</span>,
  }),
  column.accessor('outcome', {
    header: t('Outcome'),
    cell: ({ row: { original } }) => (
      <span title={original.reason}>
        <Pill tone={OUTCOMES[original.outcome]}>{t(words(original.outcome))}</Pill>
      </span>
    ),
  }),
];

interface EntryProps {
  readonly entry: AccessEntry;
  onClose(): void;
}

function Entry({ entry, onClose }: EntryProps): ReactNode {
  const { t } = useTranslation();
  const changes = changesOf(entry);
  return (
    <PlainPanel
      title={t(actionWords(entry.action))}
      actions={
        <Button tone="quiet" onClick={onClose}>
          {t('Close')}
        </Button>
      }
    >
      <dl className="facts">
        <Fact
          label={t('Who')}
        >{`${entry.actor} (${t(words(entry.role || entry.actorKind))})`}</Fact>
        <Fact label={t('When')}>{formatMoment(entry.atUs)}</Fact>
        <Fact label={t('From')}>{entry.source || '—'}</Fact>
        <Fact label={t('On')}>{entry.target || '—'}</Fact>
        <Fact label={t('Outcome')}>{`${t(words(entry.outcome))} ${entry.reason}`}</Fact>
        {entry.correlationId === '' ? null : (
          <Fact label={t('Correlation')}>
            <Link to={`/system?tab=audit&correlation=${encodeURIComponent(entry.correlationId)}`}>
              {t('All that it caused')}
            </Link>
          </Fact>
        )}
      </dl>
      {changes.length === 0 ? (
        <p className="muted">{t('Nothing more is recorded of it.')}</p>
      ) : (
        <table className="table changes">
          <thead>
            <tr>
              <th scope="col">{t('Field')}</th>
              <th scope="col">{t('Before')}</th>
              <th scope="col">{t('After')}</th>
            </tr>
          </thead>
          <tbody>
            {changes.map(({ field, before, after }) => (
              <tr key={field}>
                <td>{field}</td>
                <td className="muted">{before}</td>
                <td>{after}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </PlainPanel>
  );
}
