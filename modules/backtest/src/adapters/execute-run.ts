import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { type Clock, type LoadedConfig, parseConfig, setLayer, withLayer } from '@ats/runtime';
import { engineConfigSchema, modelFile } from '@ats/trading-engine';
import { type RunProgress, runBacktest } from '../app/run-backtest.ts';
import { backtestConfigSchema } from '../config.ts';
import type { RunSpec } from '../domain/run-record.ts';
import { inputsHash, ResultStore, type StoredRun } from './result-store.ts';
import { openTape } from './tapes/open-tape.ts';
import { openTapeStore, type TapeStore } from './tapes/tape-store.ts';

/** Sections of the configuration that no result follows from. */
const NO_INPUT: ReadonlySet<string> = new Set([
  'access',
  'admin',
  'archive',
  'audit',
  'bus',
  'dashboard',
  'drainMs',
  'eventLog',
  'killSwitchFile',
  'log',
  'mode',
  'notification',
  'profile',
  'rpc',
  'security',
  'seed',
  'simulator',
  'stateStore',
  'tickStore',
]);

/** The same within sections: where things lie on this machine, and who is served there. */
const NO_INPUT_KEYS: Readonly<Record<string, readonly string[]>> = {
  backtest: ['dataFolder', 'queueMax', 'resultFolder', 'toTickStore'],
  collector: ['record'],
  gateway: ['host', 'port', 'tokenFile', 'tokens'],
  risk: ['approvalKeyFile'],
};

/** Of a venue: a tape is read from no address. */
const ENDPOINTS: ReadonlySet<string> = new Set(['ws', 'rest']);

/**
 * Whether a result follows from a setting, or only where it lies and who is told.
 * @param path of the setting, or `path=value`
 */
export function isRunSetting(path: string): boolean {
  const [section = '', key = '', field = ''] = path.split(/[.=]/);
  if (section === 'venues' && ENDPOINTS.has(field)) return false;
  return !NO_INPUT.has(section) && NO_INPUT_KEYS[section]?.includes(key) !== true;
}

export interface ExecuteOptions {
  readonly spec: RunSpec;
  readonly loaded: LoadedConfig;
  readonly clock: Clock;
  /** Told with the rows that there are, where the tapes know. */
  readonly onProgress?: (progress: RunProgress, expected: number | undefined) => void;
  readonly signal?: AbortSignal;
}

/** The store of results that the configuration names. */
export function resultsOf(loaded: LoadedConfig, clock: Clock): ResultStore {
  const { resultFolder: folder } = parseConfig(loaded, backtestConfigSchema).backtest;
  return new ResultStore({ folder, clock });
}

/**
 * Runs a specification from its tapes to its place among the results.
 * @throws {AtsError} CONFIG_INVALID, TAPE_UNREADABLE; the signal's reason
 */
export async function executeRun(options: ExecuteOptions): Promise<StoredRun> {
  const { spec, loaded, clock, onProgress, signal } = options;
  const { dataFolder: folder } = parseConfig(loaded, backtestConfigSchema).backtest;
  const tapes = openTapeStore({ folder, clock });
  const opened = await Promise.all(spec.tapes.map((name) => openTape(name, { store: tapes })));
  const inputs = await hashInputs({ spec, loaded, tapes });
  const expected = await expectedRows(spec.tapes, tapes);
  const record = await runBacktest({
    spec,
    tapes: opened.map(({ tape }) => tape),
    loaded,
    ...(onProgress === undefined
      ? {}
      : { onProgress: (progress: RunProgress) => onProgress(progress, expected) }),
    ...(signal === undefined ? {} : { signal }),
  });
  return resultsOf(loaded, clock).save(record, { inputs });
}

/** @returns undefined where a tape does not know before it is read */
async function expectedRows(
  names: readonly string[],
  tapes: TapeStore,
): Promise<number | undefined> {
  let rows = 0;
  for (const name of names) {
    const stored = await tapes.find(name);
    if (stored === undefined) return undefined;
    for (const part of stored.parts) rows += part.rows;
  }
  return rows;
}

/**
 * A hash of what a result follows from beside its specification: the configuration, and what the
 * tapes hold, and the files that are named: a strategy of one's own (not what that imports),
 * measured latencies.
 */
export async function hashInputs(parts: {
  readonly spec: RunSpec;
  readonly loaded: LoadedConfig;
  readonly tapes: TapeStore;
}): Promise<string> {
  const settings = Object.entries(parts.loaded.values).flatMap(([section, values]) =>
    Object.entries(values as object)
      .map(([key, value]) => [`${section}.${key}`, value] as const)
      .filter(([path]) => isRunSetting(path))
      .map(([path, value]) => [path, section === 'venues' ? withoutEndpoints(value) : value]),
  );
  const tapes = await Promise.all(
    parts.spec.tapes.map(async (name) => {
      const stored = await parts.tapes.find(name);
      return stored === undefined ? hashFile(name) : JSON.stringify([stored.source, stored.parts]);
    }),
  );
  const { strategy, settings: own } = parts.spec;
  const said = JSON.stringify([settings, own]);
  const measured = [...said.matchAll(/"empirical:([^"]+)"/g)].map(([, file = '']) => file);
  const files = await Promise.all([strategy, ...measured].map(hashIfFile));
  const model = await modelOf(parts);
  return inputsHash([JSON.stringify(settings, sortedKeys), ...tapes, ...files, ...model]);
}

/** @returns nothing for what is no file: a strategy of the engine's own */
async function hashIfFile(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true ? hashFile(path) : '';
}

function withoutEndpoints(venue: object): object {
  return Object.fromEntries(Object.entries(venue).filter(([field]) => !ENDPOINTS.has(field)));
}

/** What predictions follow from, where there are any: another file is another result. */
async function modelOf({
  spec,
  loaded,
}: {
  readonly spec: RunSpec;
  readonly loaded: LoadedConfig;
}): Promise<readonly string[]> {
  const assignments = Object.entries(spec.settings).map(([path, value]) => `${path}=${value}`);
  const { values } = setLayer(assignments);
  const asked = withLayer(loaded, { source: "the run's settings", values });
  const { predictor } = parseConfig(asked, engineConfigSchema).engine;
  if (!predictor.enabled) return [];
  // A file that cannot be read is the run's to refuse, which says why.
  return [await hashFile(modelFile(predictor.model)).catch(() => '')];
}

/** Objects with their keys in one order: a file may write them in any. */
function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Of a file's bytes; a folder of the tick store is known by its name and time alone. */
async function hashFile(path: string): Promise<string> {
  const found = await stat(path);
  if (found.isDirectory()) return `${path} ${found.mtimeMs}`;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
