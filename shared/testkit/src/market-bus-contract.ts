import { type MarketEvent, type Trade, venueId } from '@ats/domain';
import { marketBusFailures } from './market-bus-failures.ts';
import { BusStage, type MarketBusContract, plain, sequences } from './market-bus-stage.ts';
import {
  sampleAlert,
  sampleBook,
  sampleStatus,
  sampleTicker,
  sampleTrade,
} from './market-samples.ts';
import { until } from './until.ts';

function deliveryHalf(stage: () => BusStage): void {
  it('carries every kind of event with every field', async () => {
    const seen = await stage().collect();
    const events = [sampleBook(), sampleTrade(), sampleTicker(), sampleStatus(), sampleAlert()];
    for (const event of events) stage().publisher.publish(event);
    await until(() => seen.length >= events.length, { what: 'every event' });
    const byKind = (one: unknown): string => (one as MarketEvent).kind;
    const sorted = [...seen].sort((a, b) => byKind(a).localeCompare(byKind(b)));
    const [book, trade, ticker, status, alert] = events.map(plain);
    expect(sorted).toEqual([alert, book, status, ticker, trade]);
  });

  it('carries an empty side, and a trade without an id', async () => {
    const seen = await stage().collect();
    const empty = { ...sampleBook(), bidCount: 0 };
    const trade: Trade = { ...sampleTrade(), tradeId: '', aggressor: 'unknown' };
    stage().publisher.publish(empty);
    stage().publisher.publish(trade);
    await until(() => seen.length >= 2, { what: 'two events' });
    expect(seen).toEqual(expect.arrayContaining([plain(empty), plain(trade)]));
  });

  it('keeps the order of one market', async () => {
    const seen = await stage().collect({ kinds: ['book'] });
    for (let sequence = 1; sequence <= 500; sequence += 1) {
      stage().publisher.publish(sampleBook({ sequence }));
    }
    await until(() => seen.length >= 500, { what: '500 books' });
    expect(sequences(seen)).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
  });

  it('makes one handler for each market, whoever publishes, by name or not', async () => {
    const made: string[] = [];
    const seen: string[] = [];
    await stage().subscriber.subscribe(
      { kinds: ['book', 'status'] },
      {
        handlerOf: ({ venue, instrument }) => {
          const place = made.push(`${venue} ${instrument}`);
          return (event) => {
            seen.push(`${place} ${event.venue} ${event.kind}`);
          };
        },
      },
    );
    const book = sampleBook();
    const other = { ...book, venue: venueId('elsewhere') };
    const { publisher } = stage();
    const publish = publisher.publisherOf(other);
    publisher.publish(book);
    publish(other);
    publish(other);
    publisher.publish(book);
    await until(() => seen.length >= 4, { what: 'four books' });
    const places = new Map(seen.map((one) => [one.split(' ')[1], one.split(' ')[0]]));
    expect(new Set(made).size).toBe(2);
    expect(places.size).toBe(2);
    expect(seen.toSorted()).toEqual(
      [...places].flatMap(([venue, place]) => Array(2).fill(`${place} ${venue} book`)).toSorted(),
    );
    expect(made[Number(places.get('elsewhere')) - 1]).toBe(`elsewhere ${other.instrument}`);
  });

  it('gives each subscriber what its filter asks for and nothing else', async () => {
    const books = await stage().collect({ kinds: ['book'] });
    const kraken = await stage().collect({ venues: ['kraken'] });
    const ether = await stage().collect({ instruments: ['ETH/USD', 'XRP/USD'] });
    const exact = await stage().collect({
      kinds: ['trade', 'status'],
      venues: ['kraken', 'upbit'],
      instruments: ['ETH/USD'],
    });
    for (const venue of ['kraken', 'bitfinex']) {
      for (const base of ['BTC', 'ETH']) {
        stage().publisher.publish(sampleBook({ venue, base }));
        stage().publisher.publish(sampleTrade({ venue, base }));
      }
    }
    await until(() => [books, kraken, ether].every((seen) => seen.length >= 4) && exact.length > 0);
    // What comes after a last known event would have come by the time that one has.
    const last = await stage().collect({ kinds: ['ticker'] });
    stage().publisher.publish(sampleTicker({ venue: 'upbit', base: 'SOL' }));
    await until(() => last.length > 0);
    expect(books.map((one) => (one as MarketEvent).kind)).toEqual(Array(4).fill('book'));
    expect(kraken.map((one) => (one as MarketEvent).venue)).toEqual(Array(4).fill('kraken'));
    expect(ether.map((one) => (one as MarketEvent).instrument)).toEqual(Array(4).fill('ETH/USD'));
    expect(exact).toEqual([plain(sampleTrade({ base: 'ETH' }))]);
  });

  it('does not replay what was published before the subscription', async () => {
    const before = await stage().collect();
    stage().publisher.publish(sampleBook({ sequence: 1 }));
    await until(() => before.length > 0);
    const seen = await stage().collect();
    stage().publisher.publish(sampleBook({ sequence: 2 }));
    await until(() => seen.length > 0);
    expect(sequences(seen)).toEqual([2]);
  });

  it('calls a closed subscription no more', async () => {
    let calls = 0;
    const subscription = await stage().subscriber.subscribe({}, () => {
      calls += 1;
    });
    await subscription.close();
    const seen = await stage().collect();
    stage().publisher.publish(sampleBook());
    await until(() => seen.length > 0);
    expect(calls).toBe(0);
  });
}

