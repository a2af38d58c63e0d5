import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { serverNowUs } from '../../adapters/live-socket.ts';
import { useSession } from '../../feeds/session.tsx';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, Segments, SelectField } from '../../ui/field.tsx';
import { ProblemBox } from '../../ui/problem-box.tsx';
import { ANY_AREA, AREAS, areaWords, NOTIFICATION } from './words.ts';

const HOUR_US = 3_600_000_000;
const FOR_GOOD = 'good';
const A_MOMENT = 'moment';
const HOURS = ['1', '4', '8', '24'] as const;
/** A condition that does not stand, by its key. */
const ANOTHER = 'another';

interface MuteDialogProps {
  /** The key of what is to be muted, where that is chosen already. */
  readonly about?: string;
  onClose(): void;
}

/** Holds something back for a while, or for good. */
export function MuteDialog({ about, onClose }: MuteDialogProps): ReactNode {
  const { t } = useTranslation();
  const { user } = useSession();
  const put = useAct(NOTIFICATION, 'PutMute');
  const [what, setWhat] = useState(about === undefined ? '' : `key:${about}`);
  const [key, setKey] = useState('');
  const [length, setLength] = useState<string>(HOURS[0]);
  const [moment, setMoment] = useState('');
  const [personId, setPersonId] = useState('');
  const [reason, setReason] = useState('');
  const send = async (): Promise<void> => {
    const untilUs = endOf(length, moment);
    const mute = { ...subjectOf(what, key), personId, untilUs, actor: user.name, reason };
    if ((await put.act({ mute })) !== undefined) onClose();
  };
  return (
    <Dialog open onClose={onClose} title={t('Mute something')}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <What value={what} about={about} onValue={setWhat} />
        {what === ANOTHER ? (
          <Field
            label={t('Key of the condition')}
            hint={t('Such as venue.down:kraken')}
            value={key}
            onText={setKey}
            required
          />
        ) : null}
        <Length {...{ length, moment }} onLength={setLength} onMoment={setMoment} />
        <Whom value={personId} onValue={setPersonId} />
        <Field label={t('Reason, for the record')} value={reason} onText={setReason} required />
        {put.error === undefined ? null : <ProblemBox error={put.error} />}
        <footer className="dialog-foot">
          <Button onClick={onClose}>{t('Cancel')}</Button>
          <Button type="submit" tone="primary" disabled={what === '' || put.busy}>
            {t('Mute')}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

function subjectOf(what: string, key: string) {
  if (what === ANOTHER) return { key: key.trim(), area: ANY_AREA } as const;
  const area = AREAS.find((one) => one === what);
  if (area !== undefined) return { area } as const;
  return { key: what.slice('key:'.length), area: ANY_AREA } as const;
}

/** @returns microseconds since the Unix epoch by the server's clock; 0 for never */
function endOf(length: string, moment: string): number {
  if (length === FOR_GOOD) return 0;
  // What the field holds is this browser's own time of day.
  if (length === A_MOMENT) return Date.parse(moment) * 1000;
  return Math.round(serverNowUs() + Number(length) * HOUR_US);
}

interface ChoiceProps {
  readonly value: string;
  onValue(value: string): void;
}

interface WhatProps extends ChoiceProps {
  readonly about: string | undefined;
}

function What({ value, about, onValue }: WhatProps): ReactNode {
  const { t } = useTranslation();
  const { data } = useRpc(NOTIFICATION, 'ListConditions', { openOnly: true });
  const standing = (data?.conditions ?? []).flatMap(({ alert }) =>
    alert === null ? [] : [{ value: `key:${alert.key}`, label: `${alert.summary} (${alert.key})` }],
  );
  const known = standing.some((one) => one.value === `key:${about}`);
  const asked = about === undefined || known ? [] : [{ value: `key:${about}`, label: about }];
  const areas = AREAS.map((area) => ({
    value: area,
    label: t('Everything about {{area}}', { area: t(areaWords(area)) }),
  }));
  const isArea = AREAS.some((area) => area === value);
  return (
    <div className="stack tight">
      <SelectField
        label={t('What')}
        value={value}
        options={[
          ...(value === '' ? [{ value: '', label: t('Choose a condition or an area') }] : []),
          ...[...asked, ...standing, ...areas],
          { value: ANOTHER, label: t('Another condition, by its key') },
        ]}
        onValue={onValue}
      />
      {isArea ? <p className="muted">{t('Emergencies are told all the same.')}</p> : null}
    </div>
  );
}

interface LengthProps {
  readonly length: string;
  readonly moment: string;
  onLength(length: string): void;
  onMoment(moment: string): void;
}

function Length({ length, moment, onLength, onMoment }: LengthProps): ReactNode {
  const { t } = useTranslation();
  const hours = HOURS.map((value) => ({ value, label: t('{{hours}} h', { hours: value }) }));
  return (
    <div className="stack tight">
      <Segments
        label={t('For how long')}
        value={length}
        options={[
          ...hours,
          { value: A_MOMENT, label: t('Until') },
          { value: FOR_GOOD, label: t('For good') },
        ]}
        onValue={onLength}
      />
      {length === A_MOMENT ? (
        <Field
          label={t('Until when')}
          type="datetime-local"
          value={moment}
          onText={onMoment}
          required
        />
      ) : null}
      <p className="muted">
        {length === FOR_GOOD
          ? t('It is not told at all, until somebody ends this.')
          : t('What is held back is told at its end.')}
      </p>
    </div>
  );
}

function Whom({ value, onValue }: ChoiceProps): ReactNode {
  const { t } = useTranslation();
  const { data } = useRpc(NOTIFICATION, 'ListPeople', {});
  const people = (data?.people ?? []).map((one) => ({ value: one.personId, label: one.name }));
  return (
    <SelectField
      label={t('For whom')}
      value={value}
      options={[{ value: '', label: t('Everybody') }, ...people]}
      onValue={onValue}
    />
  );
}
