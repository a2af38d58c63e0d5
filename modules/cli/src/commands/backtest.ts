import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  compareRuns,
  comparisonHtml,
  equityCsv,
  figuresOf,
  jsonReport,
  metricsOf,
  type ResultStore,
  type RunMetrics,
  type RunRecord,
  reportHtml,
  resultsOf,
  type StoredRun,
  tradesCsv,
} from '@ats/backtest';
import { EXIT, systemClock } from '@ats/runtime';
import { type ConfigFlags, loadConfiguration } from '../app/configuration.ts';
import { comparisonText, listText, runText } from '../view/backtest-text.ts';

export interface RunOptions extends ConfigFlags {
  readonly tape: readonly string[];
  /** Microseconds since the epoch. */
  readonly from?: number;
  readonly to?: number;
  /** As configured if absent. */
  readonly strategy?: string;
  readonly seed: number;
  readonly name: string;
  readonly report?: string;
  readonly csv?: string;
  readonly json?: true;
}

export interface ListOptions extends ConfigFlags {
  readonly json?: true;
}

export interface ShowOptions extends ConfigFlags {
  readonly html?: string;
  readonly json?: true;
}

export type CompareOptions = ShowOptions;

export interface ExportOptions extends ConfigFlags {
  readonly format: 'json' | 'csv' | 'html';
  readonly out?: string;
}

/** A run with its record and all that follows from it. */
export interface OpenedRun {
  readonly stored: StoredRun;
  readonly record: RunRecord;
  readonly metrics: RunMetrics;
}

function openResults(flags: ConfigFlags): ResultStore {
  return resultsOf(loadConfiguration(flags).loaded, systemClock);
}

async function openRun(store: ResultStore, wanted: string): Promise<OpenedRun> {
  const stored = await store.find(wanted);
  const record = await store.record(stored);
  return { stored, record, metrics: metricsOf(record) };
}

/** Lists runs. @returns the exit code: 1 where one is damaged */
export async function listRuns(options: ListOptions): Promise<number> {
  const list = await openResults(options).list();
  print(options.json === true ? JSON.stringify(list) : listText(list, terminalColumns()));
  return list.damaged.length === 0 ? EXIT.ok : EXIT.failed;
}

/** Shows one run. @returns the exit code */
export async function showRun(wanted: string, options: ShowOptions): Promise<number> {
  const run = await openRun(openResults(options), wanted);
  // Files first: whoever reads the text may stop early.
  if (options.html !== undefined) await writeOut(options.html, await htmlOf(run));
  print(
    options.json === true
      ? JSON.stringify(jsonOf(run))
      : runText({ ...run, columns: terminalColumns() }),
  );
  return EXIT.ok;
}

/** Shows runs side by side. @returns the exit code */
export async function compareStored(
  wanted: readonly string[],
  options: CompareOptions,
): Promise<number> {
  const store = openResults(options);
  const runs = await Promise.all(wanted.map((one) => openRun(store, one)));
  const comparison = compareRuns(
    runs.map(({ stored, record, metrics }) => ({
      id: stored.id,
      spec: record.spec,
      inputs: stored.inputs,
      numeraire: record.numeraire,
      figures: figuresOf(metrics),
    })),
  );
  if (options.html !== undefined) {
    const records = runs.map(({ record }) => record);
    await writeOut(options.html, await comparisonHtml({ comparison, records }));
  }
  print(options.json === true ? JSON.stringify(comparison) : comparisonText(comparison));
  return EXIT.ok;
}

/** Writes one run for other programs. @returns the exit code */
export async function exportRun(wanted: string, options: ExportOptions): Promise<number> {
  const run = await openRun(openResults(options), wanted);
  if (options.format === 'csv') {
    await writeCsv(options.out ?? run.stored.id, run.record);
    return EXIT.ok;
  }
  const text = options.format === 'html' ? await htmlOf(run) : `${JSON.stringify(jsonOf(run))}\n`;
  if (options.out === undefined) process.stdout.write(text);
  else await writeOut(options.out, text);
  return EXIT.ok;
}

export function jsonOf({ stored, record, metrics }: OpenedRun): object {
  return jsonReport(record, { id: stored.id, metrics });
}

export function htmlOf({ stored, record, metrics }: OpenedRun): Promise<string> {
  return reportHtml({ id: stored.id, record, metrics });
}

/** `trades.csv` and `equity.csv` in a folder, which is made if it is not there. */
export async function writeCsv(folder: string, record: RunRecord): Promise<void> {
  await writeOut(join(folder, 'trades.csv'), tradesCsv(record));
  await writeOut(join(folder, 'equity.csv'), equityCsv(record));
}

export async function writeOut(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  process.stderr.write(`written: ${file}\n`);
}

/** Files and pipes have no end of line to break at. */
export function terminalColumns(): number {
  return process.stdout.isTTY ? process.stdout.columns : 1000;
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
