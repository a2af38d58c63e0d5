import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemTimers } from '@ats/runtime';
import { memoryMetrics } from '@ats/testkit';
import { GroupCommit } from '../../src/lmdb/group-commit.ts';

describe('a store that is closed while unhurried work waits', () => {
  it('writes all of it, also more than one commit takes', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'ats-lmdb-'));
    const open = () =>
      new GroupCommit({
        folder: join(parent, 'state'),
        field: 'stateStore.url',
        store: 'state',
        queueMax: 100,
        batchMax: 2,
        clock: systemClock,
        timers: systemTimers,
        metrics: memoryMetrics(),
      });
    const commits = open();
    const numbers = commits.database<number>('numbers');
    const written = Promise.allSettled(
      [0, 1, 2, 3, 4].map((one) =>
        commits.runUnhurried((view) => view.put(numbers, Buffer.from([one]), one)),
      ),
    );
    await commits.close();
    expect((await written).map(({ status }) => status)).toEqual(Array(5).fill('fulfilled'));
    const after = open();
    expect(after.database<number>('numbers').getCount()).toBe(5);
    await after.close();
    await rm(parent, { recursive: true, force: true });
  });
});
