import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@ats/runtime';
import { openFileArchive } from '@ats/storage';
import { memoryMetrics } from '@ats/testkit';

describe('the archive of files', () => {
  let folder: string;
  const open = () => openFileArchive({ folder, clock: systemClock, metrics: memoryMetrics() });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ats-files-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('removes in time the drafts that a crash left, and never shows them', async () => {
    const drafts = join(folder, '.drafts');
    await mkdir(drafts);
    for (const name of ['stale', 'fresh']) await writeFile(join(drafts, name), 'half an obj');
    await utimes(join(drafts, 'stale'), 0, 0);
    const archive = await open();
    await archive.put('whole', new Uint8Array(3));
    expect(await readdir(drafts)).toEqual(['fresh']);
    const names: string[] = [];
    for await (const { name } of archive.list()) names.push(name);
    expect(names).toEqual(['whole']);
    await archive.close();
  });

  it('says which folder it cannot open', async () => {
    await rm(folder, { recursive: true });
    await writeFile(folder, '');
    const context = { field: 'archive.url', value: folder };
    await expect(open()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', context });
  });
});
