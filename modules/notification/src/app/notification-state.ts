import { AtsError } from '@ats/domain';
import type { Logger } from '@ats/runtime';
import type { Item, StateStore, TransactItem } from '@ats/storage';
import type { Condition } from '../domain/condition.ts';
import type { Message } from '../domain/message.ts';
import type { Mute } from '../domain/mute.ts';
import type { Person } from '../domain/person.ts';
import type { Audience } from '../domain/plan.ts';
import type { Rule } from '../domain/rule.ts';
import { LISTS, type ListName } from './keys.ts';
import { readJson } from './stored.ts';

/** When the next digest goes to one person on one channel. */
export interface DigestTime {
  readonly personId: string;
  readonly channel: string;
  /** What `nextAtUs` was reckoned by. */
  readonly digestAt: string;
  readonly zone: string;
  /** Microseconds since the epoch. */
  readonly nextAtUs: number;
}

/** What one change does: to the store, and, once that is durable, in memory. */
export interface Change<Result> {
  readonly items: readonly TransactItem[];
  readonly apply: () => void;
  readonly result: Result;
}

const PAGE = 500;
const CONFLICTS_MAX = 5;

/**
 * All that the service knows, in memory as it is in the store. Changes happen one after the
 * other, and in memory only once they are durable. After one whose outcome is not known all is
 * read again before the next.
 */
export class NotificationState {
  readonly people = new Map<string, Person>();
  readonly rules = new Map<string, Rule>();
  readonly mutes = new Map<string, Mute>();
  /** By the condition's key. */
  readonly conditions = new Map<string, Condition>();
  /** Messages that wait or are tried, by id, in the order in which they were begun. */
  readonly pending = new Map<string, Message>();
  /** By person and channel, `person/channel`. */
  readonly digests = new Map<string, DigestTime>();
  private readonly store: StateStore;
  private readonly logger: Logger;
  private turn: Promise<unknown> = Promise.resolve();
  private stale = true;

  constructor({ store, logger }: { readonly store: StateStore; readonly logger: Logger }) {
    this.store = store;
    this.logger = logger;
  }

  /** Who hears of what, now. */
  audience(): Audience {
    const rules = [...this.rules.values()];
    return { people: this.people, rules, mutes: [...this.mutes.values()] };
  }

  /** Reads all that the store has, unless it is known. */
  load(): Promise<void> {
    return this.inTurn(() => this.refresh());
  }

  /**
   * Makes one change after all that were asked for before. `work` sees everything as it stands.
   * @throws what the store says; nothing is changed in memory then
   */
  change<Result>(work: () => Promise<Change<Result>> | Change<Result>): Promise<Result> {
    return this.inTurn(async () => {
      await this.refresh();
      const { items, apply, result } = await work();
      if (items.length > 0) await this.commit(items);
      apply();
      return result;
    });
  }

  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => {});
    return done;
  }

  private async commit(items: readonly TransactItem[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      // Until the store has said yes, what it holds is not known.
      this.stale = true;
      const result = await this.store.transact(items);
      if (result.kind === 'committed') {
        this.stale = false;
        return;
      }
      if (result.kind === 'conflict' && attempt < CONFLICTS_MAX) continue;
      throw new AtsError({
        code: 'STORAGE_UNAVAILABLE',
        message: `a notification's change was refused: another instance seems to run`,
        remedy: 'Run one notification service at a time; the change is tried again by itself.',
        retry: 'safe',
        context: result.kind === 'refused' ? { refusals: result.refusals.length } : {},
      });
    }
  }

  private async refresh(): Promise<void> {
    if (!this.stale) return;
    const lists = new Map<ListName, readonly Item[]>();
    for (const name of LISTS) lists.set(name, await this.list(name));
    const fill = <Value>(to: Map<string, Value>, from: ListName, id: (value: Value) => string) => {
      to.clear();
      for (const item of lists.get(from) ?? []) {
        const value = readJson<Value>(item);
        to.set(id(value), value);
      }
    };
    fill(this.people, 'people', ({ personId }) => personId);
    fill(this.rules, 'rules', ({ ruleId }) => ruleId);
    fill(this.mutes, 'mutes', ({ muteId }) => muteId);
    fill(this.conditions, 'conditions', ({ alert }) => alert.key);
    fill(this.pending, 'pending', ({ messageId }) => messageId);
    fill(this.digests, 'digests', ({ personId, channel }) => `${personId}/${channel}`);
    const ordered = [...this.pending.values()].sort(
      (one, other) => one.openedAtUs - other.openedAtUs,
    );
    this.pending.clear();
    for (const message of ordered) this.pending.set(message.messageId, message);
    this.stale = false;
    const counts = { people: this.people.size, pending: this.pending.size };
    this.logger.info('notification.loaded', 'people, rules and what waits were read', counts);
  }

  private async list(partition: ListName): Promise<readonly Item[]> {
    const items: Item[] = [];
    let after: string | undefined;
    do {
      const query = { table: 'notifications' as const, partition, limit: PAGE };
      const page = await this.store.query(after === undefined ? query : { ...query, after });
      items.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    return items;
  }
}
