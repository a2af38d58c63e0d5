import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { PROBLEM } from '../../../src/contract.ts';
import type { ProblemError } from '../adapters/rpc-client.ts';
import { Button } from './button.tsx';

interface ProblemBoxProps {
  readonly error: ProblemError;
  readonly retry?: () => void;
}

/** What went wrong, what to do about it, and what to quote to who looks into it. */
export function ProblemBox({ error, retry }: ProblemBoxProps): ReactNode {
  const { t } = useTranslation();
  const { code, message, field, value, remedy, requestId } = error.problem;
  if (code === PROBLEM.forbidden) return <NotAllowed />;
  if (code === PROBLEM.approvalPending) return <WaitsForSecond message={message} id={value} />;
  return (
    <div className="problem" role="alert">
      <p>
        <strong>{message}</strong>
        {field === '' ? null : (
          <span className="muted">
            {' '}
            ({field}
            {value === '' ? '' : `: ${value}`})
          </span>
        )}
      </p>
      {remedy === '' ? null : <p>{remedy}</p>}
      <p className="faint mono">
        {code} {requestId}
      </p>
      {retry === undefined ? null : <Button onClick={retry}>{t('Try again')}</Button>}
    </div>
  );
}

/** Nothing went wrong: the change waits, and this says for whom. */
function WaitsForSecond({ message, id }: { message: string; id: string }): ReactNode {
  const { t } = useTranslation();
  return (
    <div className="note-box stack" role="status">
      <strong>{t('Not done yet: another person must approve it.')}</strong>
      <p>{message}</p>
      <p>
        {t(
          'They find it under Administration, Approvals. Once they have approved it, do the same here again: it is good for this exact change, once.',
        )}{' '}
        <Link to="/admin?tab=approvals">{t('To the approvals')}</Link>
      </p>
      <p className="faint mono">{id}</p>
    </div>
  );
}

function NotAllowed(): ReactNode {
  const { t } = useTranslation();
  return (
    <div className="empty" role="status">
      <p>{t('Your role does not show this.')}</p>
      <p className="muted">{t('An administrator can change your role under Administration.')}</p>
    </div>
  );
}
