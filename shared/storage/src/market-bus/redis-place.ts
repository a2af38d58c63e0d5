import { readFileSync } from 'node:fs';
import { AtsError } from '@ats/domain';
import type { RedisOptions } from 'ioredis';
import { shownUrl } from '../shown-url.ts';

interface Node {
  readonly host: string;
  readonly port: number;
}

/** Where a Redis is, read from its URL. */
export interface RedisPlace {
  /** What connections to all its servers share: credentials, database, TLS, or a socket. */
  readonly options: Pick<
    RedisOptions,
    'host' | 'port' | 'path' | 'db' | 'username' | 'password' | 'tls'
  >;
  /** Sentinels that know which server is the master, under what name. */
  readonly sentinels?: {
    readonly nodes: readonly Node[];
    readonly master: string;
    readonly password?: string;
  };
  /** Nodes of a cluster; each knows the others. */
  readonly cluster?: readonly Node[];
  /** For logs and errors: the URL without user and password. */
  readonly name: string;
}

/** Schemes of `bus.url`. */
export const REDIS_SCHEMES = [
  'redis',
  'rediss',
  'redis+unix',
  'redis+sentinel',
  'rediss+sentinel',
  'redis+cluster',
  'rediss+cluster',
];
const REMEDY =
  'Write redis://host:6379/0, rediss://host:6379 (TLS), redis+unix:///path/redis.sock, ' +
  'redis+sentinel://host:26379,other:26379/0?master=NAME or redis+cluster://host:6379,other:6379.';

function invalid(url: string, why: string): AtsError {
  return new AtsError({
    code: 'STORAGE_URL_INVALID',
    message: `bus.url: "${url}" ${why}`,
    remedy: REMEDY,
    context: { field: 'bus.url', value: url },
  });
}

/** A URL names one host only: the list is taken out, and the first put in its place. */
function partsOf(text: string, shown: string): { url: URL; hosts: readonly string[] } {
  const parts = /^([a-z+]+:\/\/(?:[^@/]*@)?)([^/?#]*)(.*)$/is.exec(text);
  const [, front = '', list = '', rest = ''] = parts ?? [];
  const hosts = list.split(',');
  const first = `${front}${hosts[0]}${rest}`;
  const url = parts !== null && URL.canParse(first) ? new URL(first) : undefined;
  if (url === undefined) throw invalid(shown, 'is not a URL');
  return { url, hosts };
}

function nodeOf(text: string, options: { shown: string; port: number }): Node {
  const url = URL.canParse(`redis://${text}`) ? new URL(`redis://${text}`) : undefined;
  if (url === undefined || url.hostname === '') {
    throw invalid(options.shown, text === '' ? 'has no host' : `names host "${text}"`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return { host, port: url.port === '' ? options.port : Number(url.port) };
}

/** `ca`, `cert` and `key` of a URL are paths of PEM files: an authority, and who we are. */
function tlsOf(url: URL, options: { shown: string; host: string }): object {
  const files: Record<string, Buffer> = {};
  for (const name of ['ca', 'cert', 'key']) {
    const path = url.searchParams.get(name);
    if (path === null) continue;
    try {
      files[name] = readFileSync(path);
    } catch {
      throw invalid(options.shown, `names ${name}=${path}, which cannot be read`);
    }
  }
  return { tls: { servername: options.host, ...files } };
}

/**
 * Reads `redis://`, `rediss://` (TLS), `redis+unix:///path/to/socket?db=0`, and with several hosts
 * `redis+sentinel://...?master=NAME&sentinelPassword=...` and `redis+cluster://...`. User and
 * password are taken from the URL; they show in no message. @throws STORAGE_URL_INVALID
 */
export function redisPlace(text: string): RedisPlace {
  const shown = shownUrl(text);
  const { url, hosts } = partsOf(text, shown);
  const [scheme = '', kind = ''] = url.protocol.slice(0, -1).split('+');
  const credentials = {
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
  };
  const socket = kind === 'unix';
  const database = socket ? (url.searchParams.get('db') ?? '') : url.pathname.slice(1);
  if (!/^\d*$/.test(database)) throw invalid(shown, `names database "${database}", not a number`);
  const db = database === '' ? 0 : Number(database);
  if (socket) {
    if (url.pathname.length < 2) throw invalid(shown, 'has no path to a socket');
    const path = decodeURIComponent(url.pathname);
    return { options: { ...credentials, path, db }, name: `redis+unix://${path}` };
  }
  const port = kind === 'sentinel' ? 26_379 : 6379;
  const nodes = hosts.map((host) => nodeOf(host, { shown, port }));
  const [first = { host: '', port }] = nodes;
  const tls = scheme === 'rediss' ? tlsOf(url, { shown, host: first.host }) : {};
  const name = `${url.protocol}//${hosts.join(',')}`;
  const shared = { ...credentials, db, ...tls };
  if (kind === 'sentinel') {
    const master = url.searchParams.get('master');
    if (master === null) throw invalid(shown, 'does not name its master, as in ?master=mymaster');
    const password = url.searchParams.get('sentinelPassword');
    const sentinels = { nodes, master, ...(password === null ? {} : { password }) };
    return { options: shared, sentinels, name: `${name} (${master})` };
  }
  if (kind === 'cluster') {
    if (db !== 0) throw invalid(shown, `names database ${db}: a cluster has database 0 alone`);
    return { options: shared, cluster: nodes, name };
  }
  if (nodes.length > 1) throw invalid(shown, 'names several hosts');
  return { options: { ...shared, ...first }, name };
}
