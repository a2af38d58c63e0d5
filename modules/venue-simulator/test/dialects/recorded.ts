import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';

const FRAMES = resolve(import.meta.dirname, '../../../../../shared/data/frames');

/** Messages that a real exchange sent; undefined, and said loudly, where no recording is. */
export function recordedMessages(file: string): unknown[] | undefined {
  const path = resolve(FRAMES, `${file}.jsonl.gz`);
  if (!existsSync(path)) {
    console.warn(`NOT COMPARED with what the exchange really sent: no recording at ${path}`);
    return undefined;
  }
  const lines = gunzipSync(readFileSync(path)).toString().trim().split('\n');
  return lines.flatMap((line) => {
    const { k, m } = JSON.parse(line) as { k: string; m?: string };
    return k === 'in' && m !== undefined ? [JSON.parse(m) as unknown] : [];
  });
}

/**
 * The names and JSON types of a message's fields, lists by their first element:
 * `b[][]:string`. Null counts as any type and is left out.
 */
export function shapeOf(value: unknown, path = ''): string[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) {
    return value.length === 0 ? [] : shapeOf(value[0] as unknown, `${path}[]`);
  }
  if (typeof value === 'object') {
    return Object.entries(value)
      .flatMap(([key, item]) => shapeOf(item as unknown, path === '' ? key : `${path}.${key}`))
      .sort();
  }
  return [`${path}:${typeof value}`];
}
