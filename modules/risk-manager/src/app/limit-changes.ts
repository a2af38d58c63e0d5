import { AtsError, Decimal, makeAlert } from '@ats/domain';
import { alertRecord, type Outbox, transactSurely } from '@ats/orders';
import type { Clock, Logger } from '@ats/runtime';
import type { Item, ItemKey, StateStore } from '@ats/storage';
import { z } from 'zod';
import {
  checkedChange,
  figuresText,
  type LimitChange,
  type LimitOverride,
  type LimitWish,
  limitId,
  type ScopeNames,
  withOverrides,
} from '../domain/limits/limit-change.ts';
import { LIMIT_NAMES, type LimitName } from '../domain/limits/limit-names.ts';
import { BREACH_ACTIONS, type LimitTable } from '../domain/limits/limit-table.ts';
import type { LimitBook } from './limit-book.ts';

const KEY: ItemKey = { table: 'risk', partition: 'limits', sort: 'changes' };
/** Changes of one update at most: each is told, and all are one transaction. */
const CHANGES_MAX = 50;

const figure = z.string().transform(Decimal.parse).optional();
const storedSchema = z.object({
  version: z.int(),
  overrides: z.array(
    z.object({
      name: z.enum(LIMIT_NAMES as readonly [LimitName, ...LimitName[]]),
      of: z.string(),
      limit: z
        .object({ warn: figure, max: figure, onBreach: z.enum(BREACH_ACTIONS) })
        .transform(({ warn, max, onBreach }) => ({ warn, max, onBreach })),
      actor: z.string(),
      reason: z.string(),
      atUs: z.number(),
    }),
  ),
});

interface Stored {
  /** Counts updates from 0. */
  readonly version: number;
  readonly overrides: readonly LimitOverride[];
}

export interface LimitUpdate {
  readonly wishes: readonly LimitWish[];
  readonly actor: string;
  readonly reason: string;
  /** The version that the wishes were made to. */
  readonly expectedVersion: number;
}

export interface LimitChangesOptions {
  /** What the configuration says. */
  readonly base: LimitTable;
  readonly names: ScopeNames;
  /** Told of every change at once. */
  readonly book: LimitBook;
  /** Where changes survive a restart; without it there are none. */
  readonly store: { readonly state: StateStore; readonly outbox: Outbox } | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * What persons have changed of the limits: stored over the configuration, all of an update or none
 * of it, and told on topic `alerts` in the same transaction.
 */
export class LimitChanges {
  private readonly options: LimitChangesOptions;
  private stored: Stored = { version: 0, overrides: [] };
  private closed = false;

  constructor(options: LimitChangesOptions) {
    this.options = options;
  }

  /** Takes up what was changed before. @throws when the store cannot be read */
  async open(): Promise<void> {
    const item = await this.options.store?.state.get(KEY);
    if (item !== undefined) this.take(storedOf(item));
  }

  get version(): number {
    return this.stored.version;
  }

  /** The change that a limit has its figures from; undefined when that is the configuration. */
  override(name: LimitName, of: string): LimitOverride | undefined {
    return this.stored.overrides.find((one) => one.name === name && one.of === of);
  }

