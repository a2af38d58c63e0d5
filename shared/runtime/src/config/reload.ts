import type { z } from 'zod';
import { type ConfigKey, configKeys, matchesPath, schemaNodeOf } from './keys.ts';
import type { LoadedConfig } from './load.ts';
import { sourceOf } from './parse.ts';
import { withoutSecrets } from './secrets.ts';
import { assign, type ConfigTree, isTree, leavesOf, valueAt } from './tree.ts';

/** A setting that is not what runs. */
export interface ConfigChange {
  readonly path: string;
  /** `***` for a secret, undefined where there is nothing. */
  readonly before: unknown;
  readonly after: unknown;
  /** Whether a running system takes it; otherwise it needs a restart. */
  readonly live: boolean;
  /** The layer that says it. */
  readonly source: string;
}

/** A part of the process that reads settings. */
export interface Reader {
  readonly schema: z.ZodType;
  /** Whether it takes changes at all. */
  readonly takes: boolean;
}

export interface ReloadPlan {
  readonly changes: readonly ConfigChange[];
  /** What runs, with the changes that are taken while it does. */
  readonly effective: LoadedConfig;
}

/**
 * What differs between the settings that run and those that were read again. A change is taken
 * when everybody here who reads the key says that it may change while running; a key that nobody
 * here reads is left out.
 */
export function planReload(parts: {
  readonly running: LoadedConfig;
  readonly next: LoadedConfig;
  readonly readers: readonly Reader[];
}): ReloadPlan {
  const { running, next, readers } = parts;
  const known = readers.map(({ schema, takes }) => {
    const keys = configKeys(schemaNodeOf(schema)).filter(({ section }) => !section);
    return { keys, takes };
  });
  const values = structuredClone(running.values);
  const changes = differing(running.values, next.values).flatMap((path): ConfigChange[] => {
    const reading = known.flatMap(({ keys, takes }) => {
      const key = keys.find((one) => covers(one, path));
      return key === undefined ? [] : [key.hot && takes];
    });
    if (reading.length === 0) return [];
    const live = reading.every((one) => one);
    const after = valueAt(next.values, path);
    if (live) assign(values, path, after);
    return [
      { path: path.join('.'), ...shown(path, running, next), live, source: sourceOf(path, next) },
    ];
  });
  return { changes, effective: { ...next, values: withoutMissing(values) as ConfigTree } };
}

/** A setting that is a map or a list of plain values is one key. */
const covers = ({ path: pattern }: ConfigKey, path: readonly string[]): boolean =>
  matchesPath(path.slice(0, pattern.length), pattern);

function shown(path: readonly string[], running: LoadedConfig, next: LoadedConfig) {
  const at = ({ values, sealed }: LoadedConfig) => valueAt(withoutSecrets(values, sealed), path);
  return { before: at(running), after: at(next) };
}

function differing(before: ConfigTree, after: ConfigTree): readonly (readonly string[])[] {
  const leaves = [...leavesOf(before), ...leavesOf(after)];
  const paths = new Map(leaves.map(([path]) => [path.join('.'), path]));
  return [...paths.values()].filter((path) => {
    const [old, now] = [valueAt(before, path), valueAt(after, path)];
    // An empty map that has something in it now is told of by what is in it.
    if (isTree(old) && isTree(now)) return false;
    return JSON.stringify(old) !== JSON.stringify(now);
  });
}

/** What was taken away is not there, rather than there with no value. */
function withoutMissing(value: unknown): unknown {
  if (!isTree(value)) return value;
  const kept = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutMissing(inner)]));
}
