import {
  importTape,
  type OpenTapeOptions,
  openTapeStore,
  parseMarket,
  type TapeManifest,
  type TapeRange,
  type TapeStore,
  tapeConfigSchema,
} from '@ats/backtest';
import { AtsError } from '@ats/domain';
import { EXIT, parseConfig, systemClock } from '@ats/runtime';
import { type ConfigFlags, loadConfiguration } from '../app/configuration.ts';
import { rowProgress } from '../view/row-progress.ts';
import { importedText, tapesTable } from '../view/tape-text.ts';

export interface DataOptions extends ConfigFlags {
  readonly json?: boolean;
}

export interface DataReadOptions extends DataOptions {
  readonly venue: readonly string[];
  readonly instrument: readonly string[];
  readonly market: readonly string[];
  readonly mapping?: string;
  readonly from?: number;
  readonly to?: number;
  readonly strict?: boolean;
}

export interface DataImportOptions extends DataReadOptions {
  readonly name?: string;
  readonly force?: boolean;
}

export interface DataGapsOptions extends DataReadOptions {
  readonly above: number;
}

/** Copies a recording into the store. @returns the exit code */
export async function dataImport(source: string, options: DataImportOptions): Promise<number> {
  const store = storeOf(options);
  const progress = rowProgress(source);
  let manifest: TapeManifest;
  try {
    manifest = await importTape({
      ...openOptions(options),
      reference: source,
      store,
      range: rangeOf(options),
      replace: options.force === true,
      ...(options.name === undefined ? {} : { name: options.name }),
      onRows: (rows, expected) => progress.update(rows, expected),
    });
  } finally {
    progress.stop();
  }
  print(options.json === true ? JSON.stringify(manifest) : importedText(manifest, store.folder));
  return EXIT.ok;
}

/** Lists the tapes of the store. @returns the exit code */
export async function dataList(options: DataOptions): Promise<number> {
  const store = storeOf(options);
  const tapes = await store.list();
  print(options.json === true ? JSON.stringify(tapes) : tapesTable(tapes, store.folder));
  return EXIT.ok;
}

function storeOf(options: ConfigFlags): TapeStore {
  const { backtest } = parseConfig(loadConfiguration(options).loaded, tapeConfigSchema);
  return openTapeStore({ folder: backtest.dataFolder, clock: systemClock });
}

function rangeOf(options: DataReadOptions): TapeRange {
  return {
    ...(options.from === undefined ? {} : { fromUs: options.from }),
    ...(options.to === undefined ? {} : { toUs: options.to }),
  };
}

function openOptions(options: DataReadOptions): OpenTapeOptions {
  const named = new Map(options.market.map(namedMarket));
  return {
    named,
    ...(options.venue.length === 0 ? {} : { venues: options.venue }),
    ...(options.instrument.length === 0 ? {} : { instruments: options.instrument }),
    ...(options.strict === true ? { strict: true } : {}),
  };
}

function namedMarket(text: string) {
  const [symbol = '', name = ''] = text.split('=');
  const market = parseMarket(name);
  if (market !== undefined && symbol !== '') return [symbol, market] as const;
  throw new AtsError({
    code: 'CONFIG_INVALID',
    message: `--market "${text}" names no market`,
    remedy: 'Write the symbol and what it is, such as XBTUSD=kraken:BTC/USD.',
    context: { field: '--market', value: text },
  });
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export { dataGaps, dataInspect } from './data-look.ts';
