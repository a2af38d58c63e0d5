import { decodeMarketEvent } from '@ats/contracts';
import type { MarketEvent } from '@ats/domain';
import type { Logger } from '@ats/runtime';
import type { MarketFilter, MarketHandler, MarketHandlers } from '../market-bus.ts';
import type { BusCounts } from './bus-metrics.ts';
import { filterMatches } from './filter.ts';
import type { ChannelPlan } from './redis-channels.ts';
import { disconnectRedis, type RedisLink, whileConnected } from './redis-connection.ts';
import { Delivery, Subscriber } from './subscriber.ts';

/** Channels that one subscription keeps apart; messages of further ones are dropped. */
const CHANNELS_MAX = 40_000;

/** One subscription on a connection of its own, so that no event comes twice. */
export class RedisReceiver {
  readonly redis: RedisLink;
  readonly subscriber: Subscriber;
  private readonly plan: ChannelPlan;
  private readonly counts: BusCounts;
  /** By channel name; a market's kind has one channel. */
  private readonly deliveries = new Map<string, Delivery>();
  private joined = false;

  constructor(options: {
    readonly redis: RedisLink;
    readonly filter: MarketFilter;
    readonly plan: ChannelPlan;
    readonly handler: MarketHandler | MarketHandlers;
    readonly counts: BusCounts;
    readonly logger: Logger;
  }) {
    const { redis, filter, handler, counts, logger } = options;
    this.redis = redis;
    this.plan = options.plan;
    this.counts = counts;
    this.subscriber = new Subscriber({ filter, handler, counts, logger, copies: false });
  }

  /** Resolves when the server has confirmed the subscription. */
  async start(): Promise<void> {
    this.redis.on('messageBuffer', (channel: Buffer, payload: Buffer) => {
      this.receive(channel, payload);
    });
    this.redis.on('pmessageBuffer', (_pattern: string, channel: Buffer, payload: Buffer) => {
      this.receive(channel, payload);
    });
    this.redis.on('close', () => {
      this.joined = false;
    });
    await this.redis.connect();
    await this.join();
    // Joining again is not left to the client, which does not tell when it has happened.
    this.redis.on('ready', () => {
      // A connection that broke again has another turn; one that refuses is broken to have one.
      this.join().catch(() => {
        const { closed } = this.subscriber;
        if (!closed && this.redis.status === 'ready') this.redis.disconnect(true);
      });
    });
  }

  /** Whether the server would send this subscription an event that is published now. */
  get isLive(): boolean {
    return this.joined && this.redis.status === 'ready';
  }

  private async join(): Promise<void> {
    const { channels, patterns } = this.plan;
    const { redis } = this;
    if (channels.length > 0) await whileConnected(redis, redis.subscribe(...channels));
    if (patterns.length > 0) await whileConnected(redis, redis.psubscribe(...patterns));
    this.joined = true;
  }

  close(): Promise<void> {
    this.subscriber.close();
    disconnectRedis(this.redis);
    return Promise.resolve();
  }

  private receive(channel: Buffer, payload: Buffer): void {
    const event = decodeCounted(payload, this.counts);
    if (event === undefined) return;
    if (this.plan.sift && !filterMatches(this.subscriber.filter, event)) return;
    const delivery = this.deliveryOf(channel, event);
    if (delivery === undefined) this.counts.droppedMarketsFull += 1;
    else this.subscriber.offer(delivery, event, false);
  }

  private deliveryOf(channel: Buffer, event: MarketEvent): Delivery | undefined {
    const name = channel.toString('latin1');
    let delivery = this.deliveries.get(name);
    if (delivery === undefined) {
      if (this.deliveries.size >= CHANNELS_MAX) return undefined;
      delivery = new Delivery(this.subscriber, event);
      this.deliveries.set(name, delivery);
    }
    return delivery;
  }
}

/** @returns the event, or undefined, counted, when the bytes are not one. */
export function decodeCounted(bytes: Buffer, counts: BusCounts): MarketEvent | undefined {
  try {
    return decodeMarketEvent(bytes);
  } catch {
    counts.droppedMalformed += 1;
    return undefined;
  }
}
