import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Tick } from '../tick-store.ts';
import { copySql, loadTicks, parquetTable } from './duck.ts';
import {
  dayOf,
  partitionFolder,
  publishFile,
  type Segment,
  segmentName,
  segmentRows,
  TEMPORARY_SUFFIX,
} from './parquet-segments.ts';
import type { TickKind } from './tick-table.ts';

export interface ParquetWriterLimits {
  /** Small files of one kind and day that make a merge worth it. */
  readonly mergeFiles: number;
  /** A file of so many rows is not merged again. */
  readonly segmentRowsMax: number;
  /** How long a merged file stays for readers that know it already. */
  readonly mergedKeptMs: number;
}

/** Small files of one kind and day that this writer made. */
interface Partition {
  readonly kind: TickKind;
  readonly day: string;
  readonly folder: string;
  small: Segment[];
}

/** Files that were merged into another, and when they may go. */
interface MergedFile {
  readonly path: string;
  readonly removeAtUs: number;
}

/** The day whose files may still grow, and a few before it for late ticks. */
const PARTITIONS_MAX = 16;

/** Turns batches of ticks into Parquet files, and many small files into few large ones. */
export class ParquetWriter {
  private readonly root: string;
  private readonly connection: DuckDBConnection;
  private readonly writer: string;
  private readonly nowUs: () => number;
  private readonly pause: () => Promise<void>;
  private readonly limits: ParquetWriterLimits;
  /** Per kind: an ordinal range must have no gap, so each kind counts its own. */
  private readonly nextOrdinal = new Map<TickKind, number>();
  private readonly partitions = new Map<string, Partition>();
  private mergedFiles: MergedFile[] = [];
  /** What of the current batch is on the disk already, should a part of it fail. */
  private done = new Set<readonly Tick[]>();
  private groups: readonly (readonly Tick[])[] = [];
  private grouped: readonly Tick[] | undefined;

  constructor(options: {
    readonly root: string;
    readonly connection: DuckDBConnection;
    /** Unique among all writers of the folder: lower-case letters and digits. */
    readonly writer: string;
    readonly nowUs: () => number;
    /** Lets other work of the process run. */
    readonly pause: () => Promise<void>;
    readonly limits: ParquetWriterLimits;
  }) {
    this.root = options.root;
    this.connection = options.connection;
    this.writer = options.writer;
    this.nowUs = options.nowUs;
    this.pause = options.pause;
    this.limits = options.limits;
  }

  /** Writes one file per kind and day. Called again with the same batch, writes what is left. */
  async write(batch: readonly Tick[]): Promise<void> {
    if (this.grouped !== batch) {
      this.grouped = batch;
      this.groups = groupByFile(batch);
      this.done.clear();
    }
    for (const ticks of this.groups) {
      if (this.done.has(ticks)) continue;
      await this.writeFile(ticks);
      this.done.add(ticks);
    }
  }

  /** Merges small files where there are enough, and removes what earlier merges left. */
  async tidy(): Promise<void> {
    for (const partition of this.partitions.values()) {
      if (partition.small.length >= this.limits.mergeFiles) await this.merge(partition);
    }
    const nowUs = this.nowUs();
    const due = this.mergedFiles.filter((file) => file.removeAtUs <= nowUs);
    this.mergedFiles = this.mergedFiles.filter((file) => file.removeAtUs > nowUs);
    for (const file of due) await rm(file.path, { force: true });
  }

  /** Removes merged files now; readers that still know them list again. */
  async close(): Promise<void> {
    for (const file of this.mergedFiles) await rm(file.path, { force: true });
    this.mergedFiles = [];
  }

  private async writeFile(ticks: readonly Tick[]): Promise<void> {
    const [first] = ticks;
    if (first === undefined) return;
    const { kind } = first;
    const firstOrdinal = this.nextOrdinal.get(kind) ?? 0;
    const ordinals = { firstOrdinal, lastOrdinal: firstOrdinal + ticks.length - 1 };
    const { pause } = this;
    await loadTicks(this.connection, { name: 'batch', kind, ticks, firstOrdinal, pause });
    const times = timesOf(ticks);
    const partition = this.partitionOf(kind, dayOf(first.receivedAtUs));
    await mkdir(partition.folder, { recursive: true });
    const segment = await this.copy({ partition, source: 'batch', ...ordinals, ...times });
    this.nextOrdinal.set(kind, firstOrdinal + ticks.length);
    partition.small.push(segment);
  }

