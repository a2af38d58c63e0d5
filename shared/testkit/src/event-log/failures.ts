import type { ServerProcess } from '@ats/engines';
import type { LogPosition } from '@ats/storage';
import { until } from '../until.ts';
import { ids, named, received, type Stage, sampleRecord } from './stage.ts';

const PATIENCE = { timeoutMs: 25_000 };

/** What a log on a server owes when that server dies or hangs. */
export function failureHalf(stage: () => Stage): void {
  const server = (): ServerProcess => {
    const found = stage().contract.server?.();
    if (found === undefined) throw new Error('a log on a server needs a server to break');
    return found;
  };
  const healthy = (): Promise<unknown> =>
    until(() => stage().log.health().ok, { ...PATIENCE, what: 'health' });
  const appended = (number: number): Promise<LogPosition> =>
    until(() => stage().log.append(sampleRecord({ number })), { ...PATIENCE, what: 'an append' });

  it('says that the server is away, keeps what it had, and goes on when it is back', async () => {
    await stage().append(10);
    const { records } = await stage().collect();
    await received(records, 10);
    await server().kill();
    const away = { code: 'STORAGE_UNAVAILABLE' };
    await expect(stage().log.append(sampleRecord({ number: 10 }))).rejects.toMatchObject(away);
    expect(stage().log.health().ok).toBe(false);
    await server().restart();
    await healthy();
    const { topic, partition } = await appended(11);
    const all = ids(await stage().log.read({ topic, partition, from: 0 }));
    expect(all.slice(0, 10)).toEqual(named(0, 10));
    expect(all.at(-1)).toBe('account 11');
    await until(() => ids(records).includes('account 11'), { ...PATIENCE, what: 'its delivery' });
  }, 60_000);

  it('has everything that it acknowledged while the server was killed under load', async () => {
    const acknowledged: string[] = [];
    let going = true;
    const worker = async (key: string): Promise<void> => {
      for (let number = 0; going; number += 1) {
        const record = sampleRecord({ key, number });
        const done = await stage()
          .log.append(record)
          .then(
            ({ partition, offset }) => `${partition} ${offset} ${record.headers.eventId}`,
            () => undefined,
          );
        if (done !== undefined) acknowledged.push(done);
      }
    };
    const workers = Promise.all(['a', 'b', 'c', 'd'].map(worker));
    await until(() => acknowledged.length >= 100, { ...PATIENCE, what: 'appends' });
    await server().kill();
    await server().restart();
    const before = acknowledged.length;
    await until(() => acknowledged.length >= before + 100, { ...PATIENCE, what: 'appends again' });
    going = false;
    await workers;
    const found = new Set<string>();
    for (let partition = 0; partition < 8; partition += 1) {
      const place = { topic: 'orders.events', partition, from: 0, limit: 1_000_000 } as const;
      for (const { offset, headers } of await stage().log.read(place)) {
        found.add(`${partition} ${offset} ${headers.eventId}`);
      }
    }
    expect(acknowledged.filter((line) => !found.has(line))).toEqual([]);
  }, 60_000);

  it('gives up on a server that hangs, says that it does not know, and recovers', async () => {
    await stage().append(1);
    await server().pause();
    const hanging = { code: 'STORAGE_UNAVAILABLE', retry: 'unknown' };
    const append = stage().log.append(sampleRecord({ number: 1 }));
    await expect(append).rejects.toMatchObject(hanging);
    expect(stage().log.health().ok).toBe(false);
    await server().resume();
    await healthy();
    await appended(2);
  }, 60_000);
}
