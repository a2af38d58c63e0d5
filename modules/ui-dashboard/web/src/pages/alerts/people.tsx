import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { useMay } from '../../feeds/session.tsx';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmButton } from '../../ui/confirm-button.tsx';
import { Panel } from '../../ui/panel.tsx';
import { NOBODY, PersonDialog } from './person-dialog.tsx';
import { QuietWords } from './quiet-hours.tsx';
import { NOTIFICATION } from './words.ts';

type Person = Message<'ats.notification.v1.Person'>;

/** Who can be told, in which language, where they are reached and when they are left alone. */
export function People(): ReactNode {
  const { t } = useTranslation();
  const may = useMay('notifications.manage');
  const [editing, setEditing] = useState<Person>();
  const of = useRpc(NOTIFICATION, 'ListPeople', {});
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
          <ul className="entries">
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

interface PersonLineProps {
  readonly person: Person;
  readonly onEdit: (() => void) | undefined;
}

function PersonLine({ person, onEdit }: PersonLineProps): ReactNode {
  const { t } = useTranslation();
  const remove = useAct(NOTIFICATION, 'RemovePerson');
  const { personId, name, locale, zone, quietHours, addresses, digestAt } = person;
  const facts = [personId, locale, zone, ...Object.keys(addresses)];
  return (
    <li className="entry">
      <div className="what">
        <strong>{name}</strong> <span className="muted">{facts.join(' · ')}</span>
        {quietHours.map((span) => (
          <p key={JSON.stringify(span)} className="muted">
            <QuietWords span={span} />
          </p>
        ))}
        <p className="faint">{t('daily digest at {{time}}', { time: digestAt })}</p>
      </div>
      {onEdit === undefined ? null : (
        <span className="row">
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
