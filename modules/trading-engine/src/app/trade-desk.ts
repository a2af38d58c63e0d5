import {
  type AccountId,
  type ArbitrageTrade,
  type Listing,
  legsOf,
  type Opportunity,
  type Order,
  type OrderId,
  type ReasonCode,
  type RiskAnswer,
  type SidedLeg,
  type TradeId,
} from '@ats/domain';
import type { Clock, Logger } from '@ats/runtime';
import { openTrade } from '../domain/trade/open-trade.ts';
import { resized } from '../domain/trade/resize.ts';
import { amendTrade, applyToTrade, hasTradeEnded } from '../domain/trade/trade-machine.ts';
import type { TradeRules } from '../domain/trade/trade-rules.ts';
import { smallestQuantity, worstCaseLoss } from '../domain/trade/worst-case.ts';
import { FillDeltas } from './fill-deltas.ts';
import { type Inventory, needsOf } from './inventory.ts';
import type { OrderDesk } from './order-desk.ts';
import type { SagaStore } from './saga-store.ts';
import type { TradeBooks } from './trade-books.ts';
import { type RunnerParts, TradeRunner } from './trade-runner.ts';
import { TradeTotals } from './trade-totals.ts';
import type { TradeTraces } from './trade-traces.ts';

export interface TradeDeskOptions {
  readonly accountId: AccountId;
  readonly listings: readonly Listing[];
  readonly rules: TradeRules;
  readonly tradesOpenMax: number;
  readonly store: SagaStore;
  readonly orders: OrderDesk;
  readonly books: TradeBooks;
  readonly traces?: TradeTraces;
  readonly inventory: Inventory;
  /** Reads the balances again; resolves when they are in the inventory, or could not be had. */
  readonly readBalances: () => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Ended trades that are kept in memory. */
const ENDED_MAX = 500;

type TradeListener = (trade: ArbitrageTrade, before: ArbitrageTrade | undefined) => void;

/** Turns approved opportunities into trades, and keeps those that are open. */
export class TradeDesk {
  readonly totals = new TradeTotals();
  readonly fills = new FillDeltas();
  /** Why an operator, or a stop, has no new trades made; empty when nobody does. */
  haltReason = '';
  /** Whether everything that is open is being closed: then nothing new is begun at all. */
  flattening = false;
  private readonly options: TradeDeskOptions;
  private readonly runners = new Map<TradeId, TradeRunner>();
  private readonly byOrder = new Map<OrderId, TradeId>();
  private readonly listingOf: ReadonlyMap<string, Listing>;
  private readonly listeners = new Set<TradeListener>();
  private readonly ended: ArbitrageTrade[] = [];
  private readonly parts: RunnerParts;

  constructor(options: TradeDeskOptions) {
    this.options = options;
    this.listingOf = new Map(
      options.listings.map((listing) => [`${listing.venue}:${listing.instrument}`, listing]),
    );
    this.parts = {
      ...options,
      ...(options.traces === undefined ? {} : { contextOf: options.traces.contextOf }),
      promised: (orders) => options.books.promised(orders),
      marketsFor: async (trade) => {
        await options.readBalances();
        const available = options.inventory.available.bind(options.inventory);
        return options.books.marketsFor(trade, available);
      },
      onChange: (before, after) => this.onChange(before, after),
    };
  }

  /** Why no new trades are made; empty when they are. */
  get stopReason(): string {
    return this.haltReason || (this.flattening ? 'everything is being closed' : '');
  }

  get openCount(): number {
    return this.runners.size;
  }

  open(): readonly ArbitrageTrade[] {
    return [...this.runners.values()].map(({ trade }) => trade);
  }

  /**
   * Why this opportunity cannot become a trade now. Checked before risk is asked, and again when
   * it has approved: what the check reads may have changed meanwhile.
   */
  refusalOf(opportunity: Opportunity): ReasonCode | undefined {
    const { tradesOpenMax, inventory, rules } = this.options;
    if (this.stopReason !== '') return 'HALTED';
    if (!inventory.known) return 'INVENTORY_UNKNOWN';
    if (this.runners.size >= tradesOpenMax) return 'TRADES_OPEN_MAX';
    if (this.isBusy(opportunity)) return 'PAIR_BUSY';
    const legs = legsOf(opportunity);
    const listings = legs.flatMap((leg) => this.listing(leg) ?? []);
    if (listings.length < legs.length) return 'GATEWAY_REFUSED';
    if (legs.some((leg, index) => isTooSmall(listings[index] as Listing, leg))) {
      return 'SIZE_BELOW_MIN';
    }
    const { collarBps, lossBudget } = rules.unwind;
    const loss = worstCaseLoss(opportunity, { listings, collarBps });
    if (loss.greaterThan(lossBudget)) return 'WORST_CASE_LOSS_ABOVE_BUDGET';
    const needs = needsOf(legs, (leg) => this.listing(leg) as Listing);
    const short = needs.some((need) => inventory.available(need).lessThan(need.amount));
    return short ? 'INVENTORY_SHORT' : undefined;
  }

