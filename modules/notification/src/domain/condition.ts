import { type Alert, isAtLeast } from '@ats/domain';
import { matches, type Rule } from './rule.ts';

/** Who is told next while nobody acknowledges, by one rule. */
export interface Escalation {
  readonly ruleId: string;
  /** Who is told, one after the other. */
  readonly personIds: readonly string[];
  readonly acknowledgeWithinUs: number;
  /** How many were told so far. */
  readonly step: number;
  /** When the next is told, microseconds since the epoch; undefined when nobody is left. */
  readonly dueAtUs: number | undefined;
}

/** One condition: all alerts with one key. */
export interface Condition {
  /** The newest alert of it. */
  readonly alert: Alert;
  /** How often it was raised. */
  readonly raised: number;
  readonly acknowledgedBy: string | undefined;
  readonly acknowledgedAtUs: number | undefined;
  readonly escalations: readonly Escalation[];
}

/** What a delivery is told of: an alert can be raised, worsen, be acknowledged, and end. */
export function stateOf({ severity, resolvedAtUs, acknowledgement }: Alert): string {
  if (resolvedAtUs !== undefined) return 'recovered';
  return acknowledgement === undefined ? `raised:${severity}` : `acknowledged:${severity}`;
}

/** Whether it says only that somebody has a condition in hand. */
export const isAcknowledged = (alert: Alert): boolean =>
  alert.resolvedAtUs === undefined && alert.acknowledgement !== undefined;

function escalationsOf(rules: readonly Rule[], alert: Alert, nowUs: number): Escalation[] {
  return rules
    .filter((rule) => rule.escalateTo.length > 0 && matches(rule, alert))
    .map(({ ruleId, escalateTo: personIds, acknowledgeWithinS }) => {
      const acknowledgeWithinUs = acknowledgeWithinS * 1e6;
      const dueAtUs = nowUs + acknowledgeWithinUs;
      return { ruleId, personIds, acknowledgeWithinUs, step: 0, dueAtUs };
    });
}

/**
 * The condition after one more alert of it. What was acknowledged stays so until it ends, is
 * raised anew or worsens. An older alert that comes late changes nothing.
 */
export function withAlert(
  before: Condition | undefined,
  alert: Alert,
  { rules, nowUs }: { readonly rules: readonly Rule[]; readonly nowUs: number },
): Condition {
  if (before !== undefined && before.alert.raisedAtUs > alert.raisedAtUs) return before;
  const same = before?.alert.alertId === alert.alertId;
  // The end of an alert is its last word.
  if (same && before?.alert.resolvedAtUs !== undefined) return before;
  // Who has it in hand has what they were told of, and not what it has worsened to since.
  const late = before !== undefined && !isAtLeast(alert.severity, before.alert.severity);
  if (same && isAcknowledged(alert) && late) return before;
  const raised = (before?.raised ?? 0) + (same ? 0 : 1);
  const ended = alert.resolvedAtUs !== undefined;
  if (before !== undefined && same && isAtLeast(before.alert.severity, alert.severity)) {
    const after = { ...before, alert, raised, escalations: ended ? [] : before.escalations };
    return inHand(after);
  }
  const nobody = { acknowledgedBy: undefined, acknowledgedAtUs: undefined };
  const escalations = ended ? [] : escalationsOf(rules, alert, nowUs);
  return inHand({ alert, raised, ...nobody, escalations });
}

/** As the alert itself says who has it in hand. */
function inHand(condition: Condition): Condition {
  const { acknowledgement } = condition.alert;
  if (acknowledgement === undefined) return condition;
  return acknowledged(condition, acknowledgement.actor, acknowledgement.atUs);
}

/** The condition in somebody's hands: nobody else is told any more. */
export function acknowledged(condition: Condition, actor: string, nowUs: number): Condition {
  if (condition.acknowledgedBy !== undefined) return condition;
  return { ...condition, acknowledgedBy: actor, acknowledgedAtUs: nowUs, escalations: [] };
}

/** When the condition is escalated next, microseconds since the epoch. */
export function nextEscalationUs({ escalations }: Condition): number | undefined {
  const due = escalations.flatMap(({ dueAtUs }) => dueAtUs ?? []);
  return due.length === 0 ? undefined : Math.min(...due);
}

export interface Escalated {
  readonly condition: Condition;
  /** Who is told now, and as which step of which rule; undefined when nobody is due. */
  readonly told: { readonly personId: string; readonly state: string } | undefined;
}

/** Tells the next person of the first escalation that is due. Time missed is not made up for. */
export function escalate(condition: Condition, nowUs: number): Escalated {
  const { escalations } = condition;
  const at = escalations.findIndex(({ dueAtUs = Number.POSITIVE_INFINITY }) => dueAtUs <= nowUs);
  const due = escalations[at];
  const personId = due?.personIds[due.step];
  if (due === undefined || personId === undefined) return { condition, told: undefined };
  const { ruleId, step, personIds, acknowledgeWithinUs } = due;
  const left = step + 1 < personIds.length;
  const dueAtUs = left ? nowUs + acknowledgeWithinUs : undefined;
  const after = escalations.with(at, { ...due, step: step + 1, dueAtUs });
  const told = { personId, state: `escalated:${ruleId}:${step}` };
  return { condition: { ...condition, escalations: after }, told };
}
