import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { useMay, useSession } from '../../feeds/session.tsx';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { formatMoment, words } from '../../text/format.ts';
import { ConfirmButton } from '../../ui/confirm-button.tsx';
import { Pill } from '../../ui/figures.tsx';
import { Panel } from '../../ui/panel.tsx';
import '../../styles/admin.css';

type Approval = Message<'ats.access.v1.Approval'>;

const SERVICE = 'ats.access.v1.AccessService';
const EVERY_MS = 5000;

/** Changes that wait for a second person. */
export function Approvals(): ReactNode {
  const { t } = useTranslation();
  const of = useRpc(SERVICE, 'ListApprovals', { all: true }, { everyMs: EVERY_MS });
  return (
    <Panel
      title={t('Changes that need two persons')}
      of={of}
      isEmpty={({ approvals }) => approvals.length === 0}
      empty={<p>{t('Nothing waits for a second person.')}</p>}
      lines={4}
    >
      {({ approvals }) => (
        <ul>
          {approvals.map((approval) => (
            <ApprovalLine key={approval.approvalId} approval={approval} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

const TONES: Readonly<Record<string, 'warn' | 'good' | 'danger'>> = {
  pending: 'warn',
  approved: 'good',
  rejected: 'danger',
};

function ApprovalLine({ approval }: { readonly approval: Approval }): ReactNode {
  const { t } = useTranslation();
  const { user } = useSession();
  const may = useMay('approvals.decide');
  const { state, summary, requestedBy, requestedAtUs, decidedBy, expiresAtUs } = approval;
  const mine = requestedBy === user.name;
  return (
    <li className="approval">
      <Pill tone={TONES[state] ?? 'plain'}>{t(words(state))}</Pill>
      <div>
        <p>{summary}</p>
        <p className="muted">
          {t('asked for by {{name}}, {{moment}}', {
            name: requestedBy,
            moment: formatMoment(requestedAtUs),
          })}
          {decidedBy === '' ? '' : ` · ${t('decided by {{name}}', { name: decidedBy })}`}
          {state === 'pending'
            ? ` · ${t('until {{moment}}', { moment: formatMoment(expiresAtUs) })}`
            : ''}
        </p>
      </div>
      <div className="row">
        {may && !mine && state === 'pending' ? (
          <>
            <Decide approval={approval} approve={false} />
            <Decide approval={approval} approve />
          </>
        ) : null}
        {mine && state === 'pending' ? (
          <span className="muted">{t('Another person must decide.')}</span>
        ) : null}
        {mine && state === 'approved' ? (
          <span className="muted">
            {t('Now do the same change again: it is let through once.')}
          </span>
        ) : null}
      </div>
    </li>
  );
}

interface DecideProps {
  readonly approval: Approval;
  readonly approve: boolean;
}

function Decide({ approval, approve }: DecideProps): ReactNode {
  const { t } = useTranslation();
  const decide = useAct(SERVICE, 'DecideApproval');
  return (
    <ConfirmButton
      label={approve ? t('Approve') : t('Reject')}
      title={approve ? t('Approve this change?') : t('Reject this change?')}
      says={approval.summary}
      tone={approve ? 'primary' : 'plain'}
      error={decide.error}
      act={() => decide.act({ approvalId: approval.approvalId, approve })}
    />
  );
}
