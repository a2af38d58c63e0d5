import { createConnection } from 'node:net';
import { join } from 'node:path';
import { needEngine } from './catalogue.ts';
import {
  type KeptPlace,
  type ServerCommand,
  type ServerProcess,
  startServerProcess,
} from './server-process.ts';

export interface RedisServer extends ServerProcess {
  /** `redis://127.0.0.1:port`. */
  readonly url: string;
  /** `redis+unix:///path`: the same server through its unix socket. */
  readonly unixUrl: string;
  /** Forgets every key. */
  flush(): Promise<void>;
}

/** One command in Redis's inline form, for which no client is needed. */
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

/** What is added to a Redis of one's own. */
export interface RedisExtras {
  /** Added to its command line. */
  arguments?(folder: string): readonly string[];
  /** Speaks TLS alone, with `certificate.pem` and `key.pem` of its folder. */
  readonly tls?: boolean;
  /** Run before its first start, in its folder. */
  prepare?(place: { readonly folder: string }): Promise<void>;
  /** Where its folder stays. */
  readonly kept?: KeptPlace;
}

function portArguments(port: number, { tls = false }: RedisExtras): readonly string[] {
  if (!tls) return ['--port', String(port)];
  const files = ['--tls-cert-file', 'certificate.pem', '--tls-key-file', 'key.pem'];
  return ['--port', '0', '--tls-port', String(port), ...files, '--tls-auth-clients', 'no'];
}

/** Starts a private Redis without persistence. */
export async function startRedis(extras: RedisExtras = {}): Promise<RedisServer> {
  const command: ServerCommand = {
    executable: needEngine('redis'),
    ...(extras.prepare === undefined ? {} : { prepare: extras.prepare }),
    arguments: ({ port, folder }) => [
      ...portArguments(port, extras),
      ...['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
      // Relative to its folder: the path of a socket is short.
      ...['--dir', folder, '--unixsocket', 'redis.sock', '--daemonize', 'no'],
      ...(extras.arguments?.(folder) ?? []),
    ],
  };
  const server = await startServerProcess('redis', command, extras.kept);
  return Object.assign(server, {
    url: `redis://${server.host}:${server.port}`,
    flush: () => flushAll(server),
    unixUrl: `redis+unix://${join(server.folder, 'redis.sock')}`,
  });
}
