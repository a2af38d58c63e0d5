import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AtsError } from '@ats/domain';
import {
  compareState,
  type Finding,
  type RebuiltItem,
  type RebuiltState,
  rebuildState,
} from '@ats/orders';
import { haltedItem } from '@ats/risk-manager';
import { EXIT, openLogger, openMetrics, systemClock, systemTimers } from '@ats/runtime';
import {
  copyLmdbFolders,
  forgetLmdbOffsets,
  openLmdbEventLog,
  openLmdbStateStore,
  readLmdbState,
} from '@ats/storage';
import Table from 'cli-table3';
import pc from 'picocolors';
import { configuredPlaces } from '../app/backup/places.ts';
import { type ConfigFlags, loadConfiguration } from '../app/configuration.ts';
import { openRebuilders } from '../app/rebuilders.ts';
import { count } from '../view/format.ts';

export interface RebuildOptions extends ConfigFlags {
  readonly compare?: true;
  readonly write?: string;
  readonly json?: true;
}

/** Items of one transaction. */
const TOGETHER_MAX = 50;
const AT_ONCE_MAX = 20;

/** Makes the state of the log alone. @returns 0 when it is written, or equal to what is stored */
export async function rebuild(options: RebuildOptions): Promise<number> {
  const { write, compare, json } = options;
  if ((write === undefined) === (compare === undefined)) {
    throw new AtsError({
      code: 'CONFIG_INVALID',
      message: 'neither or both of --compare and --write are given',
      remedy: 'Give --compare to look, or --write FOLDER for a state to start from.',
      context: { field: '--write', value: write ?? '' },
    });
  }
  if (write !== undefined) await mustBeEmpty(write);
  const { loaded, ...configuration } = loadConfiguration(options);
  const places = configuredPlaces({ loaded, ...configuration });
  const parts = {
    clock: systemClock,
    timers: systemTimers,
    logger: openLogger({ service: 'cli', level: 'warn', destination: process.stderr }),
    metrics: openMetrics({ service: 'cli' }),
  };
  const nowUs = systemClock.nowUs();
  const log = await openLmdbEventLog({ folder: places.log, ...parts });
  const rebuilders = await openRebuilders(log, loaded);
  const state = await rebuildState({ log, rebuilders, nowUs }).finally(() => log.close());
  if (write !== undefined) {
    await writeLog({ from: places.log, to: join(write, 'log'), parts });
    await writeState({ folder: join(write, 'state'), state, nowUs, parts });
    print(json === true ? JSON.stringify(sums(state)) : writtenText(write, state));
    return EXIT.ok;
  }
  const stored = await readLmdbState({ folder: places.state, nowUs });
  const findings = compareState({ rebuilt: state.items, stored });
  const equal = findings.every(({ verdict }) => verdict !== 'differs');
  if (json === true) print(JSON.stringify({ equal, ...sums(state), findings }));
  else print(`${tableOf(findings)}\n${equal ? pc.green('equal') : pc.red('not equal')}`);
  return equal ? EXIT.ok : EXIT.failed;
}

async function mustBeEmpty(folder: string): Promise<void> {
  if ((await readdir(folder).catch(() => [])).length === 0) return;
  throw new AtsError({
    code: 'RESTORE_REFUSED',
    message: `--write ${folder} holds something already`,
    remedy: 'Name a new folder: what is there is never replaced.',
    context: { field: '--write', value: folder },
  });
}

/**
 * Copies the log, and makes risk count the copy from its beginning: what it had made of it is lost.
 * The log itself stays as it is, for with the state of before nothing may be counted twice.
 */
async function writeLog(options: {
  readonly from: string;
  readonly to: string;
  readonly parts: Omit<Parameters<typeof openLmdbEventLog>[0], 'folder'>;
}): Promise<void> {
  const { from, to, parts } = options;
  await mkdir(to, { recursive: true });
  await copyLmdbFolders([{ from, to, field: 'eventLog.url' }], systemTimers);
  const isForgotten = (group: string): boolean => group.startsWith('risk-manager');
  await forgetLmdbOffsets({ folder: to, ...parts, isForgotten });
}

/** Writes all items, and the halt that trading begins with. */
async function writeState(options: {
  readonly folder: string;
  readonly state: RebuiltState;
  readonly nowUs: number;
  readonly parts: Omit<Parameters<typeof openLmdbStateStore>[0], 'folder'>;
}): Promise<void> {
  const { folder, nowUs } = options;
  const reason = 'the state was rebuilt from the log: changed limits and halts are not in it';
  const halt = haltedItem({ reason, actor: 'ats rebuild', mode: 'halted', atUs: nowUs });
  const items: readonly RebuiltItem[] = [...options.state.items, halt];
  await mkdir(folder, { recursive: true });
  const store = await openLmdbStateStore({ folder, ...options.parts });
  try {
    const transactions: Promise<unknown>[] = [];
    for (let at = 0; at < items.length; at += TOGETHER_MAX) {
      const part = items.slice(at, at + TOGETHER_MAX);
      transactions.push(store.transact(part.map((item) => ({ kind: 'create', ...item }))));
      if (transactions.length === AT_ONCE_MAX) await Promise.all(transactions.splice(0));
    }
    await Promise.all(transactions);
  } finally {
    await store.close();
  }
}

const sums = ({ items, records }: RebuiltState) => ({ items: items.length, records });

const writtenText = (folder: string, { items, records }: RebuiltState): string =>
  `${count(items.length)} items of ${count(records)} records are in ${folder}
start with:  ats up --set eventLog.url=lmdb:${folder}/log --set stateStore.url=lmdb:${folder}/state
trading is halted: look at "ats limits" and "ats reconcile", then "ats resume"`;

function tableOf(findings: readonly Finding[]): string {
  const head = ['what', 'log', 'state', 'verdict'];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const { name, rebuilt, stored, verdict, why } of findings) {
    const word = verdict === 'not-rebuilt' ? `not rebuilt: ${why}` : verdict;
    table.push([name, count(rebuilt), count(stored), word]);
  }
  const lines = findings.flatMap(({ differences }) => differences.map((one) => pc.red(`  ${one}`)));
  return [table.toString(), ...lines].join('\n');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
