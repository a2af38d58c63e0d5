import { systemTimers } from '@ats/runtime';
import { type MarketBus, openRedisMarketBus, type RedisMarketBusOptions } from '@ats/storage';
import {
  describeWithEngine,
  type MemoryMetrics,
  manualTimers,
  memoryMetrics,
  type RedisServer,
  sampleBook,
  sampleStatus,
  sampleTrade,
  silentLogger,
  startRedis,
  until,
} from '@ats/testkit';

describeWithEngine('redis', 'the Redis market bus', () => {
  let server: RedisServer;
  let metrics: MemoryMetrics;
  const opened: MarketBus[] = [];
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    await server.flush();
    metrics = memoryMetrics();
  });
  afterEach(async () => {
    await server.resume();
    await Promise.all(opened.splice(0).map((bus) => bus.close()));
  });

  const open = async (options: Partial<RedisMarketBusOptions> = {}): Promise<MarketBus> => {
    const bus = await openRedisMarketBus({
      url: server.url,
      timers: systemTimers,
      logger: silentLogger(),
      metrics,
      ...options,
    });
    opened.push(bus);
    return bus;
  };

  it('shows a status to a late reader at once, not after the cache interval', async () => {
    const timers = manualTimers();
    const publisher = await open({ timers });
    publisher.publish(sampleBook());
    publisher.publish(sampleStatus({ down: true }));
    const reader = await open();
    await until(async () => {
      const [status] = await reader.latest({ kinds: ['status'] });
      return status?.kind === 'status' && status.state === 'down';
    });
  });

  it('forgets the markets of a publisher that is gone, and of no other', async () => {
    const timing = { latestTtlMs: 300, latestIntervalMs: 20 };
    const leaving = await open(timing);
    const staying = await open(timing);
    leaving.publish(sampleBook({ venue: 'upbit' }));
    staying.publish(sampleBook({ venue: 'kraken' }));
    const venues = async (): Promise<string[]> =>
      (await staying.latest({})).map((event) => event.venue).sort();
    await until(async () => (await venues()).length === 2);
    await leaving.close();
    await until(async () => (await venues()).join() === 'kraken', { what: 'upbit to expire' });
    // Nothing was published since; only the refresh can have kept it.
    expect(await venues()).toEqual(['kraken']);
  });

  it('does not call it a loss when somebody has closed a subscription', async () => {
    const logger = silentLogger();
    const bus = await open({ logger });
    const onEvents = () => undefined;
    await (await bus.subscribe({}, onEvents)).close();
    // Another connection is made after the first is gone.
    await (await bus.subscribe({}, onEvents)).close();
    await bus.subscribe({}, onEvents);
    expect(logger.lines.map(({ event }) => event)).not.toContain('bus.disconnected');
  });

  it('conflates while the server hangs, and delivers the newest when it goes on', async () => {
    const publisher = await open({ inFlightMax: 10 });
    const subscriber = await open();
    const seen: number[] = [];
    await subscriber.subscribe({ kinds: ['book'] }, (event) => {
      if (event.kind === 'book') seen.push(event.sequence);
    });
    await server.pause();
    for (let sequence = 1; sequence <= 1000; sequence += 1) {
      publisher.publish(sampleBook({ sequence }));
    }
    expect(metrics.value('ats_storage_bus_conflated_total', { where: 'sender' })).toBe(989);
    await server.resume();
    await until(() => seen.includes(1000));
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1000]);
  });

  it('goes on after a crash with a full send buffer, and counts what was lost', async () => {
    const publisher = await open({ inFlightMax: 5 });
    const subscriber = await open();
    const seen: number[] = [];
    await subscriber.subscribe({ kinds: ['book'] }, (event) => {
      if (event.kind === 'book') seen.push(event.sequence);
    });
    await server.pause();
    for (let sequence = 1; sequence <= 20; sequence += 1) {
      publisher.publish(sampleBook({ sequence }));
    }
    await server.kill();
    await until(() => !publisher.health().ok);
    await server.restart();
    await until(() => publisher.health().ok && subscriber.health().ok);
    for (let sequence = 21; sequence <= 100; sequence += 1) {
      publisher.publish(sampleBook({ sequence }));
      await until(() => seen.includes(sequence));
    }
    expect(metrics.value('ats_storage_bus_dropped_total', { reason: 'send' })).toBe(5);
  });

  it('answers what was asked when the server crashed, with an error', async () => {
    const bus = await open();
    await server.pause();
    const asked = [bus.latest({}), bus.latest({ kinds: ['book'] })];
    const refused = asked.map((answer) =>
      expect(answer).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', retry: 'safe' }),
    );
    await server.kill();
    await Promise.all(refused);
    await server.restart();
    await until(() => bus.health().ok);
  });

  it('breaks a connection whose server has stopped answering', async () => {
    const timers = manualTimers();
    const bus = await open({ timers });
    await server.pause();
    timers.advance(3000);
    expect(bus.health().ok).toBe(true);
    timers.advance(3000);
    await until(() => !bus.health().ok, { what: 'bad health' });
    await server.resume();
    await until(() => bus.health().ok, { timeoutMs: 10_000, what: 'good health' });
  });

  it('drops events of markets beyond its limit, and counts them', async () => {
    const publisher = await open({ marketsMax: 1 });
    for (const base of ['BTC', 'ETH', 'SOL', 'XRP', 'ADA', 'DOT']) {
      publisher.publish(sampleTrade({ base }));
    }
    expect(metrics.value('ats_storage_bus_dropped_total', { reason: 'markets_full' })).toBe(1);
  });

  it('refuses more subscriptions than its limit', async () => {
    const bus = await open({ subscriptionsMax: 1 });
    const first = await bus.subscribe({}, () => {});
    const full = { code: 'STORAGE_QUEUE_FULL', context: { value: 1 } };
    await expect(bus.subscribe({}, () => {})).rejects.toMatchObject(full);
    await first.close();
    await bus.subscribe({}, () => {});
  });

  it('hears only buses of the same prefix', async () => {
    const [ours, theirs] = [await open(), await open({ prefix: 'other' })];
    const seen: string[] = [];
    await ours.subscribe({}, (event) => void seen.push(event.venue));
    theirs.publish(sampleBook({ venue: 'upbit' }));
    await until(async () => (await theirs.latest({})).length === 1);
    ours.publish(sampleBook({ venue: 'kraken' }));
    await until(() => seen.length > 0);
    expect(seen).toEqual(['kraken']);
    const remembered = await until(async () => {
      const events = await ours.latest({});
      return events.length > 0 ? events : undefined;
    });
    expect(remembered.map((event) => event.venue)).toEqual(['kraken']);
  });

  it('counts what is not a message of the bus, and goes on', async () => {
    const { port } = server;
    const bus = await open();
    const seen: string[] = [];
    await bus.subscribe({}, (event) => void seen.push(event.kind));
    const { createConnection } = await import('node:net');
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.write('PUBLISH ats:market:book:kraken:BTC/USD nonsense\r\n');
    await until(
      () => metrics.value('ats_storage_bus_dropped_total', { reason: 'malformed' }) === 1,
    );
    socket.destroy();
    bus.publish(sampleTrade());
    await until(() => seen.length > 0);
    expect(seen).toEqual(['trade']);
  });
});
