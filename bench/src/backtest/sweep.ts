import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createStudy,
  gridOf,
  openTapeStore,
  parseParameter,
  planOf,
  type RunSpec,
} from '@ats/backtest';
import { loadConfig, systemClock } from '@ats/runtime';
import { type BenchOptions, type Figure, figure } from '../report.ts';
import { bareSpeedUp } from './bare-threads.ts';
import { syntheticTape } from './synthetic-tape.ts';

const NAME = 'sweep';
const ROWS = { full: 300_000, tiny: 5_000 };
const TRIALS = 8;
const WARM_TRIALS = 2;
const SPEED_UP_MIN = 1.8;
const STEP_US = 1000;

/**
 * A search of eight trials on two threads against the same on one, threads warm in both, and what
 * two threads gain on this machine where they share nothing.
 */
export async function sweepFigures({ tiny }: BenchOptions): Promise<{
  readonly figures: readonly Figure[];
  readonly measured: { readonly sweepSpeedUp: number; readonly bareSpeedUp: number };
}> {
  const folder = await mkdtemp(join(tmpdir(), 'ats-bench-sweep-'));
  try {
    const rows = tiny ? ROWS.tiny : ROWS.full;
    const store = openTapeStore({ folder, clock: systemClock });
    const source = async () => ({ reference: NAME, format: 'synthetic', sha256: '', bytes: 0 });
    await store.write(syntheticTape({ rows, stepUs: STEP_US }), { name: NAME, source });
    const one = await trialsPerSecond(folder, 1);
    const two = await trialsPerSecond(folder, 2);
    const bare = await bareSpeedUp(tiny);
    const figures = [
      figure({
        name: `search of ${TRIALS} trials on two threads`,
        unit: 'trials/s',
        value: two,
        floorName: 'the same on one',
        floor: one,
        target: { atLeast: SPEED_UP_MIN },
      }),
      figure({
        name: 'what the second thread gains',
        unit: 'times',
        value: two / one,
        floorName: 'a bare loop on two threads',
        floor: bare,
        target: { atLeast: SPEED_UP_MIN / 2 },
      }),
    ];
    return { figures, measured: { sweepSpeedUp: two / one, bareSpeedUp: bare } };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function trialsPerSecond(folder: string, threads: number): Promise<number> {
  const spec: RunSpec = {
    ...{ name: '', tapes: [NAME], strategy: 'cross-exchange', settings: {} },
    ...{ seed: 1, fromUs: 0, toUs: 0 },
  };
  const loaded = loadConfig({ folder: 'config', environment: {}, assignments: [] });
  const logFile = join(folder, `${threads}.jsonl`);
  const study = await createStudy({ spec, loaded, dataFolder: folder, folder, logFile, threads });
  try {
    const settings = gridOf([parseParameter(`engine.minEdgeBps=1:${TRIALS}:1`)], TRIALS);
    const span = { fromUs: 0, toUs: 0 };
    // The first trials load the code into each thread and compile it: as many for each thread.
    const trials = WARM_TRIALS * threads;
    const warm = gridOf([parseParameter(`engine.minEdgeBps=21:${20 + trials}:1`)], trials);
    await study.optimise(planOf(warm), span);
    const startUs = systemClock.nowUs();
    await study.optimise(planOf(settings), span);
    return TRIALS / ((systemClock.nowUs() - startUs) / 1e6);
  } finally {
    await study.close();
  }
}
