import { systemClock, systemTimers } from '@ats/runtime';
import { openS3Archive } from '@ats/storage';
import { memoryMetrics, putForEver } from '@ats/testkit';

/** A process that puts objects for ever and prints what is safe; to be killed. */
const [url = ''] = process.argv.slice(2);
const tools = { clock: systemClock, timers: systemTimers, metrics: memoryMetrics() };
await putForEver(await openS3Archive({ url, ...tools }));
