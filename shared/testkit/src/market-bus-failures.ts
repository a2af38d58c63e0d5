import type { MarketEvent } from '@ats/domain';
import { type BusStage, type MarketBusContract, sequences } from './market-bus-stage.ts';
import { sampleBook, sampleStatus } from './market-samples.ts';
import { until } from './until.ts';

/** What holds while the server behind a bus is away, and after. */
export function marketBusFailures(
  stage: () => BusStage,
  control: NonNullable<MarketBusContract['server']>,
): void {
  it('never blocks while its server is away, and delivers the newest after', async () => {
    const seen = await stage().collect({ kinds: ['book'] });
    const { publisher, subscriber, environment } = stage();
    publisher.publish(sampleBook({ sequence: 1 }));
    await until(() => seen.length === 1);
    await control().kill();
    await until(() => !publisher.health().ok && !subscriber.health().ok, { what: 'bad health' });
    for (let sequence = 2; sequence <= 5000; sequence += 1) {
      publisher.publish(sampleBook({ sequence }));
      if (sequence % 1000 === 0) publisher.publish(sampleBook({ sequence, base: 'ETH' }));
    }
    await control().restart();
    await until(() => publisher.health().ok && subscriber.health().ok, { timeoutMs: 15_000 });
    publisher.publish(sampleBook({ sequence: 5001 }));
    await until(() => sequences(seen).includes(5001), { what: 'a book after the outage' });
    const { metrics } = environment;
    const conflated = metrics.value('ats_storage_bus_conflated_total', { where: 'sender' });
    expect(conflated).toBeGreaterThan(4900);
    // At most once and in order: what came is a strictly rising sequence of that market.
    const bitcoin = seen.filter((one) => (one as MarketEvent).instrument === 'BTC/USD');
    const order = sequences(bitcoin);
    expect(order).toEqual([...new Set(order)].sort((a, b) => a - b));
    expect(metrics.value('ats_storage_bus_reconnects_total')).toBeGreaterThan(0);
  });

  it('remembers again, after the server lost its memory, what publishers still hold', async () => {
    const { publisher, subscriber } = stage();
    publisher.publish(sampleStatus());
    publisher.publish(sampleBook({ sequence: 7 }));
    await until(async () => (await subscriber.latest({})).length === 2);
    await control().kill();
    await until(() => !publisher.health().ok);
    await control().restart();
    await until(async () => (await subscriber.latest({})).length === 2, { timeoutMs: 15_000 });
  });

  it('answers `latest` with an error of code STORAGE_UNAVAILABLE while it is away', async () => {
    const { subscriber } = stage();
    await control().kill();
    await until(() => !subscriber.health().ok);
    const code = 'STORAGE_UNAVAILABLE';
    await expect(subscriber.latest({})).rejects.toMatchObject({ code, retry: 'safe' });
    await control().restart();
    await until(() => subscriber.health().ok, { timeoutMs: 15_000 });
    expect(await subscriber.latest({})).toEqual([]);
  });
}
