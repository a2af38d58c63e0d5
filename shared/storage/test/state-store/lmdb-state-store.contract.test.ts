import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openLmdbStateStore } from '@ats/storage';
import { stateStoreContract } from '@ats/testkit';

const SCRIPT = fileURLToPath(new URL('transfer-process.ts', import.meta.url));

describe('lmdb: state store', () => {
  let parent: string;
  const folder = (): string => join(parent, 'state');
  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'ats-state-'));
  });
  afterAll(() => rm(parent, { recursive: true, force: true }));

  stateStoreContract({
    open: (environment) => openLmdbStateStore({ folder: folder(), ...environment }),
    reset: () => rm(folder(), { recursive: true, force: true }),
    limits: { durability: 'disk', queue: 'bounded', conflicts: 'never', purge: 'store' },
    writer: () => ({ script: SCRIPT, args: [folder()] }),
  });
});
