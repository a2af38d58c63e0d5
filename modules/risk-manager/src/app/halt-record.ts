import { type HaltMode, makeAlert, type Severity } from '@ats/domain';
import { alertRecord } from '@ats/orders';
import type { NewRecord } from '@ats/storage';
import type { Halt, HaltState, ResumeWish } from '../domain/halt.ts';

const WORDS: Readonly<Record<HaltMode, { severity: Severity; is: string; action: string }>> = {
  reducing: {
    severity: 'warning',
    is: 'reduced',
    action: 'Only trades and orders that lower exposure are taken.',
  },
  halted: {
    severity: 'critical',
    is: 'halted',
    action: 'No new trades or orders are taken. What is open can be cancelled and unwound.',
  },
  flatten: {
    severity: 'critical',
    is: 'halted and flattened',
    action: 'No new trades or orders are taken. What is open is cancelled and closed.',
  },
};

/** What people and the archive are told of a change. @param wish the resume that made it, if any */
export function haltRecord(
  before: HaltState,
  after: HaltState,
  wish: ResumeWish | undefined,
): NewRecord {
  if (after.halt !== undefined && after.halt.mode !== before.halt?.mode) {
    return alertRecord(haltAlert(after.halt), 'raised');
  }
  if (wish === undefined) {
    const insisted = `insisted:${before.resumes.at(-1)?.atUs ?? 0}`;
    return alertRecord(haltAlert(after.halt as Halt), insisted);
  }
  return after.halt === undefined ? endRecord(before, wish) : wishRecord(wish);
}

function wishRecord({ actor, reason, to, atUs }: ResumeWish): NewRecord {
  const wanted = to === undefined ? 'trading to go on' : `trading to be ${WORDS[to].is} only`;
  const asked = makeAlert({
    key: `risk.resume:${actor}`,
    severity: 'info',
    area: 'risk',
    summary: `${actor} wants ${wanted}: ${reason}.`,
    action: 'The halt stays as it is until enough persons say so.',
    raisedAtUs: atUs,
  });
  return alertRecord(asked, 'raised');
}

function endRecord(before: HaltState, { actor, reason, atUs }: ResumeWish): NewRecord {
  const others = before.resumes.filter((one) => one.to === undefined && one.actor !== actor);
  const persons = [...others.map((one) => one.actor), actor].join(' and ');
  const ended = {
    ...haltAlert(before.halt as Halt),
    summary: `Trading goes on, says ${persons}: ${reason}.`,
    action: 'New trades and orders are taken again.',
    remedy: '',
    resolvedAtUs: atUs,
  };
  return alertRecord(ended, 'resolved');
}

/** Each mode is an alert of its own, of one condition. */
function haltAlert(halt: Halt) {
  const { mode, actor, reason, atUs } = halt.changes.at(-1) ?? halt;
  const { severity, is, action } = WORDS[mode];
  const first =
    halt.changes.length === 0 ? '' : ` It was first halted by ${halt.actor}: ${halt.reason}.`;
  return makeAlert({
    key: 'risk.halted',
    severity,
    area: 'risk',
    summary: `Trading is ${is} by ${actor}: ${reason}.${first}`,
    action,
    remedy: 'Find out why, then say "ats resume" with your name and the reason.',
    runbook: 'trading-halted',
    facts: { actor, reason, mode },
    raisedAtUs: atUs,
  });
}
