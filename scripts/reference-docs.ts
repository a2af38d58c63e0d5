/**
 * Writes `docs/reference` from the contracts. With `--check` it writes nothing, and exits with 1
 * when a committed file is another.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { referenceArtifacts } from './reference/artifacts.ts';

const ROOT = join(import.meta.dirname, '..');
const check = process.argv.includes('--check');

for (const [name, text] of Object.entries(referenceArtifacts())) {
  const path = join(ROOT, name);
  if (!check) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
    process.stderr.write(`${name} is not what the contracts say: npm run docs:reference\n`);
    process.exitCode = 1;
  }
}
