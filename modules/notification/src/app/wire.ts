import { alertToWire, type WireMessages } from '@ats/contracts';
import { ALERT_AREAS, type AlertArea, AtsError, SEVERITIES, type Severity } from '@ats/domain';
import { type Condition, nextEscalationUs } from '../domain/condition.ts';
import { alertCount, type Message } from '../domain/message.ts';
import type { Mute } from '../domain/mute.ts';
import type { Person } from '../domain/person.ts';
import { FREQUENCIES, type Frequency, type Rule } from '../domain/rule.ts';
import type { ChannelKind } from './channel.ts';
import type { FinishedMessage } from './dispatcher.ts';

type Wire<Name extends string> = `ats.notification.v1.${Name}` extends keyof WireMessages
  ? WireMessages[`ats.notification.v1.${Name}`]
  : never;
type WireRule = Wire<'NotificationRule'>;
type WireMute = Wire<'Mute'>;
type WireMessage = Wire<'NotificationMessage'>;

/** A wire enum's name for a name of ours: `PREFIX_NAME`. */
const upper = <Name extends string, Prefix extends string>(prefix: Prefix, name: Name) =>
  `${prefix}_${name.toUpperCase() as Uppercase<Name>}` as const;

/** Our name for a wire enum's; undefined for unspecified. */
function lower<Name extends string>(
  prefix: string,
  names: readonly Name[],
  wire: string,
): Name | undefined {
  return names.find((name) => wire === `${prefix}_${name.toUpperCase()}`);
}

const areaOf = (wire: string): AlertArea | undefined => lower('ALERT_AREA', ALERT_AREAS, wire);
const severityOf = (wire: string): Severity | undefined => lower('SEVERITY', SEVERITIES, wire);
const frequencyOf = (wire: string): Frequency | undefined => lower('FREQUENCY', FREQUENCIES, wire);

/** A field of a message that must be there. @throws RPC_INVALID_ARGUMENT */
export function given<Value>(field: string, value: Value | null): Value {
  if (value !== null) return value;
  throw new AtsError({
    code: 'RPC_INVALID_ARGUMENT',
    message: `${field} is missing`,
    remedy: `Send ${field}.`,
    context: { field },
  });
}

export function personToWire(person: Person): Wire<'Person'> {
  return {
    ...person,
    addresses: { ...person.addresses },
    quietHours: person.quietHours.map((span) => ({ ...span, weekdays: [...span.weekdays] })),
  };
}

export function ruleToWire(rule: Rule): WireRule {
  return {
    ...rule,
    severityMin: upper('SEVERITY', rule.severityMin),
    area: rule.area === undefined ? 'ALERT_AREA_UNSPECIFIED' : upper('ALERT_AREA', rule.area),
    venue: rule.venue ?? '',
    instrument: rule.instrument ?? '',
    frequency: upper('FREQUENCY', rule.frequency),
    escalateTo: [...rule.escalateTo],
  };
}

const optional = <Name extends string>(name: Name, text: string | undefined) =>
  (text === undefined || text === '' ? {} : { [name]: text }) as { [Key in Name]?: string };

/** Unchecked: `parseInput` says what is wrong with it. */
export function ruleFromWire(wire: WireRule): Parameters<typeof ruleToWire>[0] {
  const { ruleId, personId, channel, escalateTo, acknowledgeWithinS, venue, instrument } = wire;
  return {
    ...{ ruleId, personId, channel, escalateTo, acknowledgeWithinS },
    severityMin: severityOf(wire.severityMin) ?? 'info',
    frequency: frequencyOf(wire.frequency) ?? 'immediate',
    ...optional('area', areaOf(wire.area)),
    ...optional('venue', venue),
    ...optional('instrument', instrument),
  } as Rule;
}

export function muteToWire(mute: Mute): WireMute {
  return {
    ...mute,
    key: mute.key ?? '',
    area: mute.area === undefined ? 'ALERT_AREA_UNSPECIFIED' : upper('ALERT_AREA', mute.area),
    personId: mute.personId ?? '',
    untilUs: mute.untilUs ?? 0,
  };
}

export function muteFromWire(wire: WireMute): Omit<Mute, 'muteId' | 'mutedAtUs'> {
  const { key, personId, untilUs, actor, reason } = wire;
  return {
    ...optional('key', key),
    ...optional('area', areaOf(wire.area)),
    ...optional('personId', personId),
    ...(untilUs === 0 ? {} : { untilUs }),
    ...{ actor, reason },
  } as Omit<Mute, 'muteId' | 'mutedAtUs'>;
}

export function conditionToWire(condition: Condition): Wire<'Condition'> {
  const { alert, acknowledgedBy = '', acknowledgedAtUs = 0, escalations, raised } = condition;
  return {
    alert: alertToWire(alert),
    ...{ acknowledgedBy, acknowledgedAtUs, raised },
    escalations: escalations.reduce((sum, { step }) => sum + step, 0),
    escalatesAtUs: nextEscalationUs(condition) ?? 0,
  };
}

const OUTCOMES = ['pending', 'delivered', 'dead', 'dropped'] as const;

export const outcomeOf = (wire: string): (typeof OUTCOMES)[number] | undefined =>
  lower('MESSAGE_OUTCOME', OUTCOMES, wire);

/** An outcome that is an end; undefined for any. */
export function endOf(wire: string): Exclude<(typeof OUTCOMES)[number], 'pending'> | undefined {
  const outcome = outcomeOf(wire);
  return outcome === 'pending' ? undefined : outcome;
}

export function messageToWire(message: Message | FinishedMessage): WireMessage {
  const { messageId, personId, channel, attempts, error, openedAtUs, dueAtUs } = message;
  const finished = 'outcome' in message ? message : undefined;
  return {
    ...{ messageId, personId, channel, attempts, error, openedAtUs, dueAtUs },
    outcome: upper('MESSAGE_OUTCOME', finished?.outcome ?? 'pending'),
    title: message.entries[0]?.alert.summary ?? message.group,
    alerts: alertCount(message),
    finishedAtUs: finished?.finishedAtUs ?? 0,
  };
}

export const kindToWire = (kind: ChannelKind | 'bell') => upper('CHANNEL_KIND', kind);
