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

/** Starts a private Redis without persistence. Tests use it inside `describeWithEngine`. */
export async function startRedis(): Promise<RedisServer> {
  const executable = findEngine('redis');
  if (executable === undefined) throw new Error(`no Redis server found. ${ENGINE_REMEDY}`);
  const server = await startServerProcess('redis', {
    executable,
    arguments: ({ port, folder }) => [
      ...['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
      ...['--dir', folder, '--unixsocket', join(folder, 'redis.sock'), '--daemonize', 'no'],
    ],
  });
  return Object.assign(server, {
    url: `redis://${server.host}:${server.port}`,
    flush: () => flushAll(server),
    unixUrl: `redis+unix://${join(server.folder, 'redis.sock')}`,
  });
}
