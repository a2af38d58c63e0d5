import { systemClock, systemTimers } from '@ats/runtime';
import { openLmdbEventLog } from '@ats/storage';
import { appendForEver, memoryMetrics, silentLogger } from '@ats/testkit';

/** A process that appends for ever and prints what is safe; to be killed. */
const [folder = ''] = process.argv.slice(2);
const log = await openLmdbEventLog({
  folder,
  clock: systemClock,
  timers: systemTimers,
  logger: silentLogger(),
  metrics: memoryMetrics(),
});
await appendForEver(log);
