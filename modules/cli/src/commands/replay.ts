import { AtsError } from '@ats/domain';
import { type ReplaySummary, replayFrames, serveFrames } from '@ats/price-collector';
import { EXIT, systemClock, systemTimers } from '@ats/runtime';
import { replayTapes, type TapeSummary } from '@ats/trading-engine';
import Table from 'cli-table3';
import { count } from '../view/format.ts';

export interface ReplayOptions {
  readonly frames?: string;
  readonly tape: readonly string[];
  readonly feesBps: string;
  readonly speed: number | 'max';
  readonly serve?: number;
  readonly summary?: 'json';
}

/** Feeds a recording or two tapes through the production code. @returns the exit code */
export async function replay(options: ReplayOptions): Promise<number> {
  if ((options.frames === undefined) === (options.tape.length === 0)) {
    throw usage('give either --frames FILE or --tape A --tape B');
  }
  if (options.frames === undefined) return tapes(options);
  if (options.serve !== undefined) {
    return serve({ file: options.frames, port: options.serve, speed: options.speed });
  }
  const summary = await replayFrames({
    file: options.frames,
    speed: options.speed,
    clock: systemClock,
    timers: systemTimers,
  });
  print(options, summary, () => describeFrames(summary));
  return EXIT.ok;
}

async function tapes(options: ReplayOptions): Promise<number> {
  const summary = await replayTapes({ files: options.tape, feesBps: options.feesBps });
  print(options, summary, () => describeTapes(summary));
  return EXIT.ok;
}

async function serve(options: {
  file: string;
  port: number;
  speed: number | 'max';
}): Promise<number> {
  const server = await serveFrames({ ...options, clock: systemClock, timers: systemTimers });
  process.stdout.write(`${JSON.stringify({ event: 'replay.serving', ...server.endpoints })}\n`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await server.close();
  return EXIT.ok;
}

function usage(message: string): AtsError {
  return new AtsError({
    code: 'CONFIG_INVALID',
    message: `replay: ${message}`,
    remedy: 'See "ats help replay" for examples.',
    context: { field: '--frames' },
  });
}

function print(options: ReplayOptions, summary: unknown, describe: () => string): void {
  const text = options.summary === 'json' ? JSON.stringify(summary) : describe();
  process.stdout.write(`${text}\n`);
}

function describeFrames(summary: ReplaySummary): string {
  const { messages, checksums } = summary;
  const kinds = Object.entries(messages).map(([kind, times]) => `${count(times)} ${kind}`);
  const lines = [
    `${summary.venue}: ${count(summary.frames)} frames (${kinds.join(', ')})`,
    `checksums ${count(checksums.verified)} verified, ${count(checksums.failed)} failed;` +
      ` sequence gaps ${summary.sequenceGaps}; crossed books ${summary.crossedBooks}`,
  ];
  const table = new Table({
    head: ['INSTRUMENT', 'BID', 'SIZE', 'ASK', 'SIZE', 'TRADES', 'VOLUME'],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
  });
  for (const [instrument, { bids, asks }] of Object.entries(summary.books)) {
    const trades = summary.trades[instrument];
    const [bid, bidSize] = bids[0] ?? ['-', '-'];
    const [ask, askSize] = asks[0] ?? ['-', '-'];
    const traded = [count(trades?.count ?? 0), trades?.volume ?? '0'];
    table.push([instrument, bid, bidSize, ask, askSize, ...traded]);
  }
  return [...lines, table.toString()].join('\n');
}

function describeTapes(summary: TapeSummary): string {
  const table = new Table({
    head: ['BUY > SELL', 'ROWS CROSSED', 'QUANTITY', 'GROSS', 'NET'],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right', 'right', 'right'],
  });
  for (const [direction, crossed] of Object.entries(summary.crossed)) {
    const { quantity, grossQuote, netQuote } = crossed;
    table.push([direction, count(crossed.count), quantity, grossQuote, netQuote]);
  }
  const rows = count(summary.alignedRows);
  const head = `${summary.instrument}: ${rows} aligned rows, fees ${summary.feesBps} bps a side`;
  return `${head}\n${table.toString()}`;
}
