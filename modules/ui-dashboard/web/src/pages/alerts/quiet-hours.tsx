import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { weekdayNames, weekdayWords } from '../../text/notifying.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';

export type QuietSpan = Message<'ats.notification.v1.QuietHours'>;

/** Most that one person may have. */
const SPANS_MAX = 14;
const NIGHT: QuietSpan = { from: '22:00', to: '07:00', weekdays: [] };

/** `22:00 to 07:00, Mon–Fri`. */
export function QuietWords({ span }: { readonly span: QuietSpan }): ReactNode {
  const { t, i18n } = useTranslation();
  const { from, to, weekdays } = span;
  const days = weekdayWords(weekdays, i18n.language) || t('every day');
  return t('quiet from {{from}} to {{to}}, {{days}}', { from, to, days });
}

interface QuietHoursProps {
  readonly spans: readonly QuietSpan[];
  onSpans(spans: readonly QuietSpan[]): void;
}

/** When nothing but emergencies is told; each span begins on the days that are chosen. */
export function QuietHours({ spans, onSpans }: QuietHoursProps): ReactNode {
  const { t } = useTranslation();
  return (
    <fieldset className="group">
      <legend>{t('Quiet hours')}</legend>
      <p className="muted">{t('Emergencies are told all the same; the rest waits.')}</p>
      {spans.map((span, index) => (
        <Span
          // biome-ignore lint/suspicious/noArrayIndexKey: two spans may be alike while they are typed.
          key={index}
          span={span}
          onSpan={(next) => onSpans(spans.with(index, next))}
          onRemove={() => onSpans(spans.toSpliced(index, 1))}
        />
      ))}
      {spans.length >= SPANS_MAX ? null : (
        <Button className="start" onClick={() => onSpans([...spans, NIGHT])}>
          {t('Add quiet hours')}
        </Button>
      )}
    </fieldset>
  );
}

interface SpanProps {
  readonly span: QuietSpan;
  onSpan(span: QuietSpan): void;
  onRemove(): void;
}

function Span({ span, onSpan, onRemove }: SpanProps): ReactNode {
  const { t } = useTranslation();
  return (
    <div className="quiet-span">
      <Field
        label={t('From')}
        type="time"
        value={span.from}
        onText={(from) => onSpan({ ...span, from })}
        required
      />
      <Field
        label={t('To')}
        type="time"
        value={span.to}
        onText={(to) => onSpan({ ...span, to })}
        required
      />
      <Button tone="quiet" aria-label={t('Remove these quiet hours')} onClick={onRemove}>
        ✕
      </Button>
      <Weekdays
        weekdays={span.weekdays}
        onWeekdays={(weekdays) => onSpan({ ...span, weekdays: [...weekdays] })}
      />
    </div>
  );
}

interface WeekdaysProps {
  /** 1 is Monday; none means all. */
  readonly weekdays: readonly number[];
  onWeekdays(weekdays: readonly number[]): void;
}

function Weekdays({ weekdays, onWeekdays }: WeekdaysProps): ReactNode {
  const { t, i18n } = useTranslation();
  const toggled = (day: number): readonly number[] =>
    weekdays.includes(day) ? weekdays.filter((one) => one !== day) : [...weekdays, day].toSorted();
  return (
    <div className="stack tight days">
      <fieldset className="segments">
        <legend className="hidden">{t('On which days')}</legend>
        {weekdayNames(i18n.language).map((name, index) => (
          <button
            key={name}
            type="button"
            aria-pressed={weekdays.includes(index + 1)}
            onClick={() => onWeekdays(toggled(index + 1))}
          >
            {name}
          </button>
        ))}
      </fieldset>
      {weekdays.length === 0 ? (
        <span className="muted">{t('No day chosen: every day.')}</span>
      ) : null}
    </div>
  );
}
