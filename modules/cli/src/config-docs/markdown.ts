import { type ConfigKey, type ConfigTree, configKeys, type SchemaNode } from '@ats/runtime';
import { type KeyReference, referenceOf } from '../app/config-reference.ts';

const HEAD = `# Configuration

Generated from the schemas of all modules and \`config/default.yaml\` by \`npm run docs:config\`. Do not edit.

Settings come in layers, each over those before it: \`config/default.yaml\`, the profile's file (\`embedded.yaml\` or
\`distributed.yaml\`), the file of \`--config\`, \`ATS_\` variables, \`--set key=value\`. Maps are merged key by key, lists are
replaced. Keys that are not here are refused.

- **Look and check**: \`ats config check\` names every problem at once; \`ats config show [KEY] --sources\` prints what is in
  force and which layer said it; \`ats config diff\` shows only what is not the default.
- **Variables**: two underscores nest. Lists and maps are written as YAML: \`ATS_COLLECTOR__CHANNELS='[book, trade]'\`. A text is
  taken as it stands. \`<NAME>\` is a name of yours: \`ATS_VENUE_GATEWAY__ACCOUNTS__BINANCE__SECRET\`. Items of a list have no
  variable; that of the list gives all of it.
- **Secrets** are shown as \`***\` everywhere. In a file they can stand encrypted: \`ats config encrypt KEY\`
  ([how](configuration-guide.md#secrets-in-a-file)).
- **Live**: a key marked "live" is taken by a running system: \`ats config reload\`, or SIGHUP. All others need a restart, and the
  reload says so ([how](configuration-guide.md#changing-a-running-system)).
- **Editors**: \`config/schema.json\` is the same as JSON Schema. With the YAML language server begin a file with
  \`# yaml-language-server: $schema=PATH/TO/config/schema.json\`.
- **Version**: a file says \`version: N\` at its top; without it, it is of version 1
  ([how](configuration-guide.md#files-of-an-older-version)).
`;

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
  const top = `- [The whole system](#the-whole-system) (${single.length}): ${single.map((key) => `\`${dotted(key)}\``).join(', ')}`;
  return `## Contents\n\n${[top, ...lines].join('\n')}\n`;
}

/** A section and those within it, each with a table of its own. */
function sectionOf(keys: readonly ConfigKey[], defaults: ConfigTree): string {
  const parts = keys
    .filter(({ section }) => section)
    .map((section) => {
      const inside = keys.filter((key) => !key.section && holderOf(key, keys) === section);
      const heading = section.path.length === 1 ? '##' : '###';
      const title = `${heading} ${dotted(section)}${section.path.length === 1 ? '' : wildcards(section)}`;
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
