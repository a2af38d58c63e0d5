import { tradeToWire, type WireMessages } from '@ats/contracts';
import type { Trade } from '@ats/domain';
import type { MarketBus, MarketSubscription } from '@ats/storage';

type Wire = WireMessages['ats.marketdata.v1.Trade'];

/** Trades that may wait for one who watches; of more the newest. */
const WAITING_MAX = 200;

/** What one who watches has not been sent yet. */
export class TradeQueue {
  private waiting: Wire[] = [];
  private readonly wants: (trade: Trade) => boolean;
  /** Told how many made way for newer ones. */
  private readonly onDropped: (count: number) => void;

  constructor(wants: (trade: Trade) => boolean, onDropped: (count: number) => void) {
    this.wants = wants;
    this.onDropped = onDropped;
  }

  take(trade: Trade): void {
    if (!this.wants(trade)) return;
    this.waiting.push(tradeToWire(trade));
    if (this.waiting.length > 2 * WAITING_MAX) this.trim();
  }

  drain(): Wire[] {
    this.trim();
    const all = this.waiting;
    this.waiting = [];
    return all;
  }

  private trim(): void {
    const over = this.waiting.length - WAITING_MAX;
    if (over <= 0) return;
    this.waiting = this.waiting.slice(over);
    this.onDropped(over);
  }
}

/** Public trades for whoever watches; the bus is asked for them only while somebody does. */
export class TradeTape {
  private readonly bus: MarketBus;
  private readonly queues = new Set<TradeQueue>();
  private subscription: Promise<MarketSubscription> | undefined;

  constructor(bus: MarketBus) {
    this.bus = bus;
  }

  watch(queue: TradeQueue): void {
    this.queues.add(queue);
    this.subscription ??= this.bus.subscribe({ kinds: ['trade'] }, (event) => {
      if (event.kind !== 'trade') return;
      for (const each of this.queues) each.take(event);
    });
  }

  forget(queue: TradeQueue): void {
    this.queues.delete(queue);
    if (this.queues.size === 0) void this.close();
  }

  async close(): Promise<void> {
    const closing = this.subscription;
    this.subscription = undefined;
    await closing?.then((subscription) => subscription.close()).catch(() => undefined);
  }
}
