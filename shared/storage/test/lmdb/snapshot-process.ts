import { systemClock, systemTimers } from '@ats/runtime';
import { openLmdbEventLog, openLmdbStateStore } from '@ats/storage';
import { memoryMetrics, silentLogger } from '@ats/testkit';

/** A process that for ever stores a number, then tells the log of it; to be killed. */
const [folder = ''] = process.argv.slice(2);
const parts = {
  clock: systemClock,
  timers: systemTimers,
  logger: silentLogger(),
  metrics: memoryMetrics(),
};
const state = await openLmdbStateStore({ folder: `${folder}/state`, ...parts });
const log = await openLmdbEventLog({ folder: `${folder}/log`, ...parts });
const padding = 'x'.repeat(3000);
for (let number = 0; ; number += 1) {
  const key = { table: 'orders', partition: 'all', sort: String(number).padStart(9, '0') } as const;
  await state.transact([{ kind: 'create', key, attributes: { padding } }]);
  const headers = { schema: 'test', eventId: key.sort, correlationId: 'test' };
  const payload = Buffer.from(padding);
  await log.append({ topic: 'alerts', key: 'one', headers, payload });
  process.stdout.write(`${number}\n`);
}
