import { settle, virtualTimers } from '@ats/runtime';
import { MemoryEventLog } from '@ats/storage';
import { sampleRecord } from '@ats/testkit';

/** The contract asks for what outlives a process and for many members; this log has neither. */
describe('a log in memory', () => {
  const open = () => {
    const timers = virtualTimers();
    const log = new MemoryEventLog({ clock: timers.clock, timers });
    return { timers, log };
  };
  const append = async (log: MemoryEventLog, count: number): Promise<void> => {
    for (let number = 0; number < count; number += 1) await log.append(sampleRecord({ number }));
  };

  it('delivers records of a key in order, to each group once', async () => {
    const { log } = open();
    const seen: Record<string, string[]> = { one: [], other: [] };
    for (const group of ['one', 'other']) {
      await log.subscribe({
        group,
        topics: ['orders.events'],
        async handle(batch) {
          seen[group]?.push(...batch.records.map(({ headers }) => headers.eventId));
          await batch.commit();
        },
      });
    }
    await append(log, 5);
    await settle();
    const expected = [0, 1, 2, 3, 4].map((number) => `account ${number}`);
    expect(seen).toEqual({ one: expected, other: expected });
    const lags = await log.lag({ group: 'one', topics: ['orders.events'] });
    expect(lags.reduce((sum, { lag }) => sum + lag, 0)).toBe(0);
  });

  it('delivers a record that comes just as a reader has found none', async () => {
    const { log } = open();
    let seen = 0;
    await log.subscribe({
      group: 'g',
      topics: ['orders.events'],
      async handle(batch) {
        seen += batch.records.length;
      },
    });
    for (let number = 0; number < 50; number += 1) {
      await log.append(sampleRecord({ number }));
      for (let turn = 0; turn < number % 7; turn += 1) await Promise.resolve();
    }
    await settle();
    expect(seen).toBe(50);
  });

  it('delivers again what was not committed when a handler fails', async () => {
    const { log, timers } = open();
    const seen: number[] = [];
    await log.subscribe({
      group: 'g',
      topics: ['orders.events'],
      async handle(batch) {
        seen.push(...batch.records.map(({ offset }) => offset));
        if (seen.length < 4) throw new Error('not yet');
        await batch.commit();
      },
    });
    await append(log, 2);
    await timers.advanceAsync(1000);
    expect(seen).toEqual([0, 0, 1, 0, 1]);
  });

  it('begins a group at the end when it is asked to, and reads from any offset', async () => {
    const { log } = open();
    await append(log, 3);
    const seen: number[] = [];
    const subscription = await log.subscribe({
      group: 'late',
      topics: ['orders.events'],
      from: 'end',
      async handle(batch) {
        seen.push(...batch.records.map(({ offset }) => offset));
      },
    });
    await append(log, 1);
    await settle();
    expect(seen).toEqual([3]);
    await subscription.close();
    await append(log, 1);
    await settle();
    expect(seen).toEqual([3]);
    const partition = subscription.assigned.map((one) => one.partition);
    const all = await Promise.all(
      partition.map((one) => log.read({ topic: 'orders.events', partition: one, from: 2 })),
    );
    expect(all.flat().map(({ offset }) => offset)).toEqual([2, 3, 4]);
  });

  it('forgets what every group has committed once it is told to, and nothing else', async () => {
    const { log } = open();
    const topic = 'orders.events';
    const seen: Record<string, number[]> = { quick: [], slow: [] };
    let slowCommits = false;
    for (const group of ['quick', 'slow']) {
      await log.subscribe({
        group,
        topics: [topic],
        async handle(batch) {
          seen[group]?.push(...batch.records.map(({ offset }) => offset));
          if (group === 'quick' || slowCommits) await batch.commit();
        },
      });
    }
    log.forgetCommitted();
    await append(log, 2000);
    await settle();
    const { partition } = await log.append(sampleRecord({ number: 2000 }));
    const kept = () => log.readNow({ topic, partition, from: 0, limit: 10_000 });
    expect(kept()).toHaveLength(2001);
    slowCommits = true;
    await append(log, 2000);
    await settle();
    expect(kept().length).toBeLessThan(1000);
    expect(kept().at(-1)?.offset).toBe(4000);
    expect(await log.append(sampleRecord({ number: 1 }))).toMatchObject({ offset: 4001 });
    await settle();
    for (const offsets of Object.values(seen)) {
      expect(offsets).toEqual(Array.from({ length: 4002 }, (_, offset) => offset));
    }
  });

  it('parks what nobody can handle on the dead-letter topic', async () => {
    const { log } = open();
    await log.subscribe({
      group: 'g',
      topics: ['orders.events'],
      async handle(batch) {
        for (const record of batch.records) await batch.park(record, 'unreadable');
        await batch.commit();
      },
    });
    await append(log, 1);
    await settle();
    const [dead] = await log.read({ topic: 'orders.events.dead', partition: 0, from: 0 });
    expect(dead?.headers.deadLetter).toMatchObject({ group: 'g', reason: 'unreadable', offset: 0 });
  });
});
