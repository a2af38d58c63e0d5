import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../feeds/session.tsx';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { formatMoment } from '../../text/format.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmButton } from '../../ui/confirm-button.tsx';
import { Field, SelectField } from '../../ui/field.tsx';
import { Panel, PlainPanel } from '../../ui/panel.tsx';
import { ProblemBox } from '../../ui/problem-box.tsx';

const SERVICE = 'ats.access.v1.AccessService';

/** Keys go in and never come out: only their last four characters are shown. */
export function Keys(): ReactNode {
  const { t } = useTranslation();
  const remove = useAct(SERVICE, 'RemoveExchangeKey');
  const of = useRpc(SERVICE, 'ListExchangeKeys', {});
  return (
    <div className="halves">
      <Panel
        title={t('Exchange keys')}
        of={of}
        isEmpty={({ keys }) => keys.length === 0}
        empty={
          <p>
            {t(
              'No key is stored. Live trading needs one for each venue: store it at the right. Simulated exchanges need none.',
            )}
          </p>
        }
        lines={5}
      >
        {({ keys }) => (
          <ul className="stack">
            {keys.map(({ venue, keyHint, addedAtUs, addedBy }) => (
              <li key={venue} className="row">
                <strong>{venue}</strong> <code>…{keyHint}</code>
                <span className="muted">
                  {addedBy}, {formatMoment(addedAtUs)}
                </span>
                <span className="push">
                  <ConfirmButton
                    label={t('Remove')}
                    title={t('Remove the key of {{venue}}?', { venue })}
                    says={t('Live orders cannot be sent there any more, cancels neither.')}
                    tone="danger-line"
                    error={remove.error}
                    act={() => remove.act({ venue })}
                  />
                </span>
              </li>
            ))}
          </ul>
        )}
      </Panel>
      <PutKey />
    </div>
  );
}

const EMPTY = { apiKey: '', secret: '', passphrase: '' };

function PutKey(): ReactNode {
  const { t } = useTranslation();
  const { system } = useSession();
  const [venue, setVenue] = useState(system.venues[0] ?? '');
  const [form, setForm] = useState(EMPTY);
  const put = useAct(SERVICE, 'PutExchangeKey');
  const set = (field: keyof typeof EMPTY) => (text: string) => setForm({ ...form, [field]: text });
  const send = async (): Promise<void> => {
    if ((await put.act({ venue, ...form })) !== undefined) setForm(EMPTY);
  };
  return (
    <PlainPanel title={t('Store a key')}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <p className="muted">
          {t('A key that may withdraw is refused. One that was there is replaced.')}
        </p>
        <SelectField
          label={t('Venue')}
          value={venue}
          options={system.venues.map((value) => ({ value, label: value }))}
          onValue={setVenue}
        />
        <Field label={t('Key')} value={form.apiKey} onText={set('apiKey')} required />
        <Field
          label={t('Secret')}
          type="password"
          autoComplete="new-password"
          value={form.secret}
          onText={set('secret')}
          required
        />
        <Field
          label={t('Passphrase, where the venue has one')}
          type="password"
          autoComplete="new-password"
          value={form.passphrase}
          onText={set('passphrase')}
        />
        {put.error === undefined ? null : <ProblemBox error={put.error} />}
        {put.data === undefined ? null : <p role="status">{t('Stored.')}</p>}
        <div className="row end">
          <Button type="submit" tone="primary" disabled={put.busy}>
            {t('Store it')}
          </Button>
        </div>
      </form>
    </PlainPanel>
  );
}
