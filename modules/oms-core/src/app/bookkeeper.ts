import { AtsError, type ErrorCode, type OrderId, type VenueId } from '@ats/domain';
import {
  balanceItems,
  executionKey,
  type HoldTerms,
  ledgerEntryRecord,
  type Outbox,
  type OutboxEntry,
  orderEventRecord,
  orderKey,
  readOrderItem,
  replaceOrderItems,
  type StoredOrder,
  transactSurely,
} from '@ats/orders';
import type { Clock, Logger, Metrics, Tracer } from '@ats/runtime';
import type { LogBatch, LogRecord, StateStore, TransactItem } from '@ats/storage';
import { type Booking, bookInput, type OrderChange, refuseWish } from './booking.ts';
import { type BookkeeperMetrics, bookkeeperMetrics } from './bookkeeper-metrics.ts';
import { Lanes } from './lanes.ts';
import { OrderCache } from './order-cache.ts';
import { mismatchOf, type OrderWork, readWork, workOfReport } from './order-work.ts';
import type { UnbookedFills } from './unbooked-fills.ts';
import { tellWork } from './work-spans.ts';

export interface BookkeeperOptions {
  readonly state: StateStore;
  readonly outbox: Outbox;
  readonly unbooked: UnbookedFills;
  /** What an order's holds are computed with. */
  marketOf(order: StoredOrder['order']): HoldTerms;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracer?: Tracer;
  /** Orders kept in memory. */
  readonly cachedOrdersMax: number;
}

/** What came of one transaction. */
type Written = 'committed' | 'repeated' | 'stale' | 'short';

/** How the next attempt makes holds, or that the wish is refused for lack of money. */
type Mode = 'as-needed' | 'as-held' | 'refuse';

/** What says of an input, not of the store, that it cannot be applied. */
const HOPELESS: ReadonlySet<ErrorCode> = new Set([
  'MESSAGE_MALFORMED',
  'DECIMAL_INVALID',
  'STORAGE_INPUT_INVALID',
  'INVARIANT_VIOLATED',
]);

/** One input and what it changes. */
interface WorkChange {
  readonly change: OrderChange;
  readonly work: OrderWork;
}

/** Inputs of one order in one transaction at most: stores take a hundred items. */
const TOGETHER_MAX = 12;

/** Times that one input is tried on an order that others change or contend for. */
const ATTEMPTS_MAX = 20;

/**
 * Keeps orders and their money: applies commands and reports, each in a transaction with the
 * postings and events that follow from it; those of one order that came together share one.
 * The only one that changes an order once it is made.
 *
 * Records of different orders are worked at the same time, those of one order one after another.
 * What can never be applied is parked; while the store is down nothing is guessed: the batch
 * fails, comes again, and `readiness` says so.
 */
export class OrderBookkeeper {
  private readonly options: BookkeeperOptions;
  private readonly cache: OrderCache;
  private readonly lanes = new Lanes();
  private readonly metrics: BookkeeperMetrics;
  private readonly commits = new Set<Promise<unknown>>();
  /** Partitions whose last batch failed, and why. */
  private readonly stalls = new Map<string, string>();
  private closing = false;
  private readonly giveUp = () => this.closing;

  constructor(options: BookkeeperOptions) {
    this.options = options;
    this.cache = new OrderCache({ ordersMax: options.cachedOrdersMax });
    this.metrics = bookkeeperMetrics(options.metrics, () => ({
      cached: this.cache.size,
      evicted: this.cache.evicted,
      unbooked: options.unbooked.size,
    }));
  }

  /** Handles a batch of `orders.commands` or `exec.reports`; rejects when it must come again. */
  async handle(batch: LogBatch): Promise<void> {
    const place = `${batch.topic}/${batch.partition}`;
    try {
      await this.work(batch);
      this.stalls.delete(place);
    } catch (error) {
      const { message } = error instanceof Error ? error : new Error(String(error));
      this.stalls.set(place, `${place} waits: ${message}`);
      throw error;
    }
  }

