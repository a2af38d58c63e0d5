import { AtsError, type MarketEvent } from '@ats/domain';
import type { Logger, Metrics, TimerHandle, Timers } from '@ats/runtime';
import type {
  MarketBus,
  MarketFilter,
  MarketHandler,
  MarketHandlers,
  MarketPublisher,
  MarketSubscription,
} from '../market-bus.ts';
import { type BusCounts, busCounts, countKind } from './bus-metrics.ts';
import { filterMatches, MARKET_KINDS } from './filter.ts';
import { channelMarket, isRemembered, latestPrefix, planChannels } from './redis-channels.ts';
import {
  connectRedis,
  disconnectRedis,
  type RedisLink,
  whileConnected,
} from './redis-connection.ts';
import { type RedisPlace, redisPlace } from './redis-place.ts';
import { decodeCounted, RedisReceiver } from './redis-receiver.ts';
import { RedisSender, type RedisSenderLimits } from './redis-sender.ts';

export interface RedisMarketBusOptions extends Partial<RedisSenderLimits> {
  /** One of `REDIS_SCHEMES`. */
  readonly url: string;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** First part of every channel and key; buses of different prefixes do not hear each other. */
  readonly prefix?: string;
  /** Subscriptions of this process; each has its own connection. */
  readonly subscriptionsMax?: number;
}

const SENDER_DEFAULTS: RedisSenderLimits = {
  inFlightMax: 4096,
  marketsMax: 10_000,
  latestTtlMs: 30_000,
  latestIntervalMs: 50,
};
const SUBSCRIPTIONS_MAX = 64;
const PING_INTERVAL_MS = 3000;

function unavailable(place: RedisPlace, cause: unknown): AtsError {
  return new AtsError({
    code: 'STORAGE_UNAVAILABLE',
    message: `Redis at ${place.name} does not answer`,
    remedy: 'Start Redis, or correct bus.url.',
    retry: 'safe',
    context: { field: 'bus.url', value: place.name },
    cause,
  });
}

class RedisMarketBus implements MarketBus {
  private readonly place: RedisPlace;
  private readonly prefix: string;
  private readonly latestName: string;
  private readonly logger: Logger;
  private readonly counts: BusCounts;
  private readonly timers: Timers;
  private readonly subscriptionsMax: number;
  private readonly redis: RedisLink;
  private readonly sender: RedisSender;
  private readonly receivers = new Set<RedisReceiver>();
  private readonly watches = new Map<RedisLink, TimerHandle>();
  private closed = false;

  constructor(options: RedisMarketBusOptions, place: RedisPlace) {
    this.place = place;
    const prefix = options.prefix ?? 'ats:market';
    // A cluster keeps keys of one name in braces on one node, where they can be read together.
    this.prefix = place.cluster === undefined ? prefix : `{${prefix}}`;
    this.latestName = latestPrefix(this.prefix);
    this.logger = options.logger;
    this.timers = options.timers;
    this.counts = busCounts('redis', options.metrics);
    this.subscriptionsMax = options.subscriptionsMax ?? SUBSCRIPTIONS_MAX;
    this.redis = connectRedis(place, 'send');
    this.sender = new RedisSender({
      redis: this.redis,
      prefix: this.prefix,
      counts: this.counts,
      timers: options.timers,
      limits: {
        inFlightMax: options.inFlightMax ?? SENDER_DEFAULTS.inFlightMax,
        marketsMax: options.marketsMax ?? SENDER_DEFAULTS.marketsMax,
        latestTtlMs: options.latestTtlMs ?? SENDER_DEFAULTS.latestTtlMs,
        latestIntervalMs: options.latestIntervalMs ?? SENDER_DEFAULTS.latestIntervalMs,
      },
    });
  }

  /** Waits for the first connection, so that a wrong address is an error at start. */
  async connect(): Promise<void> {
    this.watch(this.redis, 'send');
    try {
      await this.redis.connect();
    } catch (cause) {
      await this.close();
      throw unavailable(this.place, cause);
    }
  }

  publish(event: MarketEvent): void {
    if (this.closed) {
      this.counts.droppedClosed += 1;
      return;
    }
    countKind(this.counts.published, event.kind);
    this.sender.send(event);
  }

  publisherOf(): MarketPublisher {
    return (event) => this.publish(event);
  }

