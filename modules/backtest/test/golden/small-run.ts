import { writeFileSync } from 'node:fs';
import { runBacktest } from '../../src/app/run-backtest.ts';
import type { RunRecord } from '../../src/domain/run-record.ts';
import { configWith, LOW_FEES, specOf, wavingTapes } from '../stage.ts';

export const GOLDEN = new URL('small-run.json', import.meta.url);

/** A run of a few seconds whose record is kept as a file. */
export function smallRun(): Promise<RunRecord> {
  const tapes = wavingTapes(4);
  return runBacktest({ spec: specOf(tapes, { settings: LOW_FEES }), tapes, loaded: configWith() });
}

export const textOf = (record: RunRecord): string => `${JSON.stringify(record, null, 2)}\n`;

// `node modules/backtest/test/golden/small-run.ts` writes the file anew when a change is meant.
if (import.meta.main) writeFileSync(GOLDEN, textOf(await smallRun()));
