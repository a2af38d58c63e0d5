import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemTimers } from '@ats/runtime';
import { openParquetTickStore } from '@ats/storage';
import { tickStoreContract } from '@ats/testkit';

describe('parquet: tick store', () => {
  let parent: string;
  const folder = (): string => join(parent, 'ticks');
  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'ats-ticks-'));
  });
  afterAll(() => rm(parent, { recursive: true, force: true }));

  tickStoreContract({
    open: (environment) =>
      openParquetTickStore({
        folder: folder(),
        clock: systemClock,
        timers: systemTimers,
        ...environment,
      }),
    reset: () => rm(folder(), { recursive: true, force: true }),
    limits: { scan: 'ordered' },
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
