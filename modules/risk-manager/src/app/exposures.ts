import {
  type ArbitrageTrade,
  type AssetId,
  Decimal,
  deriveOrderId,
  hasEnded,
  type Listing,
  type MarketEvent,
  type Order,
  type OrderId,
  requestId,
  type TradeIntent,
  tradeId,
} from '@ats/domain';
import { orderKey, readOrderItem } from '@ats/orders';
import type { TimerHandle } from '@ats/runtime';
import type { EventLog, MarketBus, MarketName, MarketSubscription, StateStore } from '@ats/storage';
import { Allotment, EXPOSURES } from '../domain/allotment.ts';
import { dayTeller } from '../domain/day.ts';
import { ExposureBook } from '../domain/exposure/exposure-book.ts';
import { Markets } from '../domain/exposure/markets.ts';
import type { LimitGauge } from '../domain/limits/limit-table.ts';
import type { PlacedPosition } from '../domain/positions/position-book.ts';
import { TradeBook } from '../domain/working/trade-book.ts';
import { WorkingBook } from '../domain/working/working-book.ts';
import { DayVolume } from './day-volume.ts';
import { type FollowerOptions, groupOf, LogFollower } from './log-follower.ts';
import type { PositionListener } from './position-keeper.ts';
import { TradeKeeper } from './trade-keeper.ts';
import { shardOf, tradeShardOf, WorkingStore } from './working-store.ts';

/** Approved and open orders that are kept; beyond it nothing more is approved. */
const WORKING_MAX = 10_000;
/** How often what changed is stored, and what is doubtful asked for, milliseconds. */
const TICK_MS = 250;
/** How long after its approval has expired an order may still come up in the store. */
export const GRACE_US = 5_000_000;

const FOLLOWED = ['orders.events', 'trades'] as const;
type EndedListener = ConstructorParameters<typeof TradeKeeper>[0]['onEnded'];

export interface ExposuresOptions extends Omit<FollowerOptions, 'state' | 'log'> {
  /** Both or none: without them nothing is traded, and what is approved is only counted. */
  readonly state: StateStore | undefined;
  readonly log: EventLog | undefined;
  /** Where values come from; without it nothing has one. */
  readonly bus: MarketBus | undefined;
  readonly listings: readonly Listing[];
  readonly numeraire: AssetId;
  readonly timeZone: string;
  /** How long an approval is good, microseconds. */
  readonly approvalUs: number;
}

/**
 * Positions and everything on its way to become one, as limits see it. Changes count at once and
 * are stored in the background; the log goes on only after that, so that a restart finds the same.
 */
export class Exposures {
  readonly exposure: ExposureBook;
  readonly working: WorkingBook;
  readonly trades = new TradeBook((id) => this.changed.add(tradeShardOf(id)));
  readonly allotment: Allotment;
  readonly dayOf: (atUs: number) => string;
  private readonly options: ExposuresOptions;
  readonly volume: DayVolume | undefined;
  private readonly store: WorkingStore | undefined;
  private readonly changed = new Set<string>();
  private readonly startedAtUs: number;
  private follower: LogFollower<ArbitrageTrade> | undefined;
  private subscription: MarketSubscription | undefined;
  private ticking: TimerHandle | undefined;
  private keeping: Promise<void> = Promise.resolve();
  private checking = false;
  private failure = '';
  /** By topic and partition: how far the log was at the start, which must be counted first. */
  private readonly behind = new Map<string, number>();

  constructor(options: ExposuresOptions) {
    const { state, listings, numeraire, timeZone, clock } = options;
    this.options = options;
    const markets = new Markets({ listings, numeraire });
    this.exposure = new ExposureBook(markets);
    this.working = new WorkingBook({
      exposure: this.exposure,
      graceUs: GRACE_US,
      onChange: (orderId) => this.changed.add(shardOf(orderId)),
    });
    this.dayOf = dayTeller(timeZone);
    this.volume = state === undefined ? undefined : new DayVolume({ state, markets });
    this.store = state === undefined ? undefined : new WorkingStore({ state, markets });
    this.allotment = new Allotment({
      ...{ exposure: this.exposure, working: this.working, trades: this.trades },
      volume: this.volume ?? { on: () => Decimal.ZERO },
      workingMax: WORKING_MAX,
    });
    this.startedAtUs = clock.nowUs();
  }

