import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..', '..');

/** One command of a page, as a reader pastes it: continuation lines and here-documents included. */
export interface DocCommand {
  readonly page: string;
  /** Line of the page on which it begins, from 1. */
  readonly line: number;
  readonly text: string;
}

export interface Fence {
  readonly language: string;
  /** Line of the page of its first line inside, from 1. */
  readonly line: number;
  readonly lines: readonly string[];
}

/** Every page that people read, decisions aside: they tell of their day. */
export const PAGES: readonly string[] = [
  '*.md',
  'docs/**/*.md',
  '{modules,shared,infra}/*/**/*.md',
  'examples/**/*.md',
]
  .flatMap((pattern) =>
    globSync(pattern, { cwd: ROOT, exclude: (path) => path.includes('node_modules') }),
  )
  .toSorted();

export const isDecision = (page: string): boolean => page.startsWith('docs/adr/');

export const readPage = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

/** The fenced blocks of a page, in order, without their indent. */
export function fencesOf(markdown: string): readonly Fence[] {
  const fences: Fence[] = [];
  let open: { indent: number; language: string; line: number; lines: string[] } | undefined;
  markdown.split('\n').forEach((text, index) => {
    const [, indent = '', language = ''] = /^( *)```(.*)$/.exec(text) ?? [];
    const isFence = /^ *```/.test(text);
    if (open === undefined) {
      if (isFence) open = { indent: indent.length, language, line: index + 2, lines: [] };
    } else if (isFence) {
      fences.push(open);
      open = undefined;
    } else open.lines.push(text.slice(Math.min(open.indent, text.search(/\S|$/))));
  });
  return fences;
}

/** The commands of the `sh` blocks of a page, in order. @throws where one is not whole */
export function commandsOf(page: string, markdown: string): readonly DocCommand[] {
  return fencesOf(markdown)
    .filter(({ language }) => language === 'sh')
    .flatMap((fence) => commandsIn(page, fence));
}

function commandsIn(page: string, { line: first, lines }: Fence): DocCommand[] {
  const commands: DocCommand[] = [];
  let text = '';
  let begun = first;
  lines.forEach((line, index) => {
    if (text === '') begun = first + index;
    text = text === '' ? line : `${text}\n${line}`;
    if (text.trim() === '' || /^\s*#/.test(text)) text = '';
    else if (isWhole(text)) {
      commands.push({ page, line: begun, text });
      text = '';
    }
  });
  if (text !== '') throw new Error(`${page}:${begun} is no whole command:\n${text}`);
  return commands;
}

function isWhole(text: string): boolean {
  if (text.endsWith('\\')) return false;
  const { status, stderr } = spawnSync('bash', ['-n'], { input: `${text}\n`, encoding: 'utf8' });
  return status === 0 && !stderr.includes('here-document');
}
