import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manualClock } from '@ats/testkit';
import { hashInputs, isRunSetting } from '../src/adapters/execute-run.ts';
import { inputsHash, ResultStore, runIdOf } from '../src/adapters/result-store.ts';
import { openTapeStore } from '../src/adapters/tapes/tape-store.ts';
import { sampleRecord } from './sample-record.ts';
import { configWith, specOf } from './stage.ts';

const INPUTS = { inputs: inputsHash(['a tape', 'a configuration']) };

describe('the store of results', () => {
  let folder: string;
  let store: ResultStore;
  const clock = manualClock(1_780_000_000_000_000);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'backtests-'));
    store = new ResultStore({ folder: join(folder, 'results'), clock });
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('gives back what was stored, digit for digit', async () => {
    const record = sampleRecord();
    const { id } = await store.save(record, INPUTS);
    const found = await store.find(id);
    expect(await store.record(found)).toEqual(record);
    expect(found.figures['equityStart']).toBe('500000.0000');
  });

  it('gives the same inputs the same id, whatever the name, and others another', () => {
    const { spec } = sampleRecord({ name: '' });
    const id = runIdOf(spec, 'x');
    expect(id).toMatch(/^spread-[0-9a-f]{12}$/);
    expect(runIdOf({ ...spec, settings: { ...spec.settings } }, 'x')).toBe(id);
    expect(runIdOf({ ...spec, name: 'Wide edge!' }, 'x')).toBe(id.replace('spread', 'wide-edge'));
    for (const other of [
      { ...spec, seed: 8 },
      { ...spec, settings: {} },
      { ...spec, toUs: 1 },
    ]) {
      expect(runIdOf(other, 'x')).not.toBe(id);
    }
    expect(runIdOf(spec, 'y')).not.toBe(id);
  });

  it('has one run where the same is stored twice', async () => {
    const record = sampleRecord();
    const { id } = await store.save(record, INPUTS);
    await store.save(record, INPUTS);
    const { runs, damaged } = await store.list();
    expect(runs.map((run) => run.id)).toEqual([id]);
    expect(damaged).toEqual([]);
    expect(await readdir(join(folder, 'results', id))).toHaveLength(2);
  });

  it('leaves no file of what a run was before', async () => {
    const { id } = await store.save(sampleRecord(), INPUTS);
    await store.save({ ...sampleRecord(), warnings: ['of a later version'] }, INPUTS);
    expect(await readdir(join(folder, 'results', id))).toHaveLength(2);
    expect((await store.record(await store.find(id))).warnings).toEqual(['of a later version']);
  });

  it('finds by the beginning of an id and by a name that one run bears', async () => {
    const { id } = await store.save(sampleRecord({ name: 'wide' }), INPUTS);
    await store.save(sampleRecord({ name: 'wide', seed: 8 }), INPUTS);
    await store.save(sampleRecord({ name: 'narrow' }), { inputs: 'other' });
    expect((await store.find(id.slice(0, 9))).id).toBe(id);
    expect((await store.find('narrow')).spec.name).toBe('narrow');
    await expect(store.find('wide')).rejects.toMatchObject({ code: 'BACKTEST_RESULT_UNKNOWN' });
    await expect(store.find('../x')).rejects.toMatchObject({ code: 'BACKTEST_RESULT_UNKNOWN' });
  });

  it('says what is damaged, and goes on with the rest', async () => {
    const whole = await store.save(sampleRecord(), INPUTS);
    const changed = await store.save(sampleRecord({ seed: 8 }), INPUTS);
    const cut = await store.save(sampleRecord({ seed: 9 }), INPUTS);
    await mkdir(join(folder, 'results', 'half'));
    const head = join(folder, 'results', cut.id, 'run.json');
    await writeFile(head, (await readFile(head, 'utf8')).slice(0, 200));
    await writeFile(join(folder, 'results', changed.id, changed.record.file), 'not gzip');
    const { runs, damaged } = await store.list();
    expect(runs.map(({ id }) => id).sort()).toEqual([whole.id, changed.id].sort());
    expect(damaged.map(({ id }) => id).sort()).toEqual([cut.id, 'half'].sort());
    await expect(store.find(cut.id)).rejects.toMatchObject({ code: 'BACKTEST_RESULT_DAMAGED' });
    await expect(store.record(changed)).rejects.toMatchObject({ code: 'BACKTEST_RESULT_DAMAGED' });
    expect(await store.record(whole)).toEqual(sampleRecord());
  });

  it('has none where there is no folder yet', async () => {
    expect(await store.list()).toEqual({ runs: [], damaged: [] });
  });

  it.each([
    ['engine.minEdgeBps=2', true],
    ['venues.binance.fees', true],
    ['backtest.latency', true],
    ['risk.limits', true],
    ['gateway.marketCollarBps', true],
    ['venues.binance.ws', false],
    ['gateway.port=0', false],
    ['gateway.tokenFile', false],
    ['risk.approvalKeyFile', false],
    ['collector.record', false],
    ['backtest.resultFolder', false],
    ['admin.ports', false],
    ['simulator.faults', false],
    ['security.folder', false],
    ['access.linkUrl', false],
    ['dashboard.port=0', false],
  ])('has an id that follows from %s: %s', (setting, follows) => {
    expect(isRunSetting(setting)).toBe(follows);
  });

  it('has another id once the file of its strategy or of its latencies is another', async () => {
    const [strategy, latencies] = [join(folder, 'mine.ts'), join(folder, 'measured.txt')];
    await writeFile(strategy, 'one');
    await writeFile(latencies, '12.5');
    const loaded = configWith([`backtest.latency.orders.default=empirical:${latencies}`]);
    const tapes = openTapeStore({ folder: join(folder, 'tapes'), clock });
    const hash = () => hashInputs({ spec: specOf([], { strategy }), loaded, tapes });
    const first = await hash();
    expect(await hash()).toBe(first);
    await writeFile(strategy, 'two');
    const second = await hash();
    await writeFile(latencies, '20');
    expect(new Set([first, second, await hash()]).size).toBe(3);
  });
});