  /**
   * Changes limits for good, from this moment on.
   * @returns which were named
   * @throws RISK_LIMIT_INVALID, RISK_LIMITS_CHANGED, and what the store throws: nothing is changed
   */
  async update(update: LimitUpdate): Promise<readonly LimitChange[]> {
    const { store, clock, logger, base, names } = this.options;
    if (store === undefined) throw noStore();
    const giveUp = (): boolean => this.closed;
    for (;;) {
      const item = await store.state.get(KEY);
      const before = item === undefined ? { version: 0, overrides: [] } : storedOf(item);
      this.take(before);
      if (update.expectedVersion !== before.version) throw changedSince(update, before.version);
      const table = withOverrides(base, before.overrides);
      const asked = checkedAll(update, (wish) => checkedChange(wish, table, names));
      // What is as the configuration says already is put back by nobody.
      const overridden = new Set(before.overrides.map(limitId));
      const changes = asked.filter((one) => one.kind === 'set' || overridden.has(limitId(one)));
      if (changes.length === 0) return asked;
      const atUs = clock.nowUs();
      const after = applied(before, changes, { ...update, atUs });
      const records = changes.map((change) => {
        const now = withOverrides(base, after.overrides).limit(change.name, change.of);
        const figures = { before: figuresText(table.limit(change.name, change.of)), now };
        return recordOf(change, figures, { ...update, atUs, version: after.version });
      });
      const entry = store.outbox.entry(records);
      const attributes = { json: JSON.stringify(after) };
      const write =
        item === undefined
          ? ({ kind: 'create', key: KEY, attributes } as const)
          : ({ kind: 'replace', key: KEY, ifVersion: item.version, attributes } as const);
      const items = [write, entry.item];
      const { kind } = await transactSurely({ ...store, entry, items, giveUp });
      // Whoever was there first has made another version, which is then refused.
      if (kind !== 'committed') continue;
      void store.outbox.publish(entry);
      this.take(after);
      const { actor, reason } = update;
      const limits = changes.map(limitId).join(', ');
      const { version } = after;
      logger.warn('risk.limits_changed', 'limits were changed', { limits, actor, reason, version });
      return asked;
    }
  }

  close(): void {
    this.closed = true;
  }

  private take(stored: Stored): void {
    if (stored.version === this.stored.version) return;
    this.stored = stored;
    this.options.book.replace(withOverrides(this.options.base, stored.overrides));
  }
}

const storedOf = ({ attributes }: Item): Stored =>
  storedSchema.parse(JSON.parse(String(attributes['json'])));

function checkedAll(
  { wishes }: LimitUpdate,
  check: (wish: LimitWish) => LimitChange,
): readonly LimitChange[] {
  const changes = wishes.map(check);
  const ids = new Set(changes.map(limitId));
  if (changes.length > 0 && changes.length <= CHANGES_MAX && ids.size === changes.length) {
    return changes;
  }
  throw new AtsError({
    code: 'RISK_LIMIT_INVALID',
    message: `changes are ${changes.length}, expected 1 to ${CHANGES_MAX}, each of another limit`,
    remedy: 'Name each limit once.',
    context: { field: 'changes', value: changes.length },
  });
}

function applied(
  before: Stored,
  changes: readonly LimitChange[],
  by: { readonly actor: string; readonly reason: string; readonly atUs: number },
): Stored {
  const { actor, reason, atUs } = by;
  const overrides = new Map(before.overrides.map((one) => [limitId(one), one]));
  for (const change of changes) {
    overrides.delete(limitId(change));
    if (change.kind === 'reset') continue;
    const { name, of, limit } = change;
    overrides.set(limitId(change), { name, of, limit, actor, reason, atUs });
  }
  return { version: before.version + 1, overrides: [...overrides.values()] };
}

/** What people and the archive are told of one change. */
function recordOf(
  change: LimitChange,
  figures: { readonly before: string; readonly now: Parameters<typeof figuresText>[0] },
  by: LimitUpdate & { readonly atUs: number; readonly version: number },
) {
  const { actor, reason, atUs, version } = by;
  const id = limitId(change);
  const after = figuresText(figures.now);
  const verb = change.kind === 'set' ? 'changed' : 'put back to the configuration';
  const alert = makeAlert({
    key: `risk.limit-changed:${id}`,
    severity: 'info',
    area: 'risk',
    summary: `${actor} ${verb} the limit ${id}: it was ${figures.before}, it is ${after}.`,
    action: 'It holds from now on.',
    facts: { limit: id, before: figures.before, after, actor, reason, version: String(version) },
    raisedAtUs: atUs,
  });
  return alertRecord(alert, `changed:${version}`);
}

function changedSince({ expectedVersion }: LimitUpdate, version: number): AtsError {
  return new AtsError({
    code: 'RISK_LIMITS_CHANGED',
    message: `limits are at version ${version}, not ${expectedVersion}: somebody changed them`,
    remedy: 'Read them again, then change what still has to be.',
    context: { field: 'expectedVersion', value: expectedVersion },
  });
}

const noStore = (): AtsError =>
  new AtsError({
    code: 'STORAGE_UNAVAILABLE',
    message: 'this risk manager keeps no changes of limits: it has no log and no store',
    remedy: 'Start it with its stores.',
  });
