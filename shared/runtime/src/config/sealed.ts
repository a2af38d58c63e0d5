import { AtsError } from '@ats/domain';
import { type ConfigLayer, mergeLayers } from './layers.ts';
import { SEALED_PREFIX } from './secrets.ts';
import { type ConfigTree, isTree, put } from './tree.ts';

/**
 * Finds the key among the settings, and opens with it what was sealed for one path.
 * @throws whatever keeps it from the key. @returns what throws CONFIG_SEALED for a value that was
 * changed, was sealed for another path, or by another key
 */
export type OpenSealed = (
  values: ConfigTree,
) => (sealed: { readonly path: string; readonly text: string }) => string;

const isSealed = (value: unknown): value is string =>
  typeof value === 'string' && value.startsWith(SEALED_PREFIX);

/** Opens every sealed value of every layer; the problem names every one that does not open. */
export function openSealedLayers(
  layers: readonly ConfigLayer[],
  how: { readonly openSealed?: OpenSealed; readonly onProblem: (problem: AtsError) => void },
) {
  const sealed = new Set<string>();
  const problems: string[] = [];
  let opened: ReturnType<OpenSealed> | undefined;
  const open = (path: string, text: string, source: string): string => {
    sealed.add(path);
    try {
      opened ??= how.openSealed?.(mergeLayers(layers));
      if (opened === undefined) throw new Error('nothing here can open it');
      return opened({ path, text });
    } catch (problem) {
      if (problem instanceof AtsError && problem.code !== 'CONFIG_SEALED') throw problem;
      problems.push(`${path}: ${problem instanceof Error ? problem.message : ''} (in ${source})`);
      return '';
    }
  };
  const walk = (value: unknown, path: readonly string[], source: string): unknown => {
    if (isSealed(value)) return open(path.join('.'), value, source);
    if (Array.isArray(value)) {
      return value.map((inner, index) => walk(inner, [...path, String(index)], source));
    }
    if (!isTree(value)) return value;
    const result: ConfigTree = {};
    for (const [key, inner] of Object.entries(value)) {
      put(result, key, walk(inner, [...path, key], source));
    }
    return result;
  };
  const result = layers.map((layer) => {
    return { ...layer, values: walk(layer.values, [], layer.source) as ConfigTree };
  });
  if (problems.length > 0) how.onProblem(cannotOpen(problems));
  return { layers: result, sealed: [...sealed] };
}

function cannotOpen(problems: readonly string[]): AtsError {
  return new AtsError({
    code: 'CONFIG_SEALED',
    message: ['config: encrypted values that cannot be opened', ...problems].join('\n  - '),
    remedy:
      'Encrypt the secret again for the key named: ats config encrypt KEY, with the master key ' +
      'or passphrase that ATS runs with.',
    context: { problems },
  });
}
