import { type AddressInfo, createServer } from 'node:net';
import { samplesOf } from '@ats/ui-dashboard';
import { loadConfiguration } from '../../src/app/configuration.ts';
import { enginePlaces, silentEngines } from '../../src/app/distributed/engine-places.ts';
import { engineFigures, frameToBookOf, venueFigures } from '../../src/app/distributed/figures.ts';
import { freePlaces } from '../../src/app/distributed/free-places.ts';

const configured = (over: Readonly<Record<string, string>>) =>
  ({
    ...loadConfiguration({ set: [], profile: 'distributed' }).shared,
    ...Object.fromEntries(Object.entries(over).map(([port, url]) => [port, { url }])),
  }) as Parameters<typeof enginePlaces>[0];
const urls = (over: Readonly<Record<string, string>> = {}) =>
  enginePlaces(configured(over)).map(({ field, host, port }) => `${field} ${host}:${port}`);

describe('the servers that a configuration names', () => {
  it('are five on this machine by default', () => {
    expect(urls()).toEqual([
      'bus.url 127.0.0.1:6379',
      'eventLog.url 127.0.0.1:9092',
      'stateStore.url 127.0.0.1:8000',
      'tickStore.url 127.0.0.1:8086',
      'archive.url 127.0.0.1:7070',
    ]);
  });

  it('are none where AWS runs them, or files hold what others keep in servers', () => {
    const elsewhere = {
      bus: 'rediss://user:secret@cache.example',
      eventLog: 'kafkas://one.example:9094,two.example:9094?replicas=3',
      stateStore: 'dynamodb://eu-west-1',
      tickStore: 'parquet:./data/ticks',
      archive: 's3://bucket/prefix?region=eu-west-1',
    };
    expect(urls(elsewhere)).toEqual([
      'bus.url cache.example:6379',
      'eventLog.url one.example:9094',
    ]);
  });
});

describe('a list of servers', () => {
  it('is silent only when none of them answers', async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    const silent = async (bus: string, eventLog: string) => {
      const others = { stateStore: 'lmdb:x', tickStore: 'parquet:x', archive: 'file:x' };
      const places = await silentEngines(configured({ ...others, bus, eventLog }));
      return places.map(({ field }) => field);
    };
    const sentinels = 'redis+sentinel://:secret@127.0.0.1:1';
    const list = `127.0.0.1:1,127.0.0.1:${port}`;
    await expect(
      silent(`${sentinels},127.0.0.1:${port}/0?master=m`, `kafka://${list}`),
    ).resolves.toEqual([]);
    await expect(
      silent(`${sentinels},127.0.0.1:2/0?master=m`, 'kafka://127.0.0.1:1,127.0.0.1:2'),
    ).resolves.toEqual(['bus.url', 'eventLog.url']);
    server.close();
  });
});

describe('ports of 0', () => {
  it('become free ones, each another, and the rest stays', async () => {
    const set = ['rpc.riskAddress=127.0.0.1:0', 'admin.ports.oms-core=0', 'gateway.port=0'];
    const { values, source } = await freePlaces(loadConfiguration({ set }));
    const { rpc, admin, gateway } = values as Record<string, Record<string, unknown>>;
    expect(source).toBe('free ports');
    expect(Object.keys(values).toSorted()).toEqual(['admin', 'gateway', 'rpc']);
    expect(Object.keys(rpc ?? {})).toEqual(['riskAddress']);
    const { 'oms-core': oms } = (admin?.['ports'] ?? {}) as Record<string, number>;
    const risk = Number(/^127\.0\.0\.1:(\d+)$/.exec(String(rpc?.['riskAddress']))?.[1]);
    const ports = [risk, oms, gateway?.['port']];
    for (const port of ports) expect(port).toBeGreaterThan(1023);
    expect(new Set(ports).size).toBe(3);
  });
});

describe('figures of other processes', () => {
  const collector = samplesOf(
    [
      'ats_collector_books_live{venue="kraken",service="price-collector"} 5',
      'ats_collector_books_live{venue="upbit",service="price-collector"} 4',
      'ats_collector_frames_total{venue="kraken"} 120',
      'ats_collector_book_age_p99_seconds{venue="kraken"} 0.25',
      'ats_collector_frame_to_book_seconds{venue="kraken",quantile="0.5"} 0.0001',
      'ats_collector_frame_to_book_seconds{venue="kraken",quantile="1"} 0.0021',
      'ats_collector_frame_to_book_seconds{venue="upbit",quantile="1"} 0.004',
    ].join('\n'),
  );

  it('are counts by venue; one that was never counted is 0', () => {
    const none = { bookUpdates: 0, resyncs: 0, checksumFailures: 0 };
    expect(venueFigures(collector)).toEqual({
      kraken: { ...none, frames: 120, ageMsP99: 250 },
      upbit: { ...none, frames: 0, ageMsP99: 0 },
    });
  });

  it('are null where they do not follow from what is told', () => {
    expect(frameToBookOf(collector)).toEqual({ p50: null, p99: null, max: 4000, count: null });
    expect(frameToBookOf([])).toEqual({ p50: null, p99: null, max: null, count: null });
  });

  it('are the engine’s reasons, latencies and statistics', () => {
    const samples = samplesOf(
      [
        'ats_engine_opportunities{reason="APPROVED"} 3',
        'ats_engine_opportunities{reason="PAIR_BUSY"} 4',
        'ats_engine_trades_open 1',
        'ats_engine_latency_seconds{stage="decision_to_risk",quantile="0.99"} 0.0009',
      ].join('\n'),
    );
    const statistics = {
      total: 3,
      outcomes: [{ state: 'COMPLETED', count: 2 }],
      profit: [{ asset: 'USDT', amount: '1.25' }],
      waterfall: null,
      unhedgedUsdSeconds: 7.5,
    };
    const figures = engineFigures(samples, statistics);
    expect(figures).toMatchObject({
      opportunities: { total: 7, approved: 3, refused: 4, byReason: { APPROVED: 3, PAIR_BUSY: 4 } },
      trades: { total: 3, open: 1, byOutcome: { COMPLETED: 2 }, completedByPair: null },
    });
    expect(figures.latencyUs.decisionToRisk).toMatchObject({ p99: 900, count: null });
  });
});