  private async copy(options: {
    readonly partition: Partition;
    readonly source: string;
    readonly firstOrdinal: number;
    readonly lastOrdinal: number;
    readonly fromUs: number;
    readonly toUs: number;
  }): Promise<Segment> {
    const { partition, source, firstOrdinal, lastOrdinal, fromUs, toUs } = options;
    const identity = { writer: this.writer, firstOrdinal, lastOrdinal, fromUs, toUs };
    const path = join(partition.folder, segmentName(identity));
    const temporary = `${path}${TEMPORARY_SUFFIX}`;
    await this.connection.run(copySql({ kind: partition.kind, source, path: temporary }));
    await publishFile(temporary, path);
    return { path, ...identity, bytes: (await stat(path)).size };
  }

  private async merge(partition: Partition): Promise<void> {
    const parts = adjacentRun(partition.small);
    const [first] = parts;
    const last = parts.at(-1);
    if (first === undefined || last === undefined || parts.length < 2) {
      // Late ticks of another day broke the run of ordinals here; this file stays as it is.
      partition.small = partition.small.filter((segment) => segment !== first);
      return;
    }
    const merged = await this.copy({
      partition,
      source: parquetTable(parts.map((part) => part.path)),
      firstOrdinal: first.firstOrdinal,
      lastOrdinal: last.lastOrdinal,
      fromUs: Math.min(...parts.map((part) => part.fromUs)),
      toUs: Math.max(...parts.map((part) => part.toUs)),
    });
    const removeAtUs = this.nowUs() + this.limits.mergedKeptMs * 1000;
    for (const part of parts) this.mergedFiles.push({ path: part.path, removeAtUs });
    const rest = partition.small.filter((segment) => !parts.includes(segment));
    const large = segmentRows(merged) >= this.limits.segmentRowsMax;
    partition.small = large ? rest : [merged, ...rest];
  }

  private partitionOf(kind: TickKind, day: string): Partition {
    const folder = partitionFolder(this.root, { kind, day });
    let partition = this.partitions.get(folder);
    if (partition === undefined) {
      const [oldest] = this.partitions.keys();
      if (this.partitions.size >= PARTITIONS_MAX && oldest !== undefined) {
        this.partitions.delete(oldest);
      }
      partition = { kind, day, folder, small: [] };
      this.partitions.set(folder, partition);
    }
    return partition;
  }
}

/** The longest run, from the first file on, whose ordinals follow each other without a gap. */
function adjacentRun(segments: readonly Segment[]): readonly Segment[] {
  const sorted = [...segments].sort((one, other) => one.firstOrdinal - other.firstOrdinal);
  const end = sorted.findIndex(
    (segment, at) => at > 0 && segment.firstOrdinal !== (sorted[at - 1]?.lastOrdinal ?? 0) + 1,
  );
  return end < 0 ? sorted : sorted.slice(0, end);
}

/** The ticks of a batch by kind and UTC day, each group in order of arrival. */
function groupByFile(batch: readonly Tick[]): readonly (readonly Tick[])[] {
  const groups = new Map<string, Tick[]>();
  let dayNumber = Number.NaN;
  let day = '';
  for (const tick of batch) {
    const number = Math.floor(tick.receivedAtUs / 86_400_000_000);
    if (number !== dayNumber) {
      dayNumber = number;
      day = dayOf(tick.receivedAtUs);
    }
    const key = `${tick.kind} ${day}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [tick]);
    else group.push(tick);
  }
  return [...groups.values()];
}

function timesOf(ticks: readonly Tick[]): { readonly fromUs: number; readonly toUs: number } {
  let fromUs = Number.POSITIVE_INFINITY;
  let toUs = Number.NEGATIVE_INFINITY;
  for (const { receivedAtUs } of ticks) {
    if (receivedAtUs < fromUs) fromUs = receivedAtUs;
    if (receivedAtUs > toUs) toUs = receivedAtUs;
  }
  return { fromUs, toUs };
}
