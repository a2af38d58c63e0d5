import { createColumnHelper } from '@tanstack/react-table';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { useMay } from '../../feeds/session.tsx';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { bare, formatMoment, words } from '../../text/format.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Pill } from '../../ui/figures.tsx';
import { Panel } from '../../ui/panel.tsx';

type Told = Message<'ats.notification.v1.NotificationMessage'>;

const SERVICE = 'ats.notification.v1.NotificationService';
const column = createColumnHelper<Told>();
const EVERY_MS = 5000;
const HEIGHT_PX = 600;

const TONES: Partial<Record<Told['outcome'], 'good' | 'danger'>> = {
  MESSAGE_OUTCOME_DELIVERED: 'good',
  MESSAGE_OUTCOME_DEAD: 'danger',
};

/** What was told to whom, and what came of it. */
export function Deliveries(): ReactNode {
  const { t } = useTranslation();
  const may = useMay('notifications.manage');
  const retry = useAct(SERVICE, 'RetryMessage');
  const of = useRpc(SERVICE, 'ListMessages', {}, { everyMs: EVERY_MS });
  const columns = useMemo(() => {
    const again = column.display({
      id: 'again',
      header: '',
      cell: ({ row: { original } }) =>
        may && original.outcome === 'MESSAGE_OUTCOME_DEAD' ? (
          <Button tone="quiet" onClick={() => void retry.act({ messageId: original.messageId })}>
            {t('Try again')}
          </Button>
        ) : null,
    });
    return [...columnsOf(t), again];
  }, [t, may, retry.act]);
  return (
    <Panel
      title={t('Messages, newest first')}
      of={of}
      isEmpty={({ messages }) => messages.length === 0}
      empty={<p>{t('Nobody was told of anything yet.')}</p>}
      lines={10}
    >
      {({ messages }) => (
        <DataTable
          label={t('Messages')}
          rows={messages}
          columns={columns}
          rowKey={({ messageId }) => messageId}
          height={HEIGHT_PX}
        />
      )}
    </Panel>
  );
}

const columnsOf = (t: (text: string) => string) => [
  column.accessor('openedAtUs', {
    header: t('When'),
    cell: ({ getValue }) => formatMoment(getValue()),
  }),
  column.accessor('personId', { header: t('To') }),
  column.accessor('channel', { header: t('Channel') }),
  column.accessor('title', { header: t('What') }),
  column.accessor('attempts', { header: t('Tries'), meta: { numeric: true, wideOnly: true } }),
  column.accessor('outcome', {
    header: t('Outcome'),
    cell: ({ row: { original } }) => (
      <span title={original.error}>
        <Pill tone={TONES[original.outcome] ?? 'plain'}>
          {t(words(bare(original.outcome, 'MESSAGE_OUTCOME_')))}
        </Pill>
      </span>
    ),
  }),
];
