import { systemClock } from '@ats/runtime';
import { openFileArchive } from '@ats/storage';
import { memoryMetrics, putForEver } from '@ats/testkit';

/** A process that puts objects for ever and prints what is safe; to be killed. */
const [folder = ''] = process.argv.slice(2);
await putForEver(await openFileArchive({ folder, clock: systemClock, metrics: memoryMetrics() }));
