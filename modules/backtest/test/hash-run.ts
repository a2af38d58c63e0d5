import { createHash } from 'node:crypto';
import { runBacktest } from '../src/app/run-backtest.ts';
import { configWith, LOW_FEES, specOf, wavingTapes } from './stage.ts';

/** Prints the hash of the run that the test beside makes itself. */
const tapes = wavingTapes(Number(process.argv[2]));
const record = await runBacktest({
  spec: specOf(tapes, { settings: LOW_FEES }),
  tapes,
  loaded: configWith(),
});
process.stdout.write(createHash('sha256').update(JSON.stringify(record)).digest('hex'));
