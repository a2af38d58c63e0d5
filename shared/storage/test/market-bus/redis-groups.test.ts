import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MarketEvent } from '@ats/domain';
import { systemTimers } from '@ats/runtime';
import { type MarketBus, openRedisMarketBus } from '@ats/storage';
import {
  describeWithEngine,
  memoryMetrics,
  type RedisCluster,
  type RedisServer,
  type RedisWithSentinel,
  sampleBook,
  selfSigned,
  silentLogger,
  startRedis,
  startRedisCluster,
  startRedisWithSentinel,
  until,
} from '@ats/testkit';

const opened: MarketBus[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((bus) => bus.close()));
});

async function open(url: string): Promise<MarketBus> {
  const tools = { timers: systemTimers, logger: silentLogger(), metrics: memoryMetrics() };
  const bus = await openRedisMarketBus({ url, ...tools });
  opened.push(bus);
  return bus;
}

/** A publisher and a subscriber of one URL, and what the subscriber saw. */
async function pair(url: string) {
  const publisher = await open(url);
  const reader = await open(url);
  const seen: number[] = [];
  await reader.subscribe({ kinds: ['book'] }, (event: MarketEvent) => {
    if (event.kind === 'book') seen.push(event.sequence);
  });
  let sequence = 0;
  return {
    publisher,
    reader,
    /** Publishes until one that was published from now on has come. */
    async flows() {
      const before = sequence;
      const comes = (): boolean => {
        sequence += 1;
        publisher.publish(sampleBook({ sequence }));
        return seen.some((one) => one > before);
      };
      await until(comes, { timeoutMs: 20_000, periodMs: 50 });
    },
  };
}

describeWithEngine('redis', 'the Redis market bus with sentinels', () => {
  let servers: RedisWithSentinel;
  beforeAll(async () => {
    servers = await startRedisWithSentinel();
  }, 60_000);
  afterAll(() => servers.close());

  it('follows the sentinels to a new master, with all that it holds', async () => {
    const { publisher, reader, flows } = await pair(servers.url);
    await flows();
    await servers.master.kill();
    await flows();
    await until(() => publisher.health().ok && reader.health().ok, { timeoutMs: 20_000 });
    await until(async () => (await reader.latest({ kinds: ['book'] })).length === 1);
  }, 60_000);

  it('says at the start which master the sentinels do not know', async () => {
    const url = servers.url.replace('master=ats', 'master=other');
    await expect(open(url)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });
});

describeWithEngine('redis', 'the Redis market bus on a cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 60_000);
  afterAll(() => cluster.close());

  it('carries events, and remembers the newest of all markets on one node', async () => {
    const { publisher, reader, flows } = await pair(cluster.url);
    await flows();
    for (const base of ['BTC', 'ETH', 'SOL', 'XRP']) publisher.publish(sampleBook({ base }));
    await until(async () => (await reader.latest({ kinds: ['book'] })).length === 4);
  }, 60_000);

  it('goes on, with its subscriptions, when a node was away', async () => {
    const { publisher, reader, flows } = await pair(cluster.url);
    await flows();
    for (const node of cluster.nodes) {
      await node.kill();
      await node.restart();
      await flows();
    }
    await until(() => publisher.health().ok && reader.health().ok, { timeoutMs: 20_000 });
  }, 120_000);
});

describeWithEngine('redis', 'the Redis market bus over TLS, for a user with few rights', () => {
  let server: RedisServer;
  const url = (user: string): string => {
    const ca = encodeURIComponent(join(server.folder, 'certificate.pem'));
    return `rediss://${user}@localhost:${server.port}?ca=${ca}`;
  };
  beforeAll(async () => {
    server = await startRedis({
      async prepare({ folder }) {
        const { certificate, key } = selfSigned();
        await writeFile(join(folder, 'certificate.pem'), certificate);
        await writeFile(join(folder, 'key.pem'), key);
        const rights = 'allchannels ~ats:market:* -@all +@pubsub +@connection';
        const commands = '+set +mget +sadd +srem +smembers +info +multi +exec';
        const acl = ['user default off', `user ats on >pass#word ${rights} ${commands}`].join('\n');
        await writeFile(join(folder, 'users.acl'), acl);
      },
      arguments: (folder) => ['--aclfile', join(folder, 'users.acl')],
      tls: true,
    });
  });
  afterAll(() => server.close());

  it('carries and remembers events', async () => {
    const { reader, flows } = await pair(url('ats:pass%23word'));
    await flows();
    await until(async () => (await reader.latest({ kinds: ['book'] })).length === 1);
  });

  it('is refused with a wrong password, which shows in no message', async () => {
    const refusal = await open(url('ats:wr0ng')).catch((error: unknown) => error as Error);
    expect(refusal).toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect(JSON.stringify(refusal)).not.toContain('wr0ng');
  });

  it('does not trust a server that another authority vouches for', async () => {
    const code = 'STORAGE_UNAVAILABLE';
    const strange = url('ats:pass%23word').replace(/\?ca=.*/, '');
    await expect(open(strange)).rejects.toMatchObject({ code });
  });
});
