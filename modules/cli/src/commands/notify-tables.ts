import type { WireMessages } from '@ats/contracts';
import Table from 'cli-table3';
import pc from 'picocolors';
import { dateAndTime, plainText } from '../view/format.ts';

type Wire<Name extends string> = `ats.notification.v1.${Name}` extends keyof WireMessages
  ? WireMessages[`ats.notification.v1.${Name}`]
  : never;

const WIDE = 60;

function table(head: readonly string[], rows: readonly (readonly string[])[], none: string) {
  if (rows.length === 0) return none;
  const drawn = new Table({ head: [...head], style: { head: [], border: [] } });
  for (const row of rows) drawn.push([...row]);
  return drawn.toString();
}

/** A wire enum's name in small letters, without its prefix. */
const word = (prefix: string, name: string): string =>
  name.endsWith('_UNSPECIFIED') ? 'all' : name.slice(prefix.length + 1).toLowerCase();

const cut = (text: string): string => {
  const plain = plainText(text);
  return plain.length <= WIDE ? plain : `${plain.slice(0, WIDE - 1)}…`;
};

const seconds = (us: number): string => `${(us / 1e6).toFixed(1)} s`;

const at = (timeUs: number, never = ''): string => (timeUs === 0 ? never : dateAndTime(timeUs));

export function peopleTable(people: readonly Wire<'Person'>[]): string {
  const rows = people.map((one) => [
    plainText(one.personId),
    plainText(one.name),
    one.locale,
    one.zone,
    Object.entries(one.addresses)
      .map(([channel, address]) => `${channel} ${cut(address)}`)
      .join('\n'),
    one.quietHours
      .map(({ from, to, weekdays }) => `${from}-${to}${weekdays.length > 0 ? `@${weekdays}` : ''}`)
      .join('\n'),
    one.digestAt,
  ]);
  const head = ['PERSON', 'NAME', 'LANGUAGE', 'ZONE', 'ADDRESSES', 'QUIET', 'DIGEST'];
  return table(head, rows, 'Nobody; alerts are on the bell of everybody.');
}

export function ruleTable(rules: readonly Wire<'NotificationRule'>[]): string {
  const rows = rules.map((rule) => [
    rule.ruleId,
    plainText(rule.personId),
    rule.channel,
    word('SEVERITY', rule.severityMin),
    [
      word('ALERT_AREA', rule.area),
      ...[rule.venue, rule.instrument].filter((one) => one !== '').map(plainText),
    ].join(', '),
    word('FREQUENCY', rule.frequency),
    rule.escalateTo.length === 0
      ? ''
      : `${rule.escalateTo.map(plainText).join(', ')} after ${rule.acknowledgeWithinS} s each`,
  ]);
  const head = ['RULE', 'PERSON', 'CHANNEL', 'FROM', 'ABOUT', 'HOW SOON', 'ESCALATES TO'];
  return table(head, rows, 'No rules.');
}

export function muteTable(mutes: readonly Wire<'Mute'>[]): string {
  const rows = mutes.map((mute) => [
    mute.muteId,
    mute.key === '' ? `area ${word('ALERT_AREA', mute.area)}` : cut(mute.key),
    mute.personId === '' ? 'everybody' : plainText(mute.personId),
    at(mute.untilUs, 'until unmuted'),
    plainText(mute.actor),
    cut(mute.reason),
  ]);
  return table(['MUTE', 'WHAT', 'FOR', 'UNTIL, UTC', 'BY', 'REASON'], rows, 'Nothing is muted.');
}

export function conditionTable(conditions: readonly Wire<'Condition'>[]): string {
  const rows = conditions.map(({ alert, acknowledgedBy, escalatesAtUs, raised }) => [
    cut(alert?.key ?? ''),
    severity(alert?.severity ?? ''),
    cut(alert?.summary ?? ''),
    at(alert?.raisedAtUs ?? 0),
    at(alert?.resolvedAtUs ?? 0, 'stands'),
    acknowledgedBy === '' ? at(escalatesAtUs) : `${plainText(acknowledgedBy)} has it`,
    String(raised),
  ]);
  const head = ['KEY', 'SEVERITY', 'WHAT', 'SINCE, UTC', 'ENDED', 'ESCALATES', 'RAISED'];
  return table(head, rows, 'No conditions stand.');
}

export function messageTable(messages: readonly Wire<'NotificationMessage'>[]): string {
  const rows = messages.map((one) => [
    one.messageId,
    plainText(one.personId),
    one.channel,
    word('MESSAGE_OUTCOME', one.outcome),
    cut(one.title) + (one.alerts > 1 ? ` +${one.alerts - 1}` : ''),
    String(one.attempts),
    at(one.finishedAtUs || one.dueAtUs),
    cut(one.error),
  ]);
  const head = ['MESSAGE', 'PERSON', 'CHANNEL', 'OUTCOME', 'WHAT', 'TRIES', 'AT, UTC', 'ERROR'];
  return table(head, rows, 'No messages.');
}

export function deliveryTable(deliveries: readonly Wire<'DeliveryRecord'>[]): string {
  const rows = deliveries.map((one) => [
    at(one.finishedAtUs),
    plainText(one.personId),
    one.channel,
    word('MESSAGE_OUTCOME', one.outcome),
    one.severity === '' ? 'digest' : one.severity,
    cut(one.alertKeys[0] ?? '') + (one.alerts > 1 ? ` +${one.alerts - 1}` : ''),
    seconds(one.latencyUs),
    String(one.attempts),
    one.errorCode === '' ? '' : cut(`${one.errorCode}: ${one.error}`),
  ]);
  const head = ['AT, UTC', 'PERSON', 'CHANNEL', 'OUTCOME', 'SEVERITY', 'ABOUT', 'TOOK', 'TRIES'];
  return table([...head, 'ERROR'], rows, 'No messages in that time.');
}

export function bellTable(entries: readonly Wire<'BellEntry'>[]): string {
  const rows = entries.map(({ alert, recovered, rungAtUs }) => [
    at(rungAtUs),
    recovered ? pc.green('recovered') : severity(alert?.severity ?? ''),
    word('ALERT_AREA', alert?.area ?? '_UNSPECIFIED'),
    cut(alert?.summary ?? ''),
    cut(alert?.key ?? ''),
  ]);
  return table(['AT, UTC', 'SEVERITY', 'AREA', 'WHAT', 'KEY'], rows, 'It has not rung.');
}

export function statisticsTable(answer: Wire<'GetStatisticsResponse'>): string {
  const rows = answer.channels.map((one) => [
    one.channel,
    word('CHANNEL_KIND', one.kind),
    String(one.delivered),
    String(one.dead),
    String(one.failedTries),
    String(one.pending),
    ...[one.latencyUsP50, one.latencyUsP99].map((us) => (one.delivered === 0 ? '' : seconds(us))),
    one.breakerOpen ? pc.red('open') : 'closed',
  ]);
  const head = ['CHANNEL', 'KIND', 'DELIVERED', 'DEAD', 'FAILED TRIES', 'WAIT', 'P50', 'P99'];
  const drawn = table([...head, 'BREAKER'], rows, 'No channels but the bell.');
  const { alerts, conditionsOpen } = answer;
  return `${drawn}\n${alerts} alerts since the start, ${conditionsOpen} conditions stand.`;
}

function severity(name: string): string {
  const text = word('SEVERITY', name);
  if (text === 'emergency' || text === 'critical') return pc.red(text);
  return text === 'warning' ? pc.yellow(text) : text;
}
