import { fileURLToPath } from 'node:url';
import { loadConfig } from '@ats/runtime';
import type { Report } from '../report.ts';
import { benchDetection } from './detection.ts';
import { benchDistributed } from './distributed.ts';
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
  trips: 5000,
  opportunities: 300,
  replayedUpdates: 50_000_000,
};
const TINY: Sizes = {
  recordSeconds: 3,
  recordRate: 4,
  passes: 1,
  batches: 50,
  trips: 300,
  opportunities: 10,
  replayedUpdates: 50_000,
};

/** From a frame on a socket to risk's answer. */
export async function benchMarket(options: { readonly tiny: boolean }): Promise<Report> {
  const sizes = options.tiny ? TINY : FULL;
  const loaded = loadConfig({
    folder: fileURLToPath(new URL('../../../config', import.meta.url)),
    environment: {},
    assignments: [],
  });
  const file = await recordFrames({ seconds: sizes.recordSeconds, rate: sizes.recordRate });
  const ingest = await benchIngest({ loaded, file, passes: sizes.passes });
  const detection = await benchDetection({ loaded, batches: sizes.batches });
  const grpcUs = await grpcStreamRoundTripUs(sizes.trips);
  const { opportunities, trips } = sizes;
  const embedded = await benchRiskAnswer({ loaded, opportunities, grpcUs });
  const distributed = await benchDistributed({ opportunities, grpcUs, trips });
  const memory = await benchMemory({ file, updates: sizes.replayedUpdates });
  return {
    bench: 'market',
    node: process.version,
    tiny: options.tiny,
    figures: [...ingest, detection, embedded, ...distributed.figures, ...memory],
    skipped: distributed.skipped,
  };
}