  /** Takes up what the last run left and follows trades. @throws when the store cannot be read */
  async open(): Promise<void> {
    const { bus, log, state, clock } = this.options;
    await this.watchBooks(bus);
    const stored = await this.store?.load();
    for (const order of stored?.orders ?? []) this.working.restore(order);
    if (log === undefined || state === undefined) return;
    for (const { tradeId: id, ...trade } of stored?.trades ?? []) this.trades.reserve(id, trade);
    const { trades: book, dayOf } = this;
    const onEnded = ({ accountId, tradeId: id }: Parameters<EndedListener>[0]): void =>
      this.release({ accountId, requestId: requestId(id) });
    const keeper = new TradeKeeper({ state, clock, book, dayOf, onEnded });
    const kept = Object.assign(keeper, { keep: () => this.keep() });
    this.follower = new LogFollower({ ...this.options, state, log }, kept);
    await this.follower.start();
    for (const topic of FOLLOWED) {
      for (const { partition, next } of await log.lag({ group: groupOf(topic), topics: [topic] })) {
        if (next > 0) this.behind.set(`${topic}/${partition}`, next);
      }
    }
  }

  /** Stores and checks from now on; positions and orders are followed by then. */
  start(): void {
    this.ticking = this.options.timers.every(TICK_MS, () => void this.tick());
  }

  /** Nothing is going to come of what was approved just now. */
  giveBack(intent: Pick<TradeIntent, 'accountId' | 'requestId'>): void {
    this.release(intent);
    this.trades.drop(tradeId(intent.requestId));
  }

  private release({ accountId, requestId: id }: Pick<TradeIntent, 'accountId' | 'requestId'>) {
    const legs = [0, 1].map((index) => deriveOrderId({ accountId, requestId: id, index }));
    this.working.release(id, legs);
  }

  /** What keeps positions tells this of them, and of orders, as one. */
  listener(volume: DayVolume): PositionListener {
    return {
      volume,
      dayOf: this.dayOf,
      onLoaded: (places) => this.setPositions(places),
      onCounted: (orders, places) => {
        const nowUs = this.options.clock.nowUs();
        for (const order of orders) this.working.onOrder(order, 'log', nowUs);
        this.setPositions(places);
      },
      keep: () => this.keep(),
    };
  }

  /** Why nothing can be approved yet; empty when it can. */
  notReady(nowUs: number): string {
    if (nowUs < this.startedAtUs + this.options.approvalUs) {
      return 'Risk has just started: approvals of the run before may still be used.';
    }
    return this.behind.size === 0 ? '' : 'Risk is still reading what happened while it was away.';
  }

  trouble(): string {
    return this.failure;
  }

  /** What exposure and trades stand at, each by its limit. */
  gauges(): readonly LimitGauge[] {
    const { trades, exposure, dayOf, volume } = this;
    const today = (): string => dayOf(this.options.clock.nowUs());
    const count = (name: 'tradesOpen' | 'tradesPerDay', read: () => number): LimitGauge => {
      return { name, read: () => [{ of: '', value: new Decimal(BigInt(read()), 0) }] };
    };
    const exposures = EXPOSURES.map((name): LimitGauge => {
      return { name, read: () => [...exposure.all()].filter((line) => line.name === name) };
    });
    const traded: LimitGauge = {
      name: 'volumePerDay',
      read: () => {
        const sum = volume?.on(today());
        return sum === undefined ? [] : [{ of: '', value: sum.add(exposure.workingValue()) }];
      },
    };
    return [
      ...exposures,
      count('tradesOpen', () => trades.openCount),
      count('tradesPerDay', () => trades.begunOn(today())),
      traded,
    ];
  }

