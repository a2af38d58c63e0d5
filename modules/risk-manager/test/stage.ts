import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemTimers } from '@ats/runtime';
import { openLmdbEventLog, openLmdbStateStore, openMemoryMarketBus } from '@ats/storage';
import { manualClock, memoryMetrics, silentLogger } from '@ats/testkit';
import { NOW_US } from './samples.ts';

/** A clock that stands, and real stores in a folder of their own. */
export async function openStage() {
  const folder = mkdtempSync(join(tmpdir(), 'ats-risk-'));
  const clock = manualClock(NOW_US);
  const options = { clock, timers: systemTimers, logger: silentLogger(), metrics: memoryMetrics() };
  const state = await openLmdbStateStore({ ...options, folder: join(folder, 'state') });
  const log = await openLmdbEventLog({ ...options, folder: join(folder, 'log') });
  const bus = openMemoryMarketBus(options);
  return {
    ...{ folder, clock, state, log, bus },
    async close() {
      await bus.close();
      await log.close();
      await state.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
