import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { useMay } from '../../feeds/session.tsx';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { bare, words } from '../../text/format.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmButton } from '../../ui/confirm-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, SelectField } from '../../ui/field.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ProblemBox } from '../../ui/problem-box.tsx';

type Rule = Message<'ats.notification.v1.NotificationRule'>;

const SERVICE = 'ats.notification.v1.NotificationService';

/** Who is told of what, on which channel. */
export function Rules(): ReactNode {
  const { t } = useTranslation();
  const may = useMay('notifications.manage');
  const [adding, setAdding] = useState(false);
  const of = useRpc(SERVICE, 'ListRules', {});
  return (
    <>
      <Panel
        title={t('Rules')}
        actions={
          may ? (
            <Button tone="quiet" onClick={() => setAdding(true)}>
              {t('Add a rule')}
            </Button>
          ) : null
        }
        of={of}
        isEmpty={({ rules }) => rules.length === 0}
        empty={
          <>
            <p>{t('No rule yet: nobody is told of anything.')}</p>
            <p className="muted">{t('Add a person first, then say here what they are told.')}</p>
          </>
        }
        lines={4}
      >
        {({ rules }) => (
          <ul className="stack">
            {rules.map((rule) => (
              <RuleLine key={rule.ruleId} rule={rule} />
            ))}
          </ul>
        )}
      </Panel>
      {adding ? <RuleDialog onClose={() => setAdding(false)} /> : null}
    </>
  );
}

function RuleLine({ rule }: { readonly rule: Rule }): ReactNode {
  const { t } = useTranslation();
  const may = useMay('notifications.manage');
  const remove = useAct(SERVICE, 'RemoveRule');
  const severity = words(bare(rule.severityMin, 'SEVERITY_'));
  const area = words(bare(rule.area, 'ALERT_AREA_'));
  return (
    <li className="row">
      <strong>{rule.personId}</strong>
      <span>
        {rule.channel} · {t(severity)} · {t(area)} · {t(words(bare(rule.frequency, 'FREQUENCY_')))}
        {rule.escalateTo.length === 0 ? '' : ` → ${rule.escalateTo.join(', ')}`}
      </span>
      {may ? (
        <span className="push">
          <ConfirmButton
            label={t('Remove')}
            title={t('Remove the rule?')}
            says={t('Nobody is told by it any more.')}
            tone="quiet"
            error={remove.error}
            act={() => remove.act({ ruleId: rule.ruleId })}
          />
        </span>
      ) : null}
    </li>
  );
}

const SEVERITIES = [
  'SEVERITY_UNSPECIFIED',
  'SEVERITY_INFO',
  'SEVERITY_WARNING',
  'SEVERITY_CRITICAL',
  'SEVERITY_EMERGENCY',
] as const;
const ANY_AREA = 'ALERT_AREA_UNSPECIFIED';
const AREAS = [
  ANY_AREA,
  'ALERT_AREA_RISK',
  'ALERT_AREA_TRADE',
  'ALERT_AREA_SYSTEM',
  'ALERT_AREA_SECURITY',
] as const;
const FREQUENCIES = [
  'FREQUENCY_IMMEDIATE',
  'FREQUENCY_BATCHED',
  'FREQUENCY_HOURLY',
  'FREQUENCY_DAILY',
] as const;

const optionsOf = (values: readonly string[], prefix: string, t: (text: string) => string) =>
  values.map((value) => ({ value, label: t(words(bare(value, prefix))) }));

function RuleDialog({ onClose }: { onClose(): void }): ReactNode {
  const { t } = useTranslation();
  const people = useRpc(SERVICE, 'ListPeople', {});
  const channels = useRpc(SERVICE, 'GetStatistics', {});
  const put = useAct(SERVICE, 'PutRule');
  const [personId, setPersonId] = useState('');
  const [channel, setChannel] = useState('bell');
  const [severityMin, setSeverityMin] = useState('SEVERITY_WARNING');
  const [frequency, setFrequency] = useState('FREQUENCY_IMMEDIATE');
  const [area, setArea] = useState('ALERT_AREA_UNSPECIFIED');
  const [venue, setVenue] = useState('');
  const names = (channels.data?.channels ?? []).map((one) => one.channel);
  const send = async (): Promise<void> => {
    const rule = { personId, channel, area, venue, severityMin, frequency } as Partial<Rule>;
    if ((await put.act({ rule })) !== undefined) onClose();
  };
  const persons = (people.data?.people ?? []).map((one) => ({
    value: one.personId,
    label: one.name,
  }));
  return (
    <Dialog open onClose={onClose} title={t('Add a rule')}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <SelectField
          label={t('Whom')}
          value={personId}
          options={[{ value: '', label: t('Choose a person') }, ...persons]}
          onValue={setPersonId}
        />
        <SelectField
          label={t('On which channel')}
          value={channel}
          options={[...new Set(['bell', ...names])].map((value) => ({ value, label: value }))}
          onValue={setChannel}
        />
        <SelectField
          label={t('Least severity')}
          value={severityMin}
          options={optionsOf(SEVERITIES, 'SEVERITY_', t)}
          onValue={setSeverityMin}
        />
        <SelectField
          label={t('About what')}
          value={area}
          options={AREAS.map((value) => ({
            value,
            label: value === ANY_AREA ? t('Everything') : t(words(bare(value, 'ALERT_AREA_'))),
          }))}
          onValue={setArea}
        />
        <SelectField
          label={t('How soon')}
          value={frequency}
          options={optionsOf(FREQUENCIES, 'FREQUENCY_', t)}
          onValue={setFrequency}
        />
        <Field label={t('Venue')} hint={t('Empty: all.')} value={venue} onText={setVenue} />
        {put.error === undefined ? null : <ProblemBox error={put.error} />}
        <footer className="dialog-foot">
          <Button type="submit" tone="primary" disabled={personId === '' || put.busy}>
            {t('Add it')}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
