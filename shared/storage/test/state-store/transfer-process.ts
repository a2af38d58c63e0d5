import { systemClock, systemTimers } from '@ats/runtime';
import { openLmdbStateStore } from '@ats/storage';
import { memoryMetrics, silentLogger, transferForEver } from '@ats/testkit';

/** A process that moves money for ever and prints what is safe; to be killed. */
const [folder = ''] = process.argv.slice(2);
const store = await openLmdbStateStore({
  folder,
  clock: systemClock,
  timers: systemTimers,
  logger: silentLogger(),
  metrics: memoryMetrics(),
});
await transferForEver(store);
