import { AtsError } from '@ats/domain';
import type { z } from 'zod';
import { configKeys, matchesPath } from './keys.ts';
import type { LoadedConfig } from './load.ts';
import { renamedTo } from './migrations.ts';
import { nearest } from './nearest.ts';
import { withoutSecrets } from './secrets.ts';
import { valueAt } from './tree.ts';

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
  const shown = { ...loaded, values: withoutSecrets(loaded.values, loaded.sealed) };
  const problems = [...new Set(issues.flatMap((issue) => describe(issue, shown)))];
  throw new AtsError({
    code: 'CONFIG_INVALID',
    message:
      problems.length === 1
        ? `config: ${problems[0]}`
        : [`config: ${problems.length} problems`, ...problems].join('\n  - '),
    remedy: 'Correct the settings named; docs/configuration.md has every key and its default.',
    context: { problems },
  });
}

function describe(issue: z.core.$ZodIssue, loaded: LoadedConfig): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return `${dotted(path)} is no setting (in ${sourceOf(path, loaded)})${hint(path, loaded)}`;
    });
  }
  const value = valueAt(loaded.values, issue.path);
  const shown = value === undefined ? 'is missing' : `is ${show(value)}`;
  const said = issue.message.replace(/^Invalid input: /, '').replace(/, received .*$/, '');
  return [`${dotted(issue.path)} ${shown}: ${said} (in ${sourceOf(issue.path, loaded)})`];
}

function dotted(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'the configuration' : path.map(String).join('.');
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** What was probably meant, among the keys of the same section. */
function hint(path: readonly PropertyKey[], { schema }: LoadedConfig): string {
  const now = renamedTo(dotted(path));
  if (now !== undefined) return `: it is now ${now}`;
  const section = path.slice(0, -1).map(String);
  const siblings = configKeys(schema ?? {})
    .filter(({ path: other }) => matchesPath(section, other.slice(0, -1)))
    .map(({ path: other }) => other.at(-1) ?? '');
  const meant = nearest(String(path.at(-1)), siblings);
  return meant === undefined ? '' : `: did you mean ${dotted([...section, meant])}?`;
}

/** The last layer that said anything about the path or about what holds it. */
export function sourceOf(path: readonly PropertyKey[], loaded: LoadedConfig): string {
  for (let length = path.length; length > 0; length -= 1) {
    const prefix = path.slice(0, length);
    const layer = loaded.layers.findLast(({ values }) => valueAt(values, prefix) !== undefined);
    if (layer !== undefined) return layer.source;
  }
  return 'no layer';
}
