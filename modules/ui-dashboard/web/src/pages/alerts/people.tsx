import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { useMay } from '../../feeds/session.tsx';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { parametersOf } from '../../text/parameters.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmButton } from '../../ui/confirm-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, SelectField } from '../../ui/field.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ProblemBox } from '../../ui/problem-box.tsx';

type Person = Message<'ats.notification.v1.Person'>;

const SERVICE = 'ats.notification.v1.NotificationService';

/** Who can be told, in which language, and where they are reached. */
export function People(): ReactNode {
  const { t } = useTranslation();
  const may = useMay('notifications.manage');
  const [editing, setEditing] = useState<Person>();
  const of = useRpc(SERVICE, 'ListPeople', {});
  return (
    <>
      <Panel
        title={t('People')}
        actions={
          may ? (
            <Button tone="quiet" onClick={() => setEditing(NOBODY)}>
              {t('Add a person')}
            </Button>
          ) : null
        }
        of={of}
        isEmpty={({ people }) => people.length === 0}
        empty={
          <>
            <p>{t('Nobody is told of anything yet.')}</p>
            <p className="muted">{t('Add a person, then a rule for them.')}</p>
          </>
        }
        lines={4}
      >
        {({ people }) => (
          <ul className="stack">
            {people.map((person) => (
              <PersonLine
                key={person.personId}
                person={person}
                onEdit={may ? () => setEditing(person) : undefined}
              />
            ))}
          </ul>
        )}
      </Panel>
      {editing === undefined ? null : (
        <PersonDialog person={editing} onClose={() => setEditing(undefined)} />
      )}
    </>
  );
}

const NOBODY: Person = {
  personId: '',
  name: '',
  locale: 'en',
  zone: 'UTC',
  addresses: {},
  quietHours: [],
  digestAt: '08:00',
};

function formOf({ addresses, quietHours, ...rest }: Person) {
  const [quiet] = quietHours;
  return {
    ...rest,
    addresses: Object.entries(addresses)
      .map(([channel, address]) => `${channel}=${address}`)
      .join(', '),
    ...{ from: quiet?.from ?? '', to: quiet?.to ?? '' },
  };
}

interface PersonLineProps {
  readonly person: Person;
  readonly onEdit: (() => void) | undefined;
}

function PersonLine({ person, onEdit }: PersonLineProps): ReactNode {
  const { t } = useTranslation();
  const remove = useAct(SERVICE, 'RemovePerson');
  const { personId, name, locale, zone, quietHours, addresses } = person;
  return (
    <li className="row">
      <div>
        <strong>{name}</strong>{' '}
        <span className="muted">
          {personId} · {locale} · {zone} · {Object.keys(addresses).join(', ')}
        </span>
        {quietHours.map(({ from, to }) => (
          <p key={`${from} ${to}`} className="faint">
            {t('quiet from {{from}} to {{to}}', { from, to })}
          </p>
        ))}
      </div>
      {onEdit === undefined ? null : (
        <span className="row push">
          <Button tone="quiet" onClick={onEdit}>
            {t('Change')}
          </Button>
          <ConfirmButton
            label={t('Remove')}
            title={t('Remove {{name}}?', { name })}
            says={t('Their rules go as well: nobody is told by them any more.')}
            tone="quiet"
            error={remove.error}
            act={() => remove.act({ personId })}
          />
        </span>
      )}
    </li>
  );
}

interface PersonDialogProps {
  readonly person: Person;
  onClose(): void;
}

function PersonDialog({ person: before, onClose }: PersonDialogProps): ReactNode {
  const { t } = useTranslation();
  const fresh = before === NOBODY;
  const title = fresh ? t('Add a person') : t('Change {{name}}', { name: before.name });
  const [form, setForm] = useState(() => formOf(before));
  const put = useAct(SERVICE, 'PutPerson');
  const set = (field: keyof typeof form) => (text: string) => setForm({ ...form, [field]: text });
  const send = async (): Promise<void> => {
    const { from, to, addresses, ...rest } = form;
    // The form shows the first; whatever others there are stay as they are.
    const [first, ...others] = before.quietHours;
    const quiet = from === '' ? [] : [{ weekdays: first?.weekdays ?? [], from, to }];
    const quietHours = [...quiet, ...others];
    const person = { ...rest, addresses: parametersOf(addresses), quietHours };
    if ((await put.act({ person })) !== undefined) onClose();
  };
  return (
    <Dialog open onClose={onClose} title={title}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <Field
          label={t('Short name')}
          hint={t('In lower case, such as ann.')}
          value={form.personId}
          onText={set('personId')}
          readOnly={!fresh}
          required
          autoFocus
        />
        <Field label={t('Name')} value={form.name} onText={set('name')} required />
        <SelectField
          label={t('Language')}
          value={form.locale}
          options={[
            { value: 'en', label: 'English' },
            { value: 'ko', label: '한국어' },
          ]}
          onValue={set('locale')}
        />
        <Field label={t('Time zone')} value={form.zone} onText={set('zone')} required />
        <Field
          label={t('Addresses')}
          hint={t('By channel, such as email=ann@example.com')}
          value={form.addresses}
          onText={set('addresses')}
        />
        <div className="halves">
          <Field label={t('Quiet from')} type="time" value={form.from} onText={set('from')} />
          <Field label={t('Quiet to')} type="time" value={form.to} onText={set('to')} />
        </div>
        {put.error === undefined ? null : <ProblemBox error={put.error} />}
        <footer className="dialog-foot">
          <Button type="submit" tone="primary" disabled={put.busy}>
            {fresh ? t('Add it') : t('Change it')}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
