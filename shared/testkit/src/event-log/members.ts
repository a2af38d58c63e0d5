import { settle } from '@ats/runtime';
import type { LogBatch } from '@ats/storage';
import { until } from '../until.ts';
import { ids, named, received, type Stage, TOPIC } from './stage.ts';

export function memberHalf(stage: () => Stage): void {
  it('gives each partition to one member, and a member that leaves loses nothing', async () => {
    const one = await stage().collect();
    const two = await stage().collect();
    const owned = [one, two].map(({ subscription }) =>
      subscription.assigned.map(({ partition }) => partition),
    );
    expect(owned.map((list) => list.length)).toEqual([4, 4]);
    expect(owned.flat().sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const keys = Array.from({ length: 16 }, (_, index) => `a${index}`);
    await Promise.all(keys.map((key) => stage().append(5, { key })));
    await until(() => one.records.length + two.records.length === 80, { what: 'all records' });
    await one.close();
    expect(two.subscription.assigned).toHaveLength(8);
    await Promise.all(keys.map((key) => stage().append(5, { key, from: 5 })));
    await until(() => one.records.length + two.records.length === 160, { what: 'all records' });
    for (const key of keys) {
      const all = [...one.records, ...two.records].filter((record) => record.key === key);
      expect(ids(all)).toEqual(named(0, 10, key));
    }
  });

  it('has one handler at work in a partition while members come and go', async () => {
    const working = new Set<number>();
    const collisions: number[] = [];
    const handle = async (batch: LogBatch): Promise<void> => {
      if (working.has(batch.partition)) collisions.push(batch.partition);
      working.add(batch.partition);
      await settle();
      await batch.commit();
      working.delete(batch.partition);
    };
    const keys = Array.from({ length: 16 }, (_, index) => `a${index}`);
    const done = Promise.all(keys.map((key) => stage().append(30, { key })));
    const options = { handle, batchMax: 1 };
    const first = await stage().collect(options);
    const second = stage().collect(options);
    await Promise.all([first.close(), stage().collect(options), second.then((one) => one.close())]);
    await done;
    const lagOf = async (): Promise<number> => {
      const lag = await stage().log.lag({ group: 'oms', topics: [TOPIC] });
      return lag.reduce((sum, one) => sum + one.lag, 0);
    };
    await until(async () => (await lagOf()) === 0, { timeoutMs: 20_000, what: 'the end' });
    expect(collisions).toEqual([]);
  });

  it('does not take a commit from a member that has lost the partition', async () => {
    await stage().append(3);
    const batches: LogBatch[] = [];
    const slow = await stage().collect({ handle: async (batch) => void batches.push(batch) });
    await until(() => batches.length === 1, { what: 'a batch' });
    await slow.close();
    expect(await batches[0]?.commit()).toEqual({ kind: 'lost' });
    const { records } = await stage().collect();
    await received(records, 3);
    expect(ids(records)).toEqual(named(0, 3));
  });

  it('ends a subscription when the handler under way has ended', async () => {
    await stage().append(1);
    let finish: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const steps: string[] = [];
    const { close } = await stage().collect({
      handle: async ({ commit }) => {
        steps.push('begun');
        await gate;
        steps.push((await commit()).kind);
      },
    });
    await until(() => steps.length === 1, { what: 'the handler' });
    const closing = close().then(() => steps.push('closed'));
    finish?.();
    await closing;
    expect(steps).toEqual(['begun', 'committed', 'closed']);
    await stage().append(1, { from: 1 });
    expect(steps).toHaveLength(3);
  });
}
