import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AssetId, AtsError, assetId, type Decimal } from '@ats/domain';
import { ledgerEntryRecord, orderEventRecord, profitOf } from '@ats/orders';
import { seededRandom, systemClock, systemTimers } from '@ats/runtime';
import { type EventLog, openLmdbEventLog, openLmdbStateStore, type StateStore } from '@ats/storage';
import { memoryMetrics, silentLogger, until } from '@ats/testkit';
import { DayVolume } from '../../src/app/day-volume.ts';
import { LedgerKeeper } from '../../src/app/ledger-keeper.ts';
import { groupOf, LogFollower } from '../../src/app/log-follower.ts';
import { PositionKeeper, type PositionListener } from '../../src/app/position-keeper.ts';
import { dayTeller } from '../../src/domain/day.ts';
import { Markets } from '../../src/domain/exposure/markets.ts';
import { disagreements } from '../../src/domain/positions/ledger-agreement.ts';
import { netByAsset } from '../../src/domain/positions/position-book.ts';
import { MAIN, tradedOrder } from '../orders.ts';
import { mortal } from './mortal-store.ts';

const parts = { clock: systemClock, timers: systemTimers, logger: silentLogger() };
const cause = { correlationId: 'test' };

const plain = (sums: ReadonlyMap<AssetId, Decimal>) =>
  Object.fromEntries(
    [...sums]
      .filter(([, sum]) => !sum.isZero())
      .map(([asset, sum]) => [asset, sum.normalized().toString()])
      .toSorted(),
  );

function listening(state: StateStore): PositionListener {
  const markets = new Markets({ listings: [], numeraire: assetId('USDT') });
  return {
    volume: new DayVolume({ state, markets }),
    dayOf: dayTeller('UTC'),
    onLoaded: () => undefined,
    onCounted: () => undefined,
    keep: () => Promise.resolve(),
  };
}

describe('positions and profit of record, from the log', () => {
  let folder: string;
  let state: StateStore;
  let log: EventLog;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ats-keepers-'));
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
    const listener = listening(store);
    const positions = new PositionKeeper({ state: store, clock: systemClock, listener });
    const ledger = new LedgerKeeper({ state: store, clock: systemClock });
    const random = seededRandom(1).stream('test');
    const options = { ...parts, state: store, log, random };
    const followers = [
      new LogFollower(options, positions),
      new LogFollower(options, ledger),
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
    return { positions, ledger, followers, close };
  }

  const behind = async (): Promise<number> => {
    const topics = ['orders.events', 'ledger.entries'] as const;
    const lags = await Promise.all(
      topics.map((topic) => log.lag({ group: groupOf(topic), topics: [topic] })),
    );
    return lags.flat().reduce((sum, { lag }) => sum + lag, 0);
  };

  it('are the same, however often records come and whenever it is killed', async () => {
    const random = seededRandom(7).stream('chaos');
    const orders = Array.from({ length: 60 }, (_, number) => tradedOrder(number));
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
    for (const { events, entries } of orders) {
      for (const order of events) {
        const record = orderEventRecord({ order, previousStatus: 'NEW', occurredAtUs: 1 }, cause);
        await log.append(record);
        // A crash of who wrote it makes it come again.
        if (random.next() < 0.2) await log.append(record);
      }
      for (const entry of entries) {
        const record = ledgerEntryRecord(entry, { ...cause, accountId: MAIN });
        await log.append(record);
        if (random.next() < 0.2) await log.append(record);
      }
      await reborn();
    }
    await until(
      async () => {
        await reborn();
        return (await behind()) === 0;
      },
      { timeoutMs: 60_000 },
    );
    const expected = new Map(
      [...profitOf(orders.flatMap(({ entries }) => entries))].map(([asset, { net }]) => [
        asset,
        net,
      ]),
    );
    const net = netByAsset(running.positions.all());
    expect(plain(net)).toEqual(plain(expected));
    expect(plain(running.ledger.net())).toEqual(plain(expected));
    expect(disagreements(net, running.ledger.net())).toEqual([]);
    await running.close();
    const next = await follow();
    expect(plain(netByAsset(next.positions.all()))).toEqual(plain(expected));
    expect(plain(next.ledger.net())).toEqual(plain(expected));
    await next.close();
  }, 90_000);

  it('have what is told to be counted, also while that is being stored', async () => {
    const { events } = tradedOrder(3);
    const last = events.at(-1);
    if (last === undefined) throw new Error('no events');
    const answer = Promise.withResolvers<void>();
    const slow = {
      get: (key) => state.get(key),
      query: (query) => state.query(query),
      transact: async (items) => {
        const result = await state.transact(items);
        await answer.promise;
        return result;
      },
    } as Partial<StateStore> as StateStore;
    const listener = listening(slow);
    const keeper = new PositionKeeper({ state: slow, clock: systemClock, listener });
    await keeper.load();
    const counting = keeper.count([last]);
    await until(
      async () => (await state.query({ table: 'risk', partition: 'positions' })).items[0],
    );
    const asking = keeper.counted([last.orderId]).then(([counted]) => {
      return [counted, keeper.all()[0]?.position.quantity] as const;
    });
    answer.resolve();
    const [counted, held] = await asking;
    expect(counted?.equals(last.cumulativeQuantity)).toBe(true);
    const { side } = last.terms;
    expect((side === 'buy' ? held : held?.negate())?.equals(last.cumulativeQuantity)).toBe(true);
    expect(await counting).toBe(true);
  });

  it('wait for a store that is away, say so, and go on', async () => {
    let away = false;
    const flaky = {
      get: (key) => state.get(key),
      query: (query) => state.query(query),
      transact: (items) =>
        away
          ? Promise.reject(
              new AtsError({ code: 'STORAGE_UNAVAILABLE', message: 'away', retry: 'safe' }),
            )
          : state.transact(items),
      health: () => state.health(),
    } as Partial<StateStore> as StateStore;
    const running = await follow(flaky);
    away = true;
    for (const order of tradedOrder(1).events) {
      await log.append(orderEventRecord({ order, previousStatus: 'NEW', occurredAtUs: 1 }, cause));
    }
    await until(() => running.followers[0].trouble().includes('away'));
    expect(running.positions.all()).toEqual([]);
    away = false;
    await until(() => running.positions.all().length === 1);
    await until(() => running.followers[0].trouble() === '');
    await running.close();
  });
});
