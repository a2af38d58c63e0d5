import { openMemoryMarketBus } from '@ats/storage';
import { memoryMetrics, sampleBook, sampleTicker, silentLogger } from '@ats/testkit';

const open = (options: { marketsMax?: number } = {}) => {
  const metrics = memoryMetrics();
  const logger = silentLogger();
  return { bus: openMemoryMarketBus({ logger, metrics, ...options }), metrics, logger };
};

describe('the memory market bus', () => {
  it('calls a handler inside publish, with the very event of the publisher', async () => {
    const { bus } = open();
    const seen: unknown[] = [];
    await bus.subscribe({ kinds: ['book'] }, (event) => void seen.push(event));
    const book = sampleBook();
    bus.publish(book);
    expect(seen[0]).toBe(book);
  });

  it('goes on when a handler subscribes, publishes or closes within publish', async () => {
    const { bus } = open();
    const order: string[] = [];
    const first = await bus.subscribe({ kinds: ['book'] }, () => {
      order.push('first');
      bus.publish(sampleTicker());
      void first.close();
      void bus.subscribe({ kinds: ['book'] }, () => void order.push('late'));
    });
    await bus.subscribe({}, (event) => void order.push(event.kind));
    bus.publish(sampleBook());
    expect(order).toEqual(['first', 'ticker', 'book']);
    bus.publish(sampleBook());
    expect(order.slice(3)).toEqual(['book', 'late']);
  });

  it('drops events of markets beyond its limit, and counts them', async () => {
    const { bus, metrics } = open({ marketsMax: 2 });
    let seen = 0;
    await bus.subscribe({}, () => {
      seen += 1;
    });
    for (const base of ['BTC', 'ETH', 'SOL']) bus.publish(sampleBook({ base }));
    expect(seen).toBe(2);
    expect(metrics.value('ats_storage_bus_dropped_total', { reason: 'markets_full' })).toBe(1);
  });

  it('logs a failing handler less and less often', async () => {
    const { bus, logger } = open();
    await bus.subscribe({}, () => {
      throw new Error('always');
    });
    for (let count = 0; count < 1000; count += 1) bus.publish(sampleBook());
    expect(logger.lines).toHaveLength(10);
  });
});
