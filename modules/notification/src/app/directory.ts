import { AtsError } from '@ats/domain';
import type { Clock } from '@ats/runtime';
import type { ItemKey, TransactItem } from '@ats/storage';
import { idOf } from '../domain/ids.ts';
import { type Mute, muteSchema } from '../domain/mute.ts';
import { BELL, type Person, parseInput, personSchema } from '../domain/person.ts';
import { type Rule, ruleSchema } from '../domain/rule.ts';
import { keys } from './keys.ts';
import type { NotificationState } from './notification-state.ts';
import { put } from './stored.ts';

/** What one installation may have; lists are read as a whole. */
const PEOPLE_MAX = 500;
const RULES_MAX = 5000;
const MUTES_MAX = 1000;
/** Items that one transaction changes beside the one that it is about. */
const CHUNK = 90;

export interface DirectoryOptions {
  readonly state: NotificationState;
  readonly clock: Clock;
  /** Names of channels. */
  readonly channels: readonly string[];
}

/** What was put, and what it took the place of. */
export interface Stored<Value> {
  readonly before: Value | undefined;
  readonly after: Value;
}

/** People, their rules, and what is muted. */
export class Directory {
  private readonly options: DirectoryOptions;

  constructor(options: DirectoryOptions) {
    this.options = options;
  }

  /** @throws NOTIFICATION_INVALID */
  putPerson(input: unknown): Promise<Stored<Person>> {
    const person = parseInput(personSchema, input);
    for (const channel of Object.keys(person.addresses)) this.mustExist(channel, 'addresses');
    const { people } = this.options.state;
    return this.store(people, { id: person.personId, max: PEOPLE_MAX, what: 'people' }, () => ({
      key: keys.person(person.personId),
      value: person,
    }));
  }

  /**
   * Removes a person with their rules. What waits for them is dropped in its time.
   * @returns who it was
   */
  async removePerson(personId: string): Promise<Person | undefined> {
    const { state } = this.options;
    const { people, rules } = state;
    // Rules first: without a person they tell nobody, and there may be many.
    while ([...rules.values()].filter((rule) => rule.personId === personId).length > 0) {
      await state.change(() => {
        const some = [...rules.values()].filter((rule) => rule.personId === personId);
        const ids = some.slice(0, CHUNK).map(({ ruleId }) => ruleId);
        return {
          items: ids.map((ruleId): TransactItem => ({ kind: 'delete', key: keys.rule(ruleId) })),
          apply() {
            for (const ruleId of ids) rules.delete(ruleId);
          },
          result: undefined,
        };
      });
    }
    return this.remove(people, personId, keys.person(personId));
  }

  /** The same rule without an id is stored once. @throws NOTIFICATION_INVALID */
  putRule(input: Omit<Rule, 'ruleId'> & { readonly ruleId: string }): Promise<Stored<Rule>> {
    const ruleId = input.ruleId === '' ? idOf('rule', JSON.stringify(input)).slice(0, 12) : '';
    const rule = parseInput(ruleSchema, { ...input, ruleId: ruleId || input.ruleId });
    this.mustExist(rule.channel, 'channel');
    const { people, rules } = this.options.state;
    return this.store(rules, { id: rule.ruleId, max: RULES_MAX, what: 'rules' }, () => {
      for (const personId of [rule.personId, ...rule.escalateTo]) {
        if (!people.has(personId)) throw unknown('person', personId);
      }
      const one = people.get(rule.personId);
      if (rule.channel !== BELL && one?.addresses[rule.channel] === undefined) {
        throw invalid('channel', rule.channel, `${rule.personId} has no address on it`);
      }
      return { key: keys.rule(rule.ruleId), value: rule };
    });
  }

  /** @returns what it was */
  removeRule(ruleId: string): Promise<Rule | undefined> {
    return this.remove(this.options.state.rules, ruleId, keys.rule(ruleId));
  }

  /** A mute of the same thing for the same person takes the place of the one before. */
  putMute(input: Omit<Mute, 'muteId' | 'mutedAtUs'>): Promise<Stored<Mute>> {
    const { clock, state } = this.options;
    const { key = '', area = '', personId = '' } = input;
    const muteId = idOf('mute', key, area, personId).slice(0, 12);
    const mutedAtUs = clock.nowUs();
    const mute = parseInput(muteSchema, { ...input, muteId, mutedAtUs });
    if (mute.untilUs !== undefined && mute.untilUs <= mutedAtUs) {
      throw invalid('untilUs', mute.untilUs, 'expected a time to come');
    }
    return this.store(state.mutes, { id: muteId, max: MUTES_MAX, what: 'mutes' }, () => {
      if (personId !== '' && !state.people.has(personId)) throw unknown('person', personId);
      return { key: keys.mute(muteId), value: mute };
    });
  }

  /** Ends a mute; what it held back is due now. @returns what it was */
  removeMute(muteId: string): Promise<Mute | undefined> {
    const { state, clock } = this.options;
    return state.change(() => {
      const before = state.mutes.get(muteId);
      if (before === undefined) return { items: [], apply: () => {}, result: undefined };
      const group = `snoozed:${muteId}`;
      const nowUs = clock.nowUs();
      const held = [...state.pending.values()]
        .filter((message) => message.group === group && message.dueAtUs > nowUs)
        .slice(0, CHUNK)
        .map((message) => ({ ...message, dueAtUs: nowUs, wantedAtUs: nowUs }));
      const items: TransactItem[] = [
        { kind: 'delete', key: keys.mute(muteId) },
        ...held.map((message) => put(keys.pending(message.messageId), message)),
      ];
      const apply = (): void => {
        state.mutes.delete(muteId);
        for (const message of held) state.pending.set(message.messageId, message);
      };
      return { items, apply, result: before };
    });
  }

  private store<Value>(
    map: Map<string, Value>,
    { id, max, what }: { readonly id: string; readonly max: number; readonly what: string },
    make: () => { readonly key: ItemKey; readonly value: Value },
  ): Promise<Stored<Value>> {
    return this.options.state.change(() => {
      const before = map.get(id);
      if (!map.has(id) && map.size >= max) {
        throw invalid(what, map.size, `expected ${max} at most: remove some`);
      }
      const { key, value } = make();
      const result = { before, after: value };
      return { items: [put(key, value)], apply: () => void map.set(id, value), result };
    });
  }

  private remove<Value>(
    map: Map<string, Value>,
    id: string,
    key: ItemKey,
  ): Promise<Value | undefined> {
    return this.options.state.change(() => {
      const before = map.get(id);
      const items: TransactItem[] = before === undefined ? [] : [{ kind: 'delete', key }];
      return { items, apply: () => void map.delete(id), result: before };
    });
  }

  private mustExist(channel: string, field: string): void {
    const { channels } = this.options;
    if (channel === BELL || channels.includes(channel)) return;
    const there = channels.length === 0 ? 'there is none but the bell' : channels.join(', ');
    throw invalid(field, channel, `expected a channel of notification.channels: ${there}`);
  }
}

function invalid(field: string, value: unknown, expected: string): AtsError {
  return new AtsError({
    code: 'NOTIFICATION_INVALID',
    message: `${field} is ${JSON.stringify(value)}: ${expected}`,
    remedy: `Correct ${field}.`,
    context: { field, value },
  });
}

/** There is no such thing. */
export function unknown(what: string, id: string): AtsError {
  return new AtsError({
    code: 'NOTIFICATION_UNKNOWN',
    message: `there is no ${what} "${id}"`,
    remedy: 'See what there is with ats notify.',
    context: { field: what, value: id },
  });
}
