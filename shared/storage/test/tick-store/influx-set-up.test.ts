import { instrumentId } from '@ats/domain';
import { systemClock, systemTimers } from '@ats/runtime';
import { openInfluxTickStore, setUpInflux } from '@ats/storage';
import {
  describeWithEngine,
  type InfluxServer,
  memoryMetrics,
  sampleQuoteTick,
  sampleTradeTick,
  silentLogger,
  startInflux,
  until,
} from '@ats/testkit';
import { InfluxDB } from '@influxdata/influxdb-client';

const DAY_MS = 86_400_000;
const MINUTE_US = 60_000_000;

describeWithEngine('influxdb', 'setting up InfluxDB', () => {
  let server: InfluxServer;
  let url: string;
  beforeAll(async () => {
    server = await startInflux();
    const { host, port, organisation, bucket, token } = server;
    url = `influxdb://${host}:${port}/${organisation}/${bucket}?token=${token}`;
  }, 60_000);
  afterAll(() => server.close());

  const ask = async <Answer>(path: string, init: RequestInit = {}): Promise<Answer> => {
    const headers = { authorization: `Token ${server.token}`, 'content-type': 'application/json' };
    const response = await fetch(`${server.url}/api/v2${path}`, { ...init, headers });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return (await response.json()) as Answer;
  };
  const retention = async (name: string): Promise<number | undefined> => {
    const { buckets } = await ask<{
      buckets: { retentionRules: { everySeconds: number }[] }[];
    }>(`/buckets?name=${name}`);
    expect(buckets).toHaveLength(1);
    return buckets[0]?.retentionRules[0]?.everySeconds;
  };

  it('makes buckets and tasks once, and changes retention when it is asked again', async () => {
    const first = await setUpInflux({ url, ticksMs: 30 * DAY_MS, barsMs: 0 });
    expect(first.made).toEqual(['ticks_bars_1m', 'ats_quote_bars', 'ats_trade_bars']);
    expect(await retention('ticks')).toBe(30 * 86_400);
    const second = await setUpInflux({ url, ticksMs: 7 * DAY_MS, barsMs: 365 * DAY_MS });
    expect(second.made).toEqual([]);
    expect(await retention('ticks')).toBe(7 * 86_400);
    expect(await retention('ticks_bars_1m')).toBe(365 * 86_400);
    const { tasks } = await ask<{ tasks: { name: string }[] }>('/tasks');
    expect(tasks.map(({ name }) => name).sort()).toEqual(['ats_quote_bars', 'ats_trade_bars']);
  });

  it('makes bars of a minute of what was written, by venue and instrument', async () => {
    const { tasks } = await setUpInflux({ url, ticksMs: 0, barsMs: 0 });
    const store = await openInfluxTickStore({
      ...{ url, clock: systemClock, timers: systemTimers },
      ...{ logger: silentLogger(), metrics: memoryMetrics() },
    });
    const minuteUs = Math.floor(systemClock.nowUs() / MINUTE_US - 2) * MINUTE_US;
    const prices = [100, 103, 98, 101];
    for (const [at, price] of prices.entries()) {
      const receivedAtUs = minuteUs + at * 1_000_000;
      store.append({ ...sampleTradeTick(), receivedAtUs, price, size: 0.5 });
      store.append({ ...sampleQuoteTick(), receivedAtUs, bid: price - 1, ask: price + 1 });
      const instrument = instrumentId({ base: 'ETH', quote: 'USD' });
      store.append({ ...sampleTradeTick(), instrument, receivedAtUs, price: 7, size: 1 });
    }
    await store.flush();
    await store.close();
    const { tasks: known } = await ask<{ tasks: { id: string; name: string }[] }>('/tasks');
    for (const { id, name } of known) {
      expect(tasks).toContain(name);
      await ask(`/tasks/${id}/runs`, { method: 'POST', body: '{}' });
    }
    const query = new InfluxDB({ url: server.url, token: server.token }).getQueryApi('ats');
    const bar = async (measurement: string) => {
      const rows = await query.collectRows<Record<string, unknown>>(
        `from(bucket: "ticks_bars_1m") |> range(start: -1h)
         |> filter(fn: (r) => r._measurement == "${measurement}")
         |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")`,
      );
      return rows.filter(({ instrument }) => instrument === sampleTradeTick().instrument);
    };
    const bars = { price_open: 100, price_high: 103, price_low: 98, price_close: 101 };
    await until(async () => (await bar('ats_trade_bar'))[0]?.['trades'] === 4, {
      timeoutMs: 60_000,
    });
    expect(await bar('ats_trade_bar')).toMatchObject([{ ...bars, volume: 2 }]);
    await until(async () => (await bar('ats_quote_bar'))[0]?.['ask_close'] === 102, {
      timeoutMs: 60_000,
    });
    expect((await bar('ats_quote_bar'))[0]).toMatchObject({ bid_open: 99, bid_low: 97 });
  }, 120_000);

  it('says what is missing when the token may not', async () => {
    const strange = url.replace(server.token, 'another');
    await expect(setUpInflux({ url: strange, ticksMs: 0, barsMs: 0 })).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      message: expect.not.stringContaining('another') as string,
    });
  });
});
