import type { Clock, Logger, TimerHandle, Timers } from '@ats/runtime';
import type { Item, StateStore, TransactItem } from '../state-store.ts';
import { dealOut } from './deal-out.ts';
import {
  fenceItem,
  type LeaseRecord,
  leaseItem,
  leaseRecord,
  memberKey,
  memberOf,
  shardKey,
  shardOf,
} from './lease-record.ts';

/** Looks at the leases in each term: one that fails, or two, lose nothing. */
const LOOKS_PER_TERM = 6;
/** A holder relies on less than its term, so that clocks may drift by a tenth of each other. */
const RELIED_ON = 0.8;
const RECORDS_MAX = 1000;

/** A shard that this instance works. */
export interface Holding {
  readonly shard: string;
  /** Greater than that of every holder before. */
  readonly token: number;
  /** Goes into transactions: the store refuses them once somebody else has taken the shard. */
  readonly fence: TransactItem;
  /** Whether nobody else can hold the shard now, by this process's own clock. */
  readonly held: boolean;
}

export interface LeasesOptions {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Whose shards these are: a partition of table `leases`. */
  readonly group: string;
  readonly shards: readonly string[];
  /** This instance's name: no other that runs has it. */
  readonly holder: string;
  /** Differs from process to process, of the same name as well. */
  readonly run: string;
  readonly termMs: number;
  /** The shard is ours: its work may begin. Must not throw. */
  readonly onGained: (holding: Holding) => void;
  /** Another instance has it: its work must end now. Must not throw. */
  readonly onLost: (holding: Holding) => void;
  /** It is to go to another instance. Resolves when its work has ended; never rejects. */
  readonly onRelease: (holding: Holding) => Promise<void>;
  /**
   * An instance has left or died: what belongs to its name can be taken up. Every other instance is
   * told, and told again until it resolves for one of them.
   */
  readonly onGone?: (name: string) => Promise<void>;
}

class Held implements Holding {
  readonly shard: string;
  readonly token: number;
  readonly fence: TransactItem;
  validUntilUs: number;
  releasing: Promise<void> | undefined;
  private readonly clock: Clock;

  constructor(what: { shard: string; token: number; fence: TransactItem }, clock: Clock) {
    this.shard = what.shard;
    this.token = what.token;
    this.fence = what.fence;
    this.clock = clock;
    this.validUntilUs = 0;
  }

  get held(): boolean {
    return this.clock.nowUs() < this.validUntilUs;
  }
}

/** A record as it was last seen to change, by the own clock. */
interface Seen {
  readonly version: number;
  readonly sinceUs: number;
}

/**
 * Deals shards of work out among the instances of a service. Who holds a shard renews its lease;
 * who wants it waits until the record has not changed for a whole term, and takes it with the next
 * token. Nobody's wall clock counts: a holder reckons from before it asked for a renewal, a taker
 * from after it has seen one, each by its own monotonic clock.
 *
 * A clock may still fail, and a process that was paused wakes up believing what was true before:
 * what must never happen twice goes to the store with `fence`.
 *
 * While the store is away a holder keeps its shard but `held` turns false; it is lost only when
 * another instance has taken it. An instance takes back at once what it held under its own name.
 */
export class Leases {
  private readonly options: LeasesOptions;
  private readonly mine = new Map<string, Held>();
  private readonly seen = new Map<string, Seen>();
  /** Shards that are taken at once where they stand under our name. */
  private readonly reclaimable: Set<string>;
  /** By the name of the instance that is gone. */
  private readonly takingUp = new Map<string, Promise<void>>();
  private ticking: TimerHandle | undefined;
  private looking: Promise<void> | undefined;
  private failure = 'the leases have not been read yet';
  private closed = false;

  constructor(options: LeasesOptions) {
    this.options = options;
    this.reclaimable = new Set(options.shards);
  }

