/**
 * The tidy ratchet: sizes of files, functions and lines, unfinished work, tests that do not run,
 * names, package boundaries, READMEs. `npm run tidy`; with `--tighten` what was mended leaves
 * tidy-baseline.json, which never grows. Exits with 1 when something is new or has grown.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findingsOf, LIMITS, missingReadmes } from './tidy/findings.ts';
import { type Baseline, judge } from './tidy/ratchet.ts';

const ROOT = join(import.meta.dirname, '..');
const BASELINE = join(ROOT, 'tidy-baseline.json');
const READ = /\.(ts|js|mjs|cjs|proto|sh|ya?ml|md|grit)$|(^|\/)(run|Dockerfile)$/;

/** Files that git tracks or would track, so that what a clone has is what is checked. */
function projectFiles(): readonly string[] {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  return execFileSync('git', list, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 26 })
    .split('\0')
    .filter((path) => path !== '' && !path.includes('/src/generated/'))
    .filter((path) => existsSync(join(ROOT, path)));
}

function main(): number {
  const paths = projectFiles();
  const files = paths
    .filter((path) => READ.test(path))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
  const findings = [...files.flatMap(findingsOf), ...missingReadmes(paths)];
  const baseline = JSON.parse(readFileSync(BASELINE, 'utf8')) as Baseline;
  const { failures, tolerated, tightened } = judge(findings, baseline);
  for (const { rule, subject, line, message } of failures) {
    const [path, name] = subject.split('#');
    const where = name === undefined ? `${path}:${line}` : `${path}:${line} ${name}`;
    console.error(`tidy: ${where} ${message} [${rule}]`);
  }
  if (process.argv.includes('--tighten')) {
    writeFileSync(BASELINE, `${JSON.stringify(tightened, undefined, 2)}\n`);
  }
  const overAim = files.filter(
    ({ path, text }) => path.endsWith('.ts') && text.split('\n').length > LIMITS.fileLinesAim + 1,
  );
  console.info(
    `tidy: ${files.length} files, ${failures.length} to mend, ${tolerated.length} tolerated, ` +
      `${overAim.length} over the aim of ${LIMITS.fileLinesAim} lines`,
  );
  return failures.length === 0 ? 0 : 1;
}

process.exitCode = main();
