import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { useSession } from '../../feeds/session.tsx';
import { useAct } from '../../feeds/use-rpc.ts';
import { bare, words } from '../../text/format.ts';
import { limitWords } from '../../text/limits.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, SelectField } from '../../ui/field.tsx';
import { ProblemBox } from '../../ui/problem-box.tsx';

type RiskLimit = Message<'ats.risk.v1.RiskLimit'>;

interface EditLimitProps {
  readonly limit: RiskLimit;
  /** The change is refused if somebody else changed limits since. */
  readonly version: number;
  onClose(): void;
}

const ACTIONS = [
  'BREACH_ACTION_REFUSE',
  'BREACH_ACTION_REDUCING',
  'BREACH_ACTION_HALTED',
  'BREACH_ACTION_FLATTEN',
] as const;

/** The API's word for a figure that is taken away. */
const NONE = 'none';
const orNone = (text: string): string => (text === '' ? NONE : text);

export function EditLimit({ limit, version, onClose }: EditLimitProps): ReactNode {
  const { t } = useTranslation();
  const { user, system } = useSession();
  const [expectedVersion] = useState(version);
  const [warn, setWarn] = useState(limit.warn);
  const [max, setMax] = useState(limit.max);
  const [onBreach, setOnBreach] = useState(limit.onBreach);
  const [reason, setReason] = useState('');
  const update = useAct('ats.risk.v1.RiskService', 'UpdateRiskLimits');
  const send = async (reset: boolean): Promise<void> => {
    const { name, of } = limit;
    const figures = { warn: orNone(warn), max: orNone(max), onBreach };
    const change = { name, of, reset, ...(reset ? {} : figures) };
    const done = await update.act({ changes: [change], actor: user.name, reason, expectedVersion });
    if (done !== undefined) onClose();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('Change {{name}}', { name: `${t(limitWords(limit.name))} ${limit.of}`.trim() })}
      description={`${t(limit.meaning)}, ${limit.unit === 'money' ? system.numeraire : t(limit.unit)}`}
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send(false);
        }}
      >
        <Field
          label={t('Warns at')}
          hint={t('Empty: no warning.')}
          inputMode="decimal"
          value={warn}
          onText={setWarn}
        />
        <Field
          label={t('Most')}
          hint={t('Empty: no limit.')}
          inputMode="decimal"
          value={max}
          onText={setMax}
        />
        <SelectField
          label={t('On breach')}
          value={onBreach}
          options={ACTIONS.map((value) => ({
            value,
            label: t(words(bare(value, 'BREACH_ACTION_'))),
          }))}
          onValue={(value) => setOnBreach(value as RiskLimit['onBreach'])}
        />
        <Field label={t('Reason, for the record')} value={reason} onText={setReason} required />
        <p className="muted">
          {t(
            'A tighter limit is in force at once. A looser one waits for another person, where the configuration asks for two.',
          )}
        </p>
        {update.error === undefined ? null : <ProblemBox error={update.error} />}
        <footer className="dialog-foot">
          {limit.changedBy === '' ? null : (
            <Button disabled={reason === '' || update.busy} onClick={() => void send(true)}>
              {t('Back to the configuration')}
            </Button>
          )}
          <Button type="submit" tone="primary" disabled={reason === '' || update.busy}>
            {t('Change it')}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