  /**
   * Begins the trade with the quantity that risk approved: stores it and submits its legs, without
   * anybody waiting.
   */
  take(
    found: Opportunity,
    { approval, ...decision }: RiskAnswer,
    origin: 'engine' | 'manual' = 'engine',
  ): { readonly trade: ArbitrageTrade; readonly begun: Promise<boolean> } {
    const step = found.bridge && this.listing(found.bridge)?.quantityStep;
    const opportunity = resized(found, decision.quantity ?? found.quantity, step);
    const { accountId, clock, rules, inventory, listings } = this.options;
    const nowUs = clock.nowUs();
    const trade = openTrade({
      opportunity,
      origin,
      accountId,
      nowUs,
      sendBeforeUs: nowUs + rules.legTimeoutUs,
      ...smallestOf(listings, opportunity),
    });
    const reason = decision.verdict === 'approved' ? this.refusalOf(opportunity) : undefined;
    const answer =
      reason === undefined ? decision : { ...decision, verdict: 'refused' as const, reason };
    const known = this.runners.get(trade.tradeId);
    if (known !== undefined) return { trade: known.trade, begun: Promise.resolve(true) };
    const answered = applyToTrade(trade, { kind: 'risk', decision: answer, atUs: nowUs });
    this.options.traces?.begun(answered, opportunity);
    if (hasTradeEnded(answered)) {
      this.tell(answered, undefined);
      return { trade: answered, begun: Promise.resolve(false) };
    }
    const runner = this.add(answered, { stored: false, approval });
    inventory.claim(
      answered.tradeId,
      needsOf(answered.legs, (leg) => this.listing(leg) as Listing),
    );
    this.tell(answered, undefined);
    const begun = runner.begin().then(
      (made) => {
        if (!made) this.remove(answered);
        return made;
      },
      (error: unknown) => {
        // Storage was closed under it: a restart reads what was stored.
        this.options.logger.error('trade.not_begun', 'a trade could not be stored', { error });
        return false;
      },
    );
    return { trade: answered, begun };
  }

  /** What the log says of an order. Resolves when its trade has taken it in, durably. */
  async onOrder(order: Order): Promise<void> {
    const id = this.byOrder.get(order.orderId);
    const runner = id === undefined ? undefined : this.runners.get(id);
    if (runner === undefined) return this.onLate(order);
    const atUs = Math.min(order.updatedAtUs, this.options.clock.nowUs());
    await runner.feed({ kind: 'order', order, atUs });
  }

  /** An order of a trade that is not open: said again, or filled after all. */
  private async onLate(order: Order): Promise<void> {
    const { store, clock, logger } = this.options;
    if (order.tradeId === undefined || order.cumulativeQuantity.isZero()) return;
    const atUs = clock.nowUs();
    const amended = await store.amend(order.tradeId, (trade) => amendTrade(trade, { order, atUs }));
    if (amended === undefined) return;
    const { before, after } = amended;
    const { tradeId, state } = after;
    logger.error('trade.late_fill', 'a trade was filled after its end', { tradeId, state });
    this.fills.changed(before, after);
    this.totals.amend(before, after);
    for (const listener of this.listeners) listener(after, before);
  }

  /** Steps that fall due by time alone. */
  tick(): void {
    for (const runner of this.runners.values()) runner.act();
  }

  /** Takes up the trades of the last run where they were: of one base, or all. @returns how many */
  async recover(base?: string): Promise<number> {
    const stored = await this.options.store.open();
    const open = stored.filter((trade) => {
      return (base ?? trade.base) === trade.base && !this.runners.has(trade.tradeId);
    });
    for (const trade of open) {
      // Its approval went with the process: orders that the gateway never took are refused.
      this.add(trade, { stored: true, approval: '' });
      this.totals.adopt();
    }
    this.tick();
    return open.length;
  }

  /** Ends a trade: what of it stands is cancelled, what has filled is unwound. */
  async cancel(tradeId: TradeId, detail: string): Promise<ArbitrageTrade | undefined> {
    const runner = this.runners.get(tradeId);
    if (runner === undefined) return this.options.store.find(tradeId);
    await runner.feed({ kind: 'cancel', detail, atUs: this.options.clock.nowUs() });
    return runner.trade;
  }

  /** A trade that is open, or has ended within the last seven days. */
  async find(tradeId: TradeId): Promise<ArbitrageTrade | undefined> {
    return this.runners.get(tradeId)?.trade ?? this.options.store.find(tradeId);
  }