  /** Tries to book the fills of a venue for which there was no money. @returns how many remain */
  async bookUnbooked(venue: VenueId): Promise<number> {
    for (const { report, cause } of this.options.unbooked.of(venue)) {
      const reading = workOfReport(report, cause);
      if (reading.kind === 'work') await this.inLane(reading.work);
    }
    return this.options.unbooked.of(venue).length;
  }

  readiness(): { readonly ready: boolean; readonly reasons: readonly string[] } {
    const { state, outbox } = this.options;
    const told = [state.health(), outbox.health()].filter(({ ok }) => !ok);
    const reasons = [...told.map(({ reason }) => reason), ...this.stalls.values()];
    return { ready: reasons.length === 0, reasons };
  }

  /** From now on nothing waits for a store that does not answer: its batch comes again. */
  stop(): void {
    this.closing = true;
  }

  /** Waits for offsets that are being committed. */
  async close(): Promise<void> {
    await Promise.allSettled(this.commits);
  }

  private async work(batch: LogBatch): Promise<void> {
    const { outbox } = this.options;
    const { ok, reason } = outbox.health();
    if (!ok) throw stalled(reason);
    const chains = new Map<OrderId, [LogRecord, OrderWork][]>();
    const jobs: Promise<void>[] = [];
    for (const record of batch.records) {
      const reading = readWork(record);
      if (reading.kind === 'impossible') {
        jobs.push(this.park(batch, record, reading.reason));
        continue;
      }
      const { orderId } = reading.work;
      const chain = chains.get(orderId);
      if (chain === undefined) chains.set(orderId, [[record, reading.work]]);
      else chain.push([record, reading.work]);
    }
    for (const chain of chains.values()) jobs.push(this.runChain(batch, chain));
    const failed = (await Promise.allSettled(jobs)).find(({ status }) => status === 'rejected');
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
    this.commit(batch);
  }

  private async runChain(
    batch: LogBatch,
    chain: readonly (readonly [LogRecord, OrderWork])[],
  ): Promise<void> {
    for (let at = 0; at < chain.length; at += TOGETHER_MAX) {
      const startUs = this.options.clock.nowUs();
      const part = chain.slice(at, at + TOGETHER_MAX);
      const together = await this.inLaneTogether(part.map(([, work]) => work));
      for (const [index, [record, work]] of part.entries()) {
        const booking = together?.[index] ?? (await this.inLane(work));
        if (booking.kind === 'impossible') await this.park(batch, record, booking.reason);
        const endUs = this.options.clock.nowUs();
        const waitedUs = endUs - record.loggedAtUs;
        tellWork(this.options.tracer, { record, work, booking, startUs, endUs });
        this.metrics.observe({ kind: work.input.kind, result: booking.kind, waitedUs });
      }
    }
  }

  /** @returns undefined when the inputs have to be applied one by one */
  private async inLaneTogether(
    works: readonly OrderWork[],
  ): Promise<readonly Booking[] | undefined> {
    const [first] = works;
    if (first === undefined || works.length < 2) return undefined;
    return this.lanes.run(first.orderId, async () => {
      try {
        return await this.applyTogether(works);
      } catch (error) {
        this.cache.delete(first.orderId);
        if (error instanceof AtsError && HOPELESS.has(error.code)) return undefined;
        throw error;
      }
    });
  }

