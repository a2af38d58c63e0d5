import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../feeds/session.tsx';
import { useAct } from '../../feeds/use-rpc.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { PlainPanel } from '../../ui/panel.tsx';
import { ProblemBox } from '../../ui/problem-box.tsx';
import { Authenticator } from '../access/authenticator.tsx';
import { Sessions } from './sessions.tsx';

/** One's own password, authenticator and sessions. */
export const Me = (): ReactNode => (
  <div className="halves">
    <div className="column">
      <SecondFactor />
      <Password />
    </div>
    <Sessions userName="" />
  </div>
);

function SecondFactor(): ReactNode {
  const { t } = useTranslation();
  const { user } = useSession();
  const [open, setOpen] = useState(false);
  return (
    <PlainPanel title={t('Authenticator')}>
      <div className="row">
        <span>
          {user.secondFactor
            ? t('Enrolled: codes are asked for.')
            : t('Not enrolled: dangerous actions are refused.')}
        </span>
        <Button onClick={() => setOpen(true)}>
          {user.secondFactor ? t('Use another one') : t('Enrol one')}
        </Button>
      </div>
      <Dialog open={open} onClose={() => setOpen(false)} title={t('Authenticator')}>
        {open ? <Authenticator onDone={() => setOpen(false)} /> : null}
      </Dialog>
    </PlainPanel>
  );
}

function Password(): ReactNode {
  const { t } = useTranslation();
  const [currentPassword, setCurrent] = useState('');
  const [newPassword, setNew] = useState('');
  const change = useAct('ats.access.v1.AccessService', 'ChangePassword');
  return (
    <PlainPanel title={t('Password')}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void change.act({ currentPassword, newPassword });
        }}
      >
        <Field
          label={t('The one until now')}
          type="password"
          autoComplete="current-password"
          value={currentPassword}
          onText={setCurrent}
          required
        />
        <Field
          label={t('The one from now on')}
          type="password"
          autoComplete="new-password"
          value={newPassword}
          onText={setNew}
          required
        />
        {change.error === undefined ? null : <ProblemBox error={change.error} />}
        {change.data === undefined ? null : (
          <p role="status">{t('Changed. Your other sessions have ended.')}</p>
        )}
        <div className="row end">
          <Button type="submit" disabled={change.busy}>
            {t('Change the password')}
          </Button>
        </div>
      </form>
    </PlainPanel>
  );
}
