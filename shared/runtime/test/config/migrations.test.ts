import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AtsError } from '@ats/domain';
import { parse, parseDocument } from 'yaml';
import { migrate } from '../../src/config/migrations.ts';
import { CONFIG_VERSION, loadConfig, migratedText, valueAt } from '../../src/index.ts';

const folder = join(import.meta.dirname, '../../../../config');
const fixture = (name: string): string => join(import.meta.dirname, 'fixtures', name);
const load = (name: string) =>
  loadConfig({ folder, file: fixture(name), environment: {}, assignments: [] });

function codeOf(run: () => unknown): string {
  try {
    run();
    return '';
  } catch (error) {
    return (error as AtsError).code;
  }
}

describe('a file of version 1', () => {
  test('is read with its settings under their new names, and a notice of each', () => {
    const loaded = load('version-1.yaml');
    const breaker = valueAt(loaded.values, ['collector', 'rest', 'breaker']);
    expect(breaker).toEqual({ failurePercentMax: 40, openMs: 20_000 });
    expect(valueAt(loaded.values, ['collector', 'rest', 'breakerResetMs'])).toBeUndefined();
    const [notice] = loaded.layers.flatMap((layer) => layer.notice ?? []);
    expect(notice).toContain('collector.rest.breakerResetMs is now collector.rest.breaker.openMs');
    expect(notice).toContain('ats config migrate');
  });

  test('is written as the newest version with comments, order and values kept', () => {
    const before = readFileSync(fixture('version-1.yaml'), 'utf8');
    const { text, from, renamed } = migratedText('old.yaml', before);
    expect([from, renamed.length]).toEqual([1, 2]);
    expect(text).toContain('# what our fees leave');
    expect(text).toContain('# Our proxy is slow.');
    expect(parse(text)).toEqual({
      version: CONFIG_VERSION,
      engine: { minEdgeBps: 3 },
      collector: {
        rest: { timeoutMs: 9000, breaker: { failurePercentMax: 40, openMs: 20_000 } },
      },
    });
    expect(Object.keys(parse(text) as object)[0]).toBe('version');
    // Nothing is left to do.
    expect(migratedText('new.yaml', text)).toMatchObject({ from: CONFIG_VERSION, renamed: [] });
  });

  test('that has an old and a new name of one setting is refused', () => {
    const text = 'collector: { rest: { breakerResetMs: 1, breaker: { openMs: 2 } } }';
    expect(codeOf(() => migratedText('both.yaml', text))).toBe('CONFIG_INVALID');
  });
});

test('a file of the newest version is taken without a notice', () => {
  const loaded = load('version-2.yaml');
  expect(valueAt(loaded.values, ['collector', 'rest', 'breaker', 'openMs'])).toBe(20_000);
  expect(loaded.layers.flatMap(({ notice }) => notice ?? [])).toEqual([]);
  // It is said of a file, and is no setting.
  expect(loaded.values['version']).toBeUndefined();
});

test('a file of a version to come is refused', () => {
  expect(codeOf(() => load('version-99.yaml'))).toBe('CONFIG_VERSION_UNSUPPORTED');
});

test.each(['two', '0', '1.5'])('version %s is refused', (version) => {
  expect(codeOf(() => migratedText('x.yaml', `version: ${version}`))).toBe('CONFIG_INVALID');
});

test('a file goes through all versions that it has missed, in order', () => {
  const document = parseDocument('a: { b: 1 }');
  const renames = [
    { version: 2, from: 'a.b', to: 'c' },
    { version: 2, from: 'gone', to: 'elsewhere' },
  ];
  expect(migrate(document, 'x', renames).renamed).toEqual([renames[0]]);
  expect(document.toJS()).toMatchObject({ c: 1 });
});
