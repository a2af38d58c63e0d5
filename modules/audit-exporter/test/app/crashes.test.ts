import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { AtsError } from '@ats/domain';
import type { Archive, EventLog, LogBatch } from '@ats/storage';
import { killedWriter, until } from '@ats/testkit';
import { compareWithLog } from '../../src/index.ts';
import { Stage } from '../stage.ts';

const PROGRAM = fileURLToPath(new URL('export-process.ts', import.meta.url));

describe('after a crash', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await Stage.open();
  });
  afterEach(() => stage.close());

  const full = { code: 'STORAGE_UNAVAILABLE' as const, message: 'no room', retry: 'safe' as const };

  /** The stage's archive, with some puts going wrong. */
  function faulty(put: (name: string, bytes: Uint8Array) => ReturnType<Archive['put']>): Archive {
    const { archive } = stage;
    return {
      put,
      get: (name) => archive.get(name),
      list: (options) => archive.list(options),
      health: () => archive.health(),
      close: () => Promise.resolve(),
    };
  }

  /** The stage's log as another group sees it: a second exporter gets every record as well. */
  function asGroup(group: string): EventLog {
    const { log } = stage;
    return {
      append: (record) => log.append(record),
      read: (options) => log.read(options),
      lag: (options) => log.lag({ ...options, group }),
      subscribe: (options) => log.subscribe({ ...options, group }),
      health: () => log.health(),
      close: () => Promise.resolve(),
    };
  }

  async function offsetsOf(topic: string): Promise<string[]> {
    const names = await stage.names('events/');
    const ranges = names.flatMap((name) => {
      const [, found, from, to] = /topic=([^/]+)\/p=0\/offset=(\d+)-(\d+)/.exec(name) ?? [];
      return found === topic ? [{ from: Number(from), to: Number(to) }] : [];
    });
    return ranges
      .sort((one, other) => one.from - other.from)
      .map(({ from, to }) => `${from}-${to}`);
  }

  it('archives what was acknowledged once, however often the process is killed', async () => {
    await stage.closePorts();
    const acknowledged = new Set<string>();
    for (let kill = 0; kill < 6; kill += 1) {
      const args = [stage.logFolder, stage.archiveFolder, String(1000 * kill + kill)];
      const lines = await killedWriter({ script: PROGRAM, args }, { linesMin: 40 + 37 * kill });
      for (const line of lines) acknowledged.add(line);
    }
    await stage.openPorts();
    const exporter = await stage.export();
    await exporter.drain();
    const report = await stage.verify();
    expect(report.problems).toEqual([]);
    let logged = 0;
    for (const topic of ['alerts', 'alerts.dead', 'trades.dead'] as const) {
      const records = await stage.log.read({ topic, partition: 0, from: 0, limit: 100_000 });
      logged += records.length;
      expect((await offsetsOf(topic)).at(-1)?.split('-')[1]).toBe(String(records.length - 1));
    }
    // No offset twice and none missing: the sum over all segments is what the log has.
    expect(report.records).toBe(logged);
    const { log, archive } = stage;
    const whole = { records: logged, missing: 0, differing: [] };
    expect(await compareWithLog({ log, archive })).toEqual(whole);
    expect(logged).toBeGreaterThanOrEqual(acknowledged.size);
  }, 120_000);

  it.each([
    ['before the link', 'links/', false],
    ['after the link', 'links/', true],
    ['before the segment', 'events/', false],
    ['after the segment', 'events/', true],
  ])('makes the same cut again when it stopped %s was put', async (_when, prefix, after) => {
    await stage.append(5);
    let died = false;
    const dying = faulty(async (name, bytes) => {
      if (died) throw new AtsError(full);
      if (!name.startsWith(prefix)) return stage.archive.put(name, bytes);
      died = true;
      if (after) await stage.archive.put(name, bytes);
      throw new AtsError(full);
    });
    const limits = { segmentRecordsMax: 5, catchUpMs: 0 };
    const first = await stage.export({ archive: dying, limits });
    await until(() => died);
    await first.drain();
    const before = await stage.names();
    // Meanwhile the log grew, and the new exporter would cut elsewhere by itself.
    await stage.append(5, { from: 5 });
    const second = await stage.export({ limits: { segmentRecordsMax: 7 } });
    await second.drain();
    const announced = before.length > 0;
    const cuts = announced ? ['0-4', '5-9'] : ['0-6', '7-9'];
    expect(await offsetsOf('alerts')).toEqual(cuts);
    expect(await stage.verify()).toMatchObject({ records: 10, problems: [] });
  });

  it.each(['links/', 'events/'])(
    'lets another release go on that packs other bytes, when it stopped after %s',
    async (at) => {
      await stage.append(5);
      let died = false;
      const dying = faulty(async (name, bytes) => {
        if (died) throw new AtsError(full);
        const result = await stage.archive.put(name, bytes);
        died = name.startsWith(at);
        return result;
      });
      const limits = { segmentRecordsMax: 5, catchUpMs: 0 };
      const first = await stage.export({ archive: dying, limits });
      await until(() => died);
      await first.drain();
      await stage.append(5, { from: 5 });
      const decode = () => ({ kind: 'decoded' as const, value: { read: 'otherwise' } });
      const second = await stage.export({ decode });
      await second.drain();
      expect(second.readiness().reasons).toEqual([]);
      expect(await offsetsOf('alerts')).toEqual(['0-4', '5-9']);
      expect(await stage.verify()).toMatchObject({ records: 10, problems: [] });
      const repacked = (await stage.names('links/')).filter((name) => name.includes('repacked'));
      expect(repacked).toHaveLength(at === 'links/' ? 1 : 0);
    },
  );

  it('writes what a commit that failed leaves to be delivered twice only once', async () => {
    const unsaved: EventLog = {
      ...asGroup('audit-exporter'),
      subscribe: (options) =>
        stage.log.subscribe({
          ...options,
          handle: (batch: LogBatch) =>
            options.handle({ ...batch, commit: () => Promise.reject(new AtsError(full)) }),
        }),
    };
    const first = await stage.export({ log: unsaved, limits: { segmentRecordsMax: 4 } });
    await stage.append(10);
    await until(async () => (await stage.names('events/')).length >= 2);
    await first.drain();
    const second = await stage.export({ limits: { segmentRecordsMax: 3 } });
    await second.drain();
    const group = { group: 'audit-exporter', topics: ['alerts' as const] };
    expect(await stage.log.lag(group)).toMatchObject([{ committed: 10, lag: 0 }]);
    expect(await stage.verify()).toMatchObject({ records: 10, problems: [] });
  });

  it('lets two exporters at one partition write one chain', async () => {
    const [one, other] = await Promise.all([
      stage.export({ limits: { segmentRecordsMax: 4, headIntervalMs: 100 } }),
      stage.export({
        log: asGroup('other'),
        limits: { segmentRecordsMax: 7, segmentAgeMs: 10, headIntervalMs: 100 },
      }),
    ]);
    for (let from = 0; from < 200; from += 10) await stage.append(10, { from });
    await Promise.all([one.drain(), other.drain()]);
    expect([...one.readiness().reasons, ...other.readiness().reasons]).toEqual([]);
    expect(await stage.verify()).toMatchObject({ records: 200, problems: [] });
  });

  it('goes on in one chain when another exporter was there in between', async () => {
    const one = await stage.export({ limits: { segmentRecordsMax: 3 } });
    await stage.append(4);
    await until(async () => (await stage.names('events/')).length === 1);
    const other = await stage.export({ log: asGroup('other') });
    await stage.append(4, { from: 4 });
    await other.drain();
    await stage.append(4, { from: 8 });
    await one.drain();
    expect(one.readiness().reasons).toEqual([]);
    expect(await stage.verify()).toMatchObject({ records: 12, problems: [] });
  });

  it('waits for an archive that fails, says so, and loses nothing', async () => {
    let broken = true;
    const archive = faulty((name, bytes) =>
      broken ? Promise.reject(new AtsError(full)) : stage.archive.put(name, bytes),
    );
    const exporter = await stage.export({ archive, limits: { segmentRecordsMax: 5 } });
    await stage.append(23);
    await until(() => !exporter.readiness().ready);
    expect(exporter.readiness().reasons).toContainEqual(expect.stringContaining('alerts/0'));
    expect(stage.metrics.value('ats_audit_failures_total', { topic: 'alerts' })).toBeGreaterThan(0);
    broken = false;
    await until(() => exporter.readiness().ready);
    await exporter.drain();
    expect(await stage.verify()).toMatchObject({ records: 23, problems: [] });
  });

  it('archives again from the log what is gone from the archive', async () => {
    const first = await stage.export();
    await stage.append(10);
    await first.drain();
    await rm(stage.archiveFolder, { recursive: true });
    await stage.closePorts();
    await stage.openPorts();
    const second = await stage.export();
    await stage.append(3, { from: 10 });
    await second.drain();
    expect(await stage.verify()).toMatchObject({ records: 13, problems: [] });
  });

  it('takes no other log for the one that is archived', async () => {
    const first = await stage.export();
    await stage.append(10);
    await first.drain();
    await stage.closePorts();
    await rm(stage.logFolder, { recursive: true });
    await stage.openPorts();
    await stage.append(5, { from: 100 });
    const second = await stage.export({ limits: { catchUpMs: 100 } });
    await until(() => !second.readiness().ready);
    expect(second.readiness().reasons).toContainEqual(expect.stringContaining('another log'));
    await second.drain();
    const group = { group: 'audit-exporter', topics: ['alerts' as const] };
    expect(await stage.log.lag(group)).toMatchObject([{ committed: 0, lag: 5 }]);
    expect(await stage.verify()).toMatchObject({ records: 10, problems: [] });
  });
});
