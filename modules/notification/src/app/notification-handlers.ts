import { alertFromWire, type WireServices } from '@ats/contracts';
import type { CallContext, Caller, Clock, RpcHandlers } from '@ats/runtime';
import { permissionsOf } from '@ats/security';
import type { StateStore, TickStore } from '@ats/storage';
import { idOf } from '../domain/ids.ts';
import { openMessage } from '../domain/message.ts';
import { BELL, type Person } from '../domain/person.ts';
import type { AlertIntake } from './alert-intake.ts';
import type { Bell } from './bell.ts';
import type { ChannelDesk } from './channel-desk.ts';
import { deliverySums, listDeliveries, pastFigures } from './delivery-history.ts';
import { type Directory, unknown } from './directory.ts';
import { listMessages, retryMessage } from './history.ts';
import type { NotificationState } from './notification-state.ts';
import type { Watch } from './watch.ts';
import {
  conditionToWire,
  endOf,
  given,
  kindToWire,
  messageToWire,
  muteFromWire,
  muteToWire,
  outcomeOf,
  personToWire,
  ruleFromWire,
  ruleToWire,
} from './wire.ts';

type Handlers = RpcHandlers<WireServices['ats.notification.v1.NotificationService']>;

export interface HandlerParts {
  readonly state: NotificationState;
  readonly store: StateStore;
  readonly directory: Directory;
  readonly intake: AlertIntake;
  readonly watch: Watch;
  readonly bell: Bell;
  readonly channels: ChannelDesk;
  readonly clock: Clock;
  readonly ticks: () => Promise<TickStore>;
}

/** Conditions told at most. */
const CONDITIONS_MAX = 1000;

/** The notification service's contract. */
export function notificationHandlers(parts: HandlerParts): Handlers {
  return { ...peopleHandlers(parts), ...alertHandlers(parts), ...messageHandlers(parts) };
}

type People =
  | 'PutPerson'
  | 'RemovePerson'
  | 'ListPeople'
  | 'PutRule'
  | 'RemoveRule'
  | 'ListRules'
  | 'PutMute'
  | 'RemoveMute'
  | 'ListMutes';

function peopleHandlers({ state, directory }: HandlerParts): Pick<Handlers, People> {
  const sorted = <Value>(map: ReadonlyMap<string, Value>): Value[] =>
    [...map].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value);
  return {
    async PutPerson({ person }, context) {
      const stored = await directory.putPerson(given('person', person));
      context.changed(stored);
      return { person: personToWire(stored.after) };
    },
    RemovePerson: async ({ personId }, context) =>
      removal(context, await directory.removePerson(personId)),
    ListPeople: (_request, { caller }) => ({
      people: sorted(state.people).map((person) => personToWire(seenBy(caller, person))),
    }),
    async PutRule({ rule }, context) {
      const stored = await directory.putRule(ruleFromWire(given('rule', rule)));
      context.changed(stored);
      return { rule: ruleToWire(stored.after) };
    },
    RemoveRule: async ({ ruleId }, context) => removal(context, await directory.removeRule(ruleId)),
    ListRules: ({ personId }) => ({
      rules: sorted(state.rules)
        .filter((rule) => personId === '' || rule.personId === personId)
        .map(ruleToWire),
    }),
    async PutMute({ mute }, context) {
      const stored = await directory.putMute(muteFromWire(given('mute', mute)));
      context.changed(stored);
      return { mute: muteToWire(stored.after) };
    },
    RemoveMute: async ({ muteId }, context) => removal(context, await directory.removeMute(muteId)),
    ListMutes: () => ({ mutes: sorted(state.mutes).map(muteToWire) }),
  };
}

/** Addresses can be secrets, as those of webhooks are: others see which channels there are. */
function seenBy({ kind, name, role }: Caller, person: Person): Person {
  const own = kind === 'user' && name === person.personId;
  if (own || permissionsOf(role).has('notifications.manage')) return person;
  const channels = Object.keys(person.addresses);
  return { ...person, addresses: Object.fromEntries(channels.map((channel) => [channel, ''])) };
}

function removal(context: CallContext, before: object | undefined) {
  context.changed({ before, after: undefined });
  return { removed: before !== undefined };
}

type Alerts = 'SendNotification' | 'Acknowledge' | 'ListConditions' | 'ListBell' | 'StreamBell';

