import { parseSync } from '@swc/core';

/** One function of a source file. Lines are counted from its first to its last, both included. */
export interface FunctionShape {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

export interface SourceShape {
  readonly functions: readonly FunctionShape[];
  /** Module specifiers of imports and re-exports, static and dynamic. */
  readonly imports: readonly string[];
}

const FUNCTIONS = new Set([
  'ArrowFunctionExpression',
  'ClassMethod',
  'Constructor',
  'FunctionDeclaration',
  'FunctionExpression',
  'GetterProperty',
  'MethodProperty',
  'PrivateMethod',
  'SetterProperty',
]);

/** Calls that register a test or a group of tests and do nothing else. */
const REGISTERS = new Set(['describe', 'it', 'test']);

/** The parts of a syntax node that are read here; swc gives byte offsets that count from 1. */
interface SyntaxNode {
  readonly type?: string;
  readonly span?: { readonly start: number; readonly end: number };
  readonly [field: string]: unknown;
}

interface Found {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function textOf(node: unknown): string | undefined {
  if (!isNode(node) || typeof node['value'] !== 'string') return undefined;
  return node['value'];
}

/** The name that a reader would use: the function's own, or that of what holds it. */
function nameOf(node: SyntaxNode, inherited: string): string {
  for (const field of ['identifier', 'key', 'id']) {
    const text = textOf(node[field]);
    if (text !== undefined) return text;
    if (isNode(node[field])) {
      const inner = textOf(node[field]['id']);
      if (inner !== undefined) return inner;
    }
  }
  return inherited;
}

/** The function called, without its qualifiers: `describe` for `describe.each(...)(...)`. */
function calleeOf(node: SyntaxNode): string | undefined {
  let callee = node['callee'];
  while (isNode(callee)) {
    if (callee.type === 'Identifier' || callee.type === 'Import') return textOf(callee) ?? 'import';
    callee = callee['object'] ?? callee['callee'];
  }
  return undefined;
}

class ShapeReader {
  readonly functions: Found[] = [];
  readonly groups: Found[] = [];
  /** Where the callbacks start that `describe` was given. */
  readonly groupBodies = new Set<number>();
  readonly imports: string[] = [];

  read(value: unknown, inherited: string): void {
    if (Array.isArray(value)) {
      for (const item of value) this.read(item, inherited);
      return;
    }
    if (!isNode(value)) return;
    const name = nameOf(value, inherited);
    if (value.type !== undefined && value.span !== undefined) this.note(value, name);
    for (const [field, child] of Object.entries(value)) {
      if (field !== 'span') this.read(child, name);
    }
  }

  private note(node: SyntaxNode, name: string): void {
    const { start, end } = node.span as { start: number; end: number };
    if (FUNCTIONS.has(node.type as string)) this.functions.push({ name, start, end });
    const source = textOf(node['source']);
    if (source !== undefined) this.imports.push(source);
    if (node.type !== 'CallExpression') return;
    const callee = calleeOf(node);
    const given = (node['arguments'] as readonly SyntaxNode[]).map((each) => each['expression']);
    if (callee !== undefined && REGISTERS.has(callee)) this.groups.push({ name, start, end });
    if (callee === 'describe') {
      for (const body of given)
        if (isNode(body) && body.span) this.groupBodies.add(body.span.start);
    }
    const specifier = callee === 'import' ? textOf(given[0]) : undefined;
    if (specifier !== undefined) this.imports.push(specifier);
  }
}

/**
 * Reads the functions and imports of one TypeScript source.
 *
 * The lines of tests and of groups of tests count for no function around them: a suite that
 * registers many short tests is not a long function. Each test's own body is one.
 */
export function readSourceShape(text: string): SourceShape {
  const reader = new ShapeReader();
  reader.read(parseSync(text, { syntax: 'typescript', target: 'es2024' }).body, 'anonymous');
  const lineAt = lineCounter(text);
  const outermost = reader.groups.filter(
    (group) => !reader.groups.some((other) => other !== group && encloses(other, group)),
  );
  const functions = reader.functions
    .filter((found) => !reader.groupBodies.has(found.start))
    .map((found) => {
      const line = lineAt(found.start);
      const grouped = outermost
        .filter((group) => encloses(found, group))
        .reduce((sum, group) => sum + lineAt(group.end) - lineAt(group.start) + 1, 0);
      return { name: found.name, line, lines: lineAt(found.end) - line + 1 - grouped };
    });
  return { functions, imports: reader.imports };
}

function encloses(outer: Found, inner: Found): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

/** @returns the line, from 1, of a byte offset that counts from 1. */
function lineCounter(text: string): (offset: number) => number {
  const bytes = Buffer.from(text);
  const starts = [0];
  for (let index = bytes.indexOf(10); index >= 0; index = bytes.indexOf(10, index + 1)) {
    starts.push(index + 1);
  }
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] as number) <= offset - 1) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}
