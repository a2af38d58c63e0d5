import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../feeds/session.tsx';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { parametersOf } from '../../text/parameters.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, SelectField } from '../../ui/field.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ProblemBox } from '../../ui/problem-box.tsx';

const SERVICE = 'ats.notification.v1.NotificationService';

/** Who can be told, in which language, and where they are reached. */
export function People(): ReactNode {
  const { t } = useTranslation();
  const may = useMay('notifications.manage');
  const [adding, setAdding] = useState(false);
  const of = useRpc(SERVICE, 'ListPeople', {});
  return (
    <>
      <Panel
        title={t('People')}
        actions={
          may ? (
            <Button tone="quiet" onClick={() => setAdding(true)}>
              {t('Add a person')}
            </Button>
          ) : null
        }
        of={of}
        isEmpty={({ people }) => people.length === 0}
        empty={<p>{t('Nobody is told of anything yet. Add a person, then a rule.')}</p>}
        lines={4}
      >
        {({ people }) => (
          <ul className="stack">
            {people.map(({ personId, name, locale, zone, quietHours, addresses }) => (
              <li key={personId}>
                <strong>{name}</strong>{' '}
                <span className="muted">
                  {personId} · {locale} · {zone} · {Object.keys(addresses).join(', ')}
                </span>
                {quietHours.map(({ from, to }) => (
                  <p key={`${from} ${to}`} className="faint">
                    {t('quiet from {{from}} to {{to}}', { from, to })}
                  </p>
                ))}
              </li>
            ))}
          </ul>
        )}
      </Panel>
      {adding ? <PersonDialog onClose={() => setAdding(false)} /> : null}
    </>
  );
}

const EMPTY = {
  personId: '',
  name: '',
  locale: 'en',
  zone: 'UTC',
  addresses: '',
  from: '',
  to: '',
  digestAt: '08:00',
};

function PersonDialog({ onClose }: { onClose(): void }): ReactNode {
  const { t } = useTranslation();
  const [form, setForm] = useState(EMPTY);
  const put = useAct(SERVICE, 'PutPerson');
  const set = (field: keyof typeof EMPTY) => (text: string) => setForm({ ...form, [field]: text });
  const send = async (): Promise<void> => {
    const { from, to, addresses, ...rest } = form;
    const quietHours = from === '' ? [] : [{ from, to, weekdays: [] }];
    const person = { ...rest, addresses: parametersOf(addresses), quietHours };
    if ((await put.act({ person })) !== undefined) onClose();
  };
  return (
    <Dialog open onClose={onClose} title={t('Add a person')}>
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
            {t('Add it')}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
