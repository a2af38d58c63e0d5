import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LoadedConfig } from '@ats/runtime';
import { startChild } from '../child.ts';
import { median } from '../measure.ts';
import { type Figure, figure } from '../report.ts';
import type { BlasterReady } from './blaster.ts';
import type { ReceiverJob, ReceiverResult } from './receiver.ts';

const ATS = fileURLToPath(import.meta.resolve('@ats/cli/main'));
const ROUNDS = 2;
const FREE_PORTS = ['admin.ports.price-collector=0', 'admin.ports.venue-simulator=0'];

/** Settings under which old frames are as good as new, and nothing is asked for again. */
const REPLAY_SETTINGS = {
  collector: {
    clockSkewMaxMs: 3_600_000,
    staleAfterMs: 3_600_000,
    ticks: false,
    channels: ['book', 'trade', 'ticker'],
  },
};

/** Records the simulated exchanges through the product's own recorder. */
export async function recordFrames(options: { seconds: number; rate: number }): Promise<string> {
  const file = join(mkdtempSync(join(tmpdir(), 'ats-bench-')), 'frames.jsonl.gz');
  const settings = [...FREE_PORTS, `simulator.rate=${options.rate}`, 'log.level=error'];
  const child = spawn(
    process.execPath,
    [
      ...[ATS, 'record', '--out', file, '--duration', `${options.seconds}s`, '--mode', 'sim'],
      ...settings.flatMap((setting) => ['--set', setting]),
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`ats record ended with exit code ${code}`);
  return file;
}

/** Frames per second from socket to bus, held against ws and JSON.parse alone, by venue. */
export async function benchIngest(options: {
  readonly loaded: LoadedConfig;
  readonly file: string;
  readonly passes: number;
}): Promise<Figure[]> {
  const { file } = options;
  const blaster = startChild<BlasterReady>(new URL('./blaster.ts', import.meta.url), { file });
  const { venues } = await blaster.next();
  const figures: Figure[] = [];
  for (const [venue, source] of Object.entries(venues)) {
    const enabled = Object.fromEntries(
      Object.keys(venues).map((name) => [name, { enabled: name === venue }]),
    );
    const overrides = { ...REPLAY_SETTINGS, venues: enabled };
    const job = { venue, ...source, config: options.loaded.values, overrides };
    const { passes } = options;
    const rates = { bare: [] as number[], collector: [] as number[] };
    // In turn, so that drift of the machine's speed hits both.
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const kind of ['bare', 'collector'] as const) {
        const { framesPerSecond } = await receive({ ...job, kind, passes });
        rates[kind].push(...framesPerSecond);
      }
    }
    figures.push(
      figure({
        name: `socket to bus, ${venue}, ${source.frames} frames`,
        unit: 'frames/s',
        value: median(rates.collector),
        floorName: 'ws receive + JSON.parse',
        floor: median(rates.bare),
        target: { atLeast: 0.6 },
      }),
    );
  }
  await blaster.stop();
  return figures;
}

async function receive(job: ReceiverJob): Promise<ReceiverResult> {
  const receiver = startChild<ReceiverResult>(new URL('./receiver.ts', import.meta.url), job);
  const result = await receiver.next();
  await receiver.stop();
  if (job.kind === 'collector' && (result.resyncs > 0 || result.bookUpdates === 0)) {
    throw new Error(`${job.venue}: ${JSON.stringify(result)}: the books did not follow the frames`);
  }
  return result;
}
