import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AtsError, Decimal } from '@ats/domain';
import { Outbox, readAlert } from '@ats/orders';
import { openKillSwitch, seededRandom, systemTimers } from '@ats/runtime';
import { type EventLog, openLmdbEventLog, openLmdbStateStore, type StateStore } from '@ats/storage';
import { manualClock, memoryMetrics, silentLogger, until } from '@ats/testkit';
import { BreachBoard } from '../../src/app/breach-board.ts';
import { HaltSwitch } from '../../src/app/halt-switch.ts';
import { LimitBook } from '../../src/app/limit-book.ts';
import { LimitMonitor } from '../../src/app/limit-monitor.ts';
import { LimitStateStore } from '../../src/app/limit-state-store.ts';
import type { LimitName } from '../../src/domain/limits/limit-names.ts';
import { limitTableOf } from '../../src/limits-config.ts';

const timers = systemTimers;
const logger = silentLogger();
const decimal = (value: number): Decimal => Decimal.parse(String(value));
const LIMITS = limitTableOf({
  lossPerDay: { warn: '80', max: '100', onBreach: 'halted', for: {} },
  venueSilence: { warn: '5000', max: '15000', for: {} },
});
const away = () => new AtsError({ code: 'STORAGE_UNAVAILABLE', message: 'away', retry: 'safe' });

