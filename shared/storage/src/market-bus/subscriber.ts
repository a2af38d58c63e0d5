import { copyBookTop, type MarketEvent } from '@ats/domain';
import type { Logger } from '@ats/runtime';
import type { MarketFilter, MarketHandler, MarketHandlers, MarketName } from '../market-bus.ts';
import { type BusCounts, countKind } from './bus-metrics.ts';

/** The place where one kind of one market's events wait for one busy subscriber: one deep. */
export class Delivery {
  readonly subscriber: Subscriber;
  readonly handler: MarketHandler;
  pending: MarketEvent | undefined = undefined;

  constructor(subscriber: Subscriber, market: MarketName) {
    this.subscriber = subscriber;
    this.handler = subscriber.handlerOf(market);
  }
}

/**
 * Calls one handler: at once while it is free; when it returned a promise that is not settled,
 * the newest event per delivery waits and is handed over, oldest wait first, once it settles.
 */
export class Subscriber {
  readonly filter: MarketFilter;
  /** Whether an event that has to wait must be copied, because its publisher reuses it. */
  private readonly copies: boolean;
  private readonly handler: MarketHandler | MarketHandlers;
  private readonly counts: BusCounts;
  private readonly logger: Logger;
  private readonly waiting: Delivery[] = [];
  private busy = false;
  private failures = 0;
  closed = false;
  conflated = 0;

  constructor(options: {
    readonly filter: MarketFilter;
    readonly handler: MarketHandler | MarketHandlers;
    readonly counts: BusCounts;
    readonly logger: Logger;
    readonly copies: boolean;
  }) {
    this.filter = options.filter;
    this.handler = options.handler;
    this.counts = options.counts;
    this.logger = options.logger;
    this.copies = options.copies;
  }

  handlerOf(market: MarketName): MarketHandler {
    const { handler } = this;
    return typeof handler === 'function' ? handler : handler.handlerOf(market);
  }

  offer(delivery: Delivery, event: MarketEvent, more: boolean): void {
    if (this.closed) return;
    if (!this.busy) {
      this.call(delivery, event, more);
      return;
    }
    if (delivery.pending === undefined) {
      this.waiting.push(delivery);
    } else {
      this.conflated += 1;
      this.counts.conflatedSubscriber += 1;
    }
    delivery.pending = this.copies && event.kind === 'book' ? copyBookTop(event) : event;
  }

  /** No call begins after this; a call under way is not waited for, since it may be the caller. */
  close(): void {
    this.closed = true;
    for (const delivery of this.waiting) delivery.pending = undefined;
    this.waiting.length = 0;
  }

  private call(delivery: Delivery, event: MarketEvent, more: boolean): void {
    countKind(this.counts.delivered, event.kind);
    let result: void | Promise<void>;
    try {
      result = delivery.handler(event, more);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (result === undefined) return;
    this.busy = true;
    result.then(this.resume, this.resumeFailed);
  }

  private readonly resume = (): void => {
    this.busy = false;
    while (!this.busy && !this.closed) {
      const delivery = this.waiting.shift();
      const event = delivery?.pending;
      if (delivery === undefined || event === undefined) return;
      delivery.pending = undefined;
      this.call(delivery, event, false);
    }
  };

  private readonly resumeFailed = (error: unknown): void => {
    this.fail(error);
    this.resume();
  };

  private fail(error: unknown): void {
    this.failures += 1;
    this.counts.handlerFailures += 1;
    // A handler that fails on every event must not also drown the log.
    if ((this.failures & (this.failures - 1)) !== 0) return;
    this.logger.error('bus.handler_failed', 'A market subscriber threw; the bus goes on.', {
      failures: this.failures,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
}