  /** Takes what is free, and from now on keeps looking. Resolves after the first look. */
  async start(): Promise<void> {
    const { timers, termMs } = this.options;
    this.ticking = timers.every(termMs / LOOKS_PER_TERM, () => void this.look());
    await this.look();
  }

  holding(shard: string): Holding | undefined {
    return this.mine.get(shard);
  }

  holdings(): readonly Holding[] {
    return [...this.mine.values()];
  }

  /** Why leases cannot be renewed; empty when they can. */
  trouble(): string {
    return this.failure;
  }

  /** Ends the work of every shard and gives it back. */
  async close(): Promise<void> {
    this.closed = true;
    this.ticking?.cancel();
    await this.looking;
    await Promise.all([...this.mine.values()].map((held) => this.release(held)));
    await this.leave().catch(() => undefined);
  }

  /** Resolves when what gone instances left behind is taken up, of those that are known to be. */
  async takenUp(): Promise<void> {
    await Promise.all(this.takingUp.values());
  }

  /** Says that it is gone, so that nobody waits a term for it. */
  private async leave(): Promise<void> {
    const { state, group, holder, run, termMs } = this.options;
    const key = memberKey(group, holder);
    const item = await state.get(key);
    if (item === undefined || leaseRecord(item).run !== run) return;
    await state.transact([leaseItem(key, item, { token: 0, holder, run: '', termMs })]);
  }

  private takeUp(member: LeaseRecord): void {
    const { state, onGone, logger } = this.options;
    const { holder: name, key, version } = member;
    if (this.takingUp.has(name)) return;
    const work = async (): Promise<void> => {
      try {
        await onGone?.(name);
        const unchanged = { kind: 'version', version } as const;
        await state.transact([{ kind: 'delete', key, conditions: [unchanged] }]);
      } catch (error) {
        logger.warn('lease.not_taken_up', `what ${name} left is not taken up yet`, { error });
      }
    };
    const ended = work().finally(() => this.takingUp.delete(name));
    this.takingUp.set(name, ended);
  }

  /** Never rejects. One look at a time. */
  private look(): Promise<void> {
    this.looking ??= this.once()
      .then(
        () => {
          this.failure = '';
        },
        (error: unknown) => {
          this.failure = `leases are not renewed: ${String(error)}`;
          this.options.logger.warn('lease.unanswered', this.failure, { error });
        },
      )
      .finally(() => {
        this.looking = undefined;
      });
    return this.looking;
  }

  private async once(): Promise<void> {
    const { state, clock, group, shards, holder } = this.options;
    const { items } = await state.query({ table: 'leases', partition: group, limit: RECORDS_MAX });
    const nowUs = clock.nowUs();
    const records = new Map<string, LeaseRecord>();
    const members = new Map<string, Item>();
    for (const item of items) {
      this.see(item, nowUs);
      const shard = shardOf(item.key);
      if (shard !== undefined) records.set(shard, leaseRecord(item));
      else members.set(memberOf(item.key) ?? '', item);
    }
    this.dropLost(records);
    await this.renew(records, members.get(holder));
    const others = [...members.values()].map(leaseRecord).filter((one) => one.holder !== holder);
    const isGone = (one: LeaseRecord): boolean => one.run === '' || this.lapsed(one, nowUs);
    const live = others.filter((one) => !isGone(one));
    for (const one of others) if (isGone(one) && !this.closed) this.takeUp(one);
    const names = new Set([holder, ...live.map(({ holder: name }) => name)]);
    const free = shards.filter((shard) => this.isFree(shard, records.get(shard), nowUs));
    const plan = dealOut({
      ...{ shards, holder, free },
      members: names,
      holderOf: (shard) => records.get(shard)?.holder ?? '',
      mine: [...this.mine.values()].filter(({ releasing }) => releasing === undefined),
    });
    for (const held of plan.give) void this.release(held);
    for (const shard of plan.take) if (!this.closed) await this.take(shard, records.get(shard));
  }

