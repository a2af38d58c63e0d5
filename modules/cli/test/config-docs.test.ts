import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configKeys, schemaNodeOf } from '@ats/runtime';
import { z } from 'zod';
import { wholeSchema } from '../src/app/configuration.ts';
import { configurationArtifacts } from '../src/config-docs/artifacts.ts';
import { configurationPage } from '../src/config-docs/markdown.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const artifacts = configurationArtifacts(`${ROOT}config`);

test.each(Object.keys(artifacts))('%s is what the schemas say (npm run docs:config)', (path) => {
  expect(readFileSync(`${ROOT}${path}`, 'utf8')).toBe(artifacts[path]);
});

test('the page has every setting', () => {
  const page = artifacts['docs/configuration.md'] ?? '';
  const keys = configKeys(schemaNodeOf(wholeSchema)).filter(({ section }) => !section);
  const absent = keys.filter(({ path }) => !page.includes(`| \`${path.join('.')}\``));
  expect(absent.map(({ path }) => path.join('.'))).toEqual([]);
});

test('a setting without a description has no page', () => {
  const schema = z.strictObject({
    told: z.string().describe('What it is.'),
    inner: z.strictObject({ untold: z.int() }).describe('A section.'),
  });
  expect(() => configurationPage(schemaNodeOf(schema), {})).toThrow('inner.untold');
});
