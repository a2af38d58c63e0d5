import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { arbitrageTradeToWire, wireCodec } from '@ats/contracts';
import { assetId, type Decimal, type LedgerEntry, venueId } from '@ats/domain';
import { ledgerEntryRecord } from '@ats/orders';
import { seededRandom, systemTimers } from '@ats/runtime';
import { type EventLog, openLmdbEventLog, openLmdbStateStore, type StateStore } from '@ats/storage';
import { manualClock, memoryMetrics, silentLogger, until } from '@ats/testkit';
import { FlowKeeper } from '../../src/app/inventory/flow-keeper.ts';
import { ProfitKeeper } from '../../src/app/inventory/profit-keeper.ts';
import { groupOf, LogFollower } from '../../src/app/log-follower.ts';
import { type FlowRules, flowChanges, placeKey } from '../../src/domain/inventory/flow.ts';
import { endedTrade } from '../inventory-samples.ts';
import { MAIN, tradedOrder } from '../orders.ts';
import { mortal } from './mortal-store.ts';

const NOW_US = 1_780_000_000_000_000;
const HOUR_US = 3_600_000_000;
const RULES: FlowRules = { windowUs: 24 * HOUR_US, halfLifeUs: HOUR_US, fillsMin: 1 };
const TRADE = wireCodec('ats.execution.v1.ArbitrageTrade');
const cause = { correlationId: 'test' };

/** Entries of orders' fills, some minutes apart, the newest now. */
const entriesOf = (orders: number): readonly LedgerEntry[] => {
  const all = Array.from({ length: orders }, (_, n) => tradedOrder(n).entries).flat();
  return all.map((entry, n) => {
    return { ...entry, postedAtUs: NOW_US - (all.length - 1 - n) * 300_000_000 };
  });
};