  /** Stores what has changed. Resolves when all that counted before the call is durable. */
  keep(): Promise<void> {
    const work = (): Promise<void> => this.storeChanges();
    this.keeping = this.keeping.then(work, work);
    return this.keeping;
  }

  async close(): Promise<void> {
    this.ticking?.cancel();
    await this.subscription?.close();
    await this.follower?.close();
    await this.keep().catch(() => undefined);
  }

  private async storeChanges(): Promise<void> {
    const { store, changed } = this;
    if (store === undefined || changed.size === 0) return;
    const shards = new Set(changed);
    changed.clear();
    try {
      const held = { orders: this.working.all(), trades: this.trades.approved() };
      await store.save(store.items(shards, held));
      this.failure = '';
    } catch (error) {
      for (const shard of shards) changed.add(shard);
      this.failure = `approved orders are not stored: ${String(error)}`;
      throw error;
    }
  }

  private setPositions(places: Iterable<PlacedPosition>): void {
    for (const { accountId, position, ...name } of places) {
      const market = this.exposure.markets.of(name);
      this.exposure.setPosition({ accountId, market }, position.quantity);
    }
  }

  private async watchBooks(bus: MarketBus | undefined): Promise<void> {
    if (bus === undefined) return;
    const { markets } = this.exposure;
    const handlerOf = (name: MarketName) => {
      const market = markets.of(name);
      return (event: MarketEvent): void => {
        if (event.kind === 'book') markets.onBook(event, market);
        else if (event.kind === 'status' && event.state !== 'live') markets.onLost(event);
      };
    };
    const filter = { kinds: ['book', 'status'] } as const;
    this.subscription = await bus.subscribe(filter, { handlerOf });
    const latest = [...(await bus.latest(filter))];
    // A book that is older than the word that it is lost must not count.
    for (const event of latest.toSorted((a, b) => a.receivedAtUs - b.receivedAtUs)) {
      handlerOf(event)(event);
    }
  }

  private async tick(): Promise<void> {
    // A failure is told by `trouble`, and the next tick tries again.
    if (this.changed.size > 0) await this.keep().catch(() => undefined);
    if (this.checking) return;
    this.checking = true;
    try {
      await this.catchUp();
      await this.settle();
    } catch (error) {
      this.options.logger.warn('risk.working.unsettled', 'the store does not answer', { error });
    } finally {
      this.checking = false;
    }
  }

  private async catchUp(): Promise<void> {
    const { log } = this.options;
    if (log === undefined || this.behind.size === 0) return;
    for (const topic of FOLLOWED) {
      const lags = await log.lag({ group: groupOf(topic), topics: [topic] });
      for (const { partition, committed } of lags) {
        const name = `${topic}/${partition}`;
        if (committed >= (this.behind.get(name) ?? 0)) this.behind.delete(name);
      }
    }
  }

  /** Asks the store what became of approvals that have expired. */
  private async settle(): Promise<void> {
    const { clock } = this.options;
    for (const orderId of this.working.due(clock.nowUs())) {
      const found = await this.find(orderId);
      this.working.settle(orderId, found, clock.nowUs());
    }
    for (const { tradeId: trade, accountId, ...made } of this.trades.due(clock.nowUs())) {
      const id = requestId(trade);
      const legs = [0, 1].map((index) => deriveOrderId({ accountId, requestId: id, index }));
      const orders = await Promise.all(legs.map((orderId) => this.find(orderId)));
      const stands = orders.some((order) => order !== undefined && !hasEnded(order));
      this.trades.drop(trade);
      const checkAtUs = clock.nowUs() + GRACE_US;
      if (stands) this.trades.reserve(trade, { ...made, accountId, checkAtUs });
    }
  }

  private async find(orderId: OrderId): Promise<Order | undefined> {
    const item = await this.options.state?.get(orderKey(orderId));
    return item === undefined ? undefined : readOrderItem(item).order;
  }
}
