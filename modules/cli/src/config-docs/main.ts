/**
 * Writes docs/configuration.md and config/schema.json from the schemas of all modules. With
 * `--check` it writes nothing and exits with 1 when they are not what is committed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configurationArtifacts } from './artifacts.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const check = process.argv.includes('--check');

for (const [path, text] of Object.entries(configurationArtifacts(`${ROOT}config`))) {
  if (!check) writeFileSync(`${ROOT}${path}`, text);
  else if (textOf(`${ROOT}${path}`) !== text) {
    process.stderr.write(`${path} is not what the schemas say: run npm run docs:config\n`);
    process.exitCode = 1;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
