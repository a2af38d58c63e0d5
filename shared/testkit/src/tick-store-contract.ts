import { instrumentId, venueId } from '@ats/domain';
import type { QuoteTick, Tick, TickQuery, TickStore } from '@ats/storage';
import { type MemoryMetrics, memoryMetrics } from './memory-metrics.ts';
import { type SilentLogger, silentLogger } from './silent-logger.ts';
import {
  SAMPLE_START_US,
  sampleAlertTick,
  sampleBacktestTick,
  sampleDeliveryTick,
  sampleOpportunityTick,
  sampleQuoteTick,
  sampleTradeTick,
} from './tick-samples.ts';
import { until } from './until.ts';

/** What an adapter must be opened with in a test. */
export interface TickStoreEnvironment {
  readonly logger: SilentLogger;
  readonly metrics: MemoryMetrics;
  readonly batchSize: number;
  readonly flushIntervalMs: number;
  readonly queueMax: number;
}

/** What an adapter declares that it does not do. Each shows as a test that says so. */
export interface TickStoreLimits {
  /** `none`: ticks cannot be read back through this adapter's server. */
  readonly scan: 'ordered' | 'none';
}

export interface TickStoreContract {
  /** Opens the store; each time the same ticks are found in it. */
  open(environment: TickStoreEnvironment): Promise<TickStore>;
  /** Makes the place empty; called before each test. */
  reset(): Promise<void>;
  readonly limits: TickStoreLimits;
  /** Makes the engine unreachable or its disk unwritable, and heals it. */
  readonly outage: { begin(): Promise<void>; end(): Promise<void> };
  /** How many ticks the engine holds, asked without the adapter; needed where it cannot scan. */
  readonly count?: () => Promise<number>;
}

class Stage {
  readonly environment: TickStoreEnvironment = {
    logger: silentLogger(),
    metrics: memoryMetrics(),
    batchSize: 500,
    flushIntervalMs: 50,
    queueMax: 20_000,
  };
  readonly contract: TickStoreContract;
  store!: TickStore;

  constructor(contract: TickStoreContract) {
    this.contract = contract;
  }

  async open(): Promise<void> {
    await this.contract.reset();
    this.store = await this.contract.open(this.environment);
  }

  /** Opens the same place again, as a second process would. */
  async reopen(): Promise<void> {
    await this.store.close();
    this.store = await this.contract.open(this.environment);
  }

  append(ticks: readonly Tick[]): void {
    for (const tick of ticks) expect(this.store.append(tick)).toBe(true);
  }

  async scan(query: TickQuery): Promise<Tick[]> {
    const found: Tick[] = [];
    for await (const batch of this.store.scan(query)) {
      expect(batch.length).toBeGreaterThan(0);
      found.push(...batch);
    }
    return found;
  }

  async count(): Promise<number> {
    if (this.contract.count !== undefined) return this.contract.count();
    return (await this.scan({ kind: 'quote' })).length;
  }
}

const quotes = (count: number, stepUs = 1000): QuoteTick[] =>
  Array.from({ length: count }, (_, index) => sampleQuoteTick({ offsetUs: index * stepUs }));

