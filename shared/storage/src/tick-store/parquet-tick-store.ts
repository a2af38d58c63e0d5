import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AtsError } from '@ats/domain';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Tick, TickQuery, TickStore } from '../tick-store.ts';
import { BATCH_DEFAULTS, BatchWriter, type TickStoreOptions } from './batch-writer.ts';
import { openDuck } from './duck.ts';
import { scanParquet } from './parquet-scan.ts';
import { listSegments, removeStaleFiles } from './parquet-segments.ts';
import { ParquetWriter } from './parquet-writer.ts';
import { isStorable, TICK_KINDS, type TickOf } from './tick-table.ts';

export interface ParquetTickStoreOptions extends TickStoreOptions {
  /** The folder that holds the ticks; made if it is not there. */
  readonly folder: string;
  readonly threads?: number;
  readonly memoryMaxBytes?: number;
  readonly mergeFiles?: number;
  readonly segmentRowsMax?: number;
  readonly mergedKeptMs?: number;
  readonly scanWindowBytes?: number;
}

const DEFAULTS = {
  // Beside the hot path: one thread writes faster than markets talk, and leaves the cores alone.
  threads: 1,
  memoryMaxBytes: 512 * 2 ** 20,
  mergeFiles: 32,
  segmentRowsMax: 500_000,
  mergedKeptMs: 30_000,
  scanWindowBytes: 2 ** 20,
};
/** Batches may grow past `batchSize` while a file is written; larger files are better files. */
const BATCH_GROWTH = 20;
const STALE_AGE_MS = 3_600_000;

class ParquetTickStore implements TickStore {
  private readonly options: ParquetTickStoreOptions & typeof DEFAULTS;
  private readonly root: string;
  private readonly instance: DuckDBInstance;
  private readonly connection: DuckDBConnection;
  private readonly spillFolder: string;
  private readonly files: ParquetWriter;
  private readonly batches: BatchWriter;
  private scans = 0;
  private closed = false;

  constructor(parts: {
    readonly options: ParquetTickStoreOptions & typeof DEFAULTS;
    readonly root: string;
    readonly writer: string;
    readonly spillFolder: string;
    readonly duck: { readonly instance: DuckDBInstance; readonly connection: DuckDBConnection };
  }) {
    this.options = parts.options;
    this.root = parts.root;
    this.spillFolder = parts.spillFolder;
    this.instance = parts.duck.instance;
    this.connection = parts.duck.connection;
    const { mergeFiles, segmentRowsMax, mergedKeptMs, clock, timers } = this.options;
    this.files = new ParquetWriter({
      root: this.root,
      connection: this.connection,
      writer: parts.writer,
      nowUs: () => clock.nowUs(),
      pause: () => timers.sleep(0),
      limits: { mergeFiles, segmentRowsMax, mergedKeptMs },
    });
    this.batches = new BatchWriter({
      store: 'parquet',
      write: (batch) => this.write(batch),
      batchMax: (this.options.batchSize ?? BATCH_DEFAULTS.batchSize) * BATCH_GROWTH,
      options: this.options,
    });
  }

  append(tick: Tick): boolean {
    return isStorable(tick) ? this.batches.append(tick) : this.batches.refuse();
  }

  flush(): Promise<void> {
    return this.batches.flush();
  }

  async *scan<Kind extends Tick['kind']>(
    query: TickQuery<Kind>,
  ): AsyncIterable<readonly TickOf<Kind>[]> {
    if (this.closed) {
      throw new AtsError({ code: 'STORAGE_UNAVAILABLE', message: 'the tick store is closed' });
    }
    const { root, instance } = this;
    this.scans += 1;
    try {
      yield* scanParquet(query, { root, instance, windowBytes: this.options.scanWindowBytes });
    } finally {
      this.scans -= 1;
      if (this.closed) this.release();
    }
  }

  health(): { readonly ok: boolean; readonly reason: string } {
    return this.batches.health();
  }

  async close(): Promise<void> {
    if (this.closed) return;
    try {
      await this.batches.close();
    } finally {
      this.closed = true;
      this.release();
      // What cannot be removed now, the next opening removes; it must not hide a failed flush.
      await Promise.allSettled([
        this.files.close(),
        rm(this.spillFolder, { recursive: true, force: true }),
      ]);
    }
  }

  private async write(batch: readonly Tick[]): Promise<void> {
    try {
      await this.files.write(batch);
    } catch (cause) {
      throw new AtsError({
        code: 'STORAGE_UNAVAILABLE',
        message: `ticks cannot be written to ${this.root}: ${String(cause)}`,
        remedy: 'Make the folder of tickStore.url writable and see that the disk has room.',
        retry: 'safe',
        context: { field: 'tickStore.url', value: this.root },
        cause,
      });
    }
    // The ticks are safe; a merge that fails is tried again after the next batch.
    await this.files.tidy().catch((error: unknown) => {
      const fields = { folder: this.root, error: String(error) };
      this.options.logger.warn('ticks.merge_failed', 'Small files were not merged.', fields);
    });
  }

  /** Frees the engine once no scan needs it any more. */
  private release(): void {
    if (this.scans > 0) return;
    this.connection.disconnectSync();
    this.instance.closeSync();
  }
}

/** Removes what a crash left behind in the folders of all days: half files, merged files. */
async function removeLeftovers(root: string, nowUs: number): Promise<void> {
  for (const kind of TICK_KINDS) {
    const days = await readdir(join(root, kind)).catch(() => []);
    for (const day of days) {
      const folder = join(root, kind, day);
      await removeStaleFiles(folder, { nowUs, ageMs: STALE_AGE_MS });
      const { merged } = await listSegments(folder);
      for (const segment of merged) await rm(segment.path, { force: true });
    }
  }
}

/**
 * Ticks in Parquet files under a folder, `<kind>/date=YYYY-MM-DD/*.parquet`, written and read
 * through DuckDB. What `flush` acknowledged is on the disk under its final name. Any process may
 * read the folder while another writes it; several may write.
 *
 * @throws STORAGE_UNAVAILABLE when the folder cannot be made or DuckDB cannot start.
 */
export async function openParquetTickStore(options: ParquetTickStoreOptions): Promise<TickStore> {
  const settings = { ...DEFAULTS, ...options };
  const root = resolve(options.folder);
  const nowUs = options.clock.nowUs();
  const writer = `${process.pid.toString(36)}${Math.floor(nowUs).toString(36)}${nextNumber()}`;
  const spillFolder = join(root, `.spill-${writer}`);
  try {
    await mkdir(root, { recursive: true });
    await removeLeftovers(root, nowUs);
    const { threads, memoryMaxBytes } = settings;
    const duck = await openDuck({ threads, memoryMaxBytes, spillFolder });
    return new ParquetTickStore({ options: settings, root, writer, spillFolder, duck });
  } catch (cause) {
    throw new AtsError({
      code: 'STORAGE_UNAVAILABLE',
      message: `the tick store cannot be opened in ${root}: ${String(cause)}`,
      remedy: 'Name a folder in tickStore.url that this user may write.',
      context: { field: 'tickStore.url', value: options.folder },
      cause,
    });
  }
}

/** Stores of one process that open in the same microsecond still differ. */
let opened = 0;
function nextNumber(): string {
  opened += 1;
  return `n${opened}`;
}
