import type { Alert } from '@ats/domain';
import { isAcknowledged, stateOf } from './condition.ts';
import { idOf } from './ids.ts';
import { judgeMutes, type Mute } from './mute.ts';
import { BELL, EVERYBODY, type Person } from './person.ts';
import { EVERYBODYS_RULE, type Frequency, matches, type Rule } from './rule.ts';

type Timing =
  | { readonly kind: 'now' }
  | { readonly kind: Exclude<Frequency, 'daily'> }
  | { readonly kind: 'snoozed'; readonly muteId: string; readonly untilUs: number };

/** One alert for one person on one channel. */
export interface Delivery {
  /** Follows from alert, state, person and channel: the same is the same for ever. */
  readonly deliveryId: string;
  readonly personId: string;
  readonly channel: string;
  /** The rule that chose it; empty where an escalation found no rule of the person's own. */
  readonly ruleId: string;
  readonly state: string;
  readonly timing: Timing;
}

export interface Audience {
  readonly people: ReadonlyMap<string, Person>;
  readonly rules: readonly Rule[];
  readonly mutes: readonly Mute[];
}

function deliveryIdOf(about: {
  readonly alertId: string;
  readonly state: string;
  readonly personId: string;
  readonly channel: string;
}): string {
  return idOf('delivery', about.alertId, about.state, about.personId, about.channel);
}

const SOONEST: Readonly<Record<Frequency, number>> = {
  immediate: 0,
  batched: 1,
  hourly: 2,
  daily: 3,
};

/** The soonest frequency that anybody's rules want, by person and channel. */
function wanted(alert: Alert, { people, rules }: Audience): Map<string, Rule> {
  const found = new Map<string, Rule>();
  const add = (rule: Rule): void => {
    const key = `${rule.personId}/${rule.channel}`;
    const before = found.get(key);
    if (before === undefined || SOONEST[rule.frequency] < SOONEST[before.frequency]) {
      found.set(key, rule);
    }
  };
  add(EVERYBODYS_RULE);
  for (const rule of rules) {
    if (!people.has(rule.personId) || !matches(rule, alert)) continue;
    add(rule);
    // Whatever a person is told of is on their bell, at once.
    add({ ...rule, channel: BELL, frequency: 'immediate' });
  }
  return found;
}

/** Who is to be told of an alert, where, and how soon. What is muted or for the digest is not. */
export function planDeliveries(
  alert: Alert,
  audience: Audience,
  nowUs: number,
): readonly Delivery[] {
  // Whoever was told of it reads who has it in hand where they look.
  if (isAcknowledged(alert)) return [];
  const { alertId } = alert;
  const state = stateOf(alert);
  return [...wanted(alert, audience).values()].flatMap((rule): readonly Delivery[] => {
    const { personId, channel, ruleId } = rule;
    const timing = timingOf(alert, rule, audience.mutes, nowUs);
    if (timing === undefined) return [];
    const deliveryId = deliveryIdOf({ alertId, state, personId, channel });
    return [{ deliveryId, personId, channel, ruleId, state, timing }];
  });
}

/** How soon a rule tells of an alert; undefined when it does not, or in the digest only. */
function timingOf(
  alert: Alert,
  { personId, channel, frequency }: Rule,
  mutes: readonly Mute[],
  nowUs: number,
): Timing | undefined {
  const verdict = judgeMutes(mutes, { alert, personId, nowUs });
  // A bell makes no noise: it rings at once, but for what whom it belongs to does not want at all.
  if (channel === BELL) {
    return verdict.kind === 'muted' && personId !== EVERYBODY ? undefined : { kind: 'now' };
  }
  if (verdict.kind === 'muted') return undefined;
  if (verdict.kind === 'snoozed') return verdict;
  if (alert.severity === 'emergency') return { kind: 'now' };
  return frequency === 'daily' ? undefined : { kind: frequency };
}

/**
 * Escalates to a person: on the channels that their rules choose for it, or on all where they
 * have an address. Mutes of their own hold.
 */
export function planEscalation(
  alert: Alert,
  to: { readonly personId: string; readonly state: string; readonly nowUs: number },
  audience: Audience,
): readonly Delivery[] {
  const { personId, state, nowUs } = to;
  const person = audience.people.get(personId);
  if (person === undefined) return [];
  const own = audience.mutes.filter((mute) => mute.personId === personId);
  if (judgeMutes(own, { alert, personId, nowUs }).kind !== 'told') return [];
  const chosen = audience.rules
    .filter((rule) => rule.personId === personId && matches(rule, alert))
    .map(({ channel, ruleId }) => [channel, ruleId] as const);
  const rules = new Map(chosen);
  const channels = chosen.length > 0 ? rules.keys() : Object.keys(person.addresses);
  const kind = alert.severity === 'emergency' ? 'now' : 'immediate';
  return [...new Set([...channels, BELL])].map((channel) => ({
    ...{ personId, channel, state, ruleId: rules.get(channel) ?? '' },
    deliveryId: deliveryIdOf({ alertId: alert.alertId, state, personId, channel }),
    timing: { kind: channel === BELL ? 'now' : kind },
  }));
}
