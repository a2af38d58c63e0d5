import { AtsError } from '@ats/domain';
import { Redis, type RedisOptions } from 'ioredis';
import { shownUrl } from '../shown-url.ts';

const CONNECT_TIMEOUT_MS = 5000;
const RETRY_DELAY_MS_MAX = 2000;
/** Each question under way listens for the end of its connection. */
const LISTENERS_MAX = 1000;

type RedisAddress = Pick<
  RedisOptions,
  'host' | 'port' | 'path' | 'db' | 'username' | 'password' | 'tls'
>;

/** Where a Redis is, read from its URL. */
export interface RedisPlace {
  readonly options: RedisAddress;
  /** For logs and errors: the URL without user and password. */
  readonly name: string;
}

function invalid(url: string, why: string): AtsError {
  return new AtsError({
    code: 'STORAGE_URL_INVALID',
    message: `bus.url: "${url}" ${why}`,
    remedy: 'Write redis://host:6379/0, rediss://host:6379 or redis+unix:///path/redis.sock.',
    context: { field: 'bus.url', value: url },
  });
}

/**
 * Reads `redis://`, `rediss://` (TLS) and `redis+unix:///path/to/socket?db=0`. User and password
 * are taken from the URL; they show in no message. @throws STORAGE_URL_INVALID
 */
export function redisPlace(text: string): RedisPlace {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const shown = shownUrl(text);
  if (url === undefined) throw invalid(shown, 'is not a URL');
  const credentials = {
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
  };
  const socket = url.protocol === 'redis+unix:';
  const database = socket ? (url.searchParams.get('db') ?? '') : url.pathname.slice(1);
  if (!/^\d*$/.test(database)) throw invalid(shown, `names database "${database}", not a number`);
  const db = database === '' ? 0 : Number(database);
  if (socket) {
    if (url.pathname.length < 2) throw invalid(shown, 'has no path to a socket');
    const path = decodeURIComponent(url.pathname);
    return { options: { ...credentials, path, db }, name: `redis+unix://${path}` };
  }
  if (url.hostname === '') throw invalid(shown, 'has no host');
  const port = url.port === '' ? 6379 : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const tls = url.protocol === 'rediss:' ? { tls: { servername: host } } : {};
  return {
    options: { ...credentials, host, port, db, ...tls },
    name: `${url.protocol}//${url.host}`,
  };
}

/** One connection that, once made, reconnects for ever; it never sends a command twice. */
export function connectRedis(place: RedisPlace, use: 'send' | 'receive'): Redis {
  let wasReady = false;
  const redis = new Redis({
    ...place.options,
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    connectionName: `ats-bus-${use}`,
    // Events that were on their way when the connection broke are lost: at most once.
    autoResendUnfulfilledCommands: false,
    // The sender conflates while the server is away instead of queueing commands.
    enableOfflineQueue: use === 'receive',
    autoResubscribe: false,
    maxRetriesPerRequest: null,
    // A first connection that fails is an error at start, not the start of a retry.
    retryStrategy: (attempt: number) =>
      wasReady ? Math.min(2 ** Math.min(attempt, 12) * 10, RETRY_DELAY_MS_MAX) : null,
  });
  redis.on('ready', () => {
    wasReady = true;
  });
  redis.setMaxListeners(LISTENERS_MAX);
  return redis;
}

/** Ends a connection. One that has ended by itself would keep the process up for a while more. */
export function disconnectRedis(redis: Redis): void {
  if (redis.status !== 'end') redis.disconnect();
}

/**
 * Waits for commands only as long as the connection they were sent on lasts: the client forgets,
 * without an answer, what was under way when a connection broke.
 */
export function whileConnected<Result>(redis: Redis, work: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onClose = (): void => reject(new Error('the connection to Redis was lost'));
    redis.once('close', onClose);
    const done = (): void => {
      redis.off('close', onClose);
    };
    work.then(resolve, reject).then(done, done);
  });
}
