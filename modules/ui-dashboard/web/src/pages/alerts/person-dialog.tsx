import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, SelectField } from '../../ui/field.tsx';
import { ProblemBox } from '../../ui/problem-box.tsx';
import { QuietHours } from './quiet-hours.tsx';
import { NOTIFICATION } from './words.ts';

type Person = Message<'ats.notification.v1.Person'>;
type Addresses = Person['addresses'];

/** What the dialog begins with for a person who is not there yet. */
export const NOBODY: Person = {
  ...{ personId: '', name: '', locale: 'en', zone: 'UTC' },
  ...{ addresses: {}, quietHours: [], digestAt: '08:00' },
};

interface PersonDialogProps {
  readonly person: Person;
  onClose(): void;
}

export function PersonDialog({ person: before, onClose }: PersonDialogProps): ReactNode {
  const { t } = useTranslation();
  const fresh = before === NOBODY;
  const title = fresh ? t('Add a person') : t('Change {{name}}', { name: before.name });
  const [person, setPerson] = useState(before);
  const put = useAct(NOTIFICATION, 'PutPerson');
  const set = (field: keyof Person) => (text: string) => setPerson({ ...person, [field]: text });
  const send = async (): Promise<void> => {
    const given = Object.entries(person.addresses).filter(([, address]) => address !== '');
    const addresses = Object.fromEntries(given);
    if ((await put.act({ person: { ...person, addresses } })) !== undefined) onClose();
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
          value={person.personId}
          onText={set('personId')}
          readOnly={!fresh}
          required
          autoFocus={fresh}
        />
        <Field
          label={t('Name')}
          value={person.name}
          onText={set('name')}
          required
          autoFocus={!fresh}
        />
        <div className="halves">
          <SelectField
            label={t('Language')}
            value={person.locale}
            options={[
              { value: 'en', label: 'English' },
              { value: 'ko', label: '한국어' },
            ]}
            onValue={set('locale')}
          />
          <Field
            label={t('Time zone')}
            hint={t('Such as Asia/Seoul')}
            value={person.zone}
            onText={set('zone')}
            required
          />
        </div>
        <AddressFields
          addresses={person.addresses}
          onAddresses={(addresses) => setPerson({ ...person, addresses })}
        />
        <QuietHours
          spans={person.quietHours}
          onSpans={(quietHours) => setPerson({ ...person, quietHours: [...quietHours] })}
        />
        <Field
          label={t('Daily digest at')}
          type="time"
          value={person.digestAt}
          onText={set('digestAt')}
          required
        />
        {put.error === undefined ? null : <ProblemBox error={put.error} />}
        <footer className="dialog-foot">
          <Button onClick={onClose}>{t('Cancel')}</Button>
          <Button type="submit" tone="primary" disabled={put.busy}>
            {fresh ? t('Add it') : t('Change it')}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

interface AddressFieldsProps {
  readonly addresses: Addresses;
  onAddresses(addresses: Addresses): void;
}

/** A field for each channel there is, and for those that the person has an address on. */
function AddressFields({ addresses, onAddresses }: AddressFieldsProps): ReactNode {
  const { t } = useTranslation();
  const { data } = useRpc(NOTIFICATION, 'GetStatistics', {});
  const configured = (data?.channels ?? []).map(({ channel }) => channel);
  const channels = [...new Set([...configured, ...Object.keys(addresses)])];
  return channels.map((channel) => (
    <Field
      key={channel}
      label={t('Address on {{channel}}', { channel })}
      hint={t('Empty: not reached there.')}
      value={addresses[channel] ?? ''}
      onText={(address) => onAddresses({ ...addresses, [channel]: address })}
    />
  ));
}
