import { arbitrageTradeFromWire, wireCodec } from '@ats/contracts';
import { type ArbitrageTrade, AtsError } from '@ats/domain';
import { type Clock, type Logger, Pauses, type Timers } from '@ats/runtime';
import type {
  EventLog,
  LogBatch,
  LogRecord,
  LogSubscription,
  StateStore,
  TransactItem,
} from '@ats/storage';
import { HOUR_US } from '../domain/digest.ts';
import { NO_TRADES, quarterOf, type TradeTally, tallyOf, together } from '../domain/trade-tally.ts';
import { keys } from './keys.ts';
import { create, readJson } from './stored.ts';

const TRADE = wireCodec('ats.execution.v1.ArbitrageTrade');
const GROUP = 'notification.trades';
/** A trade's mark and its quarter: two items each at most, of a transaction's hundred. */
const COUNTED_MAX = 45;
const BATCH_MAX = 500;
/** How long a small batch waits for more: digests have time, and each write delays orders'. */
const GATHER_MS = 1000;
/** A record comes again soon or not at all. */
const MARK_US = 7 * 24 * HOUR_US;
/** The longest window of a digest, with a few days to spare. */
const KEPT_US = 34 * 24 * HOUR_US;
const PAGE = 500;

/** What trades added up to in one quarter of an hour. */
export interface QuarterTally {
  /** Begin of the quarter, microseconds since the epoch. */
  readonly quarterUs: number;
  readonly tally: TradeTally;
}

interface Ended {
  readonly trade: ArbitrageTrade;
  readonly tally: TradeTally;
}

export interface TradeKeeperOptions {
  readonly log: EventLog;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly timers: Pick<Timers, 'after'>;
  readonly logger: Logger;
}

/**
 * Sums of the trades of each quarter of an hour, from the log. A trade's mark and the sum it is in
 * are stored in one transaction: it counts once, whatever is killed and however often it comes.
 */
export class TradeKeeper {
  private readonly options: TradeKeeperOptions;
  private readonly pauses: Pauses;
  /** By partition, when the last record that was counted had entered the log. */
  private readonly countedToUs = new Map<number, number>();
  private subscription: LogSubscription | undefined;
  private failure: string | undefined;
  /** Partitions come side by side, and add to the same quarters: one after the other. */
  private counting: Promise<unknown> = Promise.resolve();

  constructor(options: TradeKeeperOptions) {
    this.options = options;
    this.pauses = new Pauses(options.timers);
  }

  async start(): Promise<void> {
    this.subscription = await this.options.log.subscribe({
      group: GROUP,
      topics: ['trades'],
      batchMax: BATCH_MAX,
      handle: (batch) => this.handle(batch),
    });
  }

  /** Why trades are not counted; undefined when they are. */
  get trouble(): string | undefined {
    return this.failure;
  }

  /** Whether everything that entered the log before a moment is counted. */
  async countedUntil(timeUs: number): Promise<boolean> {
    const lags = await this.options.log.lag({ group: GROUP, topics: ['trades'] });
    return lags.every(
      ({ lag, partition }) => lag === 0 || (this.countedToUs.get(partition) ?? 0) >= timeUs,
    );
  }

  /** The sums of quarters that begin in a half-open span, the oldest first. */
  async tallies(span: {
    readonly fromUs: number;
    readonly toUs: number;
  }): Promise<readonly QuarterTally[]> {
    const { fromUs, toUs } = span;
    const found: QuarterTally[] = [];
    let after = keys.quarter(Math.max(0, fromUs - 1)).sort;
    for (;;) {
      const query = { table: 'notifications', partition: 'trades', after, limit: PAGE } as const;
      const { items, next } = await this.options.store.query(query);
      for (const item of items) {
        const quarterUs = Number(item.key.sort);
        if (quarterUs >= toUs) return found;
        found.push({ quarterUs, tally: readJson<TradeTally>(item) });
      }
      if (next === undefined) return found;
      after = next;
    }
  }

  async close(): Promise<void> {
    this.pauses.end();
    await this.subscription?.close();
  }

  private async handle(batch: LogBatch): Promise<void> {
    try {
      const ended: Ended[] = [];
      for (const record of batch.records) {
        const one = await this.read(batch, record);
        if (one !== undefined) ended.push(one);
      }
      for (let from = 0; from < ended.length; from += COUNTED_MAX) {
        await this.countInTurn(ended.slice(from, from + COUNTED_MAX));
      }
      this.countedToUs.set(batch.partition, batch.records.at(-1)?.loggedAtUs ?? 0);
      if (batch.records.length < BATCH_MAX) {
        await this.pauses.for(GATHER_MS);
      }
      await batch.commit();
      this.failure = undefined;
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      throw error;
    }
  }

  private async read(batch: LogBatch, record: LogRecord): Promise<Ended | undefined> {
    try {
      const trade = arbitrageTradeFromWire(TRADE.decode(record.payload));
      const old = trade.updatedAtUs < this.options.clock.nowUs() - KEPT_US;
      const tally = old ? undefined : tallyOf(trade);
      return tally && { trade, tally };
    } catch (error) {
      if (!(error instanceof AtsError)) throw error;
      this.options.logger.error('notification.trade_unreadable', 'a record is parked', { error });
      await batch.park(record, error.message);
      return undefined;
    }
  }

  private countInTurn(ended: readonly Ended[]): Promise<void> {
    const counted = this.counting.then(() => this.count(ended));
    this.counting = counted.catch(() => undefined);
    return counted;
  }

  private async count(ended: readonly Ended[]): Promise<void> {
    const { store, clock } = this.options;
    const once = [...new Map(ended.map((one) => [one.trade.tradeId, one])).values()];
    const known = await Promise.all(once.map((one) => store.get(keys.counted(one.trade.tradeId))));
    const fresh = once.filter((_, index) => known[index] === undefined);
    if (fresh.length === 0) return;
    const markedUntilUs = clock.nowUs() + MARK_US;
    const items = fresh.map(({ trade }) => create(keys.counted(trade.tradeId), '', markedUntilUs));
    const byQuarter = Map.groupBy(fresh, ({ trade }) => quarterOf(trade.updatedAtUs));
    for (const [quarterUs, some] of byQuarter) items.push(await this.sumItem(quarterUs, some));
    const result = await store.transact(items);
    if (result.kind === 'committed') return;
    throw new AtsError({
      code: 'STORAGE_UNAVAILABLE',
      message: 'trades could not be counted: another instance seems to run',
      remedy: 'Run one notification service at a time; it is tried again by itself.',
      retry: 'safe',
    });
  }

  private async sumItem(quarterUs: number, ended: readonly Ended[]): Promise<TransactItem> {
    const key = keys.quarter(quarterUs);
    const before = await this.options.store.get(key);
    const tally = ended.reduce(
      (sum, one) => together(sum, one.tally),
      before === undefined ? NO_TRADES : readJson<TradeTally>(before),
    );
    const expiresAtUs = quarterUs + KEPT_US;
    if (before === undefined) return create(key, tally, expiresAtUs);
    const attributes = { json: JSON.stringify(tally) };
    return { kind: 'replace', key, ifVersion: before.version, attributes, expiresAtUs };
  }
}
