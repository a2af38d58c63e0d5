import { systemClock, systemTimers } from '@ats/runtime';
import { openKafkaEventLog } from '@ats/storage';
import { appendForEver, memoryMetrics, silentLogger } from '@ats/testkit';

/** A process that appends for ever and prints what is safe; to be killed. */
const [url = ''] = process.argv.slice(2);
const tools = { logger: silentLogger(), metrics: memoryMetrics() };
const time = { clock: systemClock, timers: systemTimers };
await appendForEver(await openKafkaEventLog({ url, ...time, ...tools }));
