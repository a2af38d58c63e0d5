import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock, systemTimers } from '@ats/runtime';
import {
  openParquetTickStore,
  type ParquetTickStoreOptions,
  type Tick,
  type TickQuery,
  type TickStore,
} from '@ats/storage';
import { memoryMetrics, sampleQuoteTick, silentLogger, until } from '@ats/testkit';

const DAY = join('quote', 'date=2026-05-28');
const WRITER = fileURLToPath(new URL('write-ticks-process.ts', import.meta.url));

async function scan(store: TickStore, query: TickQuery = { kind: 'quote' }): Promise<Tick[]> {
  const found: Tick[] = [];
  for await (const batch of store.scan(query)) found.push(...batch);
  return found;
}

const quotes = (from: number, to: number): Tick[] =>
  Array.from({ length: to - from }, (_, index) => sampleQuoteTick({ offsetUs: from + index }));

describe('the Parquet tick store', () => {
  let folder: string;
  const opened: TickStore[] = [];
  const open = async (options: Partial<ParquetTickStoreOptions> = {}): Promise<TickStore> => {
    const store = await openParquetTickStore({
      folder,
      clock: systemClock,
      timers: systemTimers,
      logger: silentLogger(),
      metrics: memoryMetrics(),
      ...options,
    });
    opened.push(store);
    return store;
  };
  const files = async (): Promise<string[]> => (await readdir(join(folder, DAY))).sort();

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ats-parquet-'));
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
    await rm(folder, { recursive: true, force: true });
  });

  it('finds after a kill all that a flush had acknowledged, once and in order', async () => {
    const child = spawn(process.execPath, ['--no-warnings', WRITER, folder]);
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
    });
    const acknowledged = (): number => Number(output.trimEnd().split('\n').at(-1));
    await until(() => acknowledged() >= 1000, { timeoutMs: 25_000, what: 'flushed ticks' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    const safe = acknowledged();
    const found = await scan(await open());
    expect(found.length).toBeGreaterThanOrEqual(safe);
    expect(found).toEqual(quotes(0, found.length));
  });

  it('merges small files into one, and reads the same before and after', async () => {
    const store = await open({ mergeFiles: 4, mergedKeptMs: 0 });
    for (let part = 0; part < 4; part += 1) {
      for (const tick of quotes(part * 10, part * 10 + 10)) store.append(tick);
      await store.flush();
      expect(await scan(store)).toEqual(quotes(0, part * 10 + 10));
    }
    await until(async () => (await files()).length === 1, { what: 'one file' });
    expect(await scan(store)).toEqual(quotes(0, 40));
  });

  it('leaves a file alone once it is large enough', async () => {
    const store = await open({ mergeFiles: 2, mergedKeptMs: 0, segmentRowsMax: 20 });
    for (let part = 0; part < 8; part += 1) {
      for (const tick of quotes(part * 10, part * 10 + 10)) store.append(tick);
      await store.flush();
    }
    await until(async () => (await files()).length === 4, { what: 'four files of 20 ticks' });
    expect(await scan(store)).toEqual(quotes(0, 80));
  });

  it('does not read twice what a crash left both merged and apart', async () => {
    const first = await open({ mergeFiles: 2, mergedKeptMs: 3_600_000 });
    for (const range of [quotes(0, 10), quotes(10, 20)]) {
      for (const tick of range) first.append(tick);
      await first.flush();
    }
    await until(async () => (await files()).length === 3, { what: 'two files and their merger' });
    const second = await open();
    expect(await files()).toHaveLength(1);
    expect(await scan(second)).toEqual(quotes(0, 20));
  });

  it('lets a second process read what the first writes, while it writes and merges', async () => {
    const writer = await open({ mergeFiles: 2, mergedKeptMs: 0 });
    const reader = await open({ scanWindowBytes: 1 });
    let written = 0;
    let writing = true;
    const write = async (): Promise<void> => {
      for (; written < 800; written += 100) {
        for (const tick of quotes(written, written + 100)) writer.append(tick);
        await writer.flush();
      }
      writing = false;
    };
    const done = write();
    let reads = 0;
    while (writing) {
      const before = written;
      const found = await scan(reader);
      expect(found.length).toBeGreaterThanOrEqual(before);
      expect(found).toEqual(quotes(0, found.length));
      reads += 1;
    }
    await done;
    expect(reads).toBeGreaterThan(1);
    expect(await scan(reader)).toEqual(quotes(0, 800));
  });

  it('ignores files that are not its own, and removes half-written ones in time', async () => {
    await mkdir(join(folder, DAY), { recursive: true });
    const stale = join(folder, DAY, 'w.0-9.0-9.parquet.partial');
    const fresh = join(folder, DAY, 'v.0-9.0-9.parquet.partial');
    for (const path of [stale, fresh, join(folder, DAY, 'notes.txt')]) await writeFile(path, 'x');
    await utimes(stale, 0, 0);
    const store = await open();
    for (const tick of quotes(0, 5)) store.append(tick);
    await store.flush();
    expect(await scan(store)).toEqual(quotes(0, 5));
    const left = await files();
    expect(left).toContain('notes.txt');
    expect(left).toContain('v.0-9.0-9.parquet.partial');
    expect(left).not.toContain('w.0-9.0-9.parquet.partial');
  });

  it('names the damaged file when one cannot be read', async () => {
    const store = await open();
    await mkdir(join(folder, DAY), { recursive: true });
    const damaged = 'w.0-9.1779998400000000-1779998400000009.parquet';
    await writeFile(join(folder, DAY, damaged), 'this is no Parquet');
    const paths = expect.arrayContaining([expect.stringContaining(damaged)]);
    const code = 'STORAGE_UNAVAILABLE';
    await expect(scan(store)).rejects.toMatchObject({ code, context: { paths } });
  });

  it('says which folder it cannot open', async () => {
    const file = join(folder, 'a-file');
    await writeFile(file, '');
    await expect(open({ folder: join(file, 'ticks') })).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      context: { field: 'tickStore.url', value: join(file, 'ticks') },
    });
  });
});
