import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '@ats/runtime';
import { needEngine } from './catalogue.ts';
import {
  type KeptPlace,
  type ServerCommand,
  type ServerProcess,
  startServerProcess,
} from './server-process.ts';

export interface KafkaServer extends ServerProcess {
  /** `kafka://127.0.0.1:port`. */
  readonly url: string;
}

const CLUSTER_ID = 'ats0000000000000000000';

/** One node that is broker and controller; every topic and group is its own. */
function properties(options: {
  readonly port: number;
  readonly advertisedPort: number;
  readonly controllerPort: number;
  readonly folder: string;
}): string {
  const { port, advertisedPort, controllerPort, folder } = options;
  return [
    'node.id=1',
    'process.roles=broker,controller',
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${advertisedPort}`,
    'controller.listener.names=CONTROLLER',
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    `log.dirs=${join(folder, 'data')}`,
    'auto.create.topics.enable=false',
    'offsets.topic.num.partitions=4',
    'offsets.topic.replication.factor=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    // Members of a test's group join one after the other; there is nobody to wait for.
    'group.initial.rebalance.delay.ms=0',
    // A broker that was killed may come back when its last session has ended.
    'broker.session.timeout.ms=2000',
    'broker.heartbeat.interval.ms=400',
    'group.min.session.timeout.ms=1000',
    'log.cleaner.enable=false',
    'num.network.threads=2',
    'num.io.threads=4',
    '',
  ].join('\n');
}

/**
 * Starts a private Kafka in KRaft mode. Clients are told to come to `advertisedPort` where it is
 * given: that of a proxy in front of the server.
 */
export async function startKafka(
  options: { readonly advertisedPort?: number; readonly kept?: KeptPlace } = {},
): Promise<KafkaServer> {
  const executable = needEngine('kafka');
  const controllerPort = await freePort();
  const command: ServerCommand = {
    executable,
    startTimeoutMs: 90_000,
    environment: { LC_ALL: 'C' },
    async prepare({ port, folder }) {
      const file = join(folder, 'server.properties');
      const { advertisedPort = port } = options;
      await writeFile(file, properties({ port, advertisedPort, controllerPort, folder }));
      if (existsSync(join(folder, 'data', 'meta.properties'))) return;
      const format = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', file];
      await promisify(execFile)(executable, format);
    },
    arguments: ({ folder }) => ['kafka.Kafka', join(folder, 'server.properties')],
  };
  const server = await startServerProcess('kafka', command, options.kept);
  return Object.assign(server, { url: `kafka://${server.host}:${server.port}` });
}