function slowHalf(stage: () => BusStage): void {
  it('conflates for a slow subscriber, per kind and market, and for nobody else', async () => {
    const fast = await stage().collect();
    const slow: unknown[] = [];
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const subscription = await stage().subscriber.subscribe({}, (event) => {
      slow.push(plain(event));
      return slow.length === 1 ? held : undefined;
    });
    for (let sequence = 1; sequence <= 10; sequence += 1) {
      stage().publisher.publish(sampleBook({ sequence }));
      stage().publisher.publish(sampleBook({ sequence: 100 + sequence, base: 'ETH' }));
    }
    stage().publisher.publish(sampleStatus());
    await until(() => fast.length >= 21, { what: 'all events at the fast subscriber' });
    release();
    await until(() => slow.length >= 4, { what: 'the newest events at the slow subscriber' });
    expect(slow).toHaveLength(4);
    const status = plain(sampleStatus());
    expect(slow.filter((one) => (one as MarketEvent).kind === 'status')).toEqual([status]);
    const books = slow.filter((one) => (one as MarketEvent).kind === 'book');
    expect(sequences(books)[0]).toBe(1);
    expect(sequences(books).slice(1).sort()).toEqual([10, 110]);
    expect(subscription.conflated).toBe(8 + 9);
  });

  it('keeps for a slow subscriber what the publisher has since overwritten', async () => {
    const seen: unknown[] = [];
    let release = (): void => {};
    await stage().subscriber.subscribe({}, (event) => {
      seen.push(plain(event));
      if (seen.length > 1) return undefined;
      return new Promise((resolve) => {
        release = resolve;
      });
    });
    const reused = sampleBook({ sequence: 1 });
    stage().publisher.publish(reused);
    await until(() => seen.length === 1);
    const second = { ...reused, sequence: 2 };
    const expected = plain(second);
    stage().publisher.publish(second);
    second.bidPrices.fill(-1);
    // An event of another market overtakes nothing, so once it has come the second one waits.
    const other = await stage().collect({ instruments: ['SOL/USD'] });
    stage().publisher.publish(sampleBook({ base: 'SOL' }));
    await until(() => other.length > 0);
    release();
    await until(() => seen.length >= 3);
    expect(seen[1]).toEqual(expected);
  });

  it('survives handlers that throw or reject, counts them, and goes on calling them', async () => {
    let thrown = 0;
    let rejected = 0;
    await stage().subscriber.subscribe({}, () => {
      thrown += 1;
      throw new Error('a fault of the subscriber');
    });
    await stage().subscriber.subscribe({}, () => {
      rejected += 1;
      return Promise.reject(new Error('a later fault of the subscriber'));
    });
    const seen = await stage().collect();
    for (let sequence = 1; sequence <= 3; sequence += 1) {
      stage().publisher.publish(sampleBook({ sequence }));
      await until(() => seen.length === sequence && thrown === sequence && rejected === sequence);
    }
    const { metrics, logger } = stage().environment;
    await until(() => metrics.value('ats_storage_bus_handler_failures_total') === 6);
    expect(logger.lines.map((line) => line.event)).toContain('bus.handler_failed');
  });
}

