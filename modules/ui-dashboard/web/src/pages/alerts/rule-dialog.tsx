import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { bare, words } from '../../text/format.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, SelectField } from '../../ui/field.tsx';
import { ProblemBox } from '../../ui/problem-box.tsx';
import { Escalation } from './escalation.tsx';
import { ANY_AREA, AREAS, areaWords, NOTIFICATION } from './words.ts';

type Rule = Message<'ats.notification.v1.NotificationRule'>;

const SEVERITIES = [
  'SEVERITY_INFO',
  'SEVERITY_WARNING',
  'SEVERITY_CRITICAL',
  'SEVERITY_EMERGENCY',
] as const;
const FREQUENCIES = [
  'FREQUENCY_IMMEDIATE',
  'FREQUENCY_BATCHED',
  'FREQUENCY_HOURLY',
  'FREQUENCY_DAILY',
] as const;
const MINUTES = '5';

/** What the dialog begins with for a rule that is not there yet. */
export const FRESH_RULE: Rule = {
  ...{ ruleId: '', personId: '', channel: 'bell', severityMin: 'SEVERITY_WARNING' },
  ...{ area: ANY_AREA, venue: '', instrument: '', frequency: 'FREQUENCY_IMMEDIATE' },
  ...{ escalateTo: [], acknowledgeWithinS: 0 },
};

const optionsOf = (values: readonly string[], prefix: string, t: (text: string) => string) =>
  values.map((value) => ({ value, label: t(words(bare(value, prefix))) }));

interface RuleDialogProps {
  readonly rule: Rule;
  onClose(): void;
}

export function RuleDialog({ rule: before, onClose }: RuleDialogProps): ReactNode {
  const { t } = useTranslation();
  const fresh = before === FRESH_RULE;
  const people = useRpc(NOTIFICATION, 'ListPeople', {});
  const channels = useRpc(NOTIFICATION, 'GetStatistics', {});
  const put = useAct(NOTIFICATION, 'PutRule');
  const [rule, setRule] = useState(before);
  const { acknowledgeWithinS } = before;
  const [minutes, setMinutes] = useState(
    acknowledgeWithinS === 0 ? MINUTES : String(acknowledgeWithinS / 60),
  );
  const set =
    <Name extends keyof Rule>(name: Name) =>
    (value: string) =>
      setRule({ ...rule, [name]: value });
  const send = async (): Promise<void> => {
    const within = rule.escalateTo.length === 0 ? 0 : Math.round(Number(minutes) * 60);
    const whole = { ...rule, acknowledgeWithinS: within };
    if ((await put.act({ rule: whole })) !== undefined) onClose();
  };
  const names = (channels.data?.channels ?? []).map((one) => one.channel);
  const persons = (people.data?.people ?? []).map((one) => ({
    value: one.personId,
    label: one.name,
  }));
  return (
    <Dialog open onClose={onClose} title={fresh ? t('Add a rule') : t('Change the rule')}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <SelectField
          label={t('Whom')}
          value={rule.personId}
          options={[{ value: '', label: t('Choose a person') }, ...persons]}
          onValue={set('personId')}
        />
        <SelectField
          label={t('On which channel')}
          value={rule.channel}
          options={[...new Set(['bell', rule.channel, ...names])].map((value) => ({
            value,
            label: value,
          }))}
          onValue={set('channel')}
        />
        <div className="halves">
          <SelectField
            label={t('Least severity')}
            value={rule.severityMin}
            options={optionsOf(SEVERITIES, 'SEVERITY_', t)}
            onValue={set('severityMin')}
          />
          <SelectField
            label={t('How soon')}
            value={rule.frequency}
            options={optionsOf(FREQUENCIES, 'FREQUENCY_', t)}
            onValue={set('frequency')}
          />
        </div>
        <SelectField
          label={t('About what')}
          value={rule.area}
          options={[
            { value: ANY_AREA, label: t('Everything') },
            ...AREAS.map((value) => ({ value, label: t(areaWords(value)) })),
          ]}
          onValue={set('area')}
        />
        <div className="halves">
          <Field
            label={t('Venue')}
            hint={t('Empty: all.')}
            value={rule.venue}
            onText={set('venue')}
          />
          <Field
            label={t('Market')}
            hint={t('Such as BTC/USDT; empty: all.')}
            value={rule.instrument}
            onText={set('instrument')}
          />
        </div>
        <Escalation
          steps={rule.escalateTo}
          minutes={minutes}
          people={persons.filter(({ value }) => value !== rule.personId)}
          onSteps={(escalateTo) => setRule({ ...rule, escalateTo: [...escalateTo] })}
          onMinutes={setMinutes}
        />
        {put.error === undefined ? null : <ProblemBox error={put.error} />}
        <footer className="dialog-foot">
          <Button onClick={onClose}>{t('Cancel')}</Button>
          <Button type="submit" tone="primary" disabled={rule.personId === '' || put.busy}>
            {fresh ? t('Add it') : t('Change it')}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
