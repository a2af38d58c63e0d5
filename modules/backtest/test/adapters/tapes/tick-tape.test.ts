import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type InstrumentId, type VenueId, venueId } from '@ats/domain';
import { systemClock, systemTimers } from '@ats/runtime';
import {
  openInfluxTickStore,
  openParquetTickStore,
  type QuoteTick,
  type TickStore,
} from '@ats/storage';
import {
  describeWithEngine,
  type InfluxServer,
  memoryMetrics,
  silentLogger,
  startInflux,
} from '@ats/testkit';
import { openTape } from '../../../src/index.ts';
import { readRows } from './tape-rows.ts';

const START = 1_780_000_000_000_000;
const tools = {
  clock: systemClock,
  timers: systemTimers,
  logger: silentLogger(),
  metrics: memoryMetrics(),
};

const quote = (at: number, over: Partial<QuoteTick> = {}): QuoteTick => ({
  kind: 'quote',
  venue: venueId('kraken') as VenueId,
  instrument: 'BTC/USD' as InstrumentId,
  exchangeTimeUs: START + at - 5,
  receivedAtUs: START + at,
  ...{ bid: 100, bidSize: 1, ask: 101, askSize: 2 },
  ...over,
});

/** Quotes of two venues and a trade, in files of their own, not in order. */
async function fill(store: TickStore): Promise<void> {
  const batches = [
    [quote(30), quote(10, { venue: venueId('binance') })],
    [quote(20), quote(20, { bid: 102 }), quote(25, { askSize: 0 }), quote(86_400_000_000)],
  ];
  for (const batch of batches) {
    for (const tick of batch) store.append(tick);
    await store.flush();
  }
  const { bid: price, bidSize: size, ...base } = quote(22);
  const { venue, instrument, exchangeTimeUs, receivedAtUs } = base;
  const trade = { kind: 'trade', price, size, aggressor: 'ask', tradeId: '7' } as const;
  store.append({ ...trade, venue, instrument, exchangeTimeUs, receivedAtUs });
  await store.flush();
}

const WANTED = [
  { market: 'binance:BTC/USD', at: START + 10, bid: 100, askSize: 2 },
  { market: 'kraken:BTC/USD', at: START + 20, exchangeAt: START + 15, bid: 100 },
  { market: 'kraken:BTC/USD', at: START + 22, price: 100, size: 1, aggressor: -1 },
  { at: START + 25, bid: 100, ask: Number.NaN, askSize: Number.NaN },
  { at: START + 30 },
  { at: START + 86_400_000_000 },
];

describe('a tape of a tick store in Parquet', () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ats-tick-tape-'));
    const store = await openParquetTickStore({ folder, ...tools });
    await fill(store);
    await store.close();
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('has its quotes and trades in order of time, without those that make no sense', async () => {
    const { tape, format } = await openTape(folder);
    expect(format).toBe('tick store');
    expect(await readRows(tape)).toMatchObject(WANTED);
    expect(tape.badRows()).toMatchObject({ count: 1, reasons: { crossed: 1 } });
  });

  it('has those of one venue and range alone', async () => {
    const { tape } = await openTape(folder, { venues: ['kraken'] });
    const range = { fromUs: START + 20, toUs: START + 30 };
    expect((await readRows(tape, range)).map(({ at }) => at)).toEqual(
      [20, 22, 25].map((at) => START + at),
    );
  });

  it('is refused for a folder of something else', async () => {
    await expect(openTape(tmpdir())).rejects.toMatchObject({ code: 'TAPE_UNREADABLE' });
  });

  it('is the same through the port of the store', async () => {
    const store = await openParquetTickStore({ folder, ...tools });
    const { tape } = await openTape('influxdb://here/a/b', { openTicks: async () => store });
    expect(await readRows(tape)).toMatchObject(WANTED);
    await store.close();
  });
});

describeWithEngine('influxdb', 'a tape of a tick store in InfluxDB 2', () => {
  let server: InfluxServer;
  beforeAll(async () => {
    server = await startInflux();
  }, 60_000);
  afterAll(() => server.close());

  it('has its quotes and trades in order of time', async () => {
    const { host, port, organisation, bucket, token } = server;
    const url = `influxdb://${host}:${port}/${organisation}/${bucket}?token=${token}`;
    const store = await openInfluxTickStore({ url, ...tools });
    await fill(store);
    const { tape } = await openTape(url, { openTicks: async () => store });
    expect(await readRows(tape)).toMatchObject(WANTED);
    await store.close();
  });
});
