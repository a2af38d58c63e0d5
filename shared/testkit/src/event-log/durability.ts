import type { LogPosition, LogRecord } from '@ats/storage';
import { killedWriter } from '../killed-writer.ts';
import { ids, named, type Stage, sampleRecord, TOPIC, WRITERS } from './stage.ts';

export function durableHalf(stage: () => Stage): void {
  it('refuses everything once it is closed, and finds it all after reopening', async () => {
    const [first] = await stage().append(5);
    await stage().log.close();
    const closed = { code: 'STORAGE_UNAVAILABLE', retry: 'safe' };
    expect(stage().log.health().ok).toBe(false);
    await expect(stage().log.append(sampleRecord())).rejects.toMatchObject(closed);
    await expect(stage().collect()).rejects.toMatchObject(closed);
    const { topic, partition } = first as LogPosition;
    await expect(stage().log.read({ topic, partition, from: 0 })).rejects.toMatchObject(closed);
    await stage().reopen();
    expect(ids(await stage().log.read({ topic, partition, from: 0 }))).toEqual(named(0, 5));
    expect((await stage().append(1, { from: 5 }))[0]).toEqual({ ...first, offset: 5 });
  });

  it('finds after kill -9 all that was acknowledged, whole and in its place', async () => {
    await stage().log.close();
    const acknowledged = await killedWriter(stage().contract.writer(), { linesMin: 1000 });
    stage().log = await stage().contract.open(stage().environment);
    const found: LogRecord[] = [];
    for (let partition = 0; partition < 8; partition += 1) {
      const limit = 1_000_000;
      const records = await stage().log.read({ topic: TOPIC, partition, from: 0, limit });
      expect(records.map(({ offset }) => offset)).toEqual([...records.keys()]);
      found.push(...records);
    }
    const places = new Set(
      found.map(({ partition, offset, headers }) => `${partition} ${offset} ${headers.eventId}`),
    );
    expect(acknowledged.filter((line) => !places.has(line))).toEqual([]);
    // What was written and not yet acknowledged may be there: one record for each writer.
    expect(found.length).toBeLessThanOrEqual(acknowledged.length + 2 * WRITERS);
    for (const key of new Set(found.map((record) => record.key))) {
      const all = found.filter((record) => record.key === key);
      expect(ids(all)).toEqual(named(0, all.length, key));
      for (const [number, { payload, headers }] of all.entries()) {
        expect({ payload, headers }).toMatchObject({
          payload: sampleRecord({ key, number }).payload,
          headers: sampleRecord({ key, number }).headers,
        });
      }
    }
  });
}
