import { NOTIFICATION_SERVICE, type WireMessages, type WireServices } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import { EXIT, type RpcClient, systemClock } from '@ats/runtime';
import pc from 'picocolors';
import { ANSWER_DEADLINE_MS, withRunningService } from '../app/running-system.ts';
import { plainText } from '../view/format.ts';
import type {
  BellOptions,
  DeadLetterOptions,
  HistoryOptions,
  JsonOption,
  ListOptions,
  MuteOptions,
  PersonOptions,
  RuleOptions,
  StatisticsOptions,
  TestOptions,
} from './notify-options.ts';
import {
  bellTable,
  conditionTable,
  deliveryTable,
  messageTable,
  muteTable,
  peopleTable,
  ruleTable,
  statisticsTable,
} from './notify-tables.ts';

type Service = WireServices['ats.notification.v1.NotificationService'];
type Rule = WireMessages['ats.notification.v1.NotificationRule'];
type Mute = WireMessages['ats.notification.v1.Mute'];
type Outcome = WireMessages['ats.notification.v1.NotificationMessage']['outcome'];

const CALL = { deadlineMs: ANSWER_DEADLINE_MS };
/** A channel may take its time, and so may a long history. */
const LONG_CALL = { deadlineMs: 60_000 };

/** Asks the service and prints the answer as JSON, or in words. @returns the exit code */
async function ask<Answer>(
  options: JsonOption,
  call: (client: RpcClient<Service>) => Promise<Answer>,
  words: (answer: Answer) => string,
  ok: (answer: Answer) => boolean = () => true,
): Promise<number> {
  const target = { flags: options, service: NOTIFICATION_SERVICE };
  const answer = await withRunningService(target, call);
  const text = options.json === true ? JSON.stringify(answer) : words(answer);
  process.stdout.write(`${text}\n`);
  return ok(answer) ? EXIT.ok : EXIT.failed;
}

const upper = (text: string): string => text.toUpperCase();

export const listPeople = (options: JsonOption): Promise<number> =>
  ask(
    options,
    (client) => client.ListPeople({}, CALL),
    ({ people }) => peopleTable(people),
  );

export function putPerson(personId: string, options: PersonOptions): Promise<number> {
  const { name, zone, locale, digestAt } = options;
  const addresses = Object.fromEntries(options.address.map(parseAddress));
  const quietHours = options.quiet.map(parseQuiet);
  const person = { personId, name, zone, locale, digestAt, addresses, quietHours };
  return ask(
    options,
    (client) => client.PutPerson({ person }, CALL),
    (answer) => peopleTable(answer.person === null ? [] : [answer.person]),
  );
}

export const removePerson = (personId: string, options: JsonOption): Promise<number> =>
  ask(
    options,
    (client) => client.RemovePerson({ personId }, CALL),
    removedWords,
    ({ removed }) => removed,
  );

export const listRules = (options: ListOptions): Promise<number> =>
  ask(
    options,
    (client) => client.ListRules({ personId: options.person ?? '' }, CALL),
    ({ rules }) => ruleTable(rules),
  );

export function putRule(options: RuleOptions): Promise<number> {
  const { id = '', person, channel, venue = '', instrument = '', escalateTo, within = 0 } = options;
  const rule: Rule = {
    ...{ ruleId: id, personId: person, channel, venue, instrument },
    severityMin: `SEVERITY_${upper(options.severity)}` as Rule['severityMin'],
    area: `ALERT_AREA_${upper(options.area ?? 'unspecified')}` as Rule['area'],
    frequency: `FREQUENCY_${upper(options.frequency)}` as Rule['frequency'],
    escalateTo: [...escalateTo],
    acknowledgeWithinS: Math.ceil(within / 1000),
  };
  return ask(
    options,
    (client) => client.PutRule({ rule }, CALL),
    (answer) => ruleTable(answer.rule === null ? [] : [answer.rule]),
  );
}

export const removeRule = (ruleId: string, options: JsonOption): Promise<number> =>
  ask(
    options,
    (client) => client.RemoveRule({ ruleId }, CALL),
    removedWords,
    ({ removed }) => removed,
  );

/** A mute, or with `--for` a snooze. */
export function mute(options: MuteOptions): Promise<number> {
  const { key = '', area = 'unspecified', person = '', actor, reason, for: forMs } = options;
  const wanted: Mute = {
    ...{ muteId: '', key, personId: person, actor, reason, mutedAtUs: 0 },
    area: `ALERT_AREA_${upper(area)}` as Mute['area'],
    untilUs: forMs === undefined ? 0 : systemClock.nowUs() + forMs * 1000,
  };
  return ask(
    options,
    (client) => client.PutMute({ mute: wanted }, CALL),
    (answer) => muteTable(answer.mute === null ? [] : [answer.mute]),
  );
}

