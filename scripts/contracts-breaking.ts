/**
 * Compares `proto/` with the main branch and fails on a change that would break a reader. Passes
 * when there is no earlier version to compare with. `BUF_AGAINST` names another branch or commit.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const cwd = fileURLToPath(new URL('..', import.meta.url));
const reference = process.env['BUF_AGAINST'] ?? 'main';

function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { cwd, stdio: 'ignore' }).status === 0;
}

if (!succeeds('git', ['cat-file', '-e', `${reference}:proto/buf.yaml`])) {
  console.log(`No contracts at ${reference}: nothing to compare with.`);
} else {
  const commit = execFileSync('git', ['rev-parse', reference], { cwd, encoding: 'utf8' }).trim();
  const against = `.git#ref=${commit},subdir=proto`;
  const buf = fileURLToPath(new URL('../node_modules/@bufbuild/buf/bin/buf', import.meta.url));
  const args = [buf, 'breaking', 'proto', '--against', against];
  process.exitCode = spawnSync(process.execPath, args, { cwd, stdio: 'inherit' }).status ?? 1;
}
