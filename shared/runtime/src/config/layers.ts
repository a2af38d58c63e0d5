import { AtsError } from '@ats/domain';
import { type Document, isMap, parseDocument, parse as parseYaml, stringify } from 'yaml';
import { CONFIG_VERSION, type Migrated, migrate, migrationNotice } from './migrations.ts';
import { assign, type ConfigTree, isTree, put } from './tree.ts';

/** One source of settings; later layers win. */
export interface ConfigLayer {
  /** A person can find it by this: a file's path, `environment`, `--set`. */
  readonly source: string;
  readonly values: ConfigTree;
  /** Whether the source is a file's path. */
  readonly file?: true;
  /** What a person should know of it: names that have changed, say. */
  readonly notice?: string;
}

/** Merges layers in order: maps key by key, everything else by replacement. */
export function mergeLayers(layers: readonly Pick<ConfigLayer, 'values'>[]): ConfigTree {
  return layers.reduce<ConfigTree>((merged, layer) => merge(merged, layer.values), {});
}

function merge(under: ConfigTree, over: ConfigTree): ConfigTree {
  const result: ConfigTree = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = Object.hasOwn(result, key) ? result[key] : undefined;
    put(result, key, isTree(value) && isTree(below) ? merge(below, value) : value);
  }
  return result;
}

/**
 * Reads a file as the newest version has it.
 * @throws CONFIG_UNREADABLE when the text is no YAML map, CONFIG_VERSION_UNSUPPORTED
 */
export function yamlLayer({ source, text }: { source: string; text: string }): ConfigLayer {
  const document = documentOf({ source, text });
  const notice = migrationNotice(source, migrate(document, source));
  const values: unknown = document.toJS() ?? {};
  if (!isTree(values)) throw unreadable(source, 'is not a map of settings');
  return { source, file: true, values, ...(notice === undefined ? {} : { notice }) };
}

function documentOf({ source, text }: { source: string; text: string }): Document {
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem === undefined) return document;
  throw unreadable(source, problem.message.split('\n')[0] ?? '', problem);
}

function unreadable(source: string, why: string, cause?: unknown): AtsError {
  return new AtsError({
    code: 'CONFIG_UNREADABLE',
    message: `config ${source}: ${why}`,
    remedy: 'Write YAML such as "engine: { minEdgeBps: 5 }"; docs/configuration.md has every key.',
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

/** A URL such as `memory:`, which YAML would take for a map with nothing in it. */
const BARE_SCHEME = /^[a-z][a-z0-9+.-]*:$/;

/** What a text means as YAML; itself where it is none. */
export function scalar(text: string): unknown {
  if (BARE_SCHEME.test(text)) return text;
  try {
    return parseYaml(text);
  } catch {
    return text;
  }
}

/** Settings as YAML, for a person. */
export const yamlText = (values: unknown): string => stringify(values, { lineWidth: 0 });

/** The text of a file as the newest version has it, with its comments. @throws like `migrate` */
export function migratedText(source: string, text: string): Migrated & { readonly text: string } {
  const document = documentOf({ source, text });
  const migrated = migrate(document, source);
  document.set('version', CONFIG_VERSION);
  if (isMap(document.contents)) {
    // It is the first thing that a reader should know.
    const { items } = document.contents;
    const at = items.findIndex(({ key }) => String(key) === 'version');
    items.unshift(...items.splice(at, 1));
  }
  return { ...migrated, text: document.toString() };
}
