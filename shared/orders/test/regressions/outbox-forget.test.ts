import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AtsError } from '@ats/domain';
import { seededRandom, systemClock, systemTimers } from '@ats/runtime';
import type { EventLog, StateStore } from '@ats/storage';
import { memoryMetrics, silentLogger, until } from '@ats/testkit';
import { Outbox } from '../../src/index.ts';
import { eventRecord, OutboxStage } from '../store/outbox-stage.ts';

const outboxOn = (state: StateStore, log: EventLog): Outbox =>
  new Outbox({
    owner: 'test',
    state,
    log,
    clock: systemClock,
    timers: systemTimers,
    random: seededRandom(1).stream('outbox'),
    logger: silentLogger(),
    metrics: memoryMetrics(),
  });

describe('an outbox whose store fails as entries are to be forgotten', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ats-outbox-'));
  let stage: OutboxStage;
  beforeAll(async () => {
    stage = await OutboxStage.open(folder);
  });
  afterAll(async () => {
    await stage.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('forgets them with the next, so that no restart tells old news again', async () => {
    const { state, log } = stage;
    const message = 'the store is down';
    const answers: ('fails' | 'conflict')[] = ['fails', 'conflict'];
    let failed = 0;
    const failing = {
      get: (key) => state.get(key),
      query: (query) => state.query(query),
      transact: (items) => {
        const answer = items.every(({ kind }) => kind === 'delete') ? answers.shift() : undefined;
        if (answer === undefined) return state.transact(items);
        failed += 1;
        return answer === 'conflict'
          ? Promise.resolve({ kind: 'conflict', keys: [] })
          : Promise.reject(new AtsError({ code: 'STORAGE_UNAVAILABLE', message, retry: 'safe' }));
      },
    } as Partial<StateStore> as StateStore;
    const outbox = outboxOn(failing, log);
    for (let version = 1; version <= 3; version += 1) {
      const entry = outbox.entry([eventRecord('a', version)]);
      await state.transact([entry.item]);
      await outbox.publish(entry);
      if (version < 3) await until(() => failed === version);
    }
    await until(async () => (await stage.stored()) === 0);
    expect(await stage.told()).toEqual(['a:1', 'a:2', 'a:3']);
    await outbox.close();
  });

  it('is closed only once a deletion that is under way has ended', async () => {
    const { state, log } = stage;
    const gate = Promise.withResolvers<void>();
    let deleting = false;
    const slow = {
      get: (key) => state.get(key),
      query: (query) => state.query(query),
      transact: async (items) => {
        deleting = true;
        await gate.promise;
        return state.transact(items);
      },
    } as Partial<StateStore> as StateStore;
    const outbox = outboxOn(slow, log);
    const entry = outbox.entry([eventRecord('b', 1)]);
    await state.transact([entry.item]);
    await outbox.publish(entry);
    await until(() => deleting);
    const closing = outbox.close();
    setImmediate(gate.resolve);
    await closing;
    expect(await stage.stored()).toBe(0);
  });

  it('deletes a few at the same time and is closed only once all have ended', async () => {
    const { state, log } = stage;
    const gate = Promise.withResolvers<void>();
    let running = 0;
    let most = 0;
    const slow = {
      get: (key) => state.get(key),
      query: (query) => state.query(query),
      transact: async (items) => {
        running += 1;
        most = Math.max(most, running);
        await gate.promise;
        const result = await state.transact(items);
        running -= 1;
        return result;
      },
    } as Partial<StateStore> as StateStore;
    const outbox = outboxOn(slow, log);
    for (let version = 1; version <= 20; version += 1) {
      const before = running;
      const entry = outbox.entry([eventRecord('c', version)]);
      await state.transact([entry.item]);
      await outbox.publish(entry);
      // Further ones wait for a deletion under way to end, and then go with it.
      if (before < 8) await until(() => running > before);
    }
    expect(running).toBe(8);
    const closing = outbox.close();
    setImmediate(gate.resolve);
    await closing;
    expect(running).toBe(0);
    expect(most).toBe(8);
    expect(await stage.stored()).toBe(0);
  });
});
