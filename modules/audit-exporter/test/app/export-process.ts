import { systemClock, systemTimers } from '@ats/runtime';
import { openFileArchive, openLmdbEventLog } from '@ats/storage';
import { memoryMetrics, silentLogger } from '@ats/testkit';
import { payloadDecoder } from '../../src/adapters/payload-decoder.ts';
import { AuditExporter } from '../../src/app/audit-exporter.ts';
import { auditMetrics } from '../../src/app/metrics.ts';
import { alertRecord, LIMITS } from '../stage.ts';

/** Appends and archives for ever, and prints each record that the log has; to be killed. */
const [logFolder = '', archiveFolder = '', first = '0'] = process.argv.slice(2);
const tools = {
  clock: systemClock,
  timers: systemTimers,
  logger: silentLogger(),
  metrics: memoryMetrics(),
};
const log = await openLmdbEventLog({ folder: logFolder, ...tools });
const archive = await openFileArchive({ folder: archiveFolder, ...tools });
const exporter = new AuditExporter({
  ...tools,
  log,
  archive,
  decode: payloadDecoder(),
  metrics: auditMetrics(tools.metrics),
  // Small segments and many heads: a kill meets each of the exporter's steps.
  limits: { ...LIMITS, segmentRecordsMax: 3 + (Number(first) % 5), headIntervalMs: 100 },
});
await exporter.start();
for (let number = Number(first); ; number += 1) {
  await Promise.all(
    (['alerts', 'alerts.dead', 'trades.dead'] as const).map(async (topic) => {
      const { offset } = await log.append(alertRecord(number, { topic }));
      process.stdout.write(`${topic} ${offset}\n`);
    }),
  );
}
