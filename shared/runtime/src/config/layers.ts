import { readFileSync } from 'node:fs';
import { AtsError } from '@ats/domain';
import { parse as parseYaml } from 'yaml';

export type ConfigTree = { [key: string]: unknown };

/** One source of settings; later layers win. */
export interface ConfigLayer {
  /** A person can find it by this: a file's path, `environment`, `--set`. */
  readonly source: string;
  readonly values: ConfigTree;
}

/** Variables with the project's prefix that are not settings. */
const NOT_SETTINGS = /^ATS_ENGINES$|^ATS_ENGINE_(?!_)/;
/** What a variable ends in that names a file with the value: a mounted secret. */
const IN_FILE = '__FILE';

export function isTree(value: unknown): value is ConfigTree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Merges layers in order: maps key by key, everything else by replacement. */
export function mergeLayers(layers: readonly ConfigLayer[]): ConfigTree {
  return layers.reduce<ConfigTree>((merged, layer) => merge(merged, layer.values), {});
}

function merge(under: ConfigTree, over: ConfigTree): ConfigTree {
  const result: ConfigTree = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = Object.hasOwn(result, key) ? result[key] : undefined;
    const merged = isTree(value) && isTree(below) ? merge(below, value) : value;
    Object.defineProperty(result, key, {
      value: merged,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return result;
}

/** @throws CONFIG_UNREADABLE when the text is no YAML map */
export function yamlLayer(input: { source: string; text: string }): ConfigLayer {
  let values: unknown;
  try {
    values = parseYaml(input.text);
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw unreadable(input.source, why, cause);
  }
  if (values === null || values === undefined) return { source: input.source, values: {} };
  if (!isTree(values)) throw unreadable(input.source, 'is not a map of settings');
  return { source: input.source, values };
}

function unreadable(source: string, why: string, cause?: unknown): AtsError {
  return new AtsError({
    code: 'CONFIG_UNREADABLE',
    message: `config ${source}: ${why}`,
    remedy: 'Write YAML such as "engine: { minEdgeBps: 5 }"; config/default.yaml shows every key.',
    context: { source },
    cause,
  });
}

/** Turns `path.to.key=value` into a layer; the value is read as YAML. @throws CONFIG_INVALID */
export function setLayer(assignments: readonly string[]): ConfigLayer {
  const values: ConfigTree = {};
  for (const assignment of assignments) {
    const at = assignment.indexOf('=');
    const path = at < 0 ? [] : assignment.slice(0, at).split('.');
    if (path.length === 0 || path.some((key) => key === '')) {
      throw new AtsError({
        code: 'CONFIG_INVALID',
        message: `--set "${assignment}" is not of the form path.to.key=value`,
        remedy: 'Write it like --set engine.minEdgeBps=5.',
        context: { value: assignment },
      });
    }
    assign(values, path, scalar(assignment.slice(at + 1)));
  }
  return { source: '--set', values };
}

/**
 * Turns `ATS_TICK_STORE__URL=...` into `tickStore.url`: two underscores nest, letter case and
 * single underscores are matched against the keys that `known` has. With `__FILE` at its end a
 * variable names a file with the value, which then is in no description of a container.
 * @throws CONFIG_INVALID when a variable names no setting, CONFIG_UNREADABLE for its file
 */
export function environmentLayer(
  environment: Readonly<Record<string, string | undefined>>,
  known: ConfigTree,
): ConfigLayer {
  const values: ConfigTree = {};
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith('ATS_') || NOT_SETTINGS.test(name) || text === undefined) continue;
    const inFile = name.endsWith(IN_FILE);
    const setting = inFile ? name.slice(0, -IN_FILE.length) : name;
    const path = resolvePath(setting.slice('ATS_'.length).split('__'), known);
    if (path === undefined) {
      throw new AtsError({
        code: 'CONFIG_INVALID',
        message: `environment variable ${name} names no setting`,
        remedy: 'Write it like ATS_ENGINE__MIN_EDGE_BPS=5 for engine.minEdgeBps, or unset it.',
        // It may be a secret.
        context: { field: name, value: '***' },
      });
    }
    assign(values, path, inFile ? secretIn(text, name) : scalar(text));
  }
  return { source: 'environment', values };
}

/** What begins as a list or a map is YAML; all else is text: a secret may look like a number. */
function secretIn(path: string, variable: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw new AtsError({
      code: 'CONFIG_UNREADABLE',
      message: `environment variable ${variable}: the file ${path} cannot be read`,
      remedy: 'Give it the path of a file that this user may read, such as /run/secrets/name.',
      context: { field: variable, value: path },
      cause,
    });
  }
  return /^[[{]/.test(text) ? scalar(text) : text;
}

const plain = (key: string): string => key.toLowerCase().replaceAll(/[-_]/g, '');

function resolvePath(segments: readonly string[], known: ConfigTree): string[] | undefined {
  const path: string[] = [];
  let level: unknown = known;
  for (const segment of segments) {
    if (!isTree(level)) return undefined;
    const key: string | undefined = Object.keys(level).find(
      (name) => plain(name) === plain(segment),
    );
    if (key === undefined) return undefined;
    path.push(key);
    level = level[key];
  }
  return path;
}

function scalar(text: string): unknown {
  try {
    return parseYaml(text);
  } catch {
    return text;
  }
}

function assign(tree: ConfigTree, path: readonly string[], value: unknown): void {
  let level = tree;
  for (const key of path.slice(0, -1)) {
    const below = Object.hasOwn(level, key) ? level[key] : undefined;
    const next: ConfigTree = isTree(below) ? below : {};
    Object.defineProperty(level, key, {
      value: next,
      enumerable: true,
      configurable: true,
      writable: true,
    });
    level = next;
  }
  Object.defineProperty(level, path.at(-1) ?? '', {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
