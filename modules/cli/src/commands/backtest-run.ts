import { executeRun, isRunSetting, metricsOf, type RunSpec, resultsOf } from '@ats/backtest';
import { AtsError } from '@ats/domain';
import { EXIT, systemClock } from '@ats/runtime';
import { configuredStrategy, loadConfiguration } from '../app/configuration.ts';
import { runText } from '../view/backtest-text.ts';
import { rowProgress } from '../view/row-progress.ts';
import {
  htmlOf,
  jsonOf,
  print,
  type RunOptions,
  terminalColumns,
  writeCsv,
  writeOut,
} from './backtest.ts';

/** Runs a strategy over tapes, keeps the result and says what came of it. @returns the exit code */
export async function runCommand(options: RunOptions): Promise<number> {
  if (options.tape.length === 0) throw noTape();
  // Checks all that is set before anything is begun.
  loadConfiguration(options);
  const set = options.set.filter((assignment) => !isRunSetting(assignment));
  const { loaded } = loadConfiguration({ ...options, set });
  const spec = specOf(options, configuredStrategy(loaded));
  const progress = rowProgress(spec.tapes.join(' + '));
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort(canceled());
  process.once('SIGINT', interrupt);
  try {
    const stored = await executeRun({
      ...{ spec, loaded, clock: systemClock, signal: interrupted.signal },
      onProgress: ({ events }, expected) => progress.update(events, expected),
    });
    progress.stop();
    const record = await resultsOf(loaded, systemClock).record(stored);
    const run = { stored, record, metrics: metricsOf(record) };
    // Files first: whoever reads the text may stop early.
    if (options.report !== undefined) await writeOut(options.report, await htmlOf(run));
    if (options.csv !== undefined) await writeCsv(options.csv, record);
    print(
      options.json === true
        ? JSON.stringify(jsonOf(run))
        : runText({ ...run, columns: terminalColumns() }),
    );
    return record.ledger.balanced ? EXIT.ok : EXIT.failed;
  } finally {
    progress.stop();
    process.removeListener('SIGINT', interrupt);
  }
}

/** What `--set` says is part of the run and its id, not of the machine. */
function specOf(options: RunOptions, configured: string): RunSpec {
  const settings = options.set.filter(isRunSetting).map((assignment): [string, string] => {
    const [path = '', ...value] = assignment.split('=');
    return [path, value.join('=')];
  });
  return {
    name: options.name,
    tapes: options.tape,
    strategy: options.strategy ?? configured,
    settings: Object.fromEntries(settings),
    seed: options.seed,
    fromUs: options.from ?? 0,
    toUs: options.to ?? 0,
  };
}

function noTape(): AtsError {
  return new AtsError({
    code: 'CONFIG_INVALID',
    message: 'backtest run: no tape was named',
    remedy: 'Name one with --tape: "ats data list" shows those that are stored.',
    context: { field: '--tape' },
  });
}

function canceled(): AtsError {
  return new AtsError({
    code: 'BACKTEST_CANCELED',
    message: 'the run was stopped before its end: nothing of it is kept',
  });
}
