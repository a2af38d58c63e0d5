import type { Order, OrderId, Replacement, RequestId, VenueId } from '@ats/domain';
import type { Cause } from '@ats/orders';
import { RecentMap } from '@ats/runtime';
import type { PricedFill } from '../domain/fee-shares.ts';
import type { WorkEnd } from '../domain/order-end.ts';
import type { VenueFill } from '../domain/venue-facts.ts';
import { CALL_CLASSES, CallQueue } from './call-queue.ts';
import type { DeskTools } from './desk-tools.ts';
import { OrderReports } from './order-reports.ts';
import { OrderWork, type WorkStart } from './order-work.ts';
import { VenueCalls } from './venue-calls.ts';
import type { VenuePush } from './venue-connector.ts';
import { readVenueState, type VenueStateAnswer } from './venue-state.ts';
import type { DoneOrder } from './work-store.ts';

export type DeskOptions = Omit<DeskTools, 'queue'> & { readonly venue: VenueId };

/** How the connection to a venue is. */
export interface DeskConnection {
  readonly connector: string;
  readonly ready: boolean;
  /** Why not; empty when ready. */
  readonly reason: string;
  readonly streaming: boolean;
  readonly ordersAtWork: number;
}

/** Fills are read again from this long before the cursor: venues list them late, clocks differ. */
const CURSOR_OVERLAP_US = 60_000_000;
/** Orders that are over and still known without a look into the store. */
const RECENT_MAX = 1000;
/** Fills of orders that are over which are known as reported, however often they are listed. */
const TOLD_MAX = 20_000;

/** What names an order where only the venue's id of it is told. */
type AtVenue = Pick<VenueFill, 'venueOrderId' | 'instrument'>;

/** An order's trade can be listed with another order of ours as well: the other side of it. */
const fillKey = (tradeId: string, { venueOrderId, instrument }: AtVenue): string =>
  `${venueOrderId} ${instrument} ${tradeId}`;

/**
 * Everything about one venue: the orders at work there, what the venue says of them, and the
 * budget of calls. All I/O is behind ports, all time and chance injected: the same inputs in the
 * same order give the same calls and reports.
 */
export class VenueDesk {
  readonly venue: VenueId;
  private readonly tools: DeskTools;
  private readonly calls: VenueCalls;
  private readonly works = new Map<OrderId, OrderWork>();
  private readonly byVenueId = new Map<string, OrderWork>();
  private readonly recent = new RecentMap<string, DoneOrder>({ most: RECENT_MAX });
  private readonly told = new RecentMap<string, true>({ most: TOLD_MAX });
  private streaming = false;
  private sweeping = false;
  private recovering = false;
  private cursorUs = 0;
  private sweptAtUs = 0;
  private fillsReadAtUs = 0;
  private fillsWanted = true;
  private ticker: { cancel(): void } | undefined;
  private closed = false;

  constructor(options: DeskOptions) {
    const { venue, ...ports } = options;
    const { rate, concurrencyMax, waitingMax } = ports.limits;
    const { clock, timers, metrics } = ports;
    this.venue = venue;
    const queue = new CallQueue({ clock, timers, rate, concurrencyMax, waitingMax });
    this.tools = { ...ports, queue };
    this.calls = new VenueCalls(this.tools, venue);
    metrics.ambiguous.add({ venue }, 0);
    let [waits, refused] = [0, 0];
    this.collect = () => {
      for (const one of CALL_CLASSES) {
        metrics.queueDepth.set({ venue, class: one }, queue.depth(one));
      }
      metrics.work.set({ venue }, this.works.size);
      metrics.budgetWaits.add({ venue }, queue.budgetWaits - waits);
      metrics.queueFull.add({ venue }, queue.refused - refused);
      [waits, refused] = [queue.budgetWaits, queue.refused];
    };
  }

  /** Hands counts over to the metrics. */
  readonly collect: () => void;

  /**
   * Takes up what an earlier run left: every order at work is asked for, none is sent. Should that
   * run still be alive, it sends none of them from now on.
   */
  async start(): Promise<void> {
    const { store, clock, timers, connector, limits } = this.tools;
    this.cursorUs = (await store.cursor()) ?? clock.nowUs();
    for (const item of await store.all()) {
      if (!(await store.claim(item.order.orderId))) continue;
      const work = this.open({ ...item, maybeSent: true });
      if (item.venueOrderId !== undefined) this.byVenueId.set(item.venueOrderId, work);
      if (item.cancel !== undefined) work.cancel(item.cancel);
      if (item.replace !== undefined) work.replace(item.replace);
      work.look();
    }
    connector.listen((push) => this.pushed(push));
    const periodMs = Math.max(1, Math.floor(Math.min(limits.pollMs, limits.lateFillsMs) / 2));
    this.ticker = timers.every(periodMs, () => void this.sweep());
  }

