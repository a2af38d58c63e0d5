import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Beside the sources of the web app itself, what it is made of. */
const SKIPPED = new Set(['dist', 'node_modules', 'test', 'scripts']);

/** One text for all sources as they are: times of files say nothing after a checkout. */
export function digestOfSources(folder: string, others: readonly string[]): string {
  const hash = createHash('sha256');
  const add = (path: string, name: string): void => {
    hash.update(`${name}\0`).update(readFileSync(path)).update('\0');
  };
  const walk = (at: string, name: string): void => {
    const entries = readdirSync(at, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (SKIPPED.has(entry.name)) continue;
      const path = join(at, entry.name);
      if (entry.isDirectory()) walk(path, `${name}/${entry.name}`);
      else add(path, `${name}/${entry.name}`);
    }
  };
  walk(folder, '');
  for (const path of others) add(path, path.split('/').at(-1) ?? path);
  return hash.digest('hex');
}
