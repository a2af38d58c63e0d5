import { readFileSync } from 'node:fs';
import { AtsError } from '@ats/domain';
import { configKeys, type SchemaNode, variableOf } from './keys.ts';
import { type ConfigLayer, scalar } from './layers.ts';
import { renamedTo } from './migrations.ts';
import { nearest } from './nearest.ts';
import { assign, type ConfigTree, isTree, leavesOf } from './tree.ts';

/** Variables with the project's prefix that are not settings. */
const NOT_SETTINGS = /^ATS_ENGINES$|^ATS_ENGINE_(?!_)/;
const PREFIX = 'ATS_';
/** What a variable ends in that names a file with the value: a mounted secret. */
const IN_FILE = '__FILE';
/** Texts that say that there is nothing, and texts whose quotes are not part of them. */
const NOTHING = /^(~|null|)$/;
const QUOTED = /^(["']).*\1$/s;

export interface KnownSettings {
  /** Values of the other layers: names of venues, assets and channels. */
  readonly values: ConfigTree;
  readonly schema: SchemaNode;
}

/**
 * Turns `ATS_TICK_STORE__URL=...` into `tickStore.url`: two underscores nest, letter case and
 * single underscores are matched against the keys there are. A value is read as YAML, so that
 * lists and maps can be given, unless the setting is a text: then it is taken as it stands. With
 * `__FILE` at its end a variable names a file with the value, which then is in no description of a
 * container.
 * @param onProblem is told of all variables that name no setting, and what was meant
 */
export function environmentLayer(
  environment: Readonly<Record<string, string | undefined>>,
  known: KnownSettings,
  onProblem: (problem: AtsError) => void,
): ConfigLayer {
  const values: ConfigTree = {};
  const unknown: string[] = [];
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(PREFIX) || NOT_SETTINGS.test(name) || text === undefined) continue;
    const inFile = name.endsWith(IN_FILE);
    const found = resolve(inFile ? name.slice(0, -IN_FILE.length) : name, known);
    if (found === undefined) {
      unknown.push(name);
      continue;
    }
    const said = inFile ? contentOf(text, name, onProblem) : text;
    assign(values, found.path, isText(found.nodes) ? plainText(said) : scalar(said));
  }
  if (unknown.length > 0) onProblem(namesNothing(unknown, known));
  return { source: 'environment', values };
}

function contentOf(path: string, variable: string, onProblem: (problem: AtsError) => void): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    onProblem(
      new AtsError({
        code: 'CONFIG_UNREADABLE',
        message: `environment variable ${variable}: the file ${path} cannot be read`,
        remedy: 'Give it the path of a file that this user may read, such as /run/secrets/name.',
        context: { field: variable, value: path },
        cause,
      }),
    );
    return '';
  }
}

const plain = (key: string): string => key.toLowerCase().replaceAll(/[-_]/g, '');

interface Place {
  readonly path: readonly string[];
  /** What the schema says of it: more than one where there are alternatives. */
  readonly nodes: readonly SchemaNode[];
  readonly level: unknown;
}

function resolve(name: string, { values, schema }: KnownSettings): Place | undefined {
  let place: Place | undefined = { path: [], nodes: [schema], level: values };
  for (const segment of name.slice(PREFIX.length).split('__')) {
    place = place === undefined ? undefined : within(place, segment, values);
  }
  return place;
}

function within({ path, nodes, level }: Place, segment: string, values: ConfigTree) {
  const known = isTree(level) ? Object.keys(level) : [];
  const described = nodes.flatMap(({ properties }) => Object.keys(properties ?? {}));
  const same = (names: readonly string[]) => names.find((one) => plain(one) === plain(segment));
  const maps = nodes.flatMap(({ additionalProperties: of }) => (typeof of === 'object' ? of : []));
  const key =
    same([...known, ...described]) ??
    (maps.length === 0 ? undefined : named(segment, same, values));
  if (key === undefined || key === '') return undefined;
  const own = nodes.flatMap(({ properties }) => properties?.[key] ?? []);
  const below = isTree(level) && Object.hasOwn(level, key) ? level[key] : undefined;
  const next = own.length > 0 ? own : maps;
  return { path: [...path, key], nodes: next.flatMap(alternatives), level: below };
}

/** A name in a map is a venue's or an asset's where there is such a one, else in small letters. */
function named(
  segment: string,
  same: (names: readonly string[]) => string | undefined,
  values: ConfigTree,
): string {
  const names = ['venues', 'assets'].flatMap((section) => Object.keys(values[section] ?? {}));
  return same(names) ?? segment.toLowerCase().replaceAll('_', '-');
}

const alternatives = (node: SchemaNode): readonly SchemaNode[] => [
  node,
  ...[...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap(alternatives),
];

const isText = (nodes: readonly SchemaNode[]): boolean =>
  nodes.some(({ type }) => type === 'string' || (Array.isArray(type) && type.includes('string')));

/** A password may begin with # and consist of digits: YAML would make something else of it. */
function plainText(text: string): unknown {
  if (NOTHING.test(text)) return null;
  return QUOTED.test(text) ? scalar(text) : text;
}

function namesNothing(names: readonly string[], { values, schema }: KnownSettings): AtsError {
  const paths = new Map<string, readonly string[]>();
  for (const { path } of configKeys(schema)) paths.set(variableOf(path), path);
  for (const [path] of leavesOf(values)) paths.set(variableOf(path), path);
  const problems = names.map((name) => {
    const path = name.slice(PREFIX.length).split('__').map(camelCase).join('.');
    const now = renamedTo(path)?.split('.');
    const meant = now === undefined ? nearest(name, paths.keys()) : variableOf(now);
    const dotted = now ?? (meant === undefined ? undefined : paths.get(meant));
    const hint =
      meant === undefined || dotted === undefined
        ? ''
        : `: ${now === undefined ? 'did you mean' : 'it is now'} ${meant} (${dotted.join('.')})`;
    return `environment variable ${name} names no setting${hint}`;
  });
  return new AtsError({
    code: 'CONFIG_INVALID',
    message: problems.join('\n  '),
    remedy: 'Write it like ATS_ENGINE__MIN_EDGE_BPS=5 for engine.minEdgeBps, or unset it.',
    // It may be a secret.
    context: { field: names.join(', '), value: '***', problems },
  });
}

const camelCase = (segment: string): string =>
  segment.toLowerCase().replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
