import { AtsError } from '@ats/domain';
import {
  configKeys,
  EXIT,
  isSecretKey,
  type LoadedConfig,
  leavesOf,
  matchesPath,
  nearest,
  sourceOf,
  valueAt,
  withoutSecrets,
  yamlText,
} from '@ats/runtime';
import pc from 'picocolors';
import { referenceOf } from '../app/config-reference.ts';
import { CONFIG_FOLDER, type ConfigFlags, loadLayers, parseWhole } from '../app/configuration.ts';
import { table } from '../view/table.ts';

export interface ConfigOptions extends ConfigFlags {
  readonly json?: true;
}
export interface ShowOptions extends ConfigOptions {
  readonly sources?: true;
}
export type DiffOptions = ConfigOptions;

/** One setting that is in force. */
interface Entry {
  readonly path: string;
  readonly value: unknown;
  readonly source: string;
}

/** Names all problems of all layers at once. @returns 0, or 2 when there is one */
export function checkConfig(options: ConfigOptions): number {
  const { loaded, problems } = lookAt(options);
  const hints = loaded === undefined ? [] : plainSecrets(loaded);
  const notices = (loaded?.layers ?? []).flatMap(({ notice }) => notice ?? []);
  const ok = problems.length === 0;
  if (options.json) {
    const layers = loaded?.layers.map(({ source }) => source) ?? [];
    return document({ ok, problems, notices, hints, layers }, ok ? EXIT.ok : EXIT.usage);
  }
  const lines = problems.map((problem) => `${pc.red('problem')}  ${problem}`);
  const said = hints.map(({ key, text }) => {
    return `${pc.yellow('hint')}     ${text}: ats config encrypt ${key}`;
  });
  if (ok && loaded !== undefined) lines.push(`${pc.green('ok')}       ${describe(loaded)}`);
  return print([...lines, ...said], ok ? EXIT.ok : EXIT.usage);
}

/** Everything that is wrong, of loading and of what was loaded. */
export function lookAt(options: ConfigFlags): {
  readonly loaded: LoadedConfig | undefined;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const note = (thrown: unknown): void => {
    if (!(thrown instanceof AtsError)) throw thrown;
    const { problems: listed } = thrown.context as { problems?: readonly string[] };
    problems.push(...(listed ?? [thrown.message]));
  };
  let loaded: LoadedConfig | undefined;
  try {
    loaded = loadLayers(options, note);
    parseWhole(loaded);
  } catch (thrown) {
    note(thrown);
  }
  return { loaded, problems };
}

function describe({ layers, values }: LoadedConfig): string {
  const said = layers.flatMap(({ source, values: own }) => {
    const count = leavesOf(own).length;
    return count === 0 ? [] : `\n${String(count).padStart(13)} from ${shortened(source)}`;
  });
  return `profile ${values['profile']}, mode ${values['mode']}; settings:${said.join('')}`;
}

/** Secrets that anybody who may read a file of the user's can read in it. */
export function plainSecrets({ layers, sealed = [] }: LoadedConfig) {
  const own = layers.filter(({ source, file }) => file && !source.startsWith(CONFIG_FOLDER));
  return own.flatMap(({ source, values }) =>
    leavesOf(values).flatMap(([path, value]) => {
      const key = path.join('.');
      if (!isSecretKey(path.at(-1) ?? '') || value === null || sealed.includes(key)) return [];
      return { key, text: `${key} stands in plain text in ${source}` };
    }),
  );
}

/** Prints what is in force. @throws CONFIG_INVALID when there is no such key */
export function showConfig(key: string | undefined, options: ShowOptions): number {
  const loaded = loadAnyway(options);
  const values = withoutSecrets(loaded.values, loaded.sealed);
  const path = key === undefined ? [] : key.split('.');
  const value = valueAt(values, path);
  if (value === undefined) throw noSuchKey(key ?? '', loaded);
  if (options.sources) return showSources(entriesOf(loaded, value, path), options);
  if (options.json) return document(value);
  return print([typeof value === 'object' ? yamlText(value).trimEnd() : String(value)]);
}

function showSources(entries: readonly Entry[], options: ShowOptions): number {
  if (options.json) return document(entries);
  const rows = entries.map(({ path, value, source }) => [path, inLine(value), pc.dim(source)]);
  return print([table(['setting', 'value', 'from'], ['left', 'left', 'left'], rows)]);
}

