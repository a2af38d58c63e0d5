import type { MarketBatch, SimMarket } from '../../../domain/sim-market.ts';

/** What one connection does with a message that was made once for all of them. */
export type Receive<Message> = (message: Message) => void;

/**
 * One channel of one market. A batch is encoded once, however many connections are subscribed,
 * and not at all when none is.
 */
export class MarketStream<Message> {
  private readonly receivers = new Set<Receive<Message>>();
  private readonly market: SimMarket;
  private readonly encode: (batch: MarketBatch) => Message | undefined;
  private readonly begin: () => void;
  private stop: (() => void) | undefined;

  constructor(options: {
    readonly market: SimMarket;
    /** @returns undefined when the batch says nothing on this channel. */
    readonly encode: (batch: MarketBatch) => Message | undefined;
    /** Runs when the first connection subscribes: state kept between batches starts here. */
    readonly begin?: () => void;
  }) {
    this.market = options.market;
    this.encode = options.encode;
    this.begin = options.begin ?? (() => {});
  }

  /** @returns a function that ends the subscription. */
  add(receive: Receive<Message>): () => void {
    if (this.receivers.size === 0) {
      this.begin();
      this.stop = this.market.onBatch((batch) => {
        const message = this.encode(batch);
        if (message !== undefined) this.send(message);
      });
    }
    this.receivers.add(receive);
    return () => {
      if (!this.receivers.delete(receive) || this.receivers.size > 0) return;
      this.stop?.();
      this.stop = undefined;
    };
  }

  get idle(): boolean {
    return this.receivers.size === 0;
  }

  /** Sends a message that no batch caused, such as a timer's. */
  send(message: Message): void {
    for (const receive of this.receivers) receive(message);
  }

  close(): void {
    this.receivers.clear();
    this.stop?.();
    this.stop = undefined;
  }
}
