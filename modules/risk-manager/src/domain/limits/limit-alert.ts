import {
  type Alert,
  type Decimal,
  type InstrumentId,
  makeAlert,
  type Severity,
  venueId,
} from '@ats/domain';
import { limitId } from './limit-change.ts';
import { BOARD_LIMITS, kindOf, type LimitName, type LimitUnit } from './limit-names.ts';
import type { LimitChangeKind, LimitJudgement, LimitReading } from './limit-state.ts';
import type { Limit } from './limit-table.ts';

/** Digits of a figure that a person reads. */
const SCALE = 2;

function figureText(amount: Decimal, unit: LimitUnit, numeraire: string): string {
  const text = amount.round(Math.min(amount.scale, SCALE), 'half-even').normalized().toString();
  const units: Readonly<Record<LimitUnit, string>> = {
    money: ` ${numeraire}`,
    'money-seconds': ` ${numeraire}-seconds`,
    bps: ' bps',
    ms: ' ms',
    'per-second': ' a second',
    count: '',
  };
  return `${text}${units[unit]}`;
}

function severityOf({ state, change }: LimitJudgement, { onBreach }: Limit): Severity {
  if (state.level !== 'breach') return 'warning';
  return change === 'halted' || onBreach !== 'refuse' ? 'emergency' : 'critical';
}

function actionOf(
  { state, change, halts }: LimitJudgement,
  { name, limit, halted }: LimitReading,
): string {
  if (halts) return `Trading was halted: ${limit.onBreach}. It goes on when a person resumes it.`;
  if (change === 'recovered' && halted) return 'Trading stays halted until a person resumes it.';
  if (state.level === 'ok') return 'Nothing is refused for it any more.';
  if (state.level === 'warn') return 'Nothing is refused for it.';
  return BOARD_LIMITS.has(name)
    ? 'Nothing new is approved until it is well below its limit again.'
    : 'Nothing that would add to it is approved.';
}

function summaryOf(
  change: LimitChangeKind,
  about: {
    readonly what: string;
    readonly value: string;
    readonly warn: string;
    readonly max: string;
    readonly breached: boolean;
    readonly name: LimitName;
  },
): string {
  const { what, value, warn, max, breached, name } = about;
  const { meaning } = kindOf(name);
  const is = `${what} is ${value}`;
  if (change === 'recovered') return `${is}: it is well below its warning and its limit again.`;
  if (change === 'eased') return `${is}: below its limit of ${max} again, above its warning.`;
  if (change === 'halted') return `${is}, above its limit of ${max}, and got worse: ${meaning}.`;
  if (breached) return `${is}, above its limit of ${max}: ${meaning}.`;
  const limit = max === '' ? '' : `, its limit is ${max}`;
  return `${is}: its warning is at ${warn}${limit} (${meaning}).`;
}

/** What people are told of a change of level. */
export function limitAlert(
  judgement: LimitJudgement & { readonly change: LimitChangeKind },
  reading: LimitReading,
  numeraire: string,
): Alert {
  const { state, change } = judgement;
  const { name, of, limit, value, nowUs } = reading;
  const { unit, scope } = kindOf(name);
  const text = (amount: Decimal | undefined): string =>
    amount === undefined ? '' : figureText(amount, unit, numeraire);
  const figures = { value: text(value), warn: text(limit.warn), max: text(limit.max) };
  const what = of === '' ? `The limit ${name}` : `The limit ${name} of ${of}`;
  const recovered = change === 'recovered';
  const breached = state.level === 'breach';
  return makeAlert({
    key: `risk.limit:${limitId({ name, of })}`,
    severity: severityOf(judgement, limit),
    area: 'risk',
    summary: summaryOf(change, { what, name, breached, ...figures }),
    action: actionOf(judgement, reading),
    remedy: recovered ? '' : 'Look at "ats limits" and "ats positions", then follow the runbook.',
    runbook: 'risk-limit',
    facts: { limit: limitId({ name, of }), ...figures, onBreach: limit.onBreach },
    venue: scope === 'venue' && of !== '' ? venueId(of) : undefined,
    instrument: scope === 'instrument' && of !== '' ? (of as InstrumentId) : undefined,
    raisedAtUs: state.raisedAtUs,
    resolvedAtUs: recovered ? nowUs : undefined,
  });
}