function readHalf(stage: () => Stage): void {
  it('gives back every kind with every field, exactly', async () => {
    const samples = [0, 1, 2].flatMap((offsetUs) => [
      sampleQuoteTick({ offsetUs }),
      sampleTradeTick({ offsetUs }),
      sampleOpportunityTick({ offsetUs }),
      sampleAlertTick({ offsetUs }),
      sampleDeliveryTick({ offsetUs }),
      sampleBacktestTick({ offsetUs }),
    ]);
    stage().append(samples);
    await stage().store.flush();
    for (const kind of [
      'quote',
      'trade',
      'opportunity',
      'alert',
      'delivery',
      'backtest',
    ] as const) {
      expect(await stage().scan({ kind })).toEqual(samples.filter((tick) => tick.kind === kind));
    }
  });

  it('gives them in order of receive time, whatever order they came in', async () => {
    const ticks = quotes(3000);
    const shuffled = ticks.map((_, index) => ticks[(index * 1543) % 3000] as QuoteTick);
    stage().append(shuffled.slice(0, 1500));
    await stage().store.flush();
    stage().append(shuffled.slice(1500));
    await stage().store.flush();
    expect(await stage().scan({ kind: 'quote' })).toEqual(ticks);
  });

  it('keeps ticks that were received in the same microsecond, in order of arrival', async () => {
    const ticks = Array.from({ length: 20 }, (_, index) => ({
      ...sampleTradeTick({ offsetUs: 5 }),
      tradeId: String(index),
    }));
    stage().append(ticks);
    await stage().store.flush();
    expect(await stage().scan({ kind: 'trade' })).toEqual(ticks);
  });

  it('selects a half-open range of times, venues and instruments', async () => {
    const ticks = quotes(10).flatMap((tick) => [
      tick,
      { ...tick, venue: venueId('upbit') },
      { ...tick, instrument: instrumentId({ base: 'ETH', quote: 'USD' }) },
    ]);
    stage().append(ticks);
    await stage().store.flush();
    const range = {
      kind: 'quote',
      fromUs: SAMPLE_START_US + 2000,
      toUs: SAMPLE_START_US + 5000,
    } as const;
    const inRange = ticks.filter(
      (tick) => tick.receivedAtUs >= range.fromUs && tick.receivedAtUs < range.toUs,
    );
    const byTimeAndName = (one: Tick): string =>
      `${one.receivedAtUs} ${one.venue} ${one.instrument}`;
    const sorted = (list: readonly Tick[]): string[] => list.map(byTimeAndName).sort();
    expect(sorted(await stage().scan(range))).toEqual(sorted(inRange));
    const upbit = await stage().scan({ kind: 'quote', venues: ['upbit', 'nowhere'] });
    expect(upbit).toEqual(ticks.filter((tick) => tick.venue === 'upbit'));
    const ether = await stage().scan({ ...range, instruments: ['ETH/USD'], venues: ['kraken'] });
    expect(ether).toEqual(inRange.filter((tick) => tick.instrument === 'ETH/USD'));
    expect(await stage().scan({ kind: 'quote', venues: [] })).toEqual([]);
    expect(await stage().scan({ kind: 'trade' })).toEqual([]);
  });

  it('reads across midnight and across days without ticks', async () => {
    const dayUs = 86_400_000_000;
    const offsets = [0, dayUs - 1, dayUs, 5 * dayUs, 5 * dayUs + 1];
    const ticks = offsets.map((offsetUs) => sampleQuoteTick({ offsetUs }));
    stage().append(ticks);
    await stage().store.flush();
    expect(await stage().scan({ kind: 'quote' })).toEqual(ticks);
    const toUs = SAMPLE_START_US + 5 * dayUs + 1;
    const some = await stage().scan({ kind: 'quote', fromUs: SAMPLE_START_US + dayUs - 1, toUs });
    expect(some).toEqual(ticks.slice(1, 4));
  });

  it('lets a reader stop early, and read again', async () => {
    stage().append(quotes(2500));
    await stage().store.flush();
    for await (const batch of stage().store.scan({ kind: 'quote' })) {
      expect(batch[0]).toEqual(sampleQuoteTick());
      break;
    }
    expect(await stage().scan({ kind: 'quote' })).toHaveLength(2500);
  });

  it('finds after reopening what was there before', async () => {
    stage().append(quotes(700));
    await stage().reopen();
    expect(await stage().scan({ kind: 'quote' })).toEqual(quotes(700));
  });
}

