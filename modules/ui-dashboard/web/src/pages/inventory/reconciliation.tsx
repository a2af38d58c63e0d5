import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { useMay, useSession } from '../../feeds/session.tsx';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { words } from '../../text/format.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmButton } from '../../ui/confirm-button.tsx';
import { SelectField } from '../../ui/field.tsx';
import { Age, Pill } from '../../ui/figures.tsx';
import { Panel } from '../../ui/panel.tsx';

type Verdict = Message<'ats.ledger.v1.VenueVerdict'>;
type Difference = Message<'ats.ledger.v1.Difference'>;

const SERVICE = 'ats.ledger.v1.LedgerService';
const EVERY_MS = 5000;
const KINDS = ['deposit', 'withdrawal', 'fee', 'adjustment'] as const;

/** Whether each venue and the ledger count the same. */
export function Reconciliation(): ReactNode {
  const { t } = useTranslation();
  const may = useMay('ledger.reconcile');
  const reconcile = useAct(SERVICE, 'Reconcile');
  const of = useRpc(SERVICE, 'GetReconciliation', {}, { everyMs: EVERY_MS });
  return (
    <Panel
      title={t('Ledger against venues')}
      actions={
        may ? (
          <Button
            tone="quiet"
            disabled={reconcile.busy}
            onClick={() => void reconcile.act({ venue: '' })}
          >
            {t('Compare now')}
          </Button>
        ) : null
      }
      of={of}
      isEmpty={({ venues }) => venues.length === 0}
      empty={<p>{t('Nothing was compared yet: press Compare now.')}</p>}
      lines={5}
    >
      {({ venues }) => (
        <ul className="stack">
          {venues.map((verdict) => (
            <VerdictView key={verdict.venue} verdict={verdict} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function VerdictView({ verdict }: { readonly verdict: Verdict }): ReactNode {
  const { t } = useTranslation();
  const { venue, open, reason, comparedAtUs, differences } = verdict;
  return (
    <li>
      <div className="row">
        <strong>{venue}</strong>
        <Pill tone={open ? 'good' : 'danger'}>{open ? t('Agrees') : t('Closed')}</Pill>
        <span className="muted">{reason}</span>
        <span className="push">
          <Age atUs={comparedAtUs} />
        </span>
      </div>
      {differences.map((difference) => (
        <DifferenceView key={difference.differenceId} difference={difference} />
      ))}
    </li>
  );
}

function DifferenceView({ difference }: { readonly difference: Difference }): ReactNode {
  const { t } = useTranslation();
  const { user } = useSession();
  const may = useMay('ledger.confirm');
  const [kind, setKind] = useState<string>('adjustment');
  const confirm = useAct(SERVICE, 'ConfirmDifference');
  const { differenceId, subject, ours, theirs, detail } = difference;
  return (
    <div className="note-box stack">
      <p>
        {subject}: {t('we count {{ours}}, the venue {{theirs}}.', { ours, theirs })} {detail}
      </p>
      {may ? (
        <div className="row">
          <SelectField
            bare
            label={t('It is')}
            value={kind}
            options={KINDS.map((value) => ({ value, label: t(words(value)) }))}
            onValue={setKind}
          />
          <ConfirmButton
            label={t('Post it')}
            title={t('Post the difference?')}
            says={t('The ledger takes it for good, with your name and reason.')}
            asksReason
            error={confirm.error}
            act={(reason) => confirm.act({ differenceId, kind, actor: user.name, reason })}
          />
        </div>
      ) : null}
    </div>
  );
}
