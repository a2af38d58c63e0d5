import { type ConfigTree, isTree } from './tree.ts';

/** Settings whose values are never repeated. */
const SECRET = new RegExp(
  '^(token|secret|password|passphrase|headers|webhookUrl|' +
    '(api|private|master|previous|approval)Key)$',
  'i',
);
/** What an address carries before its host. */
const CREDENTIALS = /^([a-z][a-z0-9+.-]*:\/\/)[^/@\s]+@/i;
/** How a value begins that `ats config encrypt` made. */
export const SEALED_PREFIX = 'enc:v1:';

export const isSecretKey = (key: string): boolean => SECRET.test(key);

/**
 * The same settings with `***` where something is secret: by its name, in an address, or because
 * it was encrypted where it was written.
 * @param sealed dotted paths of values that were
 */
export function withoutSecrets(values: ConfigTree, sealed: readonly string[] = []): ConfigTree {
  return masked(values, [], new Set(sealed)) as ConfigTree;
}

function masked(value: unknown, path: readonly string[], sealed: ReadonlySet<string>): unknown {
  if (value === null || value === undefined) return value;
  const deeper = (name: string, inner: unknown): unknown => masked(inner, [...path, name], sealed);
  if (sealed.has(path.join('.')) || isSecretKey(path.at(-1) ?? '')) return '***';
  if (typeof value === 'string') return value.replace(CREDENTIALS, '$1***@');
  if (Array.isArray(value)) return value.map((inner, index) => deeper(String(index), inner));
  if (!isTree(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, deeper(key, inner)]));
}