function alertHandlers(parts: HandlerParts): Pick<Handlers, Alerts> {
  const { state, intake, watch, bell, channels } = parts;
  return {
    async SendNotification({ alert }) {
      const planned = await intake.take([alertFromWire(given('alert', alert))]);
      return {
        deliveries: planned.map(({ channel }) => ({
          channel,
          kind: kindToWire(channels.kindOf(channel) ?? 'bell'),
          // A bell is a list, and it is written; the rest is queued.
          delivered: channel === BELL,
          ...{ attempts: 0, error: '' },
        })),
      };
    },
    async Acknowledge({ key, actor }, context) {
      const before = state.conditions.get(key)?.acknowledgedBy;
      const condition = await watch.acknowledge(key, given('actor', actor || null));
      const { acknowledgedBy } = condition;
      context.changed({ before: { acknowledgedBy: before }, after: { acknowledgedBy } });
      return { condition: conditionToWire(condition) };
    },
    ListConditions({ openOnly }) {
      const found = [...state.conditions.values()]
        .filter(({ alert }) => !openOnly || alert.resolvedAtUs === undefined)
        .sort((one, other) => one.alert.raisedAtUs - other.alert.raisedAtUs);
      return { conditions: found.slice(0, CONDITIONS_MAX).map(conditionToWire) };
    },
    async ListBell(request) {
      return { entries: [...(await bell.list(request))] };
    },
    StreamBell: (request, stream) => bell.stream(request, stream),
  };
}

type Messages =
  | 'TestChannel'
  | 'ListMessages'
  | 'RetryMessage'
  | 'ListDeliveries'
  | 'GetStatistics';

function messageHandlers(parts: HandlerParts): Pick<Handlers, Messages> {
  const { state, store, channels, clock, intake, ticks } = parts;
  const history = { state, store, nowUs: () => clock.nowUs() };
  return {
    async TestChannel({ channel, personId, address }) {
      const kind = channels.kindOf(channel);
      if (kind === undefined) throw unknown('channel', channel);
      const person = state.people.get(personId);
      if (personId !== '' && person === undefined) throw unknown('person', personId);
      const nowUs = clock.nowUs();
      const about = { personId, channel, group: 'test', nowUs, dueAtUs: nowUs };
      const firstDeliveryId = idOf('test', String(nowUs));
      const message = { ...openMessage({ ...about, firstDeliveryId }), test: true };
      const to = person?.addresses[channel] ?? address;
      const result = await channels.send({ message, address: to, person });
      const error = result.kind === 'sent' ? '' : result.error.message;
      const delivered = result.kind === 'sent';
      return { delivery: { channel, kind: kindToWire(kind), delivered, attempts: 1, error } };
    },
    async ListMessages({ outcome, personId, limit }) {
      const query = { outcome: outcomeOf(outcome), personId, limit };
      return { messages: (await listMessages(query, history)).map(messageToWire) };
    },
    async RetryMessage({ messageId }) {
      return { message: messageToWire(await retryMessage(messageId, history)) };
    },
    async ListDeliveries({ outcome, ...query }) {
      const wanted = { ...query, outcome: endOf(outcome) };
      const found = await listDeliveries(wanted, { ticks: await ticks(), nowUs: clock.nowUs() });
      return { deliveries: [...found] };
    },
    async GetStatistics({ fromUs }) {
      const pending = (name: string): number =>
        [...state.pending.values()].filter(({ channel }) => channel === name).length;
      const open = [...state.conditions.values()].filter(
        ({ alert }) => alert.resolvedAtUs === undefined,
      );
      const past = fromUs === 0 ? undefined : await deliverySums(await ticks(), fromUs);
      return {
        channels: channels.figures().map(({ name, kind, breakerOpen, ...sinceStart }) => {
          const { delivered, dead, failedTries, latency } =
            past === undefined ? sinceStart : pastFigures(past.get(name));
          return {
            ...{ channel: name, kind: kindToWire(kind), pending: pending(name), breakerOpen },
            ...{ delivered, dead, failedTries },
            ...{ latencyUsP50: latency.p50, latencyUsP99: latency.p99 },
          };
        }),
        alerts: intake.taken,
        conditionsOpen: open.length,
      };
    },
  };
}
