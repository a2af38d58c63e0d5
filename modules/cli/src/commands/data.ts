import { basename } from 'node:path';
import {
  type BarSource,
  barsOf,
  findGaps,
  importTape,
  inspectTape,
  type OpenTapeOptions,
  openTape,
  openTapeStore,
  parseMarket,
  type Tape,
  type TapeManifest,
  type TapeRange,
  type TapeStore,
  tapeConfigSchema,
} from '@ats/backtest';
import { AtsError } from '@ats/domain';
import {
  EXIT,
  openLogger,
  openMetrics,
  parseConfig,
  systemClock,
  systemTimers,
} from '@ats/runtime';
import { type OpenPorts, openPorts, type TickStore } from '@ats/storage';
import { type ConfigFlags, loadConfiguration } from '../app/configuration.ts';
import { rowProgress } from '../view/row-progress.ts';
import { gapsText, inspectText } from '../view/tape-reports.ts';
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
  /** Milliseconds. */
  readonly bars?: number;
}

export interface DataBarsOptions extends DataReadOptions {
  /** Milliseconds. */
  readonly length: number;
  readonly of: BarSource;
}

export interface DataGapsOptions extends DataReadOptions {
  readonly above: number;
}

/** Copies a recording into the store. @returns the exit code */
export async function dataImport(source: string, options: DataImportOptions): Promise<number> {
  const store = storeOf(options);
  const progress = rowProgress(shownName(source));
  const ticks = tickStores(options);
  let manifest: TapeManifest;
  try {
    manifest = await importTape({
      ...openOptions(options),
      ...ticks,
      reference: source,
      store,
      range: rangeOf(options),
      replace: options.force === true,
      ...(options.name === undefined ? {} : { name: options.name }),
      ...(options.bars === undefined ? {} : { barUs: wholeUs(options.bars) }),
      onRows: (rows, expected) => progress.update(rows, expected),
    });
  } finally {
    progress.stop();
    await ticks.close();
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

/** Opens tick stores by their URLs, and closes them all. */
function tickStores(options: ConfigFlags): {
  readonly openTicks: (url: string) => Promise<TickStore>;
  readonly close: () => Promise<void>;
} {
  const opened: OpenPorts[] = [];
  return {
    openTicks: (url) => {
      const { shared } = loadConfiguration(options);
      const ports = openPorts({
        config: { ...shared, tickStore: { ...shared.tickStore, url } },
        clock: systemClock,
        timers: systemTimers,
        logger: openLogger({ service: 'cli', level: 'warn', destination: process.stderr }),
        metrics: openMetrics({ service: 'cli' }),
      });
      opened.push(ports);
      return ports.tickStore();
    },
    close: async () => {
      for (const ports of opened) await ports.close();
    },
  };
}

/** A file by its last part; the secrets of a URL are not shown. */
const shownName = (reference: string): string =>
  basename(reference.replace(/[?].*$/, '')) || reference;

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
    ...(options.mapping === undefined ? {} : { mapping: options.mapping }),
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

/** Shows what a tape holds. @returns the exit code */
export async function dataInspect(reference: string, options: DataReadOptions): Promise<number> {
  const report = await reading(reference, options, (tape, range, onRows) =>
    inspectTape(tape, { range, onRows }),
  );
  print(options.json === true ? JSON.stringify(report) : inspectText(report));
  return EXIT.ok;
}

/** Shows where a tape is silent or its times jump. @returns the exit code */
export async function dataGaps(reference: string, options: DataGapsOptions): Promise<number> {
  const aboveUs = options.above * 1000;
  const gaps = await reading(reference, options, (tape, range, onRows) =>
    findGaps(tape, { aboveUs, range, onRows }),
  );
  print(options.json === true ? JSON.stringify(gaps) : gapsText(gaps, aboveUs));
  return EXIT.ok;
}

const wholeUs = (ms: number): number => Math.ceil(ms * 1000);

/** The middle of two prices has figures that nobody meant. */
const tidied = (price: number): number => Number(price.toPrecision(15));

const BAR_COLUMNS = 'venue,instrument,start_us,length_us,open,high,low,close,volume,rows';

/** Writes a tape as bars, a line each. @returns the exit code */
export async function dataBars(reference: string, options: DataBarsOptions): Promise<number> {
  const { of: source, length, json } = options;
  if (json !== true) print(BAR_COLUMNS);
  await reading(reference, options, async (tape, range, onRows) => {
    let rows = 0;
    for await (const bar of barsOf(tape, { ...range, source, lengthUs: wholeUs(length) })) {
      const { market: at, startUs, lengthUs, volume, count } = bar;
      const [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(tidied);
      const market = tape.markets[at];
      rows += count;
      onRows(rows);
      if (json === true) print(JSON.stringify({ ...bar, market, open, high, low, close }));
      else {
        const values = [startUs, lengthUs, open, high, low, close, volume, count];
        print([market?.venue, market?.instrument, ...values].join(','));
      }
    }
  });
  return EXIT.ok;
}

/** Reads a tape to its end, with a bar of progress. */
async function reading<T>(
  reference: string,
  options: DataReadOptions,
  read: (tape: Tape, range: TapeRange, onRows: (rows: number) => void) => Promise<T>,
): Promise<T> {
  const progress = rowProgress(shownName(reference));
  const ticks = tickStores(options);
  try {
    const opening = { ...openOptions(options), ...ticks, store: storeOf(options) };
    const { tape } = await openTape(reference, opening);
    const onRows = (rows: number): void => progress.update(rows, tape.rowsExpected);
    return await read(tape, rangeOf(options), onRows);
  } finally {
    progress.stop();
    await ticks.close();
  }
}
