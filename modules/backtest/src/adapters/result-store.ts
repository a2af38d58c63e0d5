import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { AtsError } from '@ats/domain';
import type { Clock } from '@ats/runtime';
import { z } from 'zod';
import { figuresOf, figureText } from '../domain/figures.ts';
import { type MetricsOptions, metricsOf } from '../domain/metrics/run-metrics.ts';
import {
  canonicalSpec,
  damaged,
  decodeRecord,
  encodeRecord,
  parsed,
  runSpecSchema,
} from '../domain/record-codec.ts';
import type { RunRecord, RunSpec } from '../domain/run-record.ts';
import { writeDurably } from './durable-file.ts';

const HEAD_FILE = 'run.json';
const FORMAT = 1;
const HASH_DIGITS = 12;
const SLUG_LENGTH_MAX = 40;

const headSchema = z.strictObject({
  format: z.literal(FORMAT),
  id: z.string().min(1),
  /** When it was stored, microseconds since the epoch. */
  savedAtUs: z.int().min(0),
  spec: runSpecSchema,
  numeraire: z.string().min(1),
  fromUs: z.int().min(0),
  toUs: z.int().min(0),
  /** Hash of all that the result follows from beside the specification. */
  inputs: z.string(),
  record: z.strictObject({ file: z.string().min(1), sha256: z.string(), bytes: z.int().min(0) }),
  warnings: z.int().min(0),
  /** Figures by name, as text with all their digits; empty where one is not known. */
  figures: z.record(z.string(), z.string()),
});

/** What is known of a stored run without reading its record. */
export type StoredRun = Readonly<z.output<typeof headSchema>>;

/** A folder that holds no whole run, and why. */
export interface DamagedRun {
  readonly id: string;
  readonly why: string;
}

export interface ResultList {
  /** The newest first. */
  readonly runs: readonly StoredRun[];
  readonly damaged: readonly DamagedRun[];
}

/** A hash of what a result follows from: tapes' contents, configuration. @param parts in order */
export function inputsHash(parts: readonly string[]): string {
  return sha256(JSON.stringify(parts));
}

/** The id that a run of these inputs has: the same inputs have the same. */
export function runIdOf(spec: RunSpec, inputs: string): string {
  const slug = (spec.name || spec.strategy)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, SLUG_LENGTH_MAX);
  const hash = sha256(`${canonicalSpec(spec)}\n${inputs}`).slice(0, HASH_DIGITS);
  return `${slug || 'run'}-${hash}`;
}

/**
 * Keeps runs in a folder, one folder each. A run is there once its `run.json` is: that is written
 * last, and whole or not at all; it names the file of the record and its hash. Several processes
 * may use one folder; the same run stored twice is there once.
 */
export class ResultStore {
  private readonly root: string;
  private readonly clock: Clock;

  constructor(options: { readonly folder: string; readonly clock: Clock }) {
    this.root = resolve(options.folder);
    this.clock = options.clock;
  }

  /** Durable once it resolves. @param options `inputs` as `inputsHash` gives it */
  async save(
    record: RunRecord,
    options: MetricsOptions & { readonly inputs: string },
  ): Promise<StoredRun> {
    const { inputs, ...sampling } = options;
    const id = runIdOf(record.spec, inputs);
    const folder = join(this.root, id);
    const text = encodeRecord(record);
    // What could not be read again must not be told to be kept.
    decodeRecord(text);
    const hash = sha256(text);
    const file = `record-${hash.slice(0, HASH_DIGITS)}.json.gz`;
    const bytes = await promisify(gzip)(text);
    const figures = figuresOf(metricsOf(record, sampling));
    const head: StoredRun = {
      ...{ format: FORMAT, id, savedAtUs: this.clock.nowUs(), spec: record.spec },
      ...{ numeraire: record.numeraire, fromUs: record.fromUs, toUs: record.toUs, inputs },
      record: { file, sha256: hash, bytes: bytes.length },
      warnings: record.warnings.length,
      figures: Object.fromEntries(figures.map(({ name, value }) => [name, figureText(value)])),
    };
    await mkdir(folder, { recursive: true });
    const before = await this.readHead(id).catch(() => undefined);
    await writeDurably(join(folder, file), bytes);
    await writeDurably(join(folder, HEAD_FILE), `${JSON.stringify(head, undefined, 2)}\n`);
    const old = before?.record.file;
    if (old !== undefined && old !== file) await rm(join(folder, old), { force: true });
    return head;
  }

  async list(): Promise<ResultList> {
    const runs: StoredRun[] = [];
    const broken: DamagedRun[] = [];
    for (const id of await this.ids()) {
      try {
        const head = await this.readHead(id);
        if (head !== undefined) runs.push(head);
        else broken.push({ id, why: 'it has no run.json: its writing has not ended' });
      } catch (problem) {
        broken.push({ id, why: problem instanceof Error ? problem.message : String(problem) });
      }
    }
    runs.sort((a, b) => b.savedAtUs - a.savedAtUs || (a.id < b.id ? -1 : 1));
    return { runs, damaged: broken };
  }

  /**
   * Finds a run by its id, the beginning of its id, or its name where one run alone bears it.
   * @throws {AtsError} BACKTEST_RESULT_UNKNOWN, BACKTEST_RESULT_DAMAGED
   */
  async find(wanted: string): Promise<StoredRun> {
    const { runs, damaged: broken } = await this.list();
    const exact = runs.find(({ id }) => id === wanted);
    if (exact !== undefined) return exact;
    const bad = broken.find(({ id }) => id === wanted);
    if (bad !== undefined) throw damaged(bad.why, undefined, bad.id);
    const alike = runs.filter(({ id, spec }) => id.startsWith(wanted) || spec.name === wanted);
    const [only] = alike;
    if (only !== undefined && alike.length === 1) return only;
    throw new AtsError({
      code: 'BACKTEST_RESULT_UNKNOWN',
      message:
        alike.length === 0
          ? `there is no backtest "${wanted}" in ${this.root}`
          : `"${wanted}" may be ${alike.map(({ id }) => id).join(' or ')}`,
      remedy: 'Take an id from "ats backtest list"; its first letters are enough.',
      context: { field: 'run', value: wanted },
    });
  }

  /** @throws {AtsError} BACKTEST_RESULT_DAMAGED where the record is not what was stored */
  async record({ id, record }: StoredRun): Promise<RunRecord> {
    const path = join(this.root, id, record.file);
    let text: string;
    try {
      text = (await promisify(gunzip)(await readFile(path))).toString('utf8');
    } catch (cause) {
      throw damaged(`${path} is missing or is not gzip`, cause, record.file);
    }
    if (sha256(text) !== record.sha256)
      throw damaged(`${path} was changed`, undefined, record.file);
    return decodeRecord(text);
  }

  private async ids(): Promise<readonly string[]> {
    const entries = await readdir(this.root, { withFileTypes: true }).catch(nothingThere);
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .sort();
  }

  /** @returns undefined where there is none */
  private async readHead(id: string): Promise<StoredRun | undefined> {
    const path = join(this.root, id, HEAD_FILE);
    const text = await readFile(path, 'utf8').catch(nothingThere);
    if (typeof text !== 'string') return undefined;
    const head = parsed(headSchema, text);
    if (head.id !== id) throw damaged(`${path} is of ${head.id}`, undefined, 'id');
    return head;
  }
}

/** A folder or file that is not there is empty; anything else is a problem. */
function nothingThere(problem: NodeJS.ErrnoException): never[] {
  if (problem.code === 'ENOENT' || problem.code === 'ENOTDIR') return [];
  throw problem;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