function latestHalf(stage: () => BusStage): void {
  it('remembers the newest book and status of each market, and no trades', async () => {
    const { publisher, subscriber } = stage();
    for (const venue of ['kraken', 'upbit']) {
      publisher.publish(sampleStatus({ venue }));
      publisher.publish(sampleBook({ venue, sequence: 1 }));
      publisher.publish(sampleBook({ venue, sequence: 2 }));
      publisher.publish(sampleTrade({ venue }));
    }
    const kraken = await until(async () => {
      const found = await subscriber.latest({ venues: ['kraken'] });
      return found.length >= 2 && found.some((one) => one.kind === 'book' && one.sequence === 2)
        ? found
        : undefined;
    });
    const expected = [sampleBook({ sequence: 2 }), sampleStatus()].map(plain);
    expect(kraken.map(plain)).toEqual(expect.arrayContaining(expected));
    expect(kraken).toHaveLength(2);
    await until(async () => (await subscriber.latest({})).length === 4);
    expect(await subscriber.latest({ instruments: ['ETH/USD'] })).toEqual([]);
    const statuses = await subscriber.latest({ kinds: ['status'], instruments: ['BTC/USD'] });
    expect(statuses.map((one) => one.venue).sort()).toEqual(['kraken', 'upbit']);
  });

  it('gives out books that later events do not change', async () => {
    const { publisher, subscriber } = stage();
    const reused = sampleBook();
    publisher.publish(reused);
    const first = await until(async () => (await subscriber.latest({ kinds: ['book'] }))[0]);
    const before = plain(first);
    reused.bidPrices.fill(-1);
    publisher.publish({ ...reused, sequence: 2 });
    await until(async () => {
      const [newest] = await subscriber.latest({ kinds: ['book'] });
      return newest?.kind === 'book' && newest.sequence === 2;
    });
    expect(plain(first)).toEqual(before);
  });
}

function closedHalf(stage: () => BusStage): void {
  it('takes a publish after close without throwing, counts it, and is not healthy', async () => {
    const { publisher, environment } = stage();
    expect(publisher.health()).toEqual({ ok: true, reason: '' });
    await publisher.close();
    publisher.publish(sampleBook());
    expect(publisher.health().ok).toBe(false);
    expect(publisher.health().reason).not.toBe('');
    const { metrics } = environment;
    expect(metrics.value('ats_storage_bus_dropped_total', { reason: 'closed' })).toBe(1);
    await publisher.close();
  });
}

/** Every promise of `MarketBus`, asked of one adapter. Call it inside a `describe`. */
export function marketBusContract(contract: MarketBusContract): void {
  let current: BusStage;
  const stage = (): BusStage => current;
  beforeEach(async () => {
    current = new BusStage(contract);
    await current.open();
  });
  afterEach(() => current.close());

  deliveryHalf(stage);
  slowHalf(stage);
  latestHalf(stage);
  closedHalf(stage);
  const { server } = contract;
  if (contract.limits.reach === 'instance') {
    it('declared limit: reaches the subscribers of the same instance only', async () => {
      const other = await stage().openOne();
      const seen = await stage().collect();
      other.publish(sampleBook({ sequence: 1 }));
      stage().publisher.publish(sampleBook({ sequence: 2 }));
      await until(() => seen.length > 0);
      expect(sequences(seen)).toEqual([2]);
    });
    return;
  }
  if (server === undefined) throw new Error('an adapter with a server must let it be killed');
  marketBusFailures(stage, server);
}
