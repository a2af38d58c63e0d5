import { systemClock, systemTimers } from '@ats/runtime';
import { openParquetTickStore } from '@ats/storage';
import { memoryMetrics, sampleQuoteTick, silentLogger } from '@ats/testkit';

/** A process that appends for ever and prints how many ticks it knows to be safe; to be killed. */
const [folder = ''] = process.argv.slice(2);
const store = await openParquetTickStore({
  folder,
  clock: systemClock,
  timers: systemTimers,
  logger: silentLogger(),
  metrics: memoryMetrics(),
  mergeFiles: 4,
  mergedKeptMs: 0,
});
for (let count = 0; ; count += 100) {
  for (let index = 0; index < 100; index += 1) {
    store.append(sampleQuoteTick({ offsetUs: count + index }));
  }
  await store.flush();
  process.stdout.write(`${count + 100}\n`);
}
