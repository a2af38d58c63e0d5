import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CI_RUN = join(import.meta.dirname, '..', '..', '.ci', 'run');

/** What jest would leave, written by a script that takes jest's `--outputFile`. */
const resultsScript = (counts: Readonly<Record<string, number>>, exitCode: number): string => {
  const results = {
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    numRuntimeErrorTestSuites: 0,
    ...counts,
  };
  return (
    `const flag = process.argv.find((each) => each.startsWith('--outputFile='));\n` +
    `require('node:fs').writeFileSync(flag.slice(13), '${JSON.stringify(results)}');\n` +
    `process.exitCode = ${exitCode};\n`
  );
};

interface Ended {
  readonly status: number | null;
  readonly output: string;
  readonly lastLine: string | undefined;
}

describe('.ci/run', () => {
  let folder = '';

  /** Runs the named stages of a project that has these npm scripts. */
  function run(stages: readonly string[], scripts: Readonly<Record<string, string>>): Ended {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'project', scripts }));
    const { status, stdout } = spawnSync(join(folder, '.ci', 'run'), stages, {
      cwd: folder,
      encoding: 'utf8',
    });
    return { status, output: stdout, lastLine: stdout.trimEnd().split('\n').at(-1) };
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ats-ci-'));
    mkdirSync(join(folder, '.ci'));
    copyFileSync(CI_RUN, join(folder, '.ci', 'run'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('passes when every stage passes', () => {
    const { status, lastLine } = run(['tidy', 'sim'], { tidy: 'true', sim: 'true' });
    expect({ status, lastLine }).toEqual({ status: 0, lastLine: '2 passed, 0 failed' });
  });

  it('goes on after a stage that fails, and fails at the end', () => {
    const { status, output, lastLine } = run(['tidy', 'sim'], { tidy: 'exit 4', sim: 'echo ran' });
    expect({ status, lastLine }).toEqual({ status: 1, lastLine: '1 passed, 1 failed' });
    expect(output).toMatch(/^tidy +FAILED \(4\)/m);
    expect(output).toMatch(/^sim +ok/m);
  });

  it('fails a stage whose script does not exist, and says so', () => {
    const { status, output, lastLine } = run(['sim'], {});
    expect({ status, lastLine }).toEqual({ status: 1, lastLine: '0 passed, 1 failed' });
    expect(output).toContain('package.json has no script called sim');
  });

  it('fails on a stage that it does not know', () => {
    const { status, output } = run(['nonsense'], {});
    expect(status).toBe(1);
    expect(output).toContain('No stage is called nonsense');
  });

  it('counts tests one by one, skipped ones apart', () => {
    const counts = { numPassedTests: 12, numFailedTests: 2, numPendingTests: 3 };
    writeFileSync(join(folder, 'results.cjs'), resultsScript(counts, 1));
    const { status, lastLine } = run(['test', 'tidy'], { test: 'node results.cjs', tidy: 'true' });
    expect({ status, lastLine }).toEqual({
      status: 1,
      lastLine: '13 passed, 2 failed, 3 skipped',
    });
  });

  it('counts a test file that could not be run as failed', () => {
    const counts = { numPassedTests: 5, numRuntimeErrorTestSuites: 1 };
    writeFileSync(join(folder, 'results.cjs'), resultsScript(counts, 1));
    expect(run(['test'], { test: 'node results.cjs' }).lastLine).toBe('5 passed, 1 failed');
  });

  it('fails when jest fails without a failed test', () => {
    writeFileSync(join(folder, 'results.cjs'), resultsScript({ numPassedTests: 5 }, 1));
    expect(run(['test'], { test: 'node results.cjs' }).lastLine).toBe('5 passed, 1 failed');
  });
});