export const listMutes = (options: JsonOption): Promise<number> =>
  ask(
    options,
    (client) => client.ListMutes({}, CALL),
    ({ mutes }) => muteTable(mutes),
  );

export const unmute = (muteId: string, options: JsonOption): Promise<number> =>
  ask(
    options,
    (client) => client.RemoveMute({ muteId }, CALL),
    removedWords,
    ({ removed }) => removed,
  );

export const acknowledge = (
  key: string,
  options: JsonOption & { readonly actor: string },
): Promise<number> =>
  ask(
    options,
    (client) => client.Acknowledge({ key, actor: options.actor }, CALL),
    ({ condition }) => conditionTable(condition === null ? [] : [condition]),
  );

export const listConditions = (options: JsonOption & { readonly all?: true }): Promise<number> =>
  ask(
    options,
    (client) => client.ListConditions({ openOnly: options.all !== true }, CALL),
    ({ conditions }) => conditionTable(conditions),
  );

export function test(channel: string, options: TestOptions): Promise<number> {
  const { person = '', address = '' } = options;
  return ask(
    options,
    (client) => client.TestChannel({ channel, personId: person, address }, LONG_CALL),
    ({ delivery }) =>
      delivery?.delivered === true
        ? pc.green(`${channel} took it`)
        : `${pc.red(`${channel} did not take it`)}: ${plainText(delivery?.error ?? '')}`,
    ({ delivery }) => delivery?.delivered === true,
  );
}

/** What waits is with the service; what has ended is in the tick store. */
export function history(options: HistoryOptions): Promise<number> {
  const { person = '', channel = '', key = '', outcome = 'unspecified', limit, since } = options;
  const wanted = { personId: person, limit, outcome: outcomeOf(outcome) };
  if (outcome === 'pending') {
    return ask(
      options,
      (client) => client.ListMessages(wanted, CALL),
      ({ messages }) => messageTable(messages),
    );
  }
  const span = { fromUs: sinceUs(since), toUs: 0 };
  return ask(
    options,
    (client) => client.ListDeliveries({ ...wanted, ...span, channel, alertKey: key }, LONG_CALL),
    ({ deliveries }) => deliveryTable(deliveries),
  );
}

export function deadLetters(options: DeadLetterOptions): Promise<number> {
  const { retry, limit } = options;
  if (retry !== undefined) {
    return ask(
      options,
      (client) => client.RetryMessage({ messageId: retry }, CALL),
      ({ message }) => messageTable(message === null ? [] : [message]),
    );
  }
  const wanted = { personId: '', limit, outcome: outcomeOf('dead') };
  return ask(
    options,
    (client) => client.ListMessages(wanted, CALL),
    ({ messages }) => messageTable(messages),
  );
}

export const bell = (options: BellOptions): Promise<number> =>
  ask(
    options,
    (client) => client.ListBell({ personId: options.person ?? '', limit: options.limit }, CALL),
    ({ entries }) => bellTable(entries),
  );

export const statistics = (options: StatisticsOptions): Promise<number> => {
  const fromUs = options.since === undefined ? 0 : sinceUs(options.since);
  return ask(options, (client) => client.GetStatistics({ fromUs }, LONG_CALL), statisticsTable);
};

const sinceUs = (sinceMs: number): number => systemClock.nowUs() - sinceMs * 1000;

const outcomeOf = (name: string): Outcome => `MESSAGE_OUTCOME_${upper(name)}` as Outcome;

const removedWords = ({ removed }: { readonly removed: boolean }): string =>
  removed ? pc.green('Removed.') : 'There was none.';

function wrong(field: string, value: string, expected: string): AtsError {
  return new AtsError({
    code: 'CONFIG_INVALID',
    message: `${field} is "${value}", expected ${expected}`,
    remedy: 'Mend the flag; "ats help notify" has examples.',
    context: { field, value },
  });
}

function parseAddress(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at <= 0) throw wrong('--address', text, 'channel=address, such as email=ann@example.com');
  return [text.slice(0, at), text.slice(at + 1)];
}

function parseQuiet(text: string): { from: string; to: string; weekdays: number[] } {
  const [, from, to, days] = /^(\d\d:\d\d)-(\d\d:\d\d)(?:@([1-7](?:,[1-7])*))?$/.exec(text) ?? [];
  if (from === undefined || to === undefined) {
    throw wrong('--quiet', text, 'HH:MM-HH:MM, or HH:MM-HH:MM@6,7 for some days (1 is Monday)');
  }
  return { from, to, weekdays: days === undefined ? [] : days.split(',').map(Number) };
}
