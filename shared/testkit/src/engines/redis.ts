import { createConnection } from 'node:net';
import { join } from 'node:path';
import { findEngine } from './catalogue.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { ENGINE_REMEDY } from './suite.ts';

export interface RedisServer extends ServerProcess {
  /** `redis://127.0.0.1:port`. */
  readonly url: string;
  /** `redis+unix:///path`: the same server through its unix socket. */
  readonly unixUrl: string;
  /** Forgets every key. */
  flush(): Promise<void>;
}

/** One command in Redis's inline form; the testkit needs no client for it. */
function flushAll({ host, port }: ServerProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port }, () => socket.write('FLUSHALL\r\n'));
    socket.once('error', reject);
    socket.once('data', () => {
      socket.destroy();
      resolve();
    });
  });
}

/** What a test adds to a Redis of its own. */
export interface RedisExtras {
  /** Added to its command line. */
  arguments?(folder: string): readonly string[];
  /** Speaks TLS alone, with `certificate.pem` and `key.pem` of its folder. */
  readonly tls?: boolean;
  /** Run before its first start, in its folder. */
  prepare?(place: { readonly folder: string }): Promise<void>;
}

function portArguments(port: number, { tls = false }: RedisExtras): readonly string[] {
  if (!tls) return ['--port', String(port)];
  const files = ['--tls-cert-file', 'certificate.pem', '--tls-key-file', 'key.pem'];
  return ['--port', '0', '--tls-port', String(port), ...files, '--tls-auth-clients', 'no'];
}

/** Starts a private Redis without persistence. Tests use it inside `describeWithEngine`. */
export async function startRedis(extras: RedisExtras = {}): Promise<RedisServer> {
  const executable = findEngine('redis');
  if (executable === undefined) throw new Error(`no Redis server found. ${ENGINE_REMEDY}`);
  const server = await startServerProcess('redis', {
    executable,
    ...(extras.prepare === undefined ? {} : { prepare: extras.prepare }),
    arguments: ({ port, folder }) => [
      ...portArguments(port, extras),
      ...['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
      ...['--dir', folder, '--unixsocket', join(folder, 'redis.sock'), '--daemonize', 'no'],
      ...(extras.arguments?.(folder) ?? []),
    ],
  });
  return Object.assign(server, {
    url: `redis://${server.host}:${server.port}`,
    flush: () => flushAll(server),
    unixUrl: `redis+unix://${join(server.folder, 'redis.sock')}`,
  });
}