  /** An order is to be sent. Resolves when that is durable; the venue's answer is reported. */
  async submit(order: Order, cause: Cause): Promise<void> {
    if (this.works.has(order.orderId)) return;
    const { store, clock, limits } = this.tools;
    const createdAtUs = clock.nowUs();
    const begun = await store.begin({ order, ...cause, createdAtUs });
    if (begun.kind === 'done' || this.works.has(order.orderId)) return;
    if (begun.kind === 'there' && !(await store.claim(order.orderId))) return;
    // What is older than the memory of finished orders could be one of them.
    const isOld = createdAtUs - order.updatedAtUs > limits.doneKeepMs * 1000;
    const maybeSent = begun.kind === 'there' || isOld;
    const fresh = { venueOrderId: undefined, fees: new Map(), wishVersion: 0 };
    this.open({ order, ...cause, createdAtUs, maybeSent, ...fresh }).look();
  }

  /** A cancel is wished. Resolves when that is durable. */
  async cancel(order: Order, requestId: RequestId, cause: Cause): Promise<void> {
    const { orderId } = order;
    const { version } = order;
    const work = this.works.get(orderId);
    if (work?.takesWish(version) === false) return;
    work?.cancel(requestId);
    if (await this.tools.store.keepWish(orderId, { cancel: requestId, version })) {
      this.works.get(orderId)?.cancel(requestId);
      return;
    }
    const detail = 'The order had ended.';
    await this.reportsOf(order, cause).say({
      type: 'cancel-rejected',
      cause: requestId,
      requestId,
      tooLate: true,
      detail,
    });
  }

  /** Other terms are wished. Resolves when that is durable. */
  async replace(order: Order, terms: Replacement, cause: Cause): Promise<void> {
    const { orderId, version } = order;
    const work = this.works.get(orderId);
    if (work?.takesWish(version) === false) return work.wishes.refuseOvertaken(terms.requestId);
    if (await this.tools.store.keepWish(orderId, { replace: terms, version })) {
      this.works.get(orderId)?.replace(terms);
      return;
    }
    const { requestId } = terms;
    const detail = 'The order had ended.';
    const saying = { cause: requestId, requestId, detail };
    await this.reportsOf(order, cause).say({ type: 'replace-rejected', ...saying });
  }

  /** What the venue holds of ours, read from it now. @throws VENUE_DISCONNECTED */
  state(fillsSinceUs: number): Promise<VenueStateAnswer> {
    return readVenueState({
      tools: this.tools,
      calls: this.calls,
      venue: this.venue,
      fillsSinceUs,
      orderOf: (reference) => this.orderOf(reference),
    });
  }

  connection(): DeskConnection {
    const { connector } = this.tools;
    const { ok, reason } = connector.health();
    return {
      connector: connector.kind,
      ready: ok && !this.closed,
      reason: this.closed ? 'it is being stopped' : reason,
      streaming: this.streaming,
      ordersAtWork: this.works.size,
    };
  }

  /** Stops where everything is; the next run takes it up. */
  async close(): Promise<void> {
    this.closed = true;
    this.ticker?.cancel();
    const ended = [...this.works.values()].map((work) => work.close());
    await this.tools.connector.close();
    // After this nothing is written any more: whoever reads the log to its end has read it all.
    await Promise.all(ended);
  }

  private open(about: Omit<WorkStart, 'isStreaming' | 'onOver' | 'onVenueOrderId'>): OrderWork {
    const work = new OrderWork(this.tools, {
      ...about,
      isStreaming: () => this.streaming,
      onOver: (over, end) => this.over(over, end),
      onVenueOrderId: (at, venueOrderId) => this.byVenueId.set(venueOrderId, at),
    });
    this.works.set(about.order.orderId, work);
    return work;
  }

  private over(work: OrderWork, end: WorkEnd): void {
    const { order, correlationId, traceparent, venueOrderId } = work;
    this.works.delete(order.orderId);
    if (venueOrderId === '') return;
    this.byVenueId.delete(venueOrderId);
    this.recent.set(venueOrderId, { order, correlationId, traceparent, end, venueOrderId });
    const { instrument } = order.terms;
    for (const id of work.fillIds) this.told.set(fillKey(id, { venueOrderId, instrument }), true);
  }

  private reportsOf(order: Order, { correlationId, traceparent }: Cause): OrderReports {
    return new OrderReports(this.tools, { order, correlationId, traceparent });
  }

  private pushed(push: VenuePush): void {
    if (this.closed) return;
    switch (push.kind) {
      case 'fill':
        this.route(push.fill).catch(() => {
          // The store does not say whose it is: all fills are read again instead.
          this.fillsWanted = true;
        });
        return;
      case 'order':
        (this.byVenueId.get(push.venueOrderId) ?? this.named(push.clientOrderId))?.nudge();
        return;
      case 'connected':
        this.streaming = true;
        this.lookAtAll();
        return;
      case 'lost':
        this.streaming = false;
        this.tools.logger.warn('venue.stream_lost', push.detail, { venue: this.venue });
        this.lookAtAll();
    }
  }

