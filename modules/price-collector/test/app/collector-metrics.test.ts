import { instrumentId, venueId } from '@ats/domain';
import { openMetrics, seededRandom } from '@ats/runtime';
import { openMemoryMarketBus } from '@ats/storage';
import { manualClock, silentLogger } from '@ats/testkit';
import { registerMetrics } from '../../src/app/collector-metrics.ts';
import type { RunningVenue } from '../../src/app/stats.ts';
import { VenueCore } from '../../src/app/venue-core.ts';
import { collectorConfig, memoryTickStore, venueConfig } from '../support.ts';

const BTC = { symbol: 'BTC/USD', instrument: instrumentId({ base: 'BTC', quote: 'USD' }) };

const KRAKEN = venueConfig({
  ...{ feed: 'kraken', ws: ['ws://127.0.0.1:9'], rest: ['http://127.0.0.1:9'] },
  symbols: { 'BTC/USD': 'BTC/USD' },
});

function setUp() {
  const logger = silentLogger();
  const metrics = openMetrics({ service: 'price-collector' });
  const bus = openMemoryMarketBus({ logger, metrics });
  const settings = collectorConfig({ kraken: KRAKEN }).collector;
  const collect = (frames: number): RunningVenue => {
    const core = new VenueCore({
      ...{ venue: venueId('kraken'), listings: [BTC], bus, ticks: memoryTickStore() },
      ...{ clock: manualClock(), random: seededRandom(1).stream('test'), logger, settings },
    });
    core.counters.frames = frames;
    core.frameToBookUs.record(frames);
    const connections = () => ({ open: 1, wanted: 1 });
    return { core, feed: { connections } as unknown as RunningVenue['feed'] };
  };
  return { metrics, collect };
}

const lines = (text: string, name: string): string[] =>
  text.split('\n').filter((line) => line.startsWith(`${name}{`));

describe('metrics of a collector that shares its venues', () => {
  it('count on when a venue comes back, and say nothing of one that is away', async () => {
    const { metrics, collect } = setUp();
    const venues = [collect(7)];
    registerMetrics(metrics, venues);
    const frames = async () => lines(await metrics.text(), 'ats_collector_frames_total');
    expect(await frames()).toEqual([expect.stringMatching(/ 7$/)]);
    venues.splice(0, 1);
    const away = await metrics.text();
    expect(lines(away, 'ats_collector_connections_open')).toEqual([expect.stringMatching(/ 0$/)]);
    venues.push(collect(3));
    expect(await frames()).toEqual([expect.stringMatching(/ 10$/)]);
    const back = await metrics.text();
    expect(lines(back, 'ats_collector_connections_open')).toEqual([expect.stringMatching(/ 1$/)]);
    const counted = lines(back, 'ats_path_stage_seconds_count');
    expect(counted).toEqual([expect.stringMatching(/frame_to_book.* 1$/)]);
  });
});
