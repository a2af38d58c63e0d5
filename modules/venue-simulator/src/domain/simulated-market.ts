import { type Listing, OrderBook, type Side } from '@ats/domain';
import {
  type AggregateChange,
  type EngineEvents,
  type Execution,
  MatchingEngine,
  type OrderAccepted,
  type OrderCanceled,
  type OrderReplaced,
} from '@ats/matching';
import { DecimalGrid } from './decimal-grid.ts';
import type {
  DayStatistics,
  LevelChange,
  MarketBatch,
  SimMarket,
  TradePrint,
} from './sim-market.ts';

const RECENT_TRADES_MAX = 100;
const ORDERS_MAX = 100_000;

/** Owners of orders from here on are accounts; the market model's own are below. */
export const FIRST_ACCOUNT_OWNER = 1000;

/**
 * Told of accounts' orders as the engine tells it: synchronously, with objects that it reuses. A
 * listener must not call back into the engine.
 */
export interface AccountEvents {
  accepted(order: OrderAccepted): void;
  replaced(order: OrderReplaced): void;
  executed(execution: Execution, trade: TradePrint): void;
  canceled(order: OrderCanceled): void;
}

type Mutable<Record> = { -readonly [Key in keyof Record]: Record[Key] };

/**
 * One market of a simulated exchange: a matching engine, and what of it the public may see. What
 * happens between two calls of `publish` goes out as one batch.
 */
export class SimulatedMarket implements SimMarket {
  readonly listing: Listing;
  readonly prices: DecimalGrid;
  readonly sizes: DecimalGrid;
  readonly engine: MatchingEngine;
  readonly book = new OrderBook(64);
  readonly recentTrades: TradePrint[] = [];
  readonly day: Mutable<DayStatistics>;
  lastSequence = 0;
  private tradeCount = 0;
  private timeUs = 0;
  private trades: TradePrint[] = [];
  /** Prices changed since the last batch: ticks of a bid above zero, of an ask below. */
  private readonly touched = new Set<number>();
  private readonly listeners = new Set<(batch: MarketBatch) => void>();
  private accounts: AccountEvents | undefined;
  private crossedBid:
    | { readonly ticks: number; readonly lots: number; readonly untilUs: number }
    | undefined;

  constructor(listing: Listing, openPrice: number) {
    this.listing = listing;
    this.prices = new DecimalGrid(listing.priceTick);
    this.sizes = new DecimalGrid(listing.quantityStep);
    this.engine = new MatchingEngine({
      events: this.engineEvents(),
      selfTrade: 'cancel-oldest',
      ordersMax: ORDERS_MAX,
    });
    const open = this.prices.number(this.prices.nearest(openPrice));
    this.day = {
      last: open,
      open,
      high: open,
      low: open,
      volumeBase: 0,
      volumeQuote: 0,
      trades: 0,
    };
  }

  get priceDecimals(): number {
    return this.prices.decimals;
  }

  get sizeDecimals(): number {
    return this.sizes.decimals;
  }

  orderCountAt(side: Side, price: number): number {
    return this.engine.ordersAt({ side, priceTicks: this.prices.nearest(price) });
  }

  onBatch(listener: (batch: MarketBatch) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** One listener for the orders of all accounts. */
  listenForAccounts(events: AccountEvents): void {
    this.accounts = events;
  }

  /** The time that the next trade will carry, in microseconds. */
  get nowUs(): number {
    return this.timeUs;
  }

  /** Sets the venue's time for the trades that follow. */
  begin(timeUs: number): void {
    this.timeUs = timeUs;
    if (this.crossedBid !== undefined && this.crossedBid.untilUs <= timeUs) this.uncross();
  }

  /** Brings the public book up to date and tells the listeners, if anything changed. */
  publish(): void {
    if (this.touched.size === 0 && this.trades.length === 0) return;
    const firstSequence = this.lastSequence + 1;
    const levels: LevelChange[] = [];
    for (const key of this.touched) this.publishLevel(key, levels);
    this.touched.clear();
    this.lastSequence += levels.length;
    const { timeUs, trades, lastSequence } = this;
    this.trades = [];
    if (levels.length === 0 && trades.length === 0) return;
    const batch: MarketBatch = { timeUs, firstSequence, lastSequence, levels, trades };
    for (const listener of this.listeners) listener(batch);
  }

  /**
   * A fault: shows a bid above the best ask until `untilUs`, as a venue with a broken feed does.
   * The matching engine knows nothing of it.
   */
  cross(untilUs: number): void {
    const ask = this.engine.bestPriceTicks('ask');
    if (Number.isNaN(ask)) return;
    this.uncross();
    const lots = this.engine.lotsAt({ side: 'ask', priceTicks: ask });
    this.crossedBid = { ticks: ask + 5, lots, untilUs };
    this.touched.add(ask + 5);
  }

  private uncross(): void {
    if (this.crossedBid === undefined) return;
    this.touched.add(this.crossedBid.ticks);
    this.crossedBid = undefined;
  }

  private publishLevel(key: number, levels: LevelChange[]): void {
    const side: Side = key > 0 ? 'bid' : 'ask';
    const ticks = Math.abs(key);
    const crossed = key === this.crossedBid?.ticks ? this.crossedBid : undefined;
    const lots = crossed?.lots ?? this.engine.lotsAt({ side, priceTicks: ticks });
    const price = this.prices.number(ticks);
    const size = this.sizes.number(lots);
    const priceText = this.prices.text(ticks);
    const sizeText = this.sizes.text(lots);
    if (!this.book.side(side).set(price, size, priceText, sizeText)) return;
    const orderCount =
      crossed === undefined ? this.engine.ordersAt({ side, priceTicks: ticks }) : 1;
    levels.push({ side, price, size, priceText, sizeText, orderCount });
  }

  private engineEvents(): EngineEvents {
    const nothing = (): void => {};
    return {
      accepted: (order) => {
        if (order.owner >= FIRST_ACCOUNT_OWNER) this.accounts?.accepted(order);
      },
      canceled: (order) => {
        if (order.owner >= FIRST_ACCOUNT_OWNER) this.accounts?.canceled(order);
      },
      replaced: (order) => {
        if (order.owner >= FIRST_ACCOUNT_OWNER) this.accounts?.replaced(order);
      },
      rejected: nothing,
      executed: (execution) => {
        const trade = this.print(execution);
        const { makerOwner, takerOwner } = execution;
        if (Math.max(makerOwner, takerOwner) < FIRST_ACCOUNT_OWNER) return;
        this.accounts?.executed(execution, trade);
      },
      levelChanged: (change) => this.touch(change),
    };
  }

  private touch(change: AggregateChange): void {
    this.touched.add(change.side === 'bid' ? change.priceTicks : -change.priceTicks);
  }

  private print(execution: Execution): TradePrint {
    this.tradeCount += 1;
    const price = this.prices.number(execution.priceTicks);
    const size = this.sizes.number(execution.lots);
    const trade: TradePrint = {
      tradeId: this.tradeCount,
      timeUs: this.timeUs,
      price,
      size,
      priceText: this.prices.text(execution.priceTicks),
      sizeText: this.sizes.text(execution.lots),
      aggressor: execution.aggressor,
    };
    this.trades.push(trade);
    this.recentTrades.push(trade);
    if (this.recentTrades.length > RECENT_TRADES_MAX) this.recentTrades.shift();
    const { day } = this;
    day.last = price;
    if (price > day.high) day.high = price;
    if (price < day.low) day.low = price;
    day.volumeBase += size;
    day.volumeQuote += size * price;
    day.trades += 1;
    return trade;
  }
}
