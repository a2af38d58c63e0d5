/**
 * Writes `docs/metrics.md` from what a running system tells of its registries. With `--check` it
 * writes nothing, and exits with 1 when the committed page says something else.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { metricsPage } from './metrics-page.ts';
import { familiesOf, startMonitoredSystem } from './monitored-system.ts';

const PAGE = resolve(import.meta.dirname, '../../docs/metrics.md');

const system = await startMonitoredSystem();
let page: string;
try {
  page = metricsPage(await familiesOf(system));
} finally {
  await system.stop();
}
if (!process.argv.includes('--check')) {
  writeFileSync(PAGE, page);
} else if (readFileSync(PAGE, 'utf8') !== page) {
  process.stderr.write(
    'docs/metrics.md is not what a running system tells: npm run docs:metrics\n',
  );
  process.exitCode = 1;
}
