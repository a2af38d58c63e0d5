import { readFileSync } from 'node:fs';
import { AtsError } from '@ats/domain';
import { environmentLayer } from './environment.ts';
import type { SchemaNode } from './keys.ts';
import { type ConfigLayer, mergeLayers, setLayer, yamlLayer } from './layers.ts';
import { type OpenSealed, openSealedLayers } from './sealed.ts';
import type { ConfigTree } from './tree.ts';

export interface ConfigSources {
  /** Folder that holds default.yaml, the profiles' files and schema.json. */
  readonly folder: string;
  /** The `--config` file. */
  readonly file?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `path.to.key=value`, in order. */
  readonly assignments: readonly string[];
  /** Opens values that were encrypted; without it such a value is refused. */
  readonly openSealed?: OpenSealed;
  /** Takes what is wrong with variables and encrypted values, so that the rest is looked at too. */
  readonly onProblem?: (problem: AtsError) => void;
}

/** The merged settings before they are parsed, and where they came from. */
export interface LoadedConfig {
  readonly values: ConfigTree;
  readonly layers: readonly ConfigLayer[];
  /** What there is to set, as `config/schema.json` says. */
  readonly schema?: SchemaNode;
  /** Dotted paths of values that were encrypted where they were written. */
  readonly sealed?: readonly string[];
}

/**
 * Reads and merges all layers: default.yaml, the profile's file, the user's file, `ATS_`
 * variables, `--set`. Each wins over those before it.
 * @throws CONFIG_UNREADABLE, CONFIG_INVALID, CONFIG_VERSION_UNSUPPORTED, CONFIG_SEALED
 */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const onProblem = sources.onProblem ?? raise;
  const defaults = fileLayer(`${sources.folder}/default.yaml`);
  const user = sources.file === undefined ? [] : [fileLayer(sources.file)];
  const flags = setLayer(sources.assignments);
  const schema = schemaIn(sources.folder);
  const known = { values: mergeLayers([defaults, ...user, flags]), schema };
  const environment = environmentLayer(sources.environment, known, onProblem);
  const profile = mergeLayers([defaults, ...user, environment, flags]).profile;
  const profileNames = ['embedded', 'distributed'];
  const profiles =
    typeof profile === 'string' && profileNames.includes(profile)
      ? [fileLayer(`${sources.folder}/${profile}.yaml`)]
      : [];
  const written = [defaults, ...profiles, ...user, environment, flags];
  const { layers, sealed } = openSealedLayers(written, { ...sources, onProblem });
  return { values: mergeLayers(layers), layers, schema, sealed };
}

function raise(problem: AtsError): never {
  throw problem;
}

/** The same settings with one more layer over them, from whoever `source` names. */
export function withLayer(loaded: LoadedConfig, layer: ConfigLayer): LoadedConfig {
  const layers = [...loaded.layers, layer];
  return { ...loaded, values: mergeLayers(layers), layers };
}

/** `version` is said of a file, and is no setting. */
function schemaIn(folder: string): SchemaNode {
  const whole = JSON.parse(textOf(`${folder}/schema.json`)) as SchemaNode;
  const { version: _, ...properties } = whole.properties ?? {};
  return { ...whole, properties };
}

function fileLayer(path: string): ConfigLayer {
  return yamlLayer({ source: path, text: textOf(path) });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AtsError({
      code: 'CONFIG_UNREADABLE',
      message: `config file ${path} cannot be read (${errorCode(cause)})`,
      remedy: 'Give --config the path of a readable YAML file.',
      context: { field: '--config', value: path },
      cause,
    });
  }
}

function errorCode(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
}
