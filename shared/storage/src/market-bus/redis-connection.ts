import { Cluster, Redis } from 'ioredis';
import type { RedisPlace } from './redis-place.ts';

const CONNECT_TIMEOUT_MS = 5000;
const RETRY_DELAY_MS_MAX = 2000;
/** Each question under way listens for the end of its connection. */
const LISTENERS_MAX = 1000;

/** A connection to one server, whichever the sentinels name, or to the nodes of a cluster. */
export type RedisLink = Redis | Cluster;

/** One connection that, once made, reconnects for ever; it never sends a command twice. */
export function connectRedis(place: RedisPlace, use: 'send' | 'receive'): RedisLink {
  let wasReady = false;
  // A first connection that fails is an error at start, not the start of a retry.
  const retry = (attempt: number): number | null =>
    wasReady ? Math.min(2 ** Math.min(attempt, 12) * 10, RETRY_DELAY_MS_MAX) : null;
  const options = {
    ...place.options,
    connectTimeout: CONNECT_TIMEOUT_MS,
    connectionName: `ats-bus-${use}`,
    // Events that were on their way when the connection broke are lost: at most once.
    autoResendUnfulfilledCommands: false,
    // The sender conflates while the server is away instead of queueing commands.
    enableOfflineQueue: use === 'receive',
    autoResubscribe: false,
    maxRetriesPerRequest: null,
  };
  const redis =
    place.cluster === undefined
      ? new Redis({ ...options, ...sentinelOptions(place, retry), lazyConnect: true })
      : new Cluster([...place.cluster], {
          redisOptions: options,
          lazyConnect: true,
          enableOfflineQueue: use === 'receive',
          clusterRetryStrategy: retry,
        });
  redis.on('ready', () => {
    wasReady = true;
  });
  redis.setMaxListeners(LISTENERS_MAX);
  return redis;
}

function sentinelOptions(
  { sentinels, options }: RedisPlace,
  retryStrategy: (attempt: number) => number | null,
) {
  if (sentinels === undefined) return { retryStrategy };
  const { nodes, master: name, password } = sentinels;
  return {
    retryStrategy,
    sentinelRetryStrategy: retryStrategy,
    sentinels: [...nodes],
    name,
    // Who is told of a new master leaves the old one, which may still answer.
    failoverDetector: true,
    ...(password === undefined ? {} : { sentinelPassword: password }),
    ...(options.tls === undefined
      ? {}
      : { sentinelTLS: options.tls, enableTLSForSentinelMode: true }),
  };
}

/** Ends a connection. One that has ended by itself would keep the process up for a while more. */
export function disconnectRedis(redis: RedisLink): void {
  if (redis.status !== 'end') redis.disconnect();
}

/**
 * Waits for commands only as long as the connection they were sent on lasts: the client forgets,
 * without an answer, what was under way when a connection broke.
 */
export function whileConnected<Result>(redis: RedisLink, work: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onClose = (): void => reject(new Error('the connection to Redis was lost'));
    redis.once('close', onClose);
    const done = (): void => {
      redis.off('close', onClose);
    };
    work.then(resolve, reject).then(done, done);
  });
}