function entriesOf(loaded: LoadedConfig, value: unknown, path: readonly string[]): Entry[] {
  return leavesOf(value, path).map(([leaf, one]) => {
    return { path: leaf.join('.'), value: one, source: shortened(sourceOf(leaf, loaded)) };
  });
}

/** The project's own files by their names alone. */
export const shortened = (source: string): string => source.replace(`${CONFIG_FOLDER}/`, '');

/** Prints what differs from the defaults, or from what another file would make of it. */
export function diffConfig(file: string | undefined, options: DiffOptions): number {
  const loaded = loadAnyway(options);
  const [defaults] = loaded.layers;
  const other = file === undefined ? undefined : loadAnyway({ ...options, config: file });
  const base = withoutSecrets(other?.values ?? defaults?.values ?? {}, other?.sealed);
  const here = withoutSecrets(loaded.values, loaded.sealed);
  const paths = new Map(
    [...leavesOf(base), ...leavesOf(here)].map(([path]) => [path.join('.'), path]),
  );
  const found = [...paths.values()].flatMap((path) => {
    const [before, after] = [valueAt(base, path), valueAt(here, path)];
    // A secret is never shown, but that it is another one is.
    const raw = [other?.values ?? defaults?.values, loaded.values].map((one) => valueAt(one, path));
    if (JSON.stringify(raw[0]) === JSON.stringify(raw[1])) return [];
    const from = after === undefined && other !== undefined ? other : loaded;
    return { path: path.join('.'), before, after, source: shortened(sourceOf(path, from)) };
  });
  if (options.json) return document(found);
  const against = file ?? 'the defaults';
  if (found.length === 0) return print([`No setting differs from ${against}.`]);
  const rows = found.map(({ path, before, after, source }) => [
    ...[path, pc.dim(inLine(before)), inLine(after), pc.dim(source)],
  ]);
  const head = ['setting', file === undefined ? 'default' : `with ${file}`, 'in force', 'from'];
  return print([table(head, ['left', 'left', 'left', 'left'], rows)]);
}

/** Says what a setting is. @throws CONFIG_INVALID when there is no such key */
export function explainKey(key: string, options: ConfigOptions): number {
  const loaded = loadAnyway(options);
  const path = key.split('.');
  const keys = configKeys(loaded.schema ?? {});
  const found = keys.filter(
    ({ path: pattern }) => matchesPath(path, pattern) || pattern.join('.') === key,
  );
  if (found.length === 0) throw noSuchKey(key, loaded);
  const defaults = loaded.layers[0]?.values;
  const told = found.map((one) => referenceOf({ ...one, path: [...path] }, defaults));
  if (options.json) return document(told);
  return print(
    told.flatMap((one) => [
      `${pc.bold(one.path)}${one.of === undefined ? '' : ` (${one.of})`}`,
      `  ${one.description}`,
      `  ${[one.type, one.unit, one.allowed].filter(Boolean).join(', ')}`,
      `  default   ${one.secret ? 'none: a secret' : (one.default ?? 'none')}`,
      `  variable  ${one.variable ?? 'none: give the whole list'}`,
      `  change    ${one.hot ? 'live: ats config reload' : 'at the next start'}`,
    ]),
  );
}

/** Settings with problems can be looked at too: that is how they are found. */
function loadAnyway(options: ConfigFlags): LoadedConfig {
  const { loaded, problems } = lookAt(options);
  if (loaded === undefined) return loadLayers(options);
  if (problems.length > 0) {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    process.stderr.write(`${pc.yellow('These settings have')} ${count}: ats config check\n`);
  }
  return loaded;
}

export function noSuchKey(key: string, { schema = {}, values }: LoadedConfig): AtsError {
  const names = [
    ...configKeys(schema).map(({ path }) => path.join('.')),
    ...leavesOf(values).map(([path]) => path.join('.')),
  ];
  const meant = nearest(key, names);
  return new AtsError({
    code: 'CONFIG_INVALID',
    message: `"${key}" is no setting${meant === undefined ? '' : `: did you mean ${meant}?`}`,
    remedy: 'docs/configuration.md has every key; "ats config show" prints those in force.',
    context: { field: 'key', value: key },
  });
}

function inLine(value: unknown): string {
  if (value === undefined) return '-';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function print(lines: readonly string[], code: number = EXIT.ok): number {
  process.stdout.write(`${lines.join('\n')}\n`);
  return code;
}

function document(value: unknown, code: number = EXIT.ok): number {
  return print([JSON.stringify(value)], code);
}
