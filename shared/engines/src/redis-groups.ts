import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, systemTimers } from '@ats/runtime';
import { needEngine } from './catalogue.ts';
import { type RedisServer, startRedis } from './redis.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

/** A master with one replica, and a sentinel that makes the replica master when it is gone. */
export interface RedisWithSentinel {
  readonly master: RedisServer;
  readonly replica: RedisServer;
  /** `redis+sentinel://127.0.0.1:port?master=ats`. */
  readonly url: string;
  close(): Promise<void>;
}

const MASTER = 'ats';
const CLUSTER_NODES = 3;
const READY_TRIES = 100;

export async function startRedisWithSentinel(): Promise<RedisWithSentinel> {
  const executable = needEngine('redis');
  const master = await startRedis();
  const replica = await startRedis({
    arguments: () => ['--replicaof', master.host, String(master.port)],
  });
  const sentinel: ServerProcess = await startServerProcess('redis-sentinel', {
    executable,
    prepare: ({ port, folder }) =>
      writeFile(
        join(folder, 'sentinel.conf'),
        [
          `port ${port}`,
          'bind 127.0.0.1',
          `sentinel monitor ${MASTER} ${master.host} ${master.port} 1`,
          `sentinel down-after-milliseconds ${MASTER} 500`,
          `sentinel failover-timeout ${MASTER} 2000`,
        ].join('\n'),
      ),
    arguments: ({ folder }) => [join(folder, 'sentinel.conf'), '--sentinel'],
  });
  return {
    master,
    replica,
    url: `redis+sentinel://${sentinel.host}:${sentinel.port}?master=${MASTER}`,
    async close() {
      for (const server of [sentinel, replica, master]) await server.close();
    },
  };
}

/** Three masters that share the slots, without replicas. */
export interface RedisCluster {
  readonly nodes: readonly RedisServer[];
  /** `redis+cluster://127.0.0.1:port,127.0.0.1:port,...`. */
  readonly url: string;
  close(): Promise<void>;
}

export async function startRedisCluster(): Promise<RedisCluster> {
  const nodes: RedisServer[] = [];
  for (let node = 0; node < CLUSTER_NODES; node += 1) {
    const gossip = ['--cluster-port', String(await freePort())];
    nodes.push(await startRedis({ arguments: () => ['--cluster-enabled', 'yes', ...gossip] }));
  }
  const places = nodes.map(({ host, port }) => `${host}:${port}`);
  const create = ['--cluster', 'create', ...places, '--cluster-yes'];
  const { status, stdout, stderr } = spawnSync('redis-cli', create, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`no cluster was made: ${stdout}${stderr}`);
  // Each learns of the others by itself, and answers nothing before.
  for (const { host, port } of nodes) {
    const info = ['-h', host, '-p', String(port), 'cluster', 'info'];
    const isReady = (): boolean =>
      spawnSync('redis-cli', info, { encoding: 'utf8' }).stdout.includes('cluster_state:ok');
    for (let tries = 0; !isReady() && tries < READY_TRIES; tries += 1) {
      await systemTimers.sleep(100);
    }
  }
  return {
    nodes,
    url: `redis+cluster://${places.join(',')}`,
    async close() {
      for (const node of nodes) await node.close();
    },
  };
}
