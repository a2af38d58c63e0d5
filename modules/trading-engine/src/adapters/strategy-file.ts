import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AtsError } from '@ats/domain';
import type { StrategyFactory } from '../domain/strategy.ts';

/** Whether a strategy's name in the config is the path of a file. */
export const isStrategyPath = (name: string): boolean => /[/\\]|\.[cm]?[jt]s$/.test(name);

/** Loads a user's strategy, exported under the name `strategy`. @throws ADAPTER_INVALID */
export async function loadStrategyFile(path: string): Promise<StrategyFactory> {
  let loaded: unknown;
  try {
    loaded = await import(pathToFileURL(resolve(path)).href);
  } catch (cause) {
    throw invalid(path, 'cannot be loaded', cause);
  }
  const strategy =
    typeof loaded === 'object' && loaded !== null && 'strategy' in loaded
      ? loaded.strategy
      : undefined;
  if (!isFactory(strategy)) throw invalid(path, 'exports no strategy with a name and create()');
  return strategy;
}

function isFactory(value: unknown): value is StrategyFactory {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'create' in value &&
    typeof value.create === 'function'
  );
}

function invalid(path: string, why: string, cause?: unknown): AtsError {
  return new AtsError({
    code: 'ADAPTER_INVALID',
    message: `engine.strategy: ${path} ${why}`,
    remedy: 'Export "const strategy: StrategyFactory = { name, create }", or use cross-exchange.',
    context: { field: 'engine.strategy', value: path },
    cause,
  });
}
