import type { LogPosition } from '@ats/storage';
import { ids, named, type Stage, sampleRecord } from './stage.ts';

export function appendHalf(stage: () => Stage): void {
  it('gives back a record with every header, exactly', async () => {
    const record = { ...sampleRecord({ key: 'é 1' }), payload: Uint8Array.from([0, 255, 1]) };
    const position = await stage().log.append(record);
    const { topic, partition, offset } = position;
    const [found] = await stage().log.read({ topic, partition, from: offset });
    expect(found).toEqual({ ...record, ...position, loggedAtUs: found?.loggedAtUs });
    expect(Number.isSafeInteger(found?.loggedAtUs)).toBe(true);
  });

  it('keeps one key in one partition, in the order of the calls, without gaps', async () => {
    const positions = await stage().append(300);
    const [first] = positions;
    expect(positions).toEqual(positions.map((_, offset) => ({ ...first, offset })));
    const { topic, partition } = first as LogPosition;
    expect(ids(await stage().log.read({ topic, partition, from: 0 }))).toEqual(named(0, 300));
  });

  it('replays from any offset, as much as asked for', async () => {
    const [first] = await stage().append(50);
    const { topic, partition } = first as LogPosition;
    const some = await stage().log.read({ topic, partition, from: 20, limit: 10 });
    expect(ids(some)).toEqual(named(20, 30));
    expect(await stage().log.read({ topic, partition, from: 50 })).toEqual([]);
  });

  it('spreads keys over partitions', async () => {
    const keys = Array.from({ length: 64 }, (_, index) => `account-${index}`);
    const partitions = await Promise.all(keys.map((key) => stage().partitionOf(key)));
    expect(new Set(partitions).size).toBeGreaterThan(4);
  });

  it.each<[string, object]>([
    ['an unknown topic', { topic: 'nowhere' }],
    ['a payload too large', { payload: new Uint8Array(1_000_001) }],
    ['a key too long', { key: 'k'.repeat(513) }],
  ])('refuses %s', async (_, change) => {
    const result = stage().log.append({ ...sampleRecord(), ...change });
    await expect(result).rejects.toMatchObject({ code: 'STORAGE_INPUT_INVALID', retry: 'never' });
  });

  it('refuses records beyond its queue, names the limit, and goes on in order', async () => {
    const { queueMax } = stage().environment;
    const numbers = Array.from({ length: queueMax + 10 }, (_, number) => number);
    const results = await Promise.allSettled(
      numbers.map((number) => stage().log.append(sampleRecord({ number }))),
    );
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(10);
    const context = { field: 'eventLog.queueMax', value: queueMax };
    for (const { reason } of refused) {
      expect(reason).toMatchObject({ code: 'STORAGE_QUEUE_FULL', retry: 'safe', context });
    }
    expect(results.slice(0, queueMax).every(({ status }) => status === 'fulfilled')).toBe(true);
    const [{ offset } = { offset: 0 }] = await stage().append(1, { from: queueMax });
    expect(offset).toBe(queueMax);
  });

  it('refuses records beyond the bytes that may wait', async () => {
    const payload = new Uint8Array(400_000);
    const append = (): Promise<LogPosition> => stage().log.append({ ...sampleRecord(), payload });
    const results = await Promise.allSettled([append(), append(), append()]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    const context = { field: 'eventLog.queueBytesMax' };
    expect(results[2]).toMatchObject({ reason: { code: 'STORAGE_QUEUE_FULL', context } });
    await append();
  });
}
