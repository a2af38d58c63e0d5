import { systemClock, systemTimers } from '@ats/runtime';
import { openDynamoStateStore } from '@ats/storage';
import { memoryMetrics, transferForEver } from '@ats/testkit';

/** A process that moves money for ever and prints what is safe; to be killed. */
const [url = ''] = process.argv.slice(2);
const store = await openDynamoStateStore({
  url,
  clock: systemClock,
  timers: systemTimers,
  metrics: memoryMetrics(),
});
await transferForEver(store);
