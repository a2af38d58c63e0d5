import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { systemClock, systemTimers } from '@ats/runtime';
import { type EventLog, openLmdbEventLog, openLmdbStateStore } from '@ats/storage';
import { memoryMetrics, sampleRecord, silentLogger } from '@ats/testkit';

const FILL = fileURLToPath(new URL('fill-process.ts', import.meta.url));
const PAGE_BYTES = 4096;
const META_PAGES = 2;

describe('an LMDB folder', () => {
  let parent: string;
  const folder = (): string => join(parent, 'log');
  const opened: EventLog[] = [];
  const metrics = memoryMetrics();
  const tools = () => ({
    clock: systemClock,
    timers: systemTimers,
    logger: silentLogger(),
    metrics,
  });
  const open = async (place = folder()): Promise<EventLog> => {
    const log = await openLmdbEventLog({ folder: place, ...tools() });
    opened.push(log);
    return log;
  };
  const ids = async (log: EventLog): Promise<string[]> => {
    const found = await log.read({ topic: 'alerts', partition: 0, from: 0 });
    return found.map(({ headers }) => headers.eventId);
  };
  const append = (log: EventLog, count: number, from = 0) =>
    Promise.all(
      Array.from({ length: count }, (_, index) =>
        log.append(sampleRecord({ topic: 'alerts', number: from + index })),
      ),
    );
  const named = (count: number): string[] =>
    Array.from({ length: count }, (_, number) => `account ${number}`);

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'ats-lmdb-'));
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((log) => log.close()));
    await rm(parent, { recursive: true, force: true });
  });

  it('writes everything that waits with few commits', async () => {
    const before = metrics.value('ats_storage_commit_seconds', { store: 'log' });
    await append(await open(), 500);
    expect(metrics.value('ats_storage_commit_seconds', { store: 'log' }) - before).toBeLessThan(5);
    expect(metrics.value('ats_storage_commit_queue_depth', { store: 'log' })).toBe(0);
  });

  it('has one owner at a time, and says who it is', async () => {
    const first = await open();
    const unavailable = {
      code: 'STORAGE_UNAVAILABLE',
      message: expect.stringContaining(`in use by process ${process.pid}`),
      context: { field: 'stateStore.url', value: folder(), pid: process.pid },
    };
    const again = openLmdbStateStore({ folder: folder(), ...tools() });
    await expect(again).rejects.toMatchObject(unavailable);
    await first.close();
    await (await open()).close();
  });

  it('is taken over from a process that has died', async () => {
    await mkdir(folder());
    const { pid } = await promisify(execFile)(process.execPath, ['-p', 'process.pid']).then(
      ({ stdout }) => ({ pid: stdout.trim() }),
    );
    await writeFile(join(folder(), 'owner.pid'), pid);
    await append(await open(), 1);
  });

  it('says which folder it cannot open', async () => {
    await writeFile(folder(), '');
    const context = { field: 'eventLog.url', value: join(folder(), 'log') };
    const unavailable = { code: 'STORAGE_UNAVAILABLE', retry: 'safe', context };
    await expect(open(join(folder(), 'log'))).rejects.toMatchObject(unavailable);
  });

  it('forgets a commit that was torn off before its end, and nothing else', async () => {
    const log = await open();
    await append(log, 20);
    const torn = join(parent, 'torn');
    await mkdir(torn);
    const data = join(folder(), 'data.mdb');
    await copyFile(data, join(parent, 'before'));
    await append(log, 200, 20);
    const [before, after] = await Promise.all([readFile(join(parent, 'before')), readFile(data)]);
    // Pages of the new commit, every other one of them lost, under the meta pages of the old one.
    const mixed = Buffer.from(after);
    for (let page = 0; page < after.length / PAGE_BYTES; page += 1) {
      if (page >= META_PAGES && page % 2 === 0) continue;
      const start = page * PAGE_BYTES;
      mixed.fill(0, start, start + PAGE_BYTES);
      if (start < before.length) before.copy(mixed, start, start, start + PAGE_BYTES);
    }
    await writeFile(join(torn, 'data.mdb'), mixed);
    const reopened = await open(torn);
    expect(await ids(reopened)).toEqual(named(20));
    await append(reopened, 5, 20);
    expect(await ids(reopened)).toEqual(named(25));
  });

  it('refuses a write that the disk has no room for, stays up, and keeps the rest', async () => {
    // A limit on the size of files stands in for a full disk.
    const command = `ulimit -f 2048; exec "$0" --no-warnings "$1" "$2"`;
    const args = ['-c', command, process.execPath, FILL, folder()];
    const { stdout } = await promisify(execFile)('bash', args);
    const { acknowledged, ...outcome } = JSON.parse(stdout) as { acknowledged: number };
    expect(outcome).toEqual({
      code: 'STORAGE_UNAVAILABLE',
      retry: 'unknown',
      sick: { ok: false, reason: expect.stringContaining('cannot be written') },
      offset: acknowledged,
      healthy: { ok: true, reason: '' },
    });
    const log = await open();
    const { partition } = await log.append(sampleRecord({ number: acknowledged + 1 }));
    const found = await log.read({ topic: 'orders.events', partition, from: 0 });
    expect(found.map(({ headers }) => headers.eventId)).toEqual(named(acknowledged + 2));
  });
});