describe('flows and profits, from the log', () => {
  let folder: string;
  let state: StateStore;
  let log: EventLog;
  const clock = manualClock(NOW_US);
  const parts = { clock, timers: systemTimers, logger: silentLogger() };
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ats-inventory-'));
    const options = { ...parts, metrics: memoryMetrics() };
    state = await openLmdbStateStore({ ...options, folder: join(folder, 'state') });
    log = await openLmdbEventLog({ ...options, folder: join(folder, 'log') });
  });
  afterEach(async () => {
    await log.close();
    await state.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function follow(store: StateStore = state) {
    const options = { ...parts, state: store, metrics: memoryMetrics(), rules: RULES };
    const flows = new FlowKeeper(options);
    const profits = new ProfitKeeper({ ...options, flows, numeraire: assetId('USDT') });
    const random = seededRandom(1).stream('test');
    const followers = [
      new LogFollower({ ...options, log, random }, flows),
      new LogFollower({ ...options, log, random }, profits),
    ] as const;
    const close = async (): Promise<void> => {
      await Promise.all(followers.map((follower) => follower.close()));
    };
    try {
      for (const follower of followers) await follower.start();
    } catch (error) {
      await close();
      throw error;
    }
    return { flows, profits, close };
  }

  const behind = async (): Promise<number> => {
    const topics = ['ledger.entries', 'trades'] as const;
    const group = (topic: (typeof topics)[number]) => groupOf(topic, 'inventory');
    const lags = await Promise.all(
      topics.map((topic) => log.lag({ group: group(topic), topics: [topic] })),
    );
    return lags.flat().reduce((sum, { lag }) => sum + lag, 0);
  };

  /** What a flow over the whole window must be, added up by hand. */
  function netsOf(entries: readonly LedgerEntry[]) {
    const nets = new Map<string, Decimal>();
    for (const { place, received, given } of entries.flatMap(flowChanges)) {
      const key = placeKey(place);
      const net = received.subtract(given);
      nets.set(key, nets.get(key)?.add(net) ?? net);
    }
    return nets;
  }

  it('are the same, however often records come and whenever it is killed', async () => {
    const random = seededRandom(5).stream('chaos');
    const entries = entriesOf(40);
    const born = async () => {
      for (;;) {
        const { life, store } = mortal(state, random);
        const running = await follow(store).catch(() => undefined);
        if (running !== undefined) return { life, ...running };
      }
    };
    let running = await born();
    const reborn = async (): Promise<void> => {
      if (!running.life.dead) return;
      await running.close();
      running = await born();
    };
    for (const entry of entries) {
      const record = ledgerEntryRecord(entry, { ...cause, accountId: MAIN });
      await log.append(record);
      if (random.next() < 0.3) await log.append(record);
      await reborn();
    }
    await until(
      async () => {
        await reborn();
        return (await behind()) === 0;
      },
      { timeoutMs: 60_000 },
    );
    await running.close();
    const nets = netsOf(entries);
    const fills = entries.flatMap(flowChanges);
    const next = await follow();
    for (const kept of [running.flows, next.flows]) {
      expect(kept.accounts()).toEqual([MAIN]);
      for (const [key, net] of nets) {
        const [, venue = '', asset = ''] = JSON.parse(key) as readonly string[];
        const place = { accountId: MAIN, venue: venueId(venue), asset: assetId(asset) };
        const flow = kept.flow(place);
        const hours = (NOW_US - (entries[0]?.postedAtUs ?? 0)) / HOUR_US;
        expect(flow.windowNetPerHour).toBeCloseTo(net.toNumber() / hours, 6);
        expect(flow.fills).toBe(fills.filter((one) => placeKey(one.place) === key).length);
      }
    }
    await next.close();
  }, 90_000);

  it('forget what is older than the window', async () => {
    const running = await follow();
    const [recent] = entriesOf(1);
    if (recent === undefined) throw new Error('no entries');
    const old = { ...recent, entryId: 'old', postedAtUs: NOW_US - 25 * HOUR_US };
    for (const entry of [old, { ...recent, postedAtUs: NOW_US }]) {
      await log.append(ledgerEntryRecord(entry, { ...cause, accountId: MAIN }));
    }
    const [change] = flowChanges(recent);
    if (change === undefined) throw new Error('no flow');
    await until(() => running.flows.flow(change.place).fills === 1);
    expect(running.flows.watchedSinceUs(MAIN)).toBe(old.postedAtUs);
    await running.close();
    const partition = 'inventory-flow';
    expect((await state.query({ table: 'risk', partition })).items).not.toEqual([]);
    const later = manualClock(NOW_US + 30 * HOUR_US);
    const options = { ...parts, clock: later, state, metrics: memoryMetrics(), rules: RULES };
    const flows = new FlowKeeper(options);
    await flows.load();
    expect(flows.flow(change.place).fills).toBe(0);
  });

  it('value what trades took by what they earned, once, in the numeraire alone', async () => {
    const running = await follow();
    const trade = (id: string, numeraire = 'USDT') =>
      endedTrade({ tradeId: id, numeraire, realised: '12', atUs: NOW_US });
    for (const one of [trade('a'), trade('b'), trade('a'), trade('c', 'KRW')]) {
      await log.append({
        topic: 'trades',
        key: one.tradeId,
        headers: { schema: TRADE.fullName, eventId: one.tradeId, correlationId: 'test' },
        payload: TRADE.encode(arbitrageTradeToWire(one)),
      });
    }
    await log.append(
      ledgerEntryRecord(
        { ...(entriesOf(1)[0] as LedgerEntry), postedAtUs: NOW_US - 2 * HOUR_US },
        { ...cause, accountId: MAIN },
      ),
    );
    await until(async () => (await behind()) === 0);
    const perHour = (venue: string, asset: string) =>
      running.profits.perHour({ accountId: MAIN, venue: venueId(venue), asset: assetId(asset) });
    // 24 in two hours; what is recent counts more, so it is more than 12.
    expect(perHour('alpha', 'USDT')).toBeGreaterThan(12);
    expect(perHour('beta', 'BTC')).toBe(perHour('alpha', 'USDT'));
    expect(perHour('alpha', 'BTC')).toBe(0);
    expect(perHour('beta', 'USDT')).toBe(0);
    const before = perHour('beta', 'BTC');
    clock.advanceUs(6 * HOUR_US);
    // Lately it earned nothing; it is worth what it earned over the window.
    expect(perHour('beta', 'BTC')).toBeCloseTo(3, 9);
    expect(before).toBeGreaterThan(3);
    await running.close();
  });
});
