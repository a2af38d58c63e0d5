import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ALERT_AREAS, SEVERITIES } from '@ats/domain';
import { describeWithEngine, findEngine } from '@ats/testkit';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDER = join(ROOT, 'infra', 'prometheus');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Rule {
  readonly alert?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}
interface AlertTest {
  readonly name: string;
  readonly promql_expr_test: readonly {
    readonly expr: string;
    readonly exp_samples: readonly { readonly value: number }[];
  }[];
}

const alerts: readonly Rule[] = parse(read('infra/prometheus/rules/alerts.yml')).groups.flatMap(
  ({ rules }: { readonly rules: readonly Rule[] }) => rules,
);
const tests: readonly AlertTest[] = parse(read('infra/prometheus/tests/alerts.test.yml')).tests;
const runbooks = globSync('docs/runbooks/*.md', { cwd: ROOT }).map((path) => basename(path));

describe('alert rules', () => {
  it.each(alerts)('$alert has severity, area, words and a runbook', ({ labels, annotations }) => {
    expect(SEVERITIES).toContain(labels?.['severity']);
    expect(ALERT_AREAS).toContain(labels?.['area']);
    expect(annotations?.['summary']).toMatch(/\S/);
    expect(runbooks.map((name) => `docs/runbooks/${name}`)).toContain(annotations?.['runbook']);
  });

  it.each(alerts)('$alert is tested to fire and not to fire', ({ alert }) => {
    const cases = tests.filter(({ name }) => name === alert).flatMap((one) => one.promql_expr_test);
    const about = cases.filter(({ expr }) => expr.includes(`alertname="${alert}"`));
    const values = about.flatMap(({ exp_samples }) => exp_samples.map(({ value }) => value));
    expect(values.toSorted()).toEqual([0, 1]);
  });

  it('need every runbook, or the code or the page about backups does', () => {
    const code = globSync('modules/*/src/**/*.ts', { cwd: ROOT }).map(read).join('\n');
    const told = new Set([
      ...alerts.map(({ annotations }) => basename(annotations?.['runbook'] ?? '')),
      ...[...code.matchAll(/'([a-z-]+)'/g)].map(([, name]) => `${name}.md`),
      ...[...read('docs/backup.md').matchAll(/runbooks\/([a-z-]+\.md)/g)].map(([, name]) => name),
    ]);
    expect(runbooks.filter((name) => !told.has(name))).toEqual([]);
  });

  it.each(runbooks)('runbook %s names cause, check and remedy', (name) => {
    const text = read(`docs/runbooks/${name}`);
    for (const heading of ['Cause', 'Check', 'Remedy']) expect(text).toContain(`\n## ${heading}\n`);
  });
});

describeWithEngine('promtool', 'promtool', () => {
  const promtool = (...args: readonly string[]) => {
    const options = { cwd: FOLDER, encoding: 'utf8', timeout: 60_000 } as const;
    const { status, stdout, stderr } = spawnSync(findEngine('promtool') ?? '', args, options);
    return { status, said: `${stdout}${stderr}` };
  };

  it.each([
    [['check', 'config', 'prometheus.yml']],
    [['check', 'rules', 'rules/recording.yml', 'rules/alerts.yml']],
    [['test', 'rules', 'tests/alerts.test.yml']],
  ])('is content with %s', (args) => {
    expect(promtool(...args)).toEqual({ status: 0, said: expect.any(String) });
  });
});
