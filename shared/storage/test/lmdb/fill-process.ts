import { AtsError } from '@ats/domain';
import { systemClock, systemTimers } from '@ats/runtime';
import { openLmdbEventLog } from '@ats/storage';
import { memoryMetrics, sampleRecord, silentLogger } from '@ats/testkit';

/** Appends large records until one cannot be written, then a small one; prints what came of it. */
const [folder = ''] = process.argv.slice(2);
const time = { clock: systemClock, timers: systemTimers };
const tools = { logger: silentLogger(), metrics: memoryMetrics() };
const log = await openLmdbEventLog({ folder, ...time, ...tools });
let acknowledged = 0;
let failure: unknown;
while (failure === undefined) {
  const large = { ...sampleRecord({ number: acknowledged }), payload: new Uint8Array(50_000) };
  await log.append(large).then(
    () => {
      acknowledged += 1;
    },
    (error: unknown) => {
      failure = error;
    },
  );
}
const { code, retry } = failure instanceof AtsError ? failure : { code: 'other', retry: 'other' };
const sick = log.health();
const small = await log.append(sampleRecord({ number: acknowledged }));
const { offset } = small;
const healthy = log.health();
await log.close();
process.stdout.write(`${JSON.stringify({ acknowledged, code, retry, sick, offset, healthy })}\n`);