function writeHalf(stage: () => Stage): void {
  it('writes in the background, without a flush', async () => {
    stage().append(quotes(3));
    await until(async () => (await stage().count()) === 3, { what: 'three ticks', periodMs: 50 });
    const { metrics } = stage().environment;
    await until(() => metrics.value('ats_storage_ticks_written_total') === 3);
    expect(metrics.value('ats_storage_ticks_accepted_total', { kind: 'quote' })).toBe(3);
  });

  it('has written on flush all that was accepted before', async () => {
    stage().append(quotes(2345));
    await stage().store.flush();
    const { metrics } = stage().environment;
    expect(metrics.value('ats_storage_ticks_written_total')).toBe(2345);
    await until(async () => (await stage().count()) === 2345, { periodMs: 50 });
  });

  it('answers flush at once when nothing waits', async () => {
    await stage().store.flush();
    expect(stage().store.health()).toEqual({ ok: true, reason: '' });
  });

  it('refuses what cannot be stored, and counts it', () => {
    const { store, environment } = stage();
    expect(store.append({ ...sampleQuoteTick(), bid: Number.NaN })).toBe(false);
    expect(store.append({ ...sampleTradeTick(), receivedAtUs: 0.5 })).toBe(false);
    const refused = { reason: 'invalid' };
    expect(environment.metrics.value('ats_storage_ticks_refused_total', refused)).toBe(2);
  });

  it('writes on close what waits, and refuses ticks afterwards', async () => {
    stage().append(quotes(10));
    const { store, environment } = stage();
    await store.close();
    expect(store.append(sampleQuoteTick())).toBe(false);
    expect(store.health().ok).toBe(false);
    const { metrics } = environment;
    expect(metrics.value('ats_storage_ticks_written_total')).toBe(10);
    expect(metrics.value('ats_storage_ticks_refused_total', { reason: 'closed' })).toBe(1);
    await store.close();
  });
}

function failureHalf(stage: () => Stage): void {
  it('rejects a flush while the engine is away, and writes the ticks once it is back', async () => {
    const { store, environment, contract } = stage();
    stage().append(quotes(5));
    await store.flush();
    await contract.outage.begin();
    stage().append(quotes(1005).slice(5));
    await expect(store.flush()).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      retry: 'safe',
    });
    expect(store.health().ok).toBe(false);
    expect(environment.metrics.value('ats_storage_tick_queue_depth')).toBe(1000);
    await contract.outage.end();
    await until(() => store.health().ok, { timeoutMs: 20_000, what: 'recovery' });
    await store.flush();
    expect(environment.metrics.value('ats_storage_ticks_written_total')).toBe(1005);
    await until(async () => (await stage().count()) === 1005, { periodMs: 50 });
    expect(environment.metrics.value('ats_storage_tick_write_failures_total')).toBeGreaterThan(0);
  });

  it('refuses ticks beyond its queue, counts them, and never blocks', async () => {
    const { store, environment, contract } = stage();
    await contract.outage.begin();
    const answers = quotes(environment.queueMax + 10).map((tick) => store.append(tick));
    expect(answers.filter((accepted) => accepted)).toHaveLength(environment.queueMax);
    expect(answers.slice(-10)).toEqual(Array(10).fill(false));
    const full = { reason: 'queue_full' };
    expect(environment.metrics.value('ats_storage_ticks_refused_total', full)).toBe(10);
    await contract.outage.end();
    await until(() => store.flush().then(() => true), { timeoutMs: 20_000, periodMs: 50 });
    expect(environment.metrics.value('ats_storage_ticks_written_total')).toBe(environment.queueMax);
    expect(store.append(sampleQuoteTick())).toBe(true);
  });

  it('says on close what it could not write', async () => {
    const { store, environment, contract } = stage();
    await contract.outage.begin();
    stage().append(quotes(7));
    await expect(store.close()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    const lost = { reason: 'closed' };
    expect(environment.metrics.value('ats_storage_ticks_dropped_total', lost)).toBe(7);
    await contract.outage.end();
  });
}

/** Every promise of `TickStore`, asked of one adapter. Call it inside a `describe`. */
export function tickStoreContract(contract: TickStoreContract): void {
  let current: Stage;
  const stage = (): Stage => current;
  beforeEach(async () => {
    current = new Stage(contract);
    await current.open();
  });
  afterEach(() => current.store.close().catch(() => {}));

  writeHalf(stage);
  failureHalf(stage);
  if (contract.limits.scan === 'ordered') {
    readHalf(stage);
    return;
  }
  it('declared limit: this engine takes writes and cannot be scanned', async () => {
    stage().append(quotes(3));
    await stage().store.flush();
    const code = 'STORAGE_UNAVAILABLE';
    await expect(stage().scan({ kind: 'quote' })).rejects.toMatchObject({ code });
  });
}