  /**
   * An order is accepted, filled and ended within moments: what waits for one order is one
   * transaction where each input follows from the one before. Anything unusual is left to `apply`.
   */
  private async applyTogether(
    works: readonly OrderWork[],
  ): Promise<readonly Booking[] | undefined> {
    const [first] = works;
    const before = first === undefined ? undefined : await this.storedOrder(first.orderId);
    if (before === undefined) return undefined;
    const bookings: Booking[] = [];
    const changes: WorkChange[] = [];
    // The store knows of fills that were booked before, not of those in the same transaction.
    const booked = new Set<string>();
    let stored = before;
    for (const work of works) {
      if (mismatchOf(work.report, stored) !== undefined) return undefined;
      if (work.input.kind === 'fill') {
        const { executionId } = work.input;
        if (booked.has(executionId)) {
          bookings.push({ kind: 'nothing', reason: 'DUPLICATE_EXECUTION' });
          continue;
        }
        booked.add(executionId);
      }
      const booking = this.bookingOf(work, stored, 'as-needed');
      if (booking.kind === 'impossible') return undefined;
      bookings.push(booking);
      if (booking.kind === 'nothing') continue;
      changes.push({ change: booking.change, work });
      stored = { ...booking.change.after, itemVersion: before.itemVersion };
    }
    // One by one, each is then asked of the store.
    if (changes.length === 0) return undefined;
    return (await this.write(before, changes)) === 'committed' ? bookings : undefined;
  }

  private inLane(work: OrderWork): Promise<Booking> {
    return this.lanes.run(work.orderId, async () => {
      try {
        return await this.apply(work);
      } catch (error) {
        this.cache.delete(work.orderId);
        if (!(error instanceof AtsError) || !HOPELESS.has(error.code)) throw error;
        // The same input would fail in the same way for ever: a person must look.
        return { kind: 'impossible', reason: `${error.code}: ${error.message}` };
      }
    });
  }

