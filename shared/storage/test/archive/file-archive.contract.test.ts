import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@ats/runtime';
import { openFileArchive } from '@ats/storage';
import { archiveContract } from '@ats/testkit';

const SCRIPT = fileURLToPath(new URL('put-process.ts', import.meta.url));

describe('file: archive', () => {
  let parent: string;
  const folder = (): string => join(parent, 'audit');
  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'ats-archive-'));
  });
  afterAll(() => rm(parent, { recursive: true, force: true }));

  archiveContract({
    open: (environment) =>
      openFileArchive({ folder: folder(), clock: systemClock, ...environment }),
    reset: () => rm(folder(), { recursive: true, force: true }),
    writer: () => ({ script: SCRIPT, args: [folder()] }),
    // A file where the folder should be refuses every write, to root as well.
    outage: {
      begin: async () => {
        await rename(folder(), `${folder()}-away`);
        await writeFile(folder(), '');
      },
      end: async () => {
        await rm(folder());
        await rename(`${folder()}-away`, folder());
      },
    },
  });
});