  /** Trades that have ended, the newest first. */
  recent(): readonly ArbitrageTrade[] {
    return this.ended.toReversed();
  }

  onTrade(listener: TradeListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Begins nothing more; trades that are open stay stored, for the next start. */
  async stop(): Promise<void> {
    this.options.store.close();
    await Promise.allSettled([...this.runners.values()].map((runner) => runner.stop()));
  }

  /** Adds a trade that closes what others carried to the accumulator. */
  async begin(trade: ArbitrageTrade): Promise<boolean> {
    if (this.flattening || this.runners.size >= this.options.tradesOpenMax) return false;
    const runner = this.add(trade, { stored: false, approval: '' });
    this.options.traces?.begun(trade);
    this.tell(trade, undefined);
    const made = await runner.begin();
    if (!made) this.remove(trade);
    return made;
  }

  private add(
    trade: ArbitrageTrade,
    how: { readonly stored: boolean; readonly approval: string },
  ): TradeRunner {
    const runner = new TradeRunner(trade, this.parts, how);
    this.runners.set(trade.tradeId, runner);
    this.index(trade);
    return runner;
  }

  private index(trade: ArbitrageTrade): void {
    for (const { orderId } of [...trade.legs, ...trade.unwinds]) {
      this.byOrder.set(orderId, trade.tradeId);
    }
  }

  private remove(trade: ArbitrageTrade): void {
    this.runners.delete(trade.tradeId);
    this.options.inventory.release(trade.tradeId);
    for (const { orderId } of [...trade.legs, ...trade.unwinds]) this.byOrder.delete(orderId);
  }

  private onChange(before: ArbitrageTrade, after: ArbitrageTrade): void {
    const { inventory, clock } = this.options;
    if (after.unwinds.length > before.unwinds.length) this.index(after);
    if (before.state === 'RISK_APPROVED' && after.state !== 'RISK_APPROVED') {
      inventory.taken(after.tradeId, clock.nowUs());
    }
    this.fills.changed(before, after);
    if (hasTradeEnded(after)) {
      this.remove(after);
      void this.options.readBalances();
    }
    this.tell(after, before);
  }

  private tell(trade: ArbitrageTrade, before: ArbitrageTrade | undefined): void {
    this.totals.note(trade, before, this.options.clock.nowUs());
    if (hasTradeEnded(trade)) {
      this.ended.push(trade);
      if (this.ended.length > ENDED_MAX) this.ended.shift();
    }
    this.options.traces?.changed(trade, before);
    for (const listener of this.listeners) listener(trade, before);
  }

  private isBusy({ id, buy, sell }: Opportunity): boolean {
    for (const { trade } of this.runners.values()) {
      if (trade.opportunityId === id) return true;
      const [bought, sold] = trade.legs;
      if (bought === undefined || sold === undefined) continue;
      if (isAt(bought, buy) && isAt(sold, sell)) return true;
    }
    return false;
  }

  private listing(market: { venue: string; instrument: string }): Listing | undefined {
    return this.listingOf.get(`${market.venue}:${market.instrument}`);
  }
}

const isAt = (
  one: { readonly venue: string; readonly instrument: string },
  other: { readonly venue: string; readonly instrument: string },
): boolean => one.venue === other.venue && one.instrument === other.instrument;

/** What a venue would refuse: checked of all legs before any is submitted. */
function isTooSmall(listing: Listing, { quantity, limitPrice }: SidedLeg): boolean {
  if (!quantity.isPositive() || quantity.lessThan(listing.quantityMin)) return true;
  if (!quantity.roundToStep(listing.quantityStep, 'floor').equals(quantity)) return true;
  return quantity.multiply(limitPrice).lessThan(listing.notionalMin);
}

/** The smallest remainders that some venue takes, at the prices of the decision. */
function smallestOf(listings: readonly Listing[], opportunity: Opportunity) {
  const { buy, sell, base, bridge } = opportunity;
  const of = (asset: string, legs: readonly Pick<SidedLeg, 'instrument' | 'limitPrice'>[]) =>
    smallestQuantity(
      listings
        .filter((listing) => listing.base.id === asset)
        .flatMap((listing) => {
          // Where the money is another one its rate is not known here.
          const leg = legs.find(({ instrument }) => instrument === listing.instrument);
          return leg === undefined ? [] : [{ listing, price: leg.limitPrice }];
        }),
    );
  const coin = bridge?.instrument.split('/')[0];
  return {
    smallestQuantity: of(base, [buy, sell]),
    ...(bridge === undefined || coin === undefined ? {} : { smallestBridge: of(coin, [bridge]) }),
  };
}
