export type ConfigTree = { [key: string]: unknown };

export function isTree(value: unknown): value is ConfigTree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sets a key as its own, whatever it is called: `__proto__` stays a setting, and is refused. */
export function put(tree: ConfigTree, key: string, value: unknown): void {
  const own = { value, enumerable: true, configurable: true, writable: true };
  Object.defineProperty(tree, key, own);
}

/** Sets the value at a path, with the maps that lead there. */
export function assign(tree: ConfigTree, path: readonly string[], value: unknown): void {
  let level = tree;
  for (const key of path.slice(0, -1)) {
    const below = Object.hasOwn(level, key) ? level[key] : undefined;
    const next: ConfigTree = isTree(below) ? below : {};
    put(level, key, next);
    level = next;
  }
  put(level, path.at(-1) ?? '', value);
}

/** @returns undefined where there is nothing */
export function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((level, key) => {
    if (Array.isArray(level)) return level[Number(key)];
    return isTree(level) && Object.hasOwn(level, key) ? level[String(key)] : undefined;
  }, tree);
}

/** Every value that is no map, with its path; an empty map is one. Lists are values. */
export function leavesOf(
  value: unknown,
  path: readonly string[] = [],
): readonly (readonly [path: readonly string[], value: unknown])[] {
  if (!isTree(value) || (path.length > 0 && Object.keys(value).length === 0)) {
    return [[path, value]];
  }
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}
