import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@ats/runtime';
import { TrialLog } from '../../src/adapters/optimise/trial-log.ts';
import { heatMapSvg, sensitivitySection } from '../../src/app/optimise/heat-map-html.ts';
import {
  type Evaluate,
  type SearchParts,
  type SearchProgress,
  search,
} from '../../src/app/optimise/search.ts';
import { walkForward } from '../../src/app/optimise/walk-forward.ts';
import { gridOf, parseParameter } from '../../src/domain/optimise/parameters.ts';
import { planOf } from '../../src/domain/optimise/plan.ts';
import { heatMapsOf } from '../../src/domain/optimise/sensitivity.ts';
import {
  type FinishedTrial,
  overfittingOf,
  ranked,
  scoreOf,
} from '../../src/domain/optimise/study.ts';
import { windowsOf } from '../../src/domain/optimise/windows.ts';

const OBJECTIVE = { figure: 'profit', better: 'higher' } as const;
const SPAN = { fromUs: 0, toUs: 100 };
const GRID = gridOf(['a=1:5:1', 'b=1:4:1'].map(parseParameter), 100);

/** Best at a=3, b=2; a=5 goes with nothing. */
const evaluate: Evaluate = async ({ settings: { a, b }, span }) => {
  if (a === '5') return { kind: 'refused', why: 'a is too large' };
  const profit = 10 - (Number(a) - 3) ** 2 - (Number(b) - 2) ** 2 + span.fromUs / 1000;
  const moments = { sharpe: profit / 100, samples: 500, skewness: 0, kurtosis: 3 };
  return { kind: 'done', figures: { profit: String(profit) }, moments };
};

describe('a search', () => {
  let folder = '';
  let file = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ats-search-'));
    file = join(folder, 'study.jsonl');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const run = async (changes: Partial<SearchParts> = {}) => {
    const store = await TrialLog.open(file, 'a study');
    const parts = { evaluate, store, clock: systemClock, concurrency: 3, span: SPAN, ...changes };
    return search(planOf(GRID), parts).finally(() => store.close());
  };

  it('finds the best, and keeps what was refused with its reason', async () => {
    const trials = await run();
    expect(trials.map(({ settings }) => settings)).toEqual(GRID);
    const [best, second] = ranked(trials, OBJECTIVE);
    expect(best?.settings).toEqual({ a: '3', b: '2' });
    expect(scoreOf(second as FinishedTrial, OBJECTIVE)).toBe(9);
    expect(ranked(trials, OBJECTIVE)).toHaveLength(16);
    const refused = trials.filter(({ outcome }) => outcome.kind === 'refused');
    expect(refused).toHaveLength(4);
    const lowest = ranked(trials, { ...OBJECTIVE, better: 'lower' })[0];
    expect(lowest?.settings).toEqual({ a: '1', b: '4' });
  });

  it('goes on where it was killed, and runs no trial twice', async () => {
    let runs = 0;
    const stop = new AbortController();
    const dying: Evaluate = (trial, signal) => {
      runs += 1;
      if (runs === 7) stop.abort(new Error('killed'));
      return evaluate(trial, signal);
    };
    await expect(run({ evaluate: dying, signal: stop.signal })).rejects.toThrow('killed');
    const kept = (await readFile(file, 'utf8')).trim().split('\n').length - 1;
    expect(kept).toBeGreaterThanOrEqual(6);
    // A line that was being written is cut anywhere.
    await appendFile(file, '{"settings":{"a":"3"');
    runs = 0;
    const told: SearchProgress[] = [];
    const counting: Evaluate = (trial, signal) => {
      runs += 1;
      return evaluate(trial, signal);
    };
    const trials = await run({ evaluate: counting, onProgress: (one) => told.push(one) });
    expect(runs).toBe(GRID.length - kept);
    expect(told[0]).toEqual({ done: kept, total: 20, known: kept, restMs: undefined });
    expect(told.at(-1)).toMatchObject({ done: 20, restMs: 0 });
    expect(ranked(trials, OBJECTIVE)[0]?.settings).toEqual({ a: '3', b: '2' });
    expect(await run({ evaluate: () => Promise.reject(new Error('ran again')) })).toEqual(trials);
  });

  it('stops at the first trial that cannot be run', async () => {
    const broken: Evaluate = async (trial, signal) => {
      if (trial.settings['a'] === '2') throw new Error('the tape is gone');
      return evaluate(trial, signal);
    };
    await expect(run({ evaluate: broken })).rejects.toThrow('the tape is gone');
  });

  it('does not mix studies, and refuses a file that was changed', async () => {
    await run();
    await expect(TrialLog.open(file, 'another study')).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
    await writeFile(file, `${JSON.stringify({ study: 'a study' })}\n{"x":1}\n`);
    await expect(TrialLog.open(file, 'a study')).rejects.toMatchObject({
      code: 'BACKTEST_RESULT_DAMAGED',
    });
  });

  it('walks forward: chosen in one window, judged in the next', async () => {
    const windows = windowsOf({
      fromUs: 0,
      toUs: 100,
      inSampleUs: 40,
      outOfSampleUs: 20,
      anchored: false,
    });
    const store = await TrialLog.open(file, 'a study');
    const told: SearchProgress[] = [];
    const { steps, efficiency } = await walkForward(windows, planOf(GRID), {
      ...{ evaluate, store, clock: systemClock, concurrency: 2, objective: OBJECTIVE },
      onProgress: (one) => told.push(one),
    });
    await store.close();
    expect(steps.map(({ best }) => best?.settings)).toEqual(Array(3).fill({ a: '3', b: '2' }));
    expect(steps.map(({ inSampleScore }) => inSampleScore)).toEqual([10, 10.02, 10.04]);
    expect(steps.map(({ outOfSampleScore }) => outOfSampleScore)).toEqual([10.04, 10.06, 10.08]);
    expect(efficiency).toBeCloseTo(30.18 / 30.06, 12);
    expect(told.at(-1)).toMatchObject({ done: 62, total: 63 });
  });

  it('warns where luck may have won, and not where it cannot have', async () => {
    const trials = await run();
    const best = ranked(trials, OBJECTIVE)[0];
    const { deflatedSharpe, warning } = overfittingOf(trials, best);
    expect(deflatedSharpe).toBeGreaterThan(0.5);
    expect(deflatedSharpe).toBeLessThan(0.95);
    expect(warning).toContain('The best of 16 trials may be luck');
    expect(overfittingOf(trials.slice(0, 1), best).warning).toContain('Too few returns');
    const certain = trials.map(
      (trial): FinishedTrial =>
        trial.outcome.kind === 'refused'
          ? trial
          : {
              ...trial,
              outcome: {
                ...trial.outcome,
                moments: { ...trial.outcome.moments, samples: 100_000 },
              },
            },
    );
    expect(overfittingOf(certain, ranked(certain, OBJECTIVE)[0]).warning).toBe('');
  });

  it('maps how the objective depends on each pair of settings', async () => {
    const trials = await run();
    const [map] = heatMapsOf(trials, OBJECTIVE);
    expect(map).toMatchObject({ xPath: 'a', yPath: 'b', ys: ['1', '2', '3', '4'] });
    expect(map?.cells).toHaveLength(16);
    expect(map?.cells).toContainEqual({ x: 2, y: 1, mean: 10 });
    const svg = heatMapSvg(map as NonNullable<typeof map>);
    expect(svg).toMatch(/^<svg/);
    const html = sensitivitySection(heatMapsOf(trials, OBJECTIVE));
    expect(html).not.toMatch(/<script|href=|src=/);
    expect(html.match(/<figure>/g)).toHaveLength(1);
  });
});
