import { findingsOf, LIMITS, missingReadmes, type TidyRule } from '../../tidy/findings.ts';

const linesOf = (count: number): string => 'const one = 1;\n'.repeat(count);
const rulesOf = (path: string, text: string): readonly TidyRule[] =>
  findingsOf({ path, text }).map(({ rule }) => rule);

/** A function of exactly `lines` lines, its first and last included. */
const functionOf = (lines: number, open = 'export function long(): void {', close = '}'): string =>
  `${open}\n${'  work();\n'.repeat(lines - 2)}${close}\n`;

describe('tidy', () => {
  it('accepts a file at the limit and refuses one line more', () => {
    expect(rulesOf('shared/x/src/a.ts', linesOf(LIMITS.fileLines))).toEqual([]);
    expect(rulesOf('shared/x/src/a.ts', linesOf(LIMITS.fileLines + 1))).toEqual(['file-length']);
  });

  it('grants tests more lines', () => {
    const path = 'shared/x/test/a.test.ts';
    expect(rulesOf(path, linesOf(LIMITS.testFileLines))).toEqual([]);
    expect(rulesOf(path, linesOf(LIMITS.testFileLines + 1))).toEqual(['file-length']);
  });

  it.each([
    ['a declaration', 'export function long(): void {', '}'],
    ['an arrow function', 'export const long = (): void => {', '};'],
    ['a getter', 'export const long = { get one() {', '} };'],
    ['a method', 'export class Long { run(): void {', '} }'],
    ['a constructor', 'export class Long { constructor() {', '} }'],
  ])('accepts %s at the limit and refuses one line more', (_kind, open, close) => {
    const path = 'shared/x/src/a.ts';
    expect(rulesOf(path, functionOf(LIMITS.functionLines, open, close))).toEqual([]);
    const [finding, ...rest] = findingsOf({
      path,
      text: `// Two-byte letters: éé.\n${functionOf(LIMITS.functionLines + 1, open, close)}`,
    });
    expect(rest).toEqual([]);
    expect(finding).toMatchObject({ rule: 'function-length', line: 2, value: 71 });
  });

  it('names a long function by what holds it', () => {
    const text = functionOf(80, 'export const assemble = (): void => {', '};');
    expect(findingsOf({ path: 'shared/x/src/a.ts', text })[0]?.subject).toBe(
      'shared/x/src/a.ts#assemble',
    );
  });

  it('counts the lines of no function for a group of tests, but those of each test', () => {
    const test = (lines: number): string =>
      functionOf(lines, "it('does one thing', () => {", '});');
    const path = 'shared/x/test/a.test.ts';
    const group = (body: string): string => `describe('things', () => {\n${body}});\n`;
    expect(rulesOf(path, group(test(60) + test(60)))).toEqual([]);
    expect(rulesOf(path, group(test(71)))).toEqual(['function-length']);
    const suite = (body: string): string => `export function suite(): void {\n${group(body)}}\n`;
    expect(rulesOf(path, suite(test(60) + test(60)))).toEqual([]);
    const half = (body: string): string => `function half(): void {\n${body}}\n`;
    expect(rulesOf(path, half(test(60) + test(60)))).toEqual([]);
    expect(rulesOf(path, half(test(71)))).toEqual(['function-length']);
  });

  it('accepts a line at the limit and refuses one column more', () => {
    const line = (columns: number): string => `// ${'x'.repeat(columns - 3)}\n`;
    expect(rulesOf('shared/x/src/a.ts', line(LIMITS.lineColumns))).toEqual([]);
    expect(rulesOf('shared/x/src/a.ts', line(LIMITS.lineColumns + 1))).toEqual(['line-length']);
  });

  it('leaves a long text whole that stands alone on its line', () => {
    const text = `const frame =\n  '${'x'.repeat(150)}' +\n  '${'y'.repeat(150)}';\n`;
    expect(rulesOf('shared/x/test/a.test.ts', text)).toEqual([]);
    expect(rulesOf('shared/x/src/a.ts', `work('${'x'.repeat(150)}');\n`)).toEqual(['line-length']);
  });

  it.each<[TidyRule, string]>([
    ['unfinished-work', '// TODO: later\n'],
    ['unfinished-work', '// FIXME\n'],
    ['focused-test', "it.only('runs alone', work);\n"],
    ['focused-test', "describe.only('runs alone', work);\n"],
    ['focused-test', "fdescribe('runs alone', work);\n"],
    ['silent-skip', "it.skip('never runs', work);\n"],
    ['silent-skip', "test.todo('never written');\n"],
    ['silent-skip', "xit('never runs', work);\n"],
    ['default-export', 'export default 1;\n'],
  ])('refuses %s: %j', (rule, text) => {
    expect(rulesOf('shared/x/test/a.test.ts', text)).toEqual([rule]);
  });

  it('lets the loud helper of the testkit skip, and configuration export its default', () => {
    expect(rulesOf('shared/testkit/src/engines.ts', "describe.skip('no server', work);\n")).toEqual(
      [],
    );
    expect(rulesOf('jest.config.js', 'export default {};\n')).toEqual([]);
  });

  it('looks for unfinished work in every kind of text', () => {
    expect(rulesOf('proto/ats/x/v1/x.proto', '// TODO\n')).toEqual(['unfinished-work']);
    expect(rulesOf('docs/a.md', 'FIXME\n')).toEqual(['unfinished-work']);
  });

  it.each(['shared/x/src/BadName.ts', 'shared/x/src/bad_name.ts', 'shared/badName/src/a.ts'])(
    'refuses the name %s',
    (path) => {
      expect(rulesOf(path, '')).toEqual(['file-name']);
    },
  );

  it.each([
    'shared/x/src/kraken-v1.ts',
    'shared/x/test/a.property.test.ts',
    'bench/src/a.ts',
    'jest.config.js',
  ])('accepts the name %s', (path) => {
    expect(rulesOf(path, '')).toEqual([]);
  });

  it.each([
    ["import { a } from '../../b/src/a.ts';\n"],
    ["import type { A } from '../../../shared/domain/src/a.ts';\n"],
    ["export { a } from '../../b/src/a.ts';\n"],
    ["export const a = (): unknown => import('../../b/src/a.ts');\n"],
  ])('refuses a relative path into another package: %j', (text) => {
    expect(rulesOf('modules/a/src/x.ts', text)).toEqual(['package-boundary']);
  });

  it('accepts relative paths within a package', () => {
    const text = "import { a } from '../src/a.ts';\nimport { b } from './b.ts';\n";
    expect(rulesOf('modules/a/test/x.test.ts', text)).toEqual([]);
  });

  it('accepts configuration of the whole project', () => {
    const text = "import base from '../jest.config.js';\n";
    expect(rulesOf('e2e/jest.config.js', text)).toEqual([]);
  });

  it('asks every module and shared package for a README', () => {
    const paths = ['modules/a/src/x.ts', 'modules/b/README.md', 'modules/b/src/y.ts', 'docs/a.md'];
    expect(missingReadmes([...paths, 'shared/c/package.json'])).toMatchObject([
      { rule: 'missing-readme', subject: 'modules/a' },
      { rule: 'missing-readme', subject: 'shared/c' },
    ]);
  });
});
