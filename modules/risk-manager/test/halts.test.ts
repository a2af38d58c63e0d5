import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { haltModeOf, haltModeToWire, RISK_SERVICE } from '@ats/contracts';
import { AtsError, type HaltMode } from '@ats/domain';
import { readAlert } from '@ats/orders';
import {
  openKillSwitch,
  openRpcDirectory,
  seededRandom,
  systemClock,
  systemTimers,
  UNGUARDED,
} from '@ats/runtime';
import {
  type EventLog,
  openLmdbEventLog,
  openLmdbStateStore,
  partitionsOf,
  type StateStore,
} from '@ats/storage';
import { memoryMetrics, silentLogger, until } from '@ats/testkit';
import { riskManager } from '../src/index.ts';
import { riskConfig } from './samples.ts';

const CALL = { deadlineMs: 5000 };
const parts = {
  clock: systemClock,
  timers: systemTimers,
  random: seededRandom(1),
  logger: silentLogger(),
};

describe('a halt of the risk manager', () => {
  let folder: string;
  let state: StateStore;
  let log: EventLog;
  const closing: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ats-halts-'));
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

  const killSwitch = () => openKillSwitch(join(folder, 'kill-switch'));

  async function start(
    risk: Record<string, unknown> = {},
    ports: { readonly stateStore?: StateStore; readonly eventLog?: EventLog } = {},
  ) {
    const metrics = memoryMetrics();
    const rpc = openRpcDirectory({
      guard: UNGUARDED,
      ...parts,
      metrics,
      addresses: {},
      listen: false,
    });
    const running = await riskManager.start({
      ...parts,
      metrics,
      rpc,
      config: riskConfig(risk, killSwitch().file),
      ports: {
        stateStore: async () => ports.stateStore ?? state,
        eventLog: async () => ports.eventLog ?? log,
      },
    });
    let stopped = false;
    const stop = async (): Promise<void> => {
      if (stopped) return;
      stopped = true;
      await running.drain();
      await rpc.close();
    };
    closing.push(stop);
    const client = rpc.client(RISK_SERVICE);
    const halt = (actor: string, reason = 'a drill', mode?: HaltMode) =>
      client.EmergencyHalt({ actor, reason, mode: haltModeToWire(mode) }, CALL);
    const resume = async (actor: string, to?: HaltMode) => {
      const wish = { actor, reason: 'it is over', to: haltModeToWire(to) };
      const { halted, personsMissing } = await client.ResumeTrading(wish, CALL);
      return { halted, personsMissing };
    };
    const status = () => client.GetRiskStatus({}, CALL);
    return { running, stop, halt, resume, status };
  }

  const told = async () => {
    const read = async (partition: number) => log.read({ topic: 'alerts', partition, from: 0 });
    const partitions = Array.from({ length: partitionsOf('alerts') }, (_, index) => index);
    const records = (await Promise.all(partitions.map(read))).flat();
    return records.map(readAlert);
  };

  it('outlives restarts, and so does its end', async () => {
    const first = await start();
    await first.halt('ann');
    await first.stop();
    const second = await start();
    expect(await second.status()).toMatchObject({ halted: true, haltedBy: 'ann' });
    expect(await second.resume('bob')).toEqual({ halted: false, personsMissing: 0 });
    await second.stop();
    const third = await start();
    expect(await third.status()).toMatchObject({ halted: false });
  });

  it('tells people when it begins and when it ends, once each', async () => {
    const { halt, resume } = await start();
    await halt('ann', 'odd prices');
    await halt('bob', 'me too');
    await resume('cid');
    await resume('cid');
    await until(async () => (await told()).length === 2);
    const [begun, ended] = await told();
    expect(begun).toMatchObject({ key: 'risk.halted', severity: 'critical', area: 'risk' });
    expect(begun?.summary).toBe('Trading is halted by ann: odd prices.');
    expect(begun?.resolvedAtUs).toBeUndefined();
    expect(ended?.alertId).toBe(begun?.alertId);
    expect(ended?.resolvedAtUs).toBeGreaterThan(0);
    expect(ended?.summary).toContain('cid');
  });

  it('is told after a restart, and before its end, where the log was away', async () => {
    const away = new AtsError({ code: 'STORAGE_UNAVAILABLE', message: 'away', retry: 'safe' });
    const cut = {
      append: () => Promise.reject(away),
      subscribe: (options) => log.subscribe(options),
      lag: (options) => log.lag(options),
      health: () => log.health(),
    } as Partial<EventLog> as EventLog;
    const first = await start({}, { eventLog: cut });
    await first.halt('ann');
    await first.stop();
    expect(await told()).toEqual([]);
    const second = await start();
    await second.resume('bob');
    await until(async () => (await told()).length === 2);
    const ends = (await told()).map(({ resolvedAtUs }) => resolvedAtUs !== undefined);
    expect(ends).toEqual([false, true]);
  });

  it('takes two persons to end where the configuration says so, over restarts', async () => {
    const first = await start({ resumePersons: 2 });
    await first.halt('ann');
    expect(await first.resume('ann')).toEqual({ halted: true, personsMissing: 1 });
    expect(await first.resume('ann')).toEqual({ halted: true, personsMissing: 1 });
    await first.stop();
    const second = await start({ resumePersons: 2 });
    expect(await second.status()).toMatchObject({ halted: true, resumeActors: ['ann'] });
    expect(await second.resume('bob')).toEqual({ halted: false, personsMissing: 0 });
  });

  it('counts persons anew after another halt', async () => {
    const { halt, resume } = await start({ resumePersons: 2 });
    await halt('ann');
    await resume('ann');
    await halt('cid', 'not yet');
    expect(await resume('bob')).toEqual({ halted: true, personsMissing: 1 });
  });

  it('becomes stricter at once, looser by persons, told of each time', async () => {
    const first = await start({ resumePersons: 2 });
    const mode = async () => haltModeOf(await first.status());
    await first.halt('a limit', 'too much BTC', 'reducing');
    expect(await mode()).toBe('reducing');
    await first.halt('ann', 'odd prices', 'flatten');
    await first.halt('bob', 'me too', 'halted');
    expect(await mode()).toBe('flatten');
    expect(await first.resume('bob', 'halted')).toEqual({ halted: true, personsMissing: 1 });
    expect(await first.resume('cid', 'halted')).toEqual({ halted: true, personsMissing: 0 });
    expect(await mode()).toBe('halted');
    await first.stop();
    const second = await start({ resumePersons: 2 });
    expect(await second.status()).toMatchObject({
      ...{ halted: true, haltReason: 'too much BTC', haltedBy: 'a limit' },
      mode: 'HALT_MODE_HALTED',
      changes: [
        { mode: 'HALT_MODE_FLATTEN', actor: 'ann', reason: 'odd prices' },
        { mode: 'HALT_MODE_HALTED', actor: 'bob and cid', reason: 'it is over' },
      ],
    });
    await second.resume('bob');
    expect(await second.resume('cid')).toEqual({ halted: false, personsMissing: 0 });
    const shown = async () =>
      (await told())
        .filter(({ key }) => key === 'risk.halted')
        .map(({ facts, resolvedAtUs }) => [facts['mode'], resolvedAtUs !== undefined]);
    await until(async () => (await shown()).length === 4);
    expect(await shown()).toEqual([
      ['reducing', false],
      ['flatten', false],
      ['halted', false],
      ['halted', true],
    ]);
  });

  it('is made a whole one by the kill switch', async () => {
    const { halt, status } = await start();
    await halt('a limit', 'too much BTC', 'reducing');
    killSwitch().pull('ann: prices are wrong');
    await until(async () => haltModeOf(await status()) === 'halted');
    expect(await status()).toMatchObject({ haltedBy: 'a limit' });
  });

  it('is a whole one where an older version stored it without a mode', async () => {
    const said = { reason: 'a drill', actor: 'ann', atUs: 7 };
    const stored = JSON.stringify({ halt: said, resumes: [{ ...said, actor: 'bob' }] });
    const key = { table: 'risk', partition: 'halt', sort: 'switch' } as const;
    await state.transact([{ kind: 'create', key, attributes: { state: stored } }]);
    const { status, resume } = await start({ resumePersons: 2 });
    expect(haltModeOf(await status())).toBe('halted');
    expect(await status()).toMatchObject({ resumeActors: ['bob'], changes: [] });
    expect(await resume('cid')).toEqual({ halted: false, personsMissing: 0 });
  });

  it('cannot be left for one that is as strict as can be', async () => {
    const { halt, resume } = await start();
    await halt('ann');
    await expect(resume('bob', 'flatten')).rejects.toMatchObject({ code: 'RPC_INVALID_ARGUMENT' });
  });

  it('begins when the kill switch is pulled, and nobody resumes while it is', async () => {
    const { resume, status } = await start();
    killSwitch().pull('ann: prices are wrong');
    await until(async () => (await status()).halted);
    expect(await status()).toMatchObject({
      haltReason: 'ann: prices are wrong',
      haltedBy: 'the kill switch',
    });
    await expect(resume('bob')).rejects.toMatchObject({
      code: 'RISK_KILL_SWITCH_ON',
      context: { field: 'killSwitchFile', value: killSwitch().file },
    });
    killSwitch().release();
    expect(await resume('bob')).toMatchObject({ halted: false });
  });

  it('stands at the start when the kill switch was pulled before', async () => {
    killSwitch().pull('down for the night');
    const { status } = await start();
    expect(await status()).toMatchObject({ halted: true, haltReason: 'down for the night' });
  });

  it('counts at once though the store is away, and is stored when that is back', async () => {
    let away = false;
    const unavailable = () =>
      new AtsError({ code: 'STORAGE_UNAVAILABLE', message: 'the store is away', retry: 'safe' });
    const flaky = {
      get: (key) => (away ? Promise.reject(unavailable()) : state.get(key)),
      query: (query) => state.query(query),
      transact: (items) => (away ? Promise.reject(unavailable()) : state.transact(items)),
      health: () => state.health(),
    } as Partial<StateStore> as StateStore;
    const first = await start({}, { stateStore: flaky });
    away = true;
    await expect(first.halt('ann')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect(await first.status()).toMatchObject({ halted: true, haltedBy: 'ann' });
    expect(first.running.readiness().reasons).toEqual([expect.stringContaining('not stored')]);
    await expect(first.resume('bob')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect(await first.status()).toMatchObject({ halted: true });
    away = false;
    await until(() => first.running.readiness().ready);
    await first.stop();
    const second = await start();
    expect(await second.status()).toMatchObject({ halted: true, haltedBy: 'ann' });
  });
});
