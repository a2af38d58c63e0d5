import { constants } from 'node:fs';
import { access, link, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { AtsError } from '@ats/domain';
import type { Clock, Metrics } from '@ats/runtime';
import type { Archive, ArchiveEntry, ListOptions, PutResult } from '../archive.ts';
import { archiveMetrics } from './archive-metrics.ts';
import { checkName, checkSize } from './archive-names.ts';

export interface FileArchiveOptions {
  /** The folder that holds the archive; made if it is not there. */
  readonly folder: string;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

const NAME = 'file';
/** Names of objects never begin with a dot, so neither folder nor drafts can be one. */
const DRAFTS = '.drafts';
const STALE_DRAFT_MS = 3_600_000;

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '');
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

class FileArchive implements Archive {
  private readonly root: string;
  private readonly clock: Clock;
  private readonly metrics: ReturnType<typeof archiveMetrics>;
  private readonly writing = new Set<Promise<unknown>>();
  /** Folders whose own entry is known to be on the disk. */
  private readonly synced = new Set<string>();
  private drafts = 0;
  private failure: string | undefined;
  private closed = false;

  constructor(options: FileArchiveOptions) {
    this.root = resolve(options.folder);
    this.clock = options.clock;
    this.metrics = archiveMetrics(options.metrics);
  }

  /** Makes the folder and removes the drafts that a crash left behind. */
  async start(): Promise<void> {
    const drafts = join(this.root, DRAFTS);
    await mkdir(drafts, { recursive: true });
    await access(drafts, constants.W_OK);
    for (const name of await readdir(drafts)) {
      const path = join(drafts, name);
      const written = await stat(path).catch(() => undefined);
      const ageMs = this.clock.nowUs() / 1000 - (written?.mtimeMs ?? 0);
      if (ageMs > STALE_DRAFT_MS) await rm(path, { force: true });
    }
  }

  async put(name: string, bytes: Uint8Array): Promise<PutResult> {
    checkName(name);
    checkSize(bytes);
    this.mustBeOpen();
    const startUs = this.clock.nowUs();
    const work = this.store(name, bytes);
    this.writing.add(work);
    try {
      const result = await work;
      this.failure = undefined;
      this.metrics.puts.add({ archive: NAME, result: result.kind });
      if (result.kind === 'stored') {
        this.metrics.bytes.add({ archive: NAME }, bytes.byteLength);
        const seconds = (this.clock.nowUs() - startUs) / 1e6;
        this.metrics.seconds.observe({ archive: NAME }, seconds);
      }
      return result;
    } catch (cause) {
      this.metrics.puts.add({ archive: NAME, result: 'failed' });
      const error = unavailable(this.root, `"${name}" cannot be written`, cause);
      this.failure = error.message;
      throw error;
    } finally {
      this.writing.delete(work);
    }
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    checkName(name);
    this.mustBeOpen();
    try {
      return new Uint8Array(await readFile(join(this.root, name)));
    } catch (cause) {
      if (hasCode(cause, 'ENOENT', 'ENOTDIR', 'EISDIR')) return undefined;
      throw unavailable(this.root, `"${name}" cannot be read`, cause);
    }
  }

  async *list({ prefix = '', after }: ListOptions = {}): AsyncIterable<ArchiveEntry> {
    this.mustBeOpen();
    yield* this.walk('', { prefix, after: after ?? '' });
  }

  health(): { readonly ok: boolean; readonly reason: string } {
    if (this.closed) return { ok: false, reason: 'the archive is closed' };
    return { ok: this.failure === undefined, reason: this.failure ?? '' };
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.allSettled([...this.writing]);
  }

  private async store(name: string, bytes: Uint8Array): Promise<PutResult> {
    const path = join(this.root, name);
    const folder = dirname(path);
    this.drafts += 1;
    const draft = join(this.root, DRAFTS, `${process.pid}-${this.clock.nowUs()}-${this.drafts}`);
    try {
      const handle = await open(draft, 'wx');
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await this.makeFolder(folder);
      // A rename would replace what is there. A link is refused, and as much at once.
      await link(draft, path);
      await syncFolder(folder);
      return { kind: 'stored' };
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
      // It may have been put this moment, and must be on the disk before anybody builds on it.
      const there = await readFile(path);
      await syncFolder(folder);
      if (there.equals(bytes)) return { kind: 'present' };
      const reason = `"${name}" is there with ${there.byteLength} other bytes`;
      return { kind: 'refused', reason };
    } finally {
      await rm(draft, { force: true });
    }
  }

  /** Makes a folder and those above it, and syncs the entry of each. */
  private async makeFolder(folder: string): Promise<void> {
    if (this.synced.has(folder)) return;
    if (folder !== this.root) await this.makeFolder(dirname(folder));
    await mkdir(folder, { recursive: true });
    await syncFolder(dirname(folder));
    this.synced.add(folder);
  }

  /** Depth first in order of whole names: a folder sorts as its name with a slash behind it. */
  private async *walk(
    folder: string,
    range: { readonly prefix: string; readonly after: string },
  ): AsyncIterable<ArchiveEntry> {
    const entries = await readdir(join(this.root, folder), { withFileTypes: true });
    const names = entries
      .filter(({ name }) => !name.startsWith('.'))
      .map((entry) => ({ entry, name: `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}` }))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
    for (const { entry, name } of names) {
      if (entry.isDirectory()) {
        const within = name.startsWith(range.prefix) || range.prefix.startsWith(name);
        const ahead = name > range.after || range.after.startsWith(name);
        if (within && ahead) yield* this.walk(name, range);
      } else if (name.startsWith(range.prefix) && name > range.after) {
        yield { name, bytes: (await stat(join(this.root, name))).size };
      }
    }
  }

  private mustBeOpen(): void {
    if (this.closed) throw unavailable(this.root, 'is closed');
  }
}

function unavailable(root: string, what: string, cause?: unknown): AtsError {
  const why = cause === undefined ? '' : `: ${String(cause)}`;
  return new AtsError({
    code: 'STORAGE_UNAVAILABLE',
    message: `archive.url: ${root}: ${what}${why}`,
    remedy: 'Make the folder of archive.url writable and see that the disk has room.',
    retry: 'safe',
    context: { field: 'archive.url', value: root },
    cause,
  });
}

/**
 * Opens an archive of write-once files: each is written aside, synced, linked into place under
 * its name, and its folder synced. Any number of processes may share the folder.
 *
 * @throws STORAGE_UNAVAILABLE when the folder cannot be made or written.
 */
export async function openFileArchive(options: FileArchiveOptions): Promise<Archive> {
  const archive = new FileArchive(options);
  try {
    await archive.start();
  } catch (cause) {
    throw unavailable(resolve(options.folder), 'cannot be opened', cause);
  }
  return archive;
}
