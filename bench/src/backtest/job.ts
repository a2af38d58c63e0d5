import { fileURLToPath } from 'node:url';
import { openTapeStore, runBacktest, type Tape, type TapeBatch } from '@ats/backtest';
import { AtsError } from '@ats/domain';
import { loadConfig, systemClock } from '@ats/runtime';
import { answer, receiveJob } from '../child.ts';
import { syntheticTape } from './synthetic-tape.ts';

/** Rows of the bench's tape follow each other at this distance: ten thousand a second. */
const STEP_US = 100;
const NAME = 'bench';

export interface BacktestJob {
  readonly kind: 'write' | 'floor' | 'run';
  readonly folder: string;
  readonly rows: number;
}

export interface BacktestResult {
  readonly rows: number;
  readonly seconds: number;
  readonly peakRssMiB: number;
}

async function storedTape(folder: string): Promise<Tape> {
  const store = openTapeStore({ folder, clock: systemClock });
  const manifest = await store.find(NAME);
  if (manifest === undefined) {
    throw new AtsError({ code: 'TAPE_UNREADABLE', message: `no tape ${NAME} in ${folder}` });
  }
  return store.open(manifest);
}

async function write({ folder, rows }: BacktestJob): Promise<number> {
  const store = openTapeStore({ folder, clock: systemClock });
  const tape = syntheticTape({ rows, stepUs: STEP_US });
  const source = async () => ({
    reference: 'synthetic',
    format: 'synthetic',
    sha256: '',
    bytes: 0,
  });
  await store.write(tape, { name: NAME, source });
  return rows;
}

/** Reads the tape and touches each field, and nothing else. */
async function readBare({ folder }: BacktestJob): Promise<number> {
  const tape = await storedTape(folder);
  let rows = 0;
  let sum = 0;
  for await (const batch of tape.batches()) {
    rows += batch.count;
    sum += touch(batch);
  }
  return Number.isNaN(sum) ? 0 : rows;
}

function touch(batch: TapeBatch): number {
  let sum = 0;
  if (batch.kind !== 'quote') return Number.NaN;
  for (let row = 0; row < batch.count; row += 1) {
    sum += batch.market[row] as number;
    sum += (batch.receivedAtUs[row] as number) + (batch.exchangeTimeUs[row] as number);
    sum += (batch.bid[row] as number) + (batch.bidSize[row] as number);
    sum += (batch.ask[row] as number) + (batch.askSize[row] as number);
  }
  return sum;
}

async function run({ folder }: BacktestJob): Promise<number> {
  const loaded = loadConfig({
    folder: fileURLToPath(new URL('../../../config', import.meta.url)),
    environment: {},
    assignments: [],
  });
  const record = await runBacktest({
    spec: {
      ...{ name: '', tapes: [NAME], strategy: 'cross-exchange', settings: {} },
      ...{ seed: 1, fromUs: 0, toUs: 0 },
    },
    tapes: [await storedTape(folder)],
    loaded,
  });
  return record.events;
}

const JOBS = { write, floor: readBare, run };

if (import.meta.main) {
  const job = await receiveJob<BacktestJob>();
  const began = performance.now();
  const rows = await JOBS[job.kind](job);
  const seconds = (performance.now() - began) / 1000;
  const peakRssMiB = process.resourceUsage().maxRSS / 1024;
  answer({ rows, seconds, peakRssMiB } satisfies BacktestResult);
  process.disconnect();
}
