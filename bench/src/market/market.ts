import { fileURLToPath } from 'node:url';
import { loadConfig } from '@ats/runtime';
import type { BenchOptions, Figure, Report } from '../report.ts';
import { benchDetection } from './detection.ts';
import { benchDistributed } from './distributed.ts';
import { BACK_TO_BACK_MS, PACED_MS } from './floors.ts';
import { grpcStreamRoundTripUs } from './grpc-echo.ts';
import { benchIngest, recordFrames } from './ingest.ts';
import { benchMemory } from './memory.ts';
import { benchRiskAnswer } from './risk-answer.ts';

interface Sizes {
  readonly recordSeconds: number;
  readonly recordRate: number;
  readonly passes: number;
  readonly batches: number;
  readonly trips: number;
  readonly opportunities: number;
  readonly replayedUpdates: number;
}

const FULL: Sizes = {
  recordSeconds: 15,
  recordRate: 10,
  passes: 5,
  batches: 2000,
  trips: 1500,
  opportunities: 300,
  replayedUpdates: 50_000_000,
};
const TINY: Sizes = {
  recordSeconds: 3,
  recordRate: 4,
  passes: 1,
  batches: 50,
  trips: 100,
  opportunities: 10,
  replayedUpdates: 50_000,
};

export const MARKET_PARTS = ['ingest', 'detection', 'answer', 'distributed', 'memory'] as const;

/** From a frame on a socket to risk's answer. @param options `only` names the parts to measure */
export async function benchMarket(options: BenchOptions): Promise<Report> {
  const sizes = options.tiny ? TINY : FULL;
  const wanted = (part: (typeof MARKET_PARTS)[number]): boolean =>
    options.only.length === 0 || options.only.includes(part);
  const loaded = loadConfig({
    folder: fileURLToPath(new URL('../../../config', import.meta.url)),
    environment: {},
    // Back to back there are more questions a second than risk lets through in life.
    assignments: [
      'risk.limits.approvalRate.max=100000',
      'risk.approvalBurst=100000',
      'risk.approvalKey=signs-approvals-of-the-bench-and-nothing-else',
    ],
  });
  const { opportunities, trips } = sizes;
  const figures: Figure[] = [];
  const skipped: string[] = [];
  const file =
    wanted('ingest') || wanted('memory')
      ? await recordFrames({ seconds: sizes.recordSeconds, rate: sizes.recordRate })
      : '';
  if (wanted('ingest'))
    figures.push(...(await benchIngest({ loaded, file, passes: sizes.passes })));
  if (wanted('detection')) figures.push(await benchDetection({ loaded, batches: sizes.batches }));
  if (wanted('answer')) {
    const grpcUs = await grpcStreamRoundTripUs({ count: trips, paceMs: BACK_TO_BACK_MS });
    figures.push(await benchRiskAnswer({ loaded, opportunities, grpcUs }));
  }
  if (wanted('distributed')) {
    const grpcUs = await grpcStreamRoundTripUs({ count: trips, paceMs: PACED_MS });
    const distributed = await benchDistributed({ loaded, opportunities, grpcUs, trips });
    figures.push(...distributed.figures);
    skipped.push(...distributed.skipped);
  }
  if (wanted('memory')) {
    figures.push(...(await benchMemory({ file, updates: sizes.replayedUpdates })));
  }
  return { bench: 'market', node: process.version, tiny: options.tiny, figures, skipped };
}
