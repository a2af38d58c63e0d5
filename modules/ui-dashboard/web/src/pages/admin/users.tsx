import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { formatMoment, words } from '../../text/format.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmButton } from '../../ui/confirm-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, SelectField } from '../../ui/field.tsx';
import { Pill } from '../../ui/figures.tsx';
import { Panel } from '../../ui/panel.tsx';
import { TableScroll } from '../../ui/table-scroll.tsx';
import '../../styles/admin.css';
import { ProblemBox } from '../../ui/problem-box.tsx';

type User = Message<'ats.access.v1.User'>;

const SERVICE = 'ats.access.v1.AccessService';
const ROLES = ['viewer', 'trader', 'risk-manager', 'administrator'] as const;

const linkOf = (token: string): string => `${location.origin}/set-up#${token}`;

export function Users(): ReactNode {
  const { t } = useTranslation();
  const [adding, setAdding] = useState(false);
  const of = useRpc(SERVICE, 'ListUsers', {});
  return (
    <>
      <Panel
        title={t('Users')}
        actions={
          <Button tone="quiet" onClick={() => setAdding(true)}>
            {t('Add a user')}
          </Button>
        }
        of={of}
        isEmpty={({ users }) => users.length === 0}
        lines={6}
      >
        {({ users }) => (
          <TableScroll label={t('Users')}>
            <table className="table people">
              <thead>
                <tr>
                  <th scope="col">{t('Name')}</th>
                  <th scope="col">{t('Role')}</th>
                  <th scope="col">{t('Accounts')}</th>
                  <th scope="col">{t('State')}</th>
                  <th scope="col">
                    <span className="hidden">{t('Change')}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {users.map((user) => (
                  <UserRow key={user.userName} user={user} />
                ))}
              </tbody>
            </table>
          </TableScroll>
        )}
      </Panel>
      {adding ? <AddUser onClose={() => setAdding(false)} /> : null}
    </>
  );
}

function UserRow({ user }: { readonly user: User }): ReactNode {
  const { t } = useTranslation();
  const update = useAct(SERVICE, 'UpdateUser');
  const reset = useAct(SERVICE, 'ResetUser');
  const { userName, role, accounts, enabled, secondFactor, passwordSet } = user;
  const [wanted, setWanted] = useState(role);
  return (
    <tr>
      <td>{userName}</td>
      <td>
        <SelectField
          bare
          label={t('Role')}
          value={role}
          options={ROLES.map((value) => ({ value, label: t(words(value)) }))}
          onValue={setWanted}
        />
        {wanted === role ? null : (
          <ConfirmButton
            label={t('Change the role')}
            title={t('Make {{name}} a {{role}}?', { name: userName, role: t(words(wanted)) })}
            says={t('Their sessions end at once.')}
            error={update.error}
            act={() => update.act({ userName, role: wanted })}
          />
        )}
      </td>
      <td>{accounts.join(', ')}</td>
      <td>
        {enabled ? null : <Pill tone="warn">{t('Disabled')}</Pill>}
        {passwordSet ? null : <Pill tone="warn">{t('Invited')}</Pill>}
        {secondFactor ? <Pill tone="good">{t('With authenticator')}</Pill> : null}
      </td>
      <td>
        <div className="row end no-wrap">
          <ConfirmButton
            label={enabled ? t('Disable') : t('Enable')}
            title={
              enabled
                ? t('Disable {{name}}?', { name: userName })
                : t('Enable {{name}}?', { name: userName })
            }
            says={t('Their sessions end at once.')}
            tone="quiet"
            error={update.error}
            act={() => update.act({ userName, state: enabled ? 'disabled' : 'enabled' })}
          />
          <ConfirmButton
            label={t('Reset')}
            title={t('Reset {{name}}?', { name: userName })}
            says={t('Password and authenticator are taken away, and a new link is made.')}
            tone="quiet"
            error={reset.error}
            act={() => reset.act({ userName })}
          />
        </div>
        {reset.data === undefined ? null : <OneTimeLink {...reset.data} />}
      </td>
    </tr>
  );
}

type LinkProps = Pick<Message<'ats.access.v1.AddUserResponse'>, 'linkToken' | 'linkExpiresAtUs'>;

function OneTimeLink({ linkToken, linkExpiresAtUs }: LinkProps): ReactNode {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const link = linkOf(linkToken);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(link);
    setCopied(true);
  };
  return (
    <div className="note-box stack">
      <p>
        {t('Send this link to the person by a safe way. It works once, until {{moment}}.', {
          moment: formatMoment(linkExpiresAtUs),
        })}
      </p>
      <code className="copied">{link}</code>
      <Button onClick={() => void copy()}>{copied ? t('Copied') : t('Copy')}</Button>
    </div>
  );
}

function AddUser({ onClose }: { onClose(): void }): ReactNode {
  const { t } = useTranslation();
  const [userName, setUserName] = useState('');
  const [role, setRole] = useState<string>('viewer');
  const [accounts, setAccounts] = useState('*');
  const add = useAct(SERVICE, 'AddUser');
  const send = (): void => {
    const list = accounts.split(/[\s,]+/).filter((account) => account !== '');
    void add.act({ userName, role, accounts: list });
  };
  return (
    <Dialog open onClose={onClose} title={t('Add a user')}>
      {add.data === undefined ? (
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            send();
          }}
        >
          <Field
            label={t('Name')}
            hint={t('a to z, digits, dots and dashes')}
            value={userName}
            onText={setUserName}
            required
            autoFocus
          />
          <SelectField
            label={t('Role')}
            value={role}
            options={ROLES.map((value) => ({ value, label: t(words(value)) }))}
            onValue={setRole}
          />
          <Field
            label={t('Accounts')}
            hint={t('With commas between, or * for all.')}
            value={accounts}
            onText={setAccounts}
            required
          />
          {add.error === undefined ? null : <ProblemBox error={add.error} />}
          <footer className="dialog-foot">
            <Button type="submit" tone="primary" disabled={add.busy}>
              {t('Add it')}
            </Button>
          </footer>
        </form>
      ) : (
        <OneTimeLink {...add.data} />
      )}
    </Dialog>
  );
}
