import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { words } from '../src/text/format.ts';

const SOURCES = join(import.meta.dirname, '../src');

/** Sentences that the sources name, where they are written out. */
function sentences(): ReadonlySet<string> {
  const found = new Set<string>();
  for (const name of readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })) {
    if (!/\.tsx?$/.test(name)) continue;
    const text = readFileSync(join(SOURCES, name), 'utf8');
    for (const match of text.matchAll(/\bt\(\s*'((?:[^'\\]|\\.)+)'/g)) found.add(match[1] ?? '');
  }
  return found;
}

const korean = JSON.parse(readFileSync(join(SOURCES, 'locales/ko.json'), 'utf8')) as Record<
  string,
  string
>;

const holes = (text: string): readonly string[] =>
  [...text.matchAll(/{{\w+}}/g)].map(String).sort();

describe('languages', () => {
  it('say every sentence in Korean', () => {
    expect([...sentences()].filter((sentence) => korean[sentence] === undefined)).toEqual([]);
  });

  it('say in Korean what pages make of names on the wire', () => {
    const names = [
      ...['INFO', 'WARNING', 'CRITICAL', 'EMERGENCY', 'RISK', 'TRADE', 'SYSTEM', 'SECURITY'],
      ...['IMMEDIATE', 'BATCHED', 'HOURLY', 'DAILY', 'PENDING', 'DELIVERED', 'DEAD', 'DROPPED'],
    ];
    expect(names.map(words).filter((name) => korean[name] === undefined)).toEqual([]);
  });

  it('have the same values in both languages', () => {
    const wrong = Object.entries(korean).filter(
      ([english, text]) => holes(english).join() !== holes(text).join(),
    );
    expect(wrong).toEqual([]);
  });
});
