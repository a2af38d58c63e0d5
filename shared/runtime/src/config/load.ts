import { readFileSync } from 'node:fs';
import { AtsError } from '@ats/domain';
import type { z } from 'zod';
import {
  type ConfigLayer,
  type ConfigTree,
  environmentLayer,
  isTree,
  mergeLayers,
  setLayer,
  yamlLayer,
} from './layers.ts';

export interface ConfigSources {
  /** Folder that holds default.yaml and the profiles' files. */
  readonly folder: string;
  /** The `--config` file. */
  readonly file?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `path.to.key=value`, in order. */
  readonly assignments: readonly string[];
}

/** The merged settings before they are parsed, and where they came from. */
export interface LoadedConfig {
  readonly values: ConfigTree;
  readonly layers: readonly ConfigLayer[];
}

/**
 * Reads and merges all layers: default.yaml, the profile's file, the user's file, `ATS_`
 * variables, `--set`. Each wins over those before it.
 * @throws CONFIG_UNREADABLE, CONFIG_INVALID
 */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const defaults = fileLayer(`${sources.folder}/default.yaml`);
  const user = sources.file === undefined ? [] : [fileLayer(sources.file)];
  const flags = setLayer(sources.assignments);
  const known = mergeLayers([defaults, ...user, flags]);
  const environment = environmentLayer(sources.environment, known);
  const profile = mergeLayers([defaults, ...user, environment, flags]).profile;
  const profileNames = ['embedded', 'distributed'];
  const profiles =
    typeof profile === 'string' && profileNames.includes(profile)
      ? [fileLayer(`${sources.folder}/${profile}.yaml`)]
      : [];
  const layers = [defaults, ...profiles, ...user, environment, flags];
  return { values: mergeLayers(layers), layers };
}

/** The same settings with one more layer over them, from whoever `source` names. */
export function withLayer(loaded: LoadedConfig, layer: ConfigLayer): LoadedConfig {
  const layers = [...loaded.layers, layer];
  return { values: mergeLayers(layers), layers };
}

function fileLayer(path: string): ConfigLayer {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AtsError({
      code: 'CONFIG_UNREADABLE',
      message: `config file ${path} cannot be read (${errorCode(cause)})`,
      remedy: 'Give --config the path of a readable YAML file.',
      context: { field: '--config', value: path },
      cause,
    });
  }
  return yamlLayer({ source: path, text });
}

function errorCode(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
}

/**
 * Parses merged settings, reporting every problem at once: path, value, what was expected and
 * which layer said it. @param alsoCheck schemas whose problems are reported too
 * @throws CONFIG_INVALID
 */
export function parseConfig<Config>(
  loaded: LoadedConfig,
  schema: z.ZodType<Config>,
  alsoCheck: readonly z.ZodType[] = [],
): Config {
  const result = schema.safeParse(loaded.values);
  const others = alsoCheck.map((other) => other.safeParse(loaded.values));
  const issues = [result, ...others].flatMap(({ error }) => error?.issues ?? []);
  if (result.success && issues.length === 0) return result.data;
  const problems = [...new Set(issues.flatMap((issue) => describe(issue, loaded)))];
  throw new AtsError({
    code: 'CONFIG_INVALID',
    message:
      problems.length === 1
        ? `config: ${problems[0]}`
        : [`config: ${problems.length} problems`, ...problems].join('\n  - '),
    remedy: 'Correct the settings named; config/default.yaml shows every key and its default.',
    context: { problems },
  });
}

function describe(issue: z.core.$ZodIssue, loaded: LoadedConfig): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return `${dotted(path)} is no setting (in ${sourceOf(path, loaded)})`;
    });
  }
  const value = valueAt(loaded.values, issue.path);
  const shown = value === undefined ? 'is missing' : `is ${show(value, issue.path.at(-1))}`;
  const said = issue.message.replace(/^Invalid input: /, '').replace(/, received .*$/, '');
  return [`${dotted(issue.path)} ${shown}: ${said} (in ${sourceOf(issue.path, loaded)})`];
}

function dotted(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'the configuration' : path.map(String).join('.');
}

/** Settings whose values are never repeated. */
const SECRET =
  /^(token|secret|password|passphrase|(api|private|master|previous|approval)Key|webhookUrl)$/i;

const masked = (key: PropertyKey | undefined, value: unknown): unknown =>
  typeof key === 'string' && SECRET.test(key) ? '***' : value;

function show(value: unknown, key: PropertyKey | undefined): string {
  const text = JSON.stringify(masked(key, value), masked) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((level, key) => {
    if (Array.isArray(level) && typeof key === 'number') return level[key];
    return isTree(level) && Object.hasOwn(level, key) ? level[String(key)] : undefined;
  }, tree);
}

/** The last layer that said anything about the path or about what holds it. */
function sourceOf(path: readonly PropertyKey[], loaded: LoadedConfig): string {
  for (let length = path.length; length > 0; length -= 1) {
    const prefix = path.slice(0, length);
    const layer = loaded.layers.findLast(({ values }) => valueAt(values, prefix) !== undefined);
    if (layer !== undefined) return layer.source;
  }
  return 'no layer';
}