describe('the monitor of limits', () => {
  let folder: string;
  let state: StateStore;
  let log: EventLog;
  const clock = manualClock();
  const parts = { clock, timers, logger };
  const closing: (() => Promise<void>)[] = [];
  /** What the gauges say, by limit and what it is of. */
  const values = new Map<string, number>();
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ats-monitor-'));
    values.clear();
    const options = { ...parts, metrics: memoryMetrics() };
    state = await openLmdbStateStore({ ...options, folder: join(folder, 'state') });
    log = await openLmdbEventLog({ ...options, folder: join(folder, 'log') });
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    await log.close();
    await state.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const gauge = (name: LimitName) => ({
    name,
    *read() {
      for (const [id, value] of values) {
        const [limit, of = ''] = id.split(':');
        if (limit === name) yield { of, value: decimal(value) };
      }
    },
  });

  /** A monitor as it starts, or starts again. */
  async function start(store: StateStore = state) {
    const random = seededRandom(1).stream('test');
    const about = { ...parts, metrics: memoryMetrics(), owner: 'test', log, random };
    const outbox = new Outbox({ ...about, state: store });
    await outbox.recover({ until: 'queued' });
    const halts = new HaltSwitch({
      ...{ ...parts, store: { state: store, outbox }, resumePersons: 1 },
      killSwitch: openKillSwitch(join(folder, 'kill-switch')),
    });
    await halts.open();
    const board = new BreachBoard();
    const limits = new LimitBook(LIMITS);
    const monitor = new LimitMonitor({
      gauges: [gauge('lossPerDay'), gauge('venueSilence')],
      ...{ ...parts, limits, halts, board, numeraire: 'USDT' },
      store: new LimitStateStore({ state: store, outbox }),
    });
    await monitor.open();
    closing.push(() => outbox.close());
    const seconds = async (count: number): Promise<void> => {
      for (let second = 0; second < count; second += 1) {
        clock.advanceUs(1_000_000);
        await monitor.look();
      }
    };
    return { monitor, halts, board, limits, seconds };
  }

  const told = async () => {
    const records = await log.read({ topic: 'alerts', partition: 0, from: 0 });
    // What a crash makes come again has the same event id.
    const events = new Map(records.map((record) => [record.headers.eventId, readAlert(record)]));
    return [...events.values()].filter(({ key }) => key.startsWith('risk.limit:'));
  };
  const severities = async () =>
    (await told()).map(({ severity, resolvedAtUs }) =>
      resolvedAtUs === undefined ? severity : 'recovered',
    );

  it('warns, then halts, and says when it has recovered, over restarts, each once', async () => {
    const first = await start();
    values.set('lossPerDay', 85);
    await first.seconds(3);
    await until(async () => (await told()).length === 1);
    const second = await start();
    await second.seconds(3);
    values.set('lossPerDay', 101);
    await second.seconds(1);
    expect(second.halts.halt).toMatchObject({
      actor: 'the limits',
      reason: 'lossPerDay is 101, above 100',
    });
    const third = await start();
    expect(third.halts.halt).toBeDefined();
    expect(third.board.refusalFor('kraken', false)).toMatchObject({
      reason: 'RISK_LOSS_MAX',
      detail: expect.stringContaining('lossPerDay'),
    });
    await third.seconds(3);
    await third.halts.resume({ reason: 'seen', actor: 'ann' });
    await third.seconds(3);
    expect(third.halts.halt).toBeUndefined();
    expect(third.board.refusalFor('kraken', false)).toBeDefined();
    values.set('lossPerDay', 20);
    await third.seconds(15);
    expect(third.board.refusalFor('kraken', false)).toBeUndefined();
    await until(async () => (await told()).length === 3);
    expect(await severities()).toEqual(['warning', 'emergency', 'recovered']);
    const [warned, breached, recovered] = await told();
    expect(new Set([warned?.alertId, breached?.alertId, recovered?.alertId]).size).toBe(1);
    expect(breached).toMatchObject({
      key: 'risk.limit:lossPerDay',
      runbook: 'risk-limit',
      facts: { value: '101 USDT', max: '100 USDT', onBreach: 'halted' },
    });
    expect(breached?.summary).toContain('above its limit of 100 USDT');
    expect(breached?.action).toContain('Trading was halted');
  });

  it('refuses what is on the silent venue alone', async () => {
    const { seconds, board, halts } = await start();
    values.set('venueSilence:kraken', 20_000);
    values.set('venueSilence:upbit', 10);
    await seconds(1);
    expect(board.refusalFor('kraken', true)?.detail).toContain('of kraken');
    expect(board.refusalFor('binance', false)).toBeUndefined();
    expect(halts.halt).toBeUndefined();
    await until(async () => (await told()).length === 1);
    expect(await told()).toMatchObject([{ severity: 'critical', venue: 'kraken' }]);
  });

  it('halts though the store is away, and tells once when it is back', async () => {
    let gone = false;
    const flaky = {
      get: (key) => (gone ? Promise.reject(away()) : state.get(key)),
      query: (query) => state.query(query),
      transact: (items) => (gone ? Promise.reject(away()) : state.transact(items)),
      health: () => state.health(),
    } as Partial<StateStore> as StateStore;
    const { monitor, halts, seconds } = await start(flaky);
    gone = true;
    values.set('lossPerDay', 150);
    await seconds(3);
    expect(halts.halt).toMatchObject({ actor: 'the limits' });
    expect(monitor.trouble()).toContain('not stored');
    expect(await told()).toEqual([]);
    gone = false;
    await seconds(2);
    expect(monitor.trouble()).toBe('');
    await until(async () => (await told()).length === 1);
    const again = await start();
    await again.seconds(2);
    expect(await severities()).toEqual(['emergency']);
  });

  it('keeps a level while there is no figure', async () => {
    const { board, seconds } = await start();
    values.set('lossPerDay', 150);
    await seconds(1);
    values.clear();
    await seconds(60);
    expect(board.refusalFor('kraken', false)).toBeDefined();
    await until(async () => (await told()).length > 0);
    expect(await severities()).toEqual(['emergency']);
  });

  it('that is killed between what it stores says nothing twice and forgets nothing', async () => {
    const random = seededRandom(3).stream('deaths');
    const life = { dead: false };
    const alive = <Value>(work: () => Promise<Value>) =>
      life.dead ? Promise.reject(away()) : work();
    const mortal = {
      get: (key) => alive(() => state.get(key)),
      query: (query) => alive(() => state.query(query)),
      transact: (items) =>
        alive(async () => {
          const dies = random.next() < 0.2;
          life.dead = dies;
          if (dies && random.next() < 0.5) throw away();
          return state.transact(items);
        }),
      health: () => state.health(),
    } as Partial<StateStore> as StateStore;
    const walk = [85, 85, 120, 120, 60, 60, 60, 130, 130, 20, 20];
    let running = await start(mortal);
    for (const value of walk) {
      values.set('lossPerDay', value);
      for (let turn = 0; turn < 15; turn += 1) {
        await running.seconds(1);
        while (life.dead) {
          life.dead = false;
          const next = await start(mortal).catch(() => undefined);
          if (next !== undefined) running = next;
        }
      }
    }
    await running.seconds(60);
    const last = await start();
    await last.seconds(1);
    const recoveries = async () => (await severities()).filter((one) => one === 'recovered');
    await until(async () => (await recoveries()).length === 2);
    const ids = (await log.read({ topic: 'alerts', partition: 0, from: 0 }))
      .filter(({ key }) => key.startsWith('risk.limit:'))
      .map(({ headers }) => headers.eventId);
    const kinds = [...new Set(ids)].map((id) => id.replace(/^.*:\d+:/, '').replace(/:\d+$/, ''));
    expect(kinds).toEqual(['raised', 'worsened', 'resolved', 'raised', 'resolved']);
  });
});
