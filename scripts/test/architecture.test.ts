import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** What lint must say of one snippet at one path; `undefined` means that it must accept it. */
interface Snippet {
  readonly behaviour: string;
  readonly path: string;
  readonly source: string;
  readonly rule: string | undefined;
}

const AMBIENT = 'plugin';
const IMPORTS = 'lint/style/noRestrictedImports';

const SNIPPETS: readonly Snippet[] = [
  {
    behaviour: 'refuses a promise that nobody waits for',
    path: 'shared/runtime/src/floating.ts',
    source:
      'async function work(): Promise<void> {}\nexport function start(): void {\n  work();\n}\n',
    rule: 'lint/nursery/noFloatingPromises',
  },
  {
    behaviour: 'refuses a promise where a condition is expected',
    path: 'shared/runtime/src/misused.ts',
    source:
      'async function ready(): Promise<boolean> {\n  return true;\n}\n' +
      'export function start(): number {\n  if (ready()) return 1;\n  return 0;\n}\n',
    rule: 'lint/nursery/noMisusedPromises',
  },
  {
    behaviour: 'refuses an import cycle',
    path: 'shared/runtime/src/cycle-a.ts',
    source: "import { b } from './cycle-b.ts';\nexport const a = (): number => b() + 1;\n",
    rule: 'lint/suspicious/noImportCycles',
  },
  {
    behaviour: 'refuses an import cycle from its other end',
    path: 'shared/runtime/src/cycle-b.ts',
    source: "import { a } from './cycle-a.ts';\nexport const b = (): number => a() + 1;\n",
    rule: 'lint/suspicious/noImportCycles',
  },
  {
    behaviour: 'refuses any',
    path: 'shared/runtime/src/loose.ts',
    source: 'export const loose = (value: any): unknown => value;\n',
    rule: 'lint/suspicious/noExplicitAny',
  },
  {
    behaviour: 'refuses a default export',
    path: 'shared/runtime/src/default.ts',
    source: 'export default 1;\n',
    rule: 'lint/style/noDefaultExport',
  },
  {
    behaviour: 'lets a configuration file export its default',
    path: 'tool.config.js',
    source: 'export default { tool: true };\n',
    rule: undefined,
  },
  {
    behaviour: 'refuses to re-export a whole module',
    path: 'shared/runtime/src/everything.ts',
    source: "export * from './fine.ts';\n",
    rule: 'lint/performance/noReExportAll',
  },
  {
    behaviour: 'refuses enums, which type stripping cannot run',
    path: 'shared/runtime/src/enumeration.ts',
    source: 'export enum Side {\n  Bid = 0,\n}\n',
    rule: 'lint/style/noEnum',
  },
  {
    behaviour: 'refuses a file name that is not kebab-case',
    path: 'shared/runtime/src/badName.ts',
    source: 'export const fine = 1;\n',
    rule: 'lint/style/useFilenamingConvention',
  },
  {
    behaviour: 'refuses console in a service',
    path: 'shared/runtime/src/chatty.ts',
    source: "export const say = (): void => console.info('hello');\n",
    rule: 'lint/suspicious/noConsole',
  },
  {
    behaviour: 'refuses a focused test',
    path: 'shared/runtime/test/focused.test.ts',
    source: "it.only('runs alone', () => {});\n",
    rule: 'lint/suspicious/noFocusedTests',
  },
  {
    behaviour: 'refuses a test skipped in silence',
    path: 'shared/runtime/test/skipped.test.ts',
    source: "it.skip('never runs', () => {});\n",
    rule: 'lint/suspicious/noSkippedTests',
  },
  {
    behaviour: 'refuses a dependency that the package does not declare',
    path: 'shared/runtime/src/undeclared.ts',
    source: "import { Redis } from 'ioredis';\nexport const redis = Redis;\n",
    rule: 'lint/correctness/noUndeclaredDependencies',
  },
  {
    behaviour: 'refuses a deep import of another package',
    path: 'modules/cli/src/deep.ts',
    source: "import { Decimal } from '@ats/domain/src/decimal.ts';\nexport const d = Decimal;\n",
    rule: IMPORTS,
  },
  {
    behaviour: 'refuses a module that imports another module',
    path: 'modules/trading-engine/src/coupled.ts',
    source: "import { riskManager } from '@ats/risk-manager';\nexport const r = riskManager;\n",
    rule: IMPORTS,
  },
  {
    behaviour: 'refuses a module that imports another module in its tests',
    path: 'modules/trading-engine/test/coupled.test.ts',
    source: "import { riskManager } from '@ats/risk-manager';\nexport const r = riskManager;\n",
    rule: IMPORTS,
  },
  {
    behaviour: 'refuses a module that imports another module only when called',
    path: 'modules/trading-engine/src/lazy.ts',
    source: "export const load = async (): Promise<unknown> => import('@ats/risk-manager');\n",
    rule: IMPORTS,
  },
  {
    behaviour: 'lets the command line compose the modules',
    path: 'modules/cli/src/composed.ts',
    source: "import { riskManager } from '@ats/risk-manager';\nexport const r = riskManager;\n",
    rule: undefined,
  },
  {
    behaviour: 'refuses a shared package that imports a module',
    path: 'shared/storage/src/upward.ts',
    source: "import { riskManager } from '@ats/risk-manager';\nexport const r = riskManager;\n",
    rule: IMPORTS,
  },
  ...['node:fs', 'node:fs/promises', 'node:net', 'node:os', 'ws', 'pino', '@ats/runtime'].map(
    (name): Snippet => ({
      behaviour: `refuses ${name} in domain code`,
      path: `modules/trading-engine/src/domain/impure-${name.replaceAll(/[^a-z]+/g, '-')}.ts`,
      source: `import * as impure from '${name}';\nexport const i = impure;\n`,
      rule: IMPORTS,
    }),
  ),
  {
    behaviour: 'refuses domain code that reaches for its adapters',
    path: 'modules/trading-engine/src/domain/outward.ts',
    source: "import { x } from '../adapters/x.ts';\nexport const y = x;\n",
    rule: IMPORTS,
  },
  {
    behaviour: 'refuses the environment in domain code',
    path: 'shared/domain/src/environment.ts',
    source: 'export const home = process.env.HOME;\n',
    rule: 'lint/style/noRestrictedGlobals',
  },
  {
    behaviour: 'accepts domain code that uses the domain, its neighbours and zod',
    path: 'modules/trading-engine/src/domain/pure.ts',
    source:
      "import { Decimal } from '@ats/domain';\nimport { z } from 'zod';\n" +
      "import { one } from './one.ts';\nimport { two } from './parts/two.ts';\n" +
      'export const all = [Decimal, z, one, two];\n',
    rule: undefined,
  },
  ...[
    'Date.now()',
    'new Date()',
    'Math.random()',
    'performance.now()',
    'process.hrtime.bigint()',
    'crypto.randomUUID()',
    'setTimeout(() => {}, 1)',
    'setInterval(() => {}, 1)',
    'setImmediate(() => {})',
  ].flatMap((call, index): Snippet[] => [
    {
      behaviour: `refuses ${call} in use cases`,
      path: `modules/trading-engine/src/app/ambient-${index}.ts`,
      source: `export const ambient = (): unknown => ${call};\n`,
      rule: AMBIENT,
    },
    {
      behaviour: `accepts ${call} in an adapter`,
      path: `modules/trading-engine/src/adapters/ambient-${index}.ts`,
      source: `export const ambient = (): unknown => ${call};\n`,
      rule: undefined,
    },
  ]),
  {
    behaviour: 'refuses the ambient clock in the whole-system simulation',
    path: 'sim/src/ambient.ts',
    source: 'export const ambient = (): number => Date.now();\n',
    rule: AMBIENT,
  },
  {
    behaviour: 'refuses the timers of Node by import in use cases',
    path: 'modules/trading-engine/src/app/timers.ts',
    source:
      "import { setTimeout as sleep } from 'node:timers/promises';\nexport const s = sleep;\n",
    rule: AMBIENT,
  },
  {
    behaviour: 'accepts a date made from a given time',
    path: 'modules/trading-engine/src/app/date.ts',
    source: 'export const text = (ms: number): string => new Date(ms).toISOString();\n',
    rule: undefined,
  },
];

