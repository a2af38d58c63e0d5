import { readFileSync } from 'node:fs';
import { type ConfigKey, type ConfigTree, configKeys, type SchemaNode } from '@ats/runtime';
import { type KeyReference, referenceOf } from '../app/config-reference.ts';

const HEAD = readFileSync(new URL('./head.txt', import.meta.url), 'utf8');

/** The page of every setting. @throws when one has no description */
export function configurationPage(schema: SchemaNode, defaults: ConfigTree): string {
  const keys = configKeys(schema);
  const bare = keys.filter(({ node }) => node.description === undefined);
  if (bare.length > 0) {
    throw new Error(`settings without a description: ${bare.map(dotted).join(', ')}`);
  }
  const names = [...new Set([...Object.keys(defaults), ...keys.map(({ path }) => path[0] ?? '')])];
  const sections = names.map((name) => keys.filter(({ path }) => path[0] === name));
  const single = sections.filter(([first]) => first !== undefined && !first.section).flat();
  const whole = sections.filter(([first]) => first?.section === true);
  return [
    HEAD,
    contents(single, whole),
    `## The whole system\n\n${table(single, defaults)}`,
    ...whole.map((section) => sectionOf(section, defaults)),
  ].join('\n');
}

const dotted = ({ path }: ConfigKey): string => path.join('.');

function contents(single: readonly ConfigKey[], whole: readonly (readonly ConfigKey[])[]): string {
  const lines = whole.map(([first, ...rest]) => {
    const count = rest.filter(({ section }) => !section).length;
    const name = first === undefined ? '' : dotted(first);
    return `- [${name}](#${name.toLowerCase()}) (${count}): ${first?.node.description}`;
  });
  const names = single.map((key) => `\`${dotted(key)}\``).join(', ');
  const top = `- [The whole system](#the-whole-system) (${single.length}): ${names}`;
  return `## Contents\n\n${[top, ...lines].join('\n')}\n`;
}

/** A section and those within it, each with a table of its own. */
function sectionOf(keys: readonly ConfigKey[], defaults: ConfigTree): string {
  const parts = keys
    .filter(({ section }) => section)
    .map((section) => {
      const inside = keys.filter((key) => !key.section && holderOf(key, keys) === section);
      const name = dotted(section);
      const title = section.path.length === 1 ? `## ${name}` : `### ${name}${wildcards(section)}`;
      const rows = inside.length === 0 ? '' : `\n${table(inside, defaults)}`;
      return `${title}\n\n${section.node.description}\n${rows}`;
    });
  return parts.join('\n');
}

const wildcards = ({ path, node }: ConfigKey): string => {
  if (path.includes('*')) return '';
  if (node.items !== undefined) return ' (list)';
  return typeof node.additionalProperties === 'object' ? ' (by name)' : '';
};

/** The innermost section that a key lies in. */
function holderOf(key: ConfigKey, keys: readonly ConfigKey[]): ConfigKey | undefined {
  return keys.findLast(({ section, path }) => {
    return (
      section && path.length < key.path.length && path.every((name, at) => name === key.path[at])
    );
  });
}

function table(keys: readonly ConfigKey[], defaults: ConfigTree): string {
  const rows = keys.map((key) => row(referenceOf(key, defaults)));
  return [
    '| key, variable | type | default | what it is | change |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function row(key: KeyReference): string {
  const variable = key.variable === undefined ? '' : `<br><sub>\`${key.variable}\`</sub>`;
  const type = [typeOf(key), key.unit].filter(Boolean).join('; ');
  const value = key.secret ? 'none; secret' : code(key.default);
  const of = key.of === undefined ? '' : `(${key.of}) `;
  const cells = [
    `\`${key.path}\`${variable}`,
    type,
    value,
    `${of}${key.description}`,
    key.hot ? 'live' : 'restart',
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

const typeOf = ({ type, allowed = '' }: KeyReference): string =>
  allowed.startsWith('of ') ? `${type} ${allowed}` : [type, allowed].filter(Boolean).join(', ');

const code = (text: string | undefined): string => {
  if (text === undefined) return '';
  return text.startsWith('see ') ? text : `\`${text}\``;
};
