import { readFileSync } from 'node:fs';
import { CONFIG_VERSION, type SchemaNode, schemaNodeOf, yamlLayer } from '@ats/runtime';
import { wholeSchema } from '../app/configuration.ts';
import { configurationPage } from './markdown.ts';

/** What is generated from the schemas, by its path in the project. */
export function configurationArtifacts(folder: string): Readonly<Record<string, string>> {
  const source = `${folder}/default.yaml`;
  const { values } = yamlLayer({ source, text: readFileSync(source, 'utf8') });
  const node = schemaNodeOf(wholeSchema);
  return {
    'docs/configuration.md': configurationPage(node, values),
    'config/schema.json': `${JSON.stringify(forEditors(node), undefined, 1)}\n`,
  };
}

/** A file of one's own gives a part of the settings only, and may say its version. */
function forEditors(node: SchemaNode): unknown {
  const { properties, ...rest } = withoutRequired(node) as { properties: object };
  const version = {
    description: 'The version of the settings that this file was written for; 1 when it says none.',
    ...{ type: 'integer', minimum: 1, maximum: CONFIG_VERSION },
  };
  return { title: 'Configuration of ATS', ...rest, properties: { version, ...properties } };
}

function withoutRequired(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutRequired);
  if (typeof value !== 'object' || value === null) return value;
  // A setting may be called `required`; the list of names is what goes.
  const entries = Object.entries(value).filter(
    ([key, inner]) => !(key === 'required' && Array.isArray(inner)),
  );
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutRequired(inner)]));
}