interface Report {
  readonly diagnostics: readonly {
    readonly category: string;
    readonly location: { readonly path: unknown };
  }[];
}

const ROOT = join(import.meta.dirname, '..', '..');

function lint(folder: string): Promise<Report> {
  const biome = join(ROOT, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const flags = ['lint', '--reporter=json', '--max-diagnostics=none', '.'];
  return new Promise((resolve, reject) => {
    // Lint exits with 1 because it finds what it should: only an unreadable report is a failure.
    execFile(process.execPath, [biome, ...flags], { cwd: folder }, (_failed, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout) as Report);
      } catch {
        reject(new Error(`lint printed no report: ${stdout}${stderr}`));
      }
    });
  });
}

function pathOf(location: { readonly path: unknown }): string {
  const { path } = location;
  return typeof path === 'string' ? path : String((path as { file?: unknown } | null)?.file);
}

describe('the lint rules of the architecture', () => {
  let folder = '';
  const found = new Map<string, string[]>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ats-lint-'));
    await cp(join(ROOT, 'biome.json'), join(folder, 'biome.json'));
    await cp(join(ROOT, 'scripts', 'lint'), join(folder, 'scripts', 'lint'), { recursive: true });
    await writeFile(join(folder, '.gitignore'), 'node_modules/\n');
    for (const name of ['cli', 'trading-engine']) {
      await cp(
        join(ROOT, 'modules', name, 'package.json'),
        join(folder, 'modules', name, 'package.json'),
      );
    }
    for (const name of ['domain', 'runtime', 'storage']) {
      await cp(
        join(ROOT, 'shared', name, 'package.json'),
        join(folder, 'shared', name, 'package.json'),
      );
    }
    for (const snippet of SNIPPETS) {
      const path = join(folder, snippet.path);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, snippet.source);
    }
    const report = await lint(folder);
    for (const { category, location } of report.diagnostics) {
      const path = pathOf(location);
      found.set(path, [...(found.get(path) ?? []), category]);
    }
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(SNIPPETS)('$behaviour', ({ path, rule }) => {
    const categories = found.get(path) ?? [];
    if (rule === undefined) expect(categories).toEqual([]);
    else expect(categories).toContain(rule);
  });
});
