import { assetId, Decimal, type InstrumentId, venueId } from '@ats/domain';
import { openMemoryMarketBus } from '@ats/storage';
import {
  manualClock,
  memoryMetrics,
  memoryStateStore,
  sampleStatus,
  silentLogger,
} from '@ats/testkit';
import { MarkBook } from '../../src/app/mark-book.ts';
import { TailRisk, type TailRiskSettings } from '../../src/app/tail-risk.ts';
import { VenueWatch } from '../../src/app/venue-watch.ts';
import type { Holding } from '../../src/domain/positions/position-sums.ts';
import { bookOf, NOW_US } from '../samples.ts';

const decimal = Decimal.parse;
const logger = silentLogger();
const openBus = () => openMemoryMarketBus({ logger, metrics: memoryMetrics() });
const numeraire = assetId('USDT');

describe('marks and rates', () => {
  const rate = (marks: MarkBook, asset: string) => marks.rateOf(assetId(asset))?.toNumber();

  it('come from books, over one other asset where there is no book of both', async () => {
    const bus = openBus();
    const marks = new MarkBook({ bus, numeraire });
    await marks.refresh();
    expect(rate(marks, 'USDT')).toBe(1);
    expect(rate(marks, 'KRW')).toBeUndefined();
    bus.publish(bookOf('upbit', 'USDT/KRW', [1249, 1251]));
    bus.publish(bookOf('upbit', 'BTC/KRW', [124_999_000, 125_001_000]));
    bus.publish(bookOf('beta', 'ETH/KRW', [4_999_000, 5_001_000]));
    await marks.refresh();
    expect(rate(marks, 'KRW')).toBe(0.0008);
    expect(rate(marks, 'BTC')).toBe(100_000);
    expect(rate(marks, 'ETH')).toBe(4000);
    expect(marks.markOf(venueId('upbit'), 'BTC/KRW' as InstrumentId)?.toNumber()).toBe(125e6);
  });

  it('keep to one venue while its book is about as new as others', async () => {
    const bus = openBus();
    const marks = new MarkBook({ bus, numeraire });
    bus.publish(bookOf('alpha', 'BTC/USDT', [99, 101], NOW_US));
    bus.publish(bookOf('beta', 'BTC/USDT', [109, 111], NOW_US + 5_000_000));
    await marks.refresh();
    expect(rate(marks, 'BTC')).toBe(100);
    bus.publish(bookOf('beta', 'BTC/USDT', [109, 111], NOW_US + 20_000_000));
    await marks.refresh();
    expect(rate(marks, 'BTC')).toBe(110);
  });
});

describe('value at risk of what is held', () => {
  const held: Holding = {
    ...{ venue: venueId('alpha'), instrument: 'BTC/USDT' as InstrumentId, fees: new Map() },
    position: { quantity: decimal('2'), cash: decimal('-200'), cost: decimal('200') },
  };
  const clock = manualClock(NOW_US);
  const settings: TailRiskSettings = {
    method: 'historical',
    ...{ confidence: 0.9, samplesMax: 50, samplesMin: 10, horizonMs: 1000, sampleMs: 1000 },
  };

  function open(state = memoryStateStore(clock)) {
    const bus = openBus();
    const marks = new MarkBook({ bus, numeraire });
    const positions = { byMarket: () => [held] };
    const tail = new TailRisk({ settings, positions, marks, state, clock, logger });
    /** One sample after the other, a second apart. */
    const sample = async (prices: readonly number[]): Promise<void> => {
      for (const price of prices) {
        clock.advanceUs(1_000_000);
        bus.publish(bookOf('alpha', 'BTC/USDT', [price - 1, price + 1], clock.nowUs()));
        await marks.refresh();
        await tail.tick();
      }
    };
    return { tail, sample, state };
  }

  /** Nine changes of nothing to one loss of a tenth, again and again. */
  const prices = (count: number) =>
    Array.from({ length: count }, (_, index) => (index % 10 === 9 ? 90 : 100));

  it('is not known with too few samples, and says so', async () => {
    const { tail, sample } = open();
    await sample(prices(10));
    expect(tail.figures).toMatchObject({ samples: 9, valueAtRisk: undefined });
  });

  it('is what holding it now would have lost, and outlives a restart', async () => {
    const { tail, sample, state } = open();
    await sample([...prices(45), ...Array(5).fill(100)]);
    const { valueAtRisk, expectedShortfall, samples } = tail.figures;
    expect(samples).toBe(49);
    // Of 200 USDT a tenth is lost in 4 of 49 steps: beyond the value at risk, within the shortfall.
    expect(valueAtRisk?.toNumber()).toBeLessThan(20);
    expect(expectedShortfall?.toNumber()).toBe(20);
    const next = open(state);
    await next.tail.load();
    await next.sample([100]);
    expect(next.tail.figures.samples).toBe(49);
    expect(next.tail.figures.expectedShortfall?.toNumber()).toBe(20);
  });

  it('leaves out steps over a gap in time', async () => {
    const { tail, sample } = open();
    await sample(prices(11));
    clock.advanceUs(3_600_000_000);
    await sample(Array(6).fill(100));
    expect(tail.figures.samples).toBe(15);
    expect(tail.figures.expectedShortfall?.toNumber()).toBe(20);
  });
});

describe('what is seen of venues', () => {
  const clock = manualClock(NOW_US);
  const sightOf = (watch: VenueWatch, venue: string) =>
    watch.all().find((one) => one.venue === venue);

  it('is how long no book of theirs was whole and new, though the bus is silent', async () => {
    const bus = openBus();
    const watch = new VenueWatch({ bus, venues: ['alpha', 'beta'], clock });
    clock.advanceUs(4_000_000);
    bus.publish(bookOf('alpha', 'BTC/USDT', [1, 2], clock.nowUs()));
    await watch.tick();
    clock.advanceUs(2_000_000);
    expect(sightOf(watch, 'alpha')?.silence.toNumber()).toBe(2000);
    expect(sightOf(watch, 'beta')?.silence.toNumber()).toBe(6000);
    bus.publish({
      ...bookOf('alpha', 'ETH/USDT', [1, 2], clock.nowUs()),
      exchangeTimeUs: clock.nowUs() - 700_000,
    });
    await watch.tick();
    expect(sightOf(watch, 'alpha')).toMatchObject({ silence: decimal('0.000') });
    expect(sightOf(watch, 'alpha')?.oldestBook?.toNumber()).toBe(2000);
    expect(sightOf(watch, 'alpha')?.clockSkew?.toNumber()).toBe(0);
  });

  it('does not count a book that must not be used', async () => {
    const bus = openBus();
    const watch = new VenueWatch({ bus, venues: ['alpha'], clock });
    clock.advanceUs(3_000_000);
    const book = bookOf('alpha', 'BTC/USDT', [1, 2], clock.nowUs());
    const { venue, instrument } = book;
    bus.publish(book);
    bus.publish({ ...sampleStatus(), venue, instrument, state: 'stale' });
    await watch.tick();
    expect(sightOf(watch, 'alpha')?.silence.toNumber()).toBe(3000);
    expect(sightOf(watch, 'alpha')?.oldestBook).toBeUndefined();
    bus.publish({ ...sampleStatus(), venue, instrument, state: 'live' });
    await watch.tick();
    expect(sightOf(watch, 'alpha')?.silence.toNumber()).toBe(0);
  });
});
