import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../child.ts';
import { type BenchOptions, figure, type Report } from '../report.ts';
import type { BacktestJob, BacktestResult } from './job.ts';
import { sweepFigures } from './sweep.ts';

export const BACKTEST_PARTS = ['backtest'] as const;

const ROWS = { small: 1_000_000, large: 10_000_000 };
const TINY = { small: 20_000, large: 40_000 };
const RATIO_MIN = 0.3;
const EVENTS_PER_SECOND_MIN = 1_000_000;
const RSS_RATIO_MAX = 1.2;

/** Each job has a process of its own, so that its memory is its own. */
async function work(job: BacktestJob): Promise<BacktestResult> {
  const child = startChild<BacktestResult>(new URL('job.ts', import.meta.url), job);
  try {
    return await child.next();
  } finally {
    await child.stop();
  }
}

async function atSize(rows: number) {
  const folder = await mkdtemp(join(tmpdir(), 'ats-bench-backtest-'));
  try {
    await work({ kind: 'write', folder, rows });
    const floor = await work({ kind: 'floor', folder, rows });
    const run = await work({ kind: 'run', folder, rows });
    if (run.rows !== rows || floor.rows !== rows) {
      throw new Error(`${run.rows} of ${rows} rows were played, ${floor.rows} read`);
    }
    return { perSecond: rows / run.seconds, floor: rows / floor.seconds, peak: run.peakRssMiB };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * A top-of-book tape of two venues, as Parquet, through the whole composition with detection on;
 * the floor reads the same tape and touches each field.
 */
export async function benchBacktest(options: BenchOptions): Promise<Report> {
  const rows = options.tiny ? TINY : ROWS;
  const small = await atSize(rows.small);
  const large = await atSize(rows.large);
  const sweep = await sweepFigures(options);
  const count = rows.large.toLocaleString('en-US');
  return {
    bench: 'backtest',
    node: process.versions.node,
    tiny: options.tiny,
    figures: [
      figure({
        name: `backtest of ${count} quotes of two venues`,
        unit: 'events/s',
        value: large.perSecond,
        floorName: 'the same tape read bare',
        floor: large.floor,
        target: { atLeast: RATIO_MIN },
      }),
      figure({
        name: 'the same',
        unit: 'events/s',
        value: large.perSecond,
        floorName: 'a million a second',
        floor: EVENTS_PER_SECOND_MIN,
        target: { atLeast: 1 },
      }),
      figure({
        name: `peak memory, ${count} quotes`,
        unit: 'MiB',
        value: large.peak,
        floorName: `${rows.small.toLocaleString('en-US')} quotes`,
        floor: small.peak,
        target: { atMost: RSS_RATIO_MAX },
      }),
      ...sweep.figures,
    ],
    measured: {
      eventsPerSecond: large.perSecond,
      floorEventsPerSecond: large.floor,
      ratioToFloor: large.perSecond / large.floor,
      peakRssMiB: large.peak,
      smallEventsPerSecond: small.perSecond,
      smallFloorEventsPerSecond: small.floor,
      smallRatioToFloor: small.perSecond / small.floor,
      smallPeakRssMiB: small.peak,
      ...sweep.measured,
    },
    skipped: [],
  };
}
