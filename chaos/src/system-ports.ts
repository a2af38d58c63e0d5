import { openLogger, openMetrics, systemClock, systemTimers } from '@ats/runtime';
import { type OpenPorts, openPorts } from '@ats/storage';
import type { ChaosSystem } from './embedded-system.ts';

const OPEN_TRADES_MS = 120_000;

/** A way into what a system keeps: once it is over, or while it runs where that is servers. */
export function systemPorts(
  { storage }: Pick<ChaosSystem, 'storage'>,
  bus: string = 'memory:',
): OpenPorts {
  return openPorts({
    config: {
      bus: { url: bus },
      tickStore: { url: 'parquet:./unused' },
      eventLog: { url: storage.eventLog },
      stateStore: { url: storage.stateStore },
      archive: { url: storage.archive },
    },
    clock: systemClock,
    timers: systemTimers,
    logger: openLogger({ service: 'chaos', level: 'error', destination: process.stderr }),
    metrics: openMetrics({ service: 'chaos', processMetrics: false }),
  });
}

/** Resolves when no trade is open: what one leg left is closed as soon as there are books again. */
export async function tradesEnded(ports: Pick<OpenPorts, 'stateStore'>): Promise<void> {
  const state = await ports.stateStore();
  const until = performance.now() + OPEN_TRADES_MS;
  while (performance.now() < until) {
    const { items } = await state.query({ table: 'sagas', partition: 'open', limit: 1 });
    if (items.length === 0) return;
    await systemTimers.sleep(200);
  }
}
