/**
 * Writes `infra/grafana/dashboards` from `scripts/grafana`. With `--check` it writes nothing, and
 * exits with 1 when a committed file is another.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dashboardJson } from './grafana/dashboard.ts';
import { DASHBOARDS } from './grafana/dashboards.ts';

const FOLDER = join(import.meta.dirname, '..', 'infra', 'grafana', 'dashboards');
const wanted = new Map(
  DASHBOARDS.map((one) => [`${one.name}.json`, `${JSON.stringify(dashboardJson(one), null, 1)}\n`]),
);
if (process.argv.includes('--check')) {
  const there = globSync('*.json', { cwd: FOLDER });
  const named = [...new Set([...there, ...wanted.keys()])];
  const differing = named.filter(
    (name) =>
      !there.includes(name) || readFileSync(join(FOLDER, name), 'utf8') !== wanted.get(name),
  );
  for (const name of differing) process.stderr.write(`${name} differs: npm run dashboards\n`);
  process.exitCode = differing.length === 0 ? 0 : 1;
} else for (const [name, text] of wanted) writeFileSync(join(FOLDER, name), text);
