import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ParityReport, parityOf, readSession, replaySession } from '@ats/backtest';
import { EXIT } from '@ats/runtime';
import { isEqual, latencyFile, parityText } from '../view/parity-text.ts';

export interface ParityOptions {
  readonly session: string;
  readonly json?: true;
  readonly strict?: true;
}

/** Replays a session, keeps its latencies, says what differs. @returns the exit code */
export async function parity(options: ParityOptions): Promise<number> {
  const session = await readSession(options.session);
  const report = parityOf(session, await replaySession(session));
  await keepLatencies(report);
  const text = options.json === true ? JSON.stringify(report) : parityText(report);
  process.stdout.write(`${text}\n`);
  return isEqual(report) || options.strict !== true ? EXIT.ok : EXIT.failed;
}

/** Milliseconds, one a line, as `empirical:FILE` reads them. */
async function keepLatencies({ session, latency }: ParityReport): Promise<void> {
  for (const { venue, samplesMs } of latency) {
    const lines = ['# One way to the venue, or back, milliseconds.', ...samplesMs];
    await writeFile(join(session, latencyFile(venue)), `${lines.join('\n')}\n`);
  }
}