  /** After a connection was lost or is back anything can have happened. */
  private lookAtAll(): void {
    this.fillsWanted = true;
    for (const work of this.works.values()) work.look();
    void this.sweep();
  }

  private named(clientOrderId: string | undefined): OrderWork | undefined {
    if (clientOrderId === undefined) return undefined;
    for (const work of this.works.values()) {
      if (work.clientOrderId === clientOrderId) return work;
    }
    return undefined;
  }

  /** Looks at what stands, at what nobody asked about, and at the venue itself when it failed. */
  private async sweep(): Promise<void> {
    if (this.sweeping || this.closed) return;
    const { clock, limits, connector, logger } = this.tools;
    const nowUs = clock.nowUs();
    const periodMs = this.streaming ? limits.streamingPollMs : limits.pollMs;
    const standing = [...this.works.values()].filter(({ isLive }) => isLive);
    const isWell = connector.health().ok;
    const due = nowUs - this.sweptAtUs >= periodMs * 1000;
    const fillsDue = nowUs - this.fillsReadAtUs >= limits.lateFillsMs * 1000;
    this.sweeping = true;
    try {
      if ((due && standing.length > 0) || !isWell || this.recovering) {
        this.sweptAtUs = nowUs;
        await this.compare(standing);
      }
      if (fillsDue || this.fillsWanted) await this.readFills(nowUs);
    } catch (error) {
      this.fillsWanted = true;
      logger.error('venue.sweep_failed', 'a look at the venue failed', {
        venue: this.venue,
        error,
      });
    } finally {
      this.sweeping = false;
    }
  }

  /** Every order that does not stand as we know it is looked at by itself. */
  private async compare(standing: readonly OrderWork[]): Promise<void> {
    const { connector } = this.tools;
    const answer = await this.calls.make('open-orders', 'question', () => connector.openOrders());
    if (this.closed) return;
    if (answer?.kind !== 'orders') {
      this.recovering = true;
      return;
    }
    if (this.recovering) {
      this.recovering = false;
      this.lookAtAll();
    }
    const open = new Map(answer.orders.map((order) => [order.venueOrderId, order]));
    for (const work of standing) {
      const theirs = open.get(work.venueOrderId);
      const same = theirs?.cumulativeQuantity.equals(work.cumulativeQuantity) ?? false;
      if (!same || work.hasWish) work.look();
    }
  }

  /** Reads all fills from the cursor on; those of orders that are over are reported late. */
  private async readFills(nowUs: number): Promise<void> {
    const { connector, store, queue } = this.tools;
    this.fillsReadAtUs = nowUs;
    const sinceUs = this.cursorUs - CURSOR_OVERLAP_US;
    const answer = await this.calls.make('fills', 'question', () =>
      connector.fillsSince(sinceUs, queue.pace),
    );
    if (this.closed) return;
    if (answer?.kind !== 'fills') {
      this.fillsWanted = true;
      return;
    }
    this.fillsWanted = false;
    for (const fill of answer.fills) await this.route(fill);
    this.cursorUs = nowUs;
    await store.keepCursor(nowUs);
  }

  /** Brings a fill to its order, at work or over. */
  private async route(fill: VenueFill): Promise<void> {
    const work = this.workAt(fill);
    if (work !== undefined) {
      if (!work.fillIds.has(fill.tradeId)) work.offer(fill);
      return;
    }
    const { fee } = fill;
    const key = fillKey(fill.tradeId, fill);
    if (fee === undefined || this.told.has(key)) return;
    const done = await this.doneAt(fill);
    if (done === undefined || this.told.has(key)) return;
    this.told.set(key, true);
    this.tools.metrics.lateFills.add({ venue: this.venue });
    const priced: PricedFill = { ...fill, fee };
    await this.reportsOf(done.order, done).fill(priced);
  }

  /** Venues may give orders of different markets the same id. */
  private workAt({ venueOrderId, instrument }: AtVenue): OrderWork | undefined {
    const work = this.byVenueId.get(venueOrderId);
    return work?.order.terms.instrument === instrument ? work : undefined;
  }

  private async doneAt({ venueOrderId, instrument }: AtVenue): Promise<DoneOrder | undefined> {
    const recent = this.recent.get(venueOrderId);
    if (recent?.order.terms.instrument === instrument) return recent;
    const done = await this.tools.store.doneOrderAtVenue(venueOrderId);
    return done?.order.terms.instrument === instrument ? done : undefined;
  }

  private async orderOf(
    reference: AtVenue & { readonly clientOrderId?: string | undefined },
  ): Promise<OrderId | undefined> {
    const work = this.workAt(reference) ?? this.named(reference.clientOrderId);
    if (work !== undefined) return work.order.orderId;
    return (await this.doneAt(reference))?.order.orderId;
  }
}