  async subscribe(
    filter: MarketFilter,
    handler: MarketHandler | MarketHandlers,
  ): Promise<MarketSubscription> {
    if (this.closed || this.receivers.size >= this.subscriptionsMax) {
      throw new AtsError({
        code: this.closed ? 'STORAGE_UNAVAILABLE' : 'STORAGE_QUEUE_FULL',
        message: this.closed
          ? 'the bus is closed'
          : `the bus already has ${this.subscriptionsMax} subscriptions`,
        remedy: 'Close subscriptions that are no longer needed.',
        context: { field: 'subscriptionsMax', value: this.subscriptionsMax },
      });
    }
    const redis = connectRedis(this.place, 'receive');
    const plan = planChannels(this.prefix, filter);
    const { counts, logger } = this;
    const receiver = new RedisReceiver({ redis, filter, plan, handler, counts, logger });
    this.receivers.add(receiver);
    this.watch(redis, 'receive');
    const close = async (): Promise<void> => {
      this.receivers.delete(receiver);
      this.unwatch(redis);
      await receiver.close();
    };
    try {
      await receiver.start();
    } catch (cause) {
      await close();
      throw unavailable(this.place, cause);
    }
    const { subscriber } = receiver;
    return {
      close,
      get conflated() {
        return subscriber.conflated;
      },
    };
  }

  async latest(filter: MarketFilter): Promise<readonly MarketEvent[]> {
    try {
      return await whileConnected(this.redis, this.readLatest(filter));
    } catch (cause) {
      throw unavailable(this.place, cause);
    }
  }

  health(): { readonly ok: boolean; readonly reason: string } {
    if (this.closed) return { ok: false, reason: 'the bus is closed' };
    const live = [this.redis.status === 'ready', ...[...this.receivers].map((one) => one.isLive)];
    const away = live.filter((isLive) => !isLive).length;
    if (away === 0) return { ok: true, reason: '' };
    const reason = `${away} of ${live.length} connections to ${this.place.name} are down`;
    return { ok: false, reason };
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    for (const receiver of this.receivers) await receiver.close();
    this.receivers.clear();
    await this.sender.close();
    for (const redis of [...this.watches.keys()]) this.unwatch(redis);
    disconnectRedis(this.redis);
  }

  private async readLatest(filter: MarketFilter): Promise<readonly MarketEvent[]> {
    const keys = await this.latestKeys(filter);
    const values = keys.length === 0 ? [] : await this.redis.mgetBuffer([...keys]);
    const gone = keys.filter((_, at) => values[at] === null);
    // Entries whose publisher is gone have expired; their names go with the next reader.
    if (gone.length > 0) this.redis.srem(this.latestName, gone).catch(ignore);
    return values
      .filter((value) => value !== null)
      .map((value) => decodeCounted(value, this.counts))
      .filter((event) => event !== undefined);
  }

  private async latestKeys(filter: MarketFilter): Promise<readonly string[]> {
    const kinds = (filter.kinds ?? MARKET_KINDS).filter(isRemembered);
    const plan = planChannels(this.latestName, { ...filter, kinds });
    if (plan.patterns.length === 0) return plan.channels;
    const keys = await this.redis.smembers(this.latestName);
    return keys.filter((key) => {
      const market = channelMarket(this.latestName, key);
      return market !== undefined && filterMatches(filter, market);
    });
  }

  /** Logs what befalls a connection, and breaks one whose server has stopped answering. */
  private watch(redis: RedisLink, use: string): void {
    let connects = 0;
    let unanswered = false;
    const fields = { server: this.place.name, use };
    redis.on('ready', () => {
      connects += 1;
      unanswered = false;
      if (connects === 1) return;
      this.counts.reconnects += 1;
      this.logger.info('bus.reconnected', 'The market bus is connected again.', fields);
    });
    redis.on('close', () => {
      const wanted = !this.closed && this.watches.has(redis);
      if (!wanted || connects === 0) return;
      this.logger.warn('bus.disconnected', 'The market bus lost its server.', fields);
    });
    // Without a listener ioredis prints; the close event says what there is to say.
    redis.on('error', ignore);
    const answered = (): void => {
      unanswered = false;
    };
    const timer = this.timers.every(PING_INTERVAL_MS, () => {
      if (redis.status !== 'ready') return;
      if (unanswered) {
        unanswered = false;
        redis.disconnect(true);
        return;
      }
      unanswered = true;
      redis.ping().then(answered, answered);
    });
    this.watches.set(redis, timer);
  }

  private unwatch(redis: RedisLink): void {
    this.watches.get(redis)?.cancel();
    this.watches.delete(redis);
  }
}

const ignore = (): void => {};

/**
 * The bus between processes: Redis pub/sub, with the newest book and status of each market kept
 * in Redis for whoever joins late. Events travel as `ats.marketdata.v1.MarketEvent`.
 *
 * @throws STORAGE_URL_INVALID, or STORAGE_UNAVAILABLE when the server cannot be reached at start.
 */
export async function openRedisMarketBus(options: RedisMarketBusOptions): Promise<MarketBus> {
  const bus = new RedisMarketBus(options, redisPlace(options.url));
  await bus.connect();
  return bus;
}