  private see({ key, version }: Item, nowUs: number): void {
    if (this.seen.get(key.sort)?.version === version) return;
    this.seen.set(key.sort, { version, sinceUs: nowUs });
  }

  private lapsed({ key, termMs }: LeaseRecord, nowUs: number): boolean {
    return nowUs - (this.seen.get(key.sort)?.sinceUs ?? nowUs) > termMs * 1000;
  }

  private isFree(shard: string, record: LeaseRecord | undefined, nowUs: number): boolean {
    if (this.mine.has(shard)) return false;
    if (record === undefined || record.holder === '') return true;
    const ours = record.holder === this.options.holder && this.reclaimable.has(shard);
    return ours || this.lapsed(record, nowUs);
  }

  private dropLost(records: ReadonlyMap<string, LeaseRecord>): void {
    for (const [shard, held] of this.mine) {
      const record = records.get(shard);
      if (record?.token === held.token && record.run === this.options.run) continue;
      this.mine.delete(shard);
      held.validUntilUs = 0;
      const { holder = '' } = record ?? {};
      this.options.logger.warn('lease.lost', `${shard} went to ${holder}`, { shard, holder });
      this.options.onLost(held);
    }
  }

  /** Renews all that is held and this instance's own presence at once. */
  private async renew(
    records: ReadonlyMap<string, LeaseRecord>,
    member: Item | undefined,
  ): Promise<void> {
    const { state, clock, group, holder, run, termMs } = this.options;
    const sentAtUs = clock.nowUs();
    const renewed = [...this.mine.values()];
    const presence = { token: 0, holder, run, termMs };
    const items = [
      ...renewed.map(({ shard, token }) =>
        leaseItem(shardKey(group, shard), records.get(shard), { token, holder, run, termMs }),
      ),
      leaseItem(memberKey(group, holder), member, presence),
    ];
    const { kind } = await state.transact(items);
    // What was refused is looked at again at once: it has changed since it was read.
    if (kind !== 'committed') return;
    for (const held of renewed) held.validUntilUs = sentAtUs + this.reliedOnUs;
  }

  private get reliedOnUs(): number {
    return this.options.termMs * 1000 * RELIED_ON;
  }

  private async take(shard: string, record: LeaseRecord | undefined): Promise<void> {
    const { state, clock, group, holder, run, termMs, logger } = this.options;
    const key = shardKey(group, shard);
    const token = (record?.token ?? 0) + 1;
    const sentAtUs = clock.nowUs();
    const item = leaseItem(key, record, { token, holder, run, termMs });
    // Should the answer be lost the shard stands under our name, and is taken again at once.
    this.reclaimable.add(shard);
    const { kind } = await state.transact([item]);
    this.reclaimable.delete(shard);
    if (kind !== 'committed') return;
    const held = new Held({ shard, token, fence: fenceItem(key, token) }, clock);
    held.validUntilUs = sentAtUs + this.reliedOnUs;
    this.mine.set(shard, held);
    const before = record?.holder ?? '';
    logger.info('lease.gained', `${group} ${shard} is ours`, { shard, epoch: token, before });
    this.options.onGained(held);
  }

  private release(held: Held): Promise<void> {
    held.releasing ??= this.options.onRelease(held).then(() => this.giveBack(held));
    return held.releasing;
  }

  private async giveBack({ shard, token }: Held): Promise<void> {
    const { state, group, run, termMs, logger } = this.options;
    if (!this.mine.delete(shard)) return;
    const key = shardKey(group, shard);
    try {
      // Our own renewal may come between.
      for (let kind = ''; kind !== 'committed'; ) {
        const item = await state.get(key);
        const record = item === undefined ? undefined : leaseRecord(item);
        if (record?.token !== token || record.run !== run) return;
        ({ kind } = await state.transact([
          leaseItem(key, record, { token, holder: '', run, termMs }),
        ]));
      }
    } catch (error) {
      // Nobody renews it: it lapses.
      logger.warn('lease.not_returned', `${shard} is not given back`, { shard, error });
    }
  }
}
