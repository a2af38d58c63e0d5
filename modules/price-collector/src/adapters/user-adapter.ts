import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { adapterInvalid, dialectProblem } from '../app/registry.ts';
import type { FeedDialect } from '../domain/feed.ts';

/** Whether a `feed` of the config names a file rather than a registered adapter. */
export function isAdapterPath(feed: string): boolean {
  return /^(\.{1,2}\/|\/)/.test(feed) || /\.[cm]?[jt]s$/.test(feed);
}

/**
 * Loads a user's adapter: a module whose export `dialect` has the shape of a `FeedDialect`. Paths
 * are taken from the working directory. TypeScript runs as it is, with erasable syntax only.
 *
 * @throws ADAPTER_INVALID naming the file and what is wrong with it
 */
export async function loadUserAdapter(file: string): Promise<FeedDialect> {
  let loaded: { readonly dialect?: unknown };
  try {
    loaded = (await import(pathToFileURL(resolve(file)).href)) as typeof loaded;
  } catch (cause) {
    throw adapterInvalid(file, `it cannot be loaded: ${(cause as Error).message}`, cause);
  }
  if (loaded.dialect === undefined) throw adapterInvalid(file, 'it exports no `dialect`');
  const problem = dialectProblem(loaded.dialect);
  if (problem !== undefined) throw adapterInvalid(file, problem);
  return loaded.dialect as FeedDialect;
}