  private async apply(work: OrderWork): Promise<Booking> {
    let mode: Mode = 'as-needed';
    let remembered = this.cache.get(work.orderId) !== undefined;
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const stored = await this.storedOrder(work.orderId);
      if (stored === undefined) return { kind: 'impossible', reason: 'ORDER_UNKNOWN' };
      const mismatch = mismatchOf(work.report, stored);
      const booking: Booking =
        mismatch === undefined
          ? this.bookingOf(work, stored, mode)
          : { kind: 'impossible', reason: mismatch };
      if (booking.kind !== 'change') {
        if (!remembered) return booking;
        // Another instance may have had it meanwhile. A change the store would have refused.
        remembered = false;
        this.cache.delete(work.orderId);
        continue;
      }
      const written = await this.write(stored, [{ change: booking.change, work }]);
      if (written === 'committed') return booking;
      if (written === 'repeated') return { kind: 'nothing', reason: 'DUPLICATE_EXECUTION' };
      this.metrics.retried(written);
      if (written === 'stale') continue;
      if (mode === 'as-needed') {
        mode = work.input.kind === 'replace-requested' ? 'refuse' : 'as-held';
      } else if (work.report !== undefined && work.input.kind === 'fill') {
        await this.keepUnbooked(work, stored);
        return { kind: 'nothing', reason: 'UNBOOKED' };
      } else {
        throw new AtsError({
          code: 'INVARIANT_VIOLATED',
          message: `the holds of order ${work.orderId} are not in its account's balance`,
          context: { orderId: work.orderId, inputId: work.inputId },
        });
      }
    }
    throw stalled(`order ${work.orderId} is being changed by others all the time`);
  }

  private bookingOf(work: OrderWork, stored: StoredOrder, mode: Mode): Booking {
    const { marketOf, clock } = this.options;
    const market = marketOf(stored.order);
    const holds = mode === 'refuse' ? 'as-held' : mode;
    const source = { ...work, stored, market, nowUs: clock.nowUs(), holds } as const;
    if (mode !== 'refuse') return bookInput(source);
    return { kind: 'change', change: refuseWish(source, 'ORDER_FUNDS_INSUFFICIENT') };
  }

  private async storedOrder(orderId: OrderId): Promise<StoredOrder | undefined> {
    const cached = this.cache.get(orderId);
    if (cached !== undefined) return cached;
    const item = await this.options.state.get(orderKey(orderId));
    if (item === undefined) return undefined;
    const stored = readOrderItem(item);
    this.cache.set(stored);
    return stored;
  }

  /** One transaction: the order, its fills, the balances, and what the log is to be told. */
  private async write(before: StoredOrder, changes: readonly WorkChange[]): Promise<Written> {
    const last = changes.at(-1)?.change;
    if (last === undefined) return 'committed';
    const { outbox, unbooked } = this.options;
    const { orderId, accountId } = before.order;
    const entry = outbox.entry(
      changes.flatMap(({ change, work }) => [
        orderEventRecord(change.event, work.cause),
        ...change.entries.map((one) => ledgerEntryRecord(one, { ...work.cause, accountId })),
      ]),
    );
    const booked = changes.flatMap(({ change: { executionId }, work }): readonly TransactItem[] =>
      executionId === undefined
        ? []
        : [
            { kind: 'create', key: executionKey({ orderId, executionId }), attributes: {} },
            ...unbooked.removal(work.report),
          ],
    );
    const result = await this.transact(entry, [
      ...replaceOrderItems(before, last.after),
      ...booked,
      ...balanceItems(changes.flatMap(({ change }) => change.entries)),
      entry.item,
    ]);
    if (result !== 'committed') return result;
    this.cache.set({ ...last.after, itemVersion: before.itemVersion + 1 });
    void outbox.publish(entry);
    for (const { change, work } of changes) {
      if (change.executionId !== undefined) unbooked.forget(work.report);
      this.tell(change);
    }
    return 'committed';
  }

  private async transact(entry: OutboxEntry, items: readonly TransactItem[]): Promise<Written> {
    const result = await transactSurely({ ...this.options, entry, items, giveUp: this.giveUp });
    if (result.kind === 'committed') return 'committed';
    if (result.kind === 'conflict') return 'stale';
    const { refusals } = result;
    if (refusals.some(({ key }) => key.sort.startsWith('fill/'))) return 'repeated';
    const order = refusals.find(({ key }) => key.table === 'orders' && key.sort === 'order');
    if (order?.current !== undefined) this.cache.set(readOrderItem(order.current));
    else if (order !== undefined) this.cache.delete(order.key.partition as OrderId);
    else if (refusals.some(({ key }) => key.table === 'balances')) return 'short';
    return 'stale';
  }

  private async keepUnbooked(work: OrderWork, { order }: StoredOrder): Promise<void> {
    const { unbooked, logger } = this.options;
    const { report, cause } = work;
    if (report === undefined || unbooked.has(report)) return;
    await unbooked.keep({ report, accountId: order.accountId, cause });
    const { orderId, venue, executionId } = report;
    const fields = { orderId, venue, executionId, ...cause };
    logger.error('ledger.fill_unbooked', 'the ledger lacks the money for a fill', fields);
  }

  private tell({ after, notes }: OrderChange): void {
    for (const note of notes) {
      const { orderId, terms } = after.order;
      this.metrics.noted(note);
      this.options.logger.warn('order.noted', 'an order took an unusual turn', {
        orderId,
        venue: terms.venue,
        note,
      });
    }
  }

  private async park(batch: LogBatch, record: LogRecord, reason: string): Promise<void> {
    await batch.park(record, reason);
    const { topic, partition, offset, headers } = record;
    const { eventId, correlationId, traceparent } = headers;
    const ids = { eventId, correlationId, traceparent };
    const fields = { topic, partition, offset, ...ids, reason };
    this.options.logger.error('oms.record_parked', 'a record cannot be applied', fields);
    this.metrics.parked(topic);
  }

  /** Not awaited: should the offset be lost, the batch comes again and is recognised. */
  private commit(batch: LogBatch): void {
    const committing = batch.commit().catch((error: unknown) => {
      this.options.logger.warn('oms.commit_failed', 'a batch may come again', { error });
    });
    this.commits.add(committing);
    void committing.finally(() => this.commits.delete(committing));
  }
}

const stalled = (reason: string): AtsError =>
  new AtsError({
    code: 'STORAGE_UNAVAILABLE',
    message: reason,
    remedy: 'Mend the store or the log; the work goes on by itself.',
    retry: 'safe',
  });
