import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { useMay, useSession } from '../../feeds/session.tsx';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { words } from '../../text/format.ts';
import { ConfirmButton } from '../../ui/confirm-button.tsx';
import { Age, Pill } from '../../ui/figures.tsx';
import { Panel } from '../../ui/panel.tsx';

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
        <ul className="stack">
          {approvals.map((approval) => (
            <ApprovalLine key={approval.approvalId} approval={approval} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function ApprovalLine({ approval }: { readonly approval: Approval }): ReactNode {
  const { t } = useTranslation();
  const { user } = useSession();
  const may = useMay('approvals.decide');
  const { state, summary, requestedBy, requestedAtUs, decidedBy } = approval;
  const mine = requestedBy === user.name;
  return (
    <li className="row">
      <Pill tone={state === 'pending' ? 'warn' : 'plain'}>{t(words(state))}</Pill>
      <span>{summary}</span>
      <span className="muted">
        {requestedBy} <Age atUs={requestedAtUs} /> {decidedBy === '' ? '' : `→ ${decidedBy}`}
      </span>
      {may && !mine && state === 'pending' ? (
        <span className="row push">
          <Decide approval={approval} approve={false} />
          <Decide approval={approval} approve />
        </span>
      ) : null}
      {mine && state === 'pending' ? (
        <span className="muted">{t('Another person must decide.')}</span>
      ) : null}
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
