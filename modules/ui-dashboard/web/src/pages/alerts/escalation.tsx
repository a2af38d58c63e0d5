import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/button.tsx';
import { Field, SelectField } from '../../ui/field.tsx';

/** Most persons that a rule may go on to. */
const STEPS_MAX = 10;

interface EscalationProps {
  /** Who is told after the rule's own person, in this order. */
  readonly steps: readonly string[];
  /** How long each has, as it is typed. */
  readonly minutes: string;
  readonly people: readonly { readonly value: string; readonly label: string }[];
  onSteps(steps: readonly string[]): void;
  onMinutes(minutes: string): void;
}

/** Who is told next, one after the other, while nobody takes it. */
export function Escalation(props: EscalationProps): ReactNode {
  const { t } = useTranslation();
  const { steps, minutes, people, onSteps, onMinutes } = props;
  const hint = useId();
  const left = people.filter(({ value }) => !steps.includes(value));
  const nameOf = (id: string) => people.find(({ value }) => value === id)?.label ?? id;
  return (
    <fieldset className="group" aria-describedby={hint}>
      <legend>{t('While nobody takes it')}</legend>
      <p id={hint} className="muted">
        {t('These are told next, one after the other.')}
      </p>
      {steps.length === 0 ? null : (
        <ol className="steps">
          {steps.map((id) => (
            <li key={id}>
              {nameOf(id)}
              <Button
                tone="quiet"
                aria-label={t('Leave out {{name}}', { name: nameOf(id) })}
                onClick={() => onSteps(steps.filter((one) => one !== id))}
              >
                ✕
              </Button>
            </li>
          ))}
        </ol>
      )}
      {steps.length >= STEPS_MAX || left.length === 0 ? null : (
        <SelectField
          label={t('Then tell')}
          value=""
          options={[{ value: '', label: t('Choose a person') }, ...left]}
          onValue={(id) => onSteps([...steps, id])}
        />
      )}
      {steps.length === 0 ? null : (
        <Field
          label={t('Minutes that each has')}
          type="number"
          min="0.1"
          step="any"
          value={minutes}
          onText={onMinutes}
          required
        />
      )}
    </fieldset>
  );
}
