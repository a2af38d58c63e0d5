import { systemTimers } from '@ats/runtime';
import { openRedisMarketBus } from '@ats/storage';
import { describeWithEngine, marketBusContract, type RedisServer, startRedis } from '@ats/testkit';

for (const transport of ['url', 'unixUrl'] as const) {
  describeWithEngine('redis', `redis market bus through its ${transport}`, () => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedis();
    });
    afterAll(() => server.close());
    beforeEach(() => server.flush());

    marketBusContract({
      open: (environment) =>
        openRedisMarketBus({ url: server[transport], timers: systemTimers, ...environment }),
      limits: { reach: 'server' },
      server: () => server,
    });
  });
}
