import { dirname, join, normalize } from 'node:path/posix';
import { readSourceShape } from './source-shape.ts';

/** What a file may not pass. `aim` is advice, everything else fails. */
export const LIMITS = {
  fileLinesAim: 250,
  fileLines: 400,
  testFileLines: 600,
  functionLines: 70,
  lineColumns: 100,
} as const;

export type TidyRule =
  | 'file-length'
  | 'function-length'
  | 'line-length'
  | 'unfinished-work'
  | 'focused-test'
  | 'silent-skip'
  | 'default-export'
  | 'file-name'
  | 'package-boundary'
  | 'missing-readme';

/** One place that breaks one rule. `value` is what the ratchet compares: lines, columns, places. */
export interface Finding {
  readonly rule: TidyRule;
  /** Stable across edits: the path, and the function's name where there is one. */
  readonly subject: string;
  readonly line: number;
  readonly value: number;
  readonly message: string;
}

interface SourceFile {
  /** Relative to the project's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Contract suites are tests too, which packages share. */
const isTest = (path: string): boolean => /(^|\/)test\/|\.test\.ts$|-contract\.ts$/.test(path);

interface ForbiddenText {
  readonly rule: TidyRule;
  readonly pattern: RegExp;
  readonly message: string;
  /** Files where the words are rightly used. */
  readonly except: RegExp;
}

const TIDY_ITSELF = /^scripts\/(tidy|test)\//;

const FORBIDDEN: readonly ForbiddenText[] = [
  {
    rule: 'unfinished-work',
    pattern: /\b(TODO|FIXME|HACK)\b|\bXXX:/,
    message: 'is work left undone: finish it, or file it where work is tracked',
    except: TIDY_ITSELF,
  },
  {
    rule: 'focused-test',
    pattern: /\b(it|test|describe)(\.\w+)*\.only\b|\bf(it|describe)\(/,
    message: 'keeps every other test of its file from running',
    except: TIDY_ITSELF,
  },
  {
    rule: 'silent-skip',
    pattern: /\b(it|test|describe)(\.\w+)*\.(skip|todo)\b|\bx(it|test|describe)\(/,
    message: 'skips in silence: take the helper of @ats/testkit, which says why',
    except: /^(scripts\/(tidy|test)|shared\/testkit)\//,
  },
  {
    rule: 'default-export',
    pattern: /^export default\b/,
    message: 'is a default export: export a name',
    except: /^scripts\/(tidy|test)\/|\.config\.[jt]s$/,
  },
];

/** A text alone on its line, a frame as it is on the wire for instance: it reads best whole. */
const LONE_STRING = /^\s*(['"]).*\1(?: \+|[,;])?$/;
const CODE = /\.(ts|js|mjs|cjs)$/;
const FILE_NAME = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
const WORKSPACE = /^(?:shared|modules)\/[^/]+|^(?:bench|sim|e2e|scripts)(?=\/)/;

/** @returns everything that one file breaks, with files of other kinds passed over. */
export function findingsOf(file: SourceFile): readonly Finding[] {
  const findings = textFindings(file);
  if (!CODE.test(file.path)) return findings;
  return [...findings, ...lengthFindings(file), ...shapeFindings(file), ...nameFindings(file)];
}

function textFindings({ path, text }: SourceFile): readonly Finding[] {
  const lines = text.split('\n');
  return FORBIDDEN.filter((one) => !one.except.test(path)).flatMap((one) => {
    const hits = lines.flatMap((line, index) => (one.pattern.test(line) ? [index + 1] : []));
    const [first] = hits;
    if (first === undefined) return [];
    const word = one.pattern.exec(lines[first - 1] ?? '')?.[0] ?? '';
    const message = `"${word}" ${one.message}`;
    return [{ rule: one.rule, subject: path, line: first, value: hits.length, message }];
  });
}

function lengthFindings({ path, text }: SourceFile): readonly Finding[] {
  const findings: Finding[] = [];
  const lines = text.replace(/\n$/, '').split('\n');
  const limit = isTest(path) ? LIMITS.testFileLines : LIMITS.fileLines;
  if (lines.length > limit) {
    findings.push({
      rule: 'file-length',
      subject: path,
      line: 1,
      value: lines.length,
      message: `has ${lines.length} lines, the limit is ${limit}: split it`,
    });
  }
  const long = lines.flatMap((line, index) =>
    line.length > LIMITS.lineColumns && !LONE_STRING.test(line) ? [index] : [],
  );
  const [first] = long;
  if (first !== undefined) {
    findings.push({
      rule: 'line-length',
      subject: path,
      line: first + 1,
      value: long.length,
      message: `has ${long.length} lines of more than ${LIMITS.lineColumns} columns`,
    });
  }
  return findings;
}

function shapeFindings({ path, text }: SourceFile): readonly Finding[] {
  const shape = readSourceShape(text);
  const long = shape.functions
    .filter(({ lines }) => lines > LIMITS.functionLines)
    .map(
      ({ name, line, lines }): Finding => ({
        rule: 'function-length',
        subject: `${path}#${name}`,
        line,
        value: lines,
        message: `has ${lines} lines, the limit is ${LIMITS.functionLines}: split it`,
      }),
    );
  const home = WORKSPACE.exec(path)?.[0];
  const outside = shape.imports.filter((specifier) => {
    if (home === undefined || !specifier.startsWith('.')) return false;
    const target = WORKSPACE.exec(normalize(join(dirname(path), specifier)))?.[0];
    return target !== undefined && target !== home;
  });
  const [leak] = outside;
  if (leak === undefined) return long;
  const message = `imports "${leak}" from another package: import it by the package's name`;
  return [
    ...long,
    { rule: 'package-boundary', subject: path, line: 1, value: outside.length, message },
  ];
}

function nameFindings({ path }: SourceFile): readonly Finding[] {
  const odd = path.split('/').find((part) => !FILE_NAME.test(part));
  if (odd === undefined) return [];
  const message = `"${odd}" is not kebab-case`;
  return [{ rule: 'file-name', subject: path, line: 1, value: 1, message }];
}

/** @returns a finding for each package under `modules/` and `shared/` without a README. */
export function missingReadmes(paths: readonly string[]): readonly Finding[] {
  const present = new Set(paths);
  const packages = new Set(
    paths.flatMap((path) => /^(?:modules|shared)\/[^/]+(?=\/)/.exec(path) ?? []),
  );
  return [...packages]
    .filter((folder) => !present.has(`${folder}/README.md`))
    .map((folder) => ({
      rule: 'missing-readme',
      subject: folder,
      line: 1,
      value: 1,
      message: 'has no README.md: say what it is for, its ports, its configuration, its failures',
    }));
}
