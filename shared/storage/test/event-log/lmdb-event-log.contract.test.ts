import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock, systemTimers } from '@ats/runtime';
import { openLmdbEventLog } from '@ats/storage';
import { eventLogContract } from '@ats/testkit';

const SCRIPT = fileURLToPath(new URL('append-process.ts', import.meta.url));

describe('lmdb: event log', () => {
  let parent: string;
  const folder = (): string => join(parent, 'log');
  const time = { clock: systemClock, timers: systemTimers };
  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'ats-log-'));
  });
  afterAll(() => rm(parent, { recursive: true, force: true }));

  eventLogContract({
    open: (environment) => openLmdbEventLog({ folder: folder(), ...time, ...environment }),
    reset: () => rm(folder(), { recursive: true, force: true }),
    writer: () => ({ script: SCRIPT, args: [folder()] }),
  });
});
