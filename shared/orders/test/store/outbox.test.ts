import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AtsError } from '@ats/domain';
import { seededRandom, systemClock, systemTimers } from '@ats/runtime';
import type { StateStore } from '@ats/storage';
import { killedWriter, manualTimers, memoryMetrics, silentLogger, until } from '@ats/testkit';
import { Outbox } from '../../src/index.ts';
import { eventRecord, OutboxStage } from './outbox-stage.ts';

/** Each order's events, repeats left out, in the order in which they were first told. */
function firstTold(told: readonly string[], name: string): readonly number[] {
  const own = [...new Set(told)].filter((eventId) => eventId.startsWith(`${name}:`));
  return own.map((eventId) => Number(eventId.split(':')[1]));
}

const ascending = (numbers: readonly number[]): readonly number[] =>
  [...numbers].sort((one, other) => one - other);

describe('the outbox', () => {
  const folders: string[] = [];
  const stages: OutboxStage[] = [];
  const folder = (): string => {
    const made = mkdtempSync(join(tmpdir(), 'ats-outbox-'));
    folders.push(made);
    return made;
  };
  const open = async (where: string): Promise<OutboxStage> => {
    const stage = await OutboxStage.open(where);
    stages.push(stage);
    return stage;
  };
  const close = async (stage: OutboxStage): Promise<void> => {
    stages.splice(stages.indexOf(stage), 1);
    await stage.close();
  };
  afterEach(async () => {
    for (const stage of stages.splice(0)) await stage.close();
    for (const one of folders.splice(0)) rmSync(one, { recursive: true, force: true });
  });

  it('tells the log what was committed, and then forgets it', async () => {
    const stage = await open(folder());
    const entry = await stage.commit('a', 1);
    await stage.outbox.publish(entry);
    expect(await stage.told()).toEqual(['a:1']);
    await until(async () => (await stage.stored()) === 0);
  });

  it('forgets by one transaction what was told within moments', async () => {
    const stage = await open(folder());
    const timers = manualTimers();
    const deleted: number[] = [];
    const state = {
      transact: (items) => {
        if (items.every(({ kind }) => kind === 'delete')) deleted.push(items.length);
        return stage.state.transact(items);
      },
    } as Partial<StateStore> as StateStore;
    const { log, metrics } = stage;
    const outbox = new Outbox({
      ...{ owner: 'test', state, log, metrics, timers, logger: silentLogger() },
      ...{ clock: systemClock, random: seededRandom(3).stream('outbox') },
    });
    for (let version = 1; version <= 5; version += 1) {
      const entry = outbox.entry([eventRecord('a', version)]);
      await stage.state.transact([entry.item]);
      await outbox.publish(entry);
    }
    expect(await stage.stored()).toBe(5);
    timers.advance(1000);
    await until(async () => (await stage.stored()) === 0);
    expect(deleted).toEqual([5]);
    await outbox.close();
  });

  it('forgets what could not be deleted at first, though nothing more is told', async () => {
    const stage = await open(folder());
    let refused = 0;
    const state = {
      transact: (items) => {
        const fails = items.every(({ kind }) => kind === 'delete') && refused < 2;
        if (fails) refused += 1;
        return fails ? Promise.reject(new Error('the store is slow')) : stage.state.transact(items);
      },
    } as Partial<StateStore> as StateStore;
    const { log, metrics } = stage;
    const outbox = new Outbox({
      ...{ owner: 'test', state, log, metrics, timers: systemTimers, logger: silentLogger() },
      ...{ clock: systemClock, random: seededRandom(3).stream('outbox') },
    });
    const entry = outbox.entry([eventRecord('a', 1)]);
    await stage.state.transact([entry.item]);
    await outbox.publish(entry);
    await until(async () => (await stage.stored()) === 0);
    expect(refused).toBe(2);
    await outbox.close();
  });

  it('tells after a restart what was committed and not published', async () => {
    const where = folder();
    const before = await open(where);
    await before.commit('a', 1);
    await before.commit('a', 2);
    before.outbox.entry([eventRecord('a', 3)]);
    await close(before);
    const after = await open(where);
    expect(await after.outbox.recover()).toBe(2);
    expect(await after.told()).toEqual(['a:1', 'a:2']);
    const next = await after.commit('a', 3);
    await after.outbox.publish(next);
    expect(await after.told()).toEqual(['a:1', 'a:2', 'a:3']);
    await until(async () => (await after.stored()) === 0);
    expect(await after.outbox.recover()).toBe(0);
  });

  it('publishes what another instance has left behind, and deletes it', async () => {
    const stage = await open(folder());
    const { state, log, metrics } = stage;
    const other = new Outbox({
      ...{ owner: 'other', state, log, metrics, logger: silentLogger() },
      ...{ clock: systemClock, timers: systemTimers, random: seededRandom(2).stream('outbox') },
    });
    await stage.commit('a', 1);
    expect(await other.recover({ owner: 'test' })).toBe(1);
    expect(await stage.told()).toEqual(['a:1']);
    await until(async () => (await stage.stored()) === 0);
    await other.close();
  });

  it('tells again, by the same event id, what a crash kept from being forgotten', async () => {
    const where = folder();
    const before = await open(where);
    const entry = await before.commit('a', 1);
    await Promise.all(entry.records.map((one) => before.log.append(one)));
    await close(before);
    const after = await open(where);
    await after.outbox.recover();
    expect(await after.told()).toEqual(['a:1', 'a:1']);
  });

  it('waits for a log that is down, says so, and keeps the order', async () => {
    const stage = await open(folder());
    stage.line.takes = () => false;
    const published: Promise<void>[] = [];
    for (let version = 1; version <= 20; version += 1) {
      for (const name of ['a', 'b']) {
        published.push(stage.outbox.publish(await stage.commit(name, version)));
      }
    }
    await until(() => !stage.outbox.health().ok);
    expect(stage.outbox.health().reason).toContain('the line to the log is cut');
    expect(stage.metrics.value('ats_orders_outbox_waiting_entries')).toBe(40);
    expect(stage.metrics.value('ats_orders_outbox_oldest_age_seconds')).toBeGreaterThan(0);
    expect(stage.metrics.value('ats_orders_outbox_full_ratio')).toBe(40 / 10_000);
    expect(await stage.told()).toEqual([]);
    stage.line.takes = () => true;
    await Promise.all(published);
    expect(stage.outbox.health()).toEqual({ ok: true, reason: '' });
    const told = await stage.told();
    for (const name of ['a', 'b']) {
      expect(firstTold(told, name)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
    }
  });

  it('lets no event overtake an earlier one of its order, whichever append fails', async () => {
    const stage = await open(folder());
    const random = seededRandom(7).stream('line');
    stage.line.takes = () => false;
    const published: Promise<void>[] = [];
    for (let version = 1; version <= 6; version += 1) {
      for (const name of ['a', 'b', 'c']) {
        published.push(stage.outbox.publish(await stage.commit(name, version)));
      }
    }
    stage.line.takes = () => random.next() > 0.3;
    await until(
      () => {
        // Fewer failures as time goes by, so that the test ends.
        if (random.next() < 0.01) stage.line.takes = () => true;
        return stage.metrics.value('ats_orders_outbox_waiting_entries') === 0;
      },
      { timeoutMs: 20_000 },
    );
    await Promise.all(published);
    const told = await stage.told();
    for (const name of ['a', 'b', 'c']) {
      const versions = firstTold(told, name);
      expect(versions).toHaveLength(6);
      expect(versions).toEqual(ascending(versions));
    }
  });

  it('refuses new work while too many entries wait', async () => {
    const { state, log, line } = await open(folder());
    line.takes = () => false;
    const outbox = new Outbox({
      owner: 'small',
      state,
      log,
      clock: systemClock,
      timers: systemTimers,
      random: seededRandom(1).stream('outbox'),
      logger: silentLogger(),
      metrics: memoryMetrics(),
      waitingMax: 1,
    });
    expect(outbox.health().ok).toBe(true);
    const published = outbox.publish(outbox.entry([eventRecord('a', 1)]));
    expect(outbox.health()).toMatchObject({ ok: false });
    line.takes = () => true;
    await published;
    expect(outbox.health().ok).toBe(true);
  });

  it('finds out whether a transaction was made whose answer was lost', async () => {
    const stage = await open(folder());
    let failures = 3;
    const state: StateStore = {
      transact: (items) => stage.state.transact(items),
      query: (query) => stage.state.query(query),
      health: () => stage.state.health(),
      close: () => stage.state.close(),
      get(key) {
        failures -= 1;
        if (failures < 0) return stage.state.get(key);
        return Promise.reject(new AtsError({ code: 'STORAGE_UNAVAILABLE', message: 'away' }));
      },
    };
    const outbox = new Outbox({
      owner: 'test',
      state,
      log: stage.log,
      clock: systemClock,
      timers: systemTimers,
      random: seededRandom(1).stream('outbox'),
      logger: silentLogger(),
      metrics: memoryMetrics(),
    });
    const made = outbox.entry([eventRecord('a', 1)]);
    await stage.state.transact([made.item]);
    const asking = outbox.wasMade(made, { giveUp: () => false });
    expect(outbox.health().ok).toBe(false);
    expect(await asking).toBe(true);
    expect(outbox.health().ok).toBe(true);
    const never = outbox.entry([eventRecord('a', 2)]);
    expect(await outbox.wasMade(never, { giveUp: () => false })).toBe(false);
    failures = 1;
    await expect(outbox.wasMade(made, { giveUp: () => true })).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
    });
  });

  it('has told everything that was committed before the process was killed', async () => {
    const where = folder();
    const script = fileURLToPath(new URL('./outbox-process.ts', import.meta.url));
    const committed = await killedWriter({ script, args: [where] }, { linesMin: 300 });
    const stage = await open(where);
    await stage.outbox.recover();
    const told = await stage.told();
    expect(new Set(told).size).toBeGreaterThanOrEqual(committed.length);
    for (const eventId of committed) expect(told).toContain(eventId);
    for (const name of ['a', 'b', 'c', 'd']) {
      const versions = firstTold(told, name);
      expect(versions).toEqual(Array.from({ length: versions.length }, (_, at) => at + 1));
    }
  }, 60_000);
});
