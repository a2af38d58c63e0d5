import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemTimers } from '@ats/runtime';
import {
  openLmdbEventLog,
  openLmdbStateStore,
  type StateStore,
  type TransactResult,
} from '@ats/storage';
import { memoryMetrics, silentLogger, until } from '@ats/testkit';
import { TradeKeeper } from '../../src/app/trade-keeper.ts';
import { tradeOf, tradeRecord } from '../domain/sample-trades.ts';

const TRADES = 60;

it('counts trades of partitions that come side by side, and blames no other instance', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ats-trades-'));
  const parts = {
    ...{ clock: systemClock, timers: systemTimers },
    ...{ logger: silentLogger(), metrics: memoryMetrics() },
  };
  const log = await openLmdbEventLog({ folder: join(folder, 'log'), ...parts });
  const state = await openLmdbStateStore({ folder: join(folder, 'state'), ...parts });
  const outcomes: TransactResult['kind'][] = [];
  const store: StateStore = {
    get: (key) => state.get(key),
    query: (query) => state.query(query),
    health: () => state.health(),
    close: () => state.close(),
    async transact(items) {
      const result = await state.transact(items);
      outcomes.push(result.kind);
      return result;
    },
  };
  const endedAtUs = systemClock.nowUs();
  const records = Array.from({ length: TRADES }, (_, number) =>
    tradeRecord(tradeOf({ number, endedAtUs })),
  );
  for (const record of records) await log.append(record);
  const keeper = new TradeKeeper({ ...parts, log, store });
  try {
    await keeper.start();
    const counted = async (): Promise<number> => {
      const tallies = await keeper.tallies({ fromUs: 0, toUs: Number.MAX_SAFE_INTEGER });
      return tallies.reduce((sum, { tally }) => sum + (tally.outcomes.COMPLETED ?? 0), 0);
    };
    await until(async () => (await counted()) === TRADES);
    expect(new Set(outcomes)).toEqual(new Set(['committed']));
  } finally {
    await keeper.close();
    await Promise.all([log.close(), state.close()]);
    await rm(folder, { recursive: true });
  }
});
