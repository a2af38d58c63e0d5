import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import {
  backtestConfigSchema,
  boundsOf,
  checkLookAhead,
  createStudy,
  directPlan,
  gridOf,
  heatMapsOf,
  type Objective,
  openTape,
  openTapeStore,
  overfittingOf,
  type Plan,
  parseParameter,
  planOf,
  type RunSpec,
  randomOf,
  ranked,
  runBacktest,
  type Study,
  sensitivitySection,
  type Tape,
  windowsOf,
} from '@ats/backtest';
import { AtsError } from '@ats/domain';
import { EXIT, parseConfig, seededRandom, systemClock } from '@ats/runtime';
import { type ConfigFlags, configuredStrategy, loadConfiguration } from '../app/configuration.ts';
import { searchProgress } from '../view/search-progress.ts';
import { lookAheadText, searchText, walkForwardText } from '../view/search-text.ts';

export interface TapeFlags extends ConfigFlags {
  readonly tape: readonly string[];
  /** Microseconds since the epoch. */
  readonly from?: number;
  readonly to?: number;
  /** As configured if absent. */
  readonly strategy?: string;
  readonly seed: number;
  readonly json?: true;
}

export interface SearchFlags extends TapeFlags {
  readonly param: readonly string[];
  readonly method: 'grid' | 'random' | 'direct';
  readonly trials: number;
  readonly objective: string;
  readonly minimise?: true;
  readonly threads?: number;
  readonly log?: string;
}

export interface OptimiseFlags extends SearchFlags {
  readonly html?: string;
}

export interface WalkForwardFlags extends SearchFlags {
  /** Milliseconds. */
  readonly inSample: number;
  readonly outOfSample: number;
  readonly anchored?: true;
}

export interface LookAheadFlags extends TapeFlags {
  readonly cuts: number;
}

/** Searches settings over the whole range. @returns the exit code */
export async function optimiseCommand(flags: OptimiseFlags): Promise<number> {
  const objective = objectiveOf(flags);
  const plan = planFor(flags, objective);
  const trials = await withStudy(flags, (study, { spec }) =>
    study.optimise(plan, { fromUs: spec.fromUs, toUs: spec.toUs }),
  );
  const best = ranked(trials, objective);
  if (best.length === 0) throw noFigure(flags, trials);
  const overfitting = overfittingOf(trials, best[0]);
  const maps = heatMapsOf(trials, objective);
  if (flags.json === true) {
    print(JSON.stringify({ objective, best: best[0], overfitting, trials, maps }));
  } else print(searchText({ trials, best, objective, overfitting }));
  if (flags.html !== undefined) await writeOut(flags.html, pageOf(sensitivitySection(maps)));
  return EXIT.ok;
}

/** Chooses settings in each window and judges them in the next. @returns the exit code */
export async function walkForwardCommand(flags: WalkForwardFlags): Promise<number> {
  const objective = objectiveOf(flags);
  const plan = planFor(flags, objective);
  const result = await withStudy(flags, async (study, { spec, tapes }) => {
    const bounds = await boundsOf(tapes, spec);
    const windows = windowsOf({
      ...bounds,
      inSampleUs: flags.inSample * 1000,
      outOfSampleUs: flags.outOfSample * 1000,
      anchored: flags.anchored === true,
    });
    return study.walkForward(windows, plan, objective);
  });
  print(flags.json === true ? JSON.stringify(result) : walkForwardText(result, objective));
  return EXIT.ok;
}

/** Looks for anything that knows the future. @returns the exit code: 1 where something does */
export async function lookAheadCommand(flags: LookAheadFlags): Promise<number> {
  const { spec, loaded, tapes } = await openRun(flags);
  const shares = Array.from({ length: flags.cuts }, (_, at) => (at + 1) / (flags.cuts + 1));
  const check = await checkLookAhead(
    (toUs) => runBacktest({ spec: { ...spec, toUs: toUs ?? spec.toUs }, loaded, tapes }),
    shares,
  );
  print(flags.json === true ? JSON.stringify(check) : lookAheadText(check));
  return check.found === undefined ? EXIT.ok : EXIT.failed;
}

async function openRun(flags: TapeFlags) {
  if (flags.tape.length === 0) {
    throw new AtsError({
      code: 'CONFIG_INVALID',
      message: 'no tape was named',
      remedy: 'Add --tape NAME; "ats data list" shows the names.',
      context: { field: '--tape', value: '' },
    });
  }
  const { loaded } = loadConfiguration(flags);
  const { backtest } = parseConfig(loaded, backtestConfigSchema);
  const { dataFolder } = backtest;
  const store = openTapeStore({ folder: dataFolder, clock: systemClock });
  const opened = await Promise.all(flags.tape.map((name) => openTape(name, { store })));
  const spec: RunSpec = {
    name: '',
    tapes: flags.tape,
    strategy: flags.strategy ?? configuredStrategy(loaded),
    settings: {},
    seed: flags.seed,
    fromUs: flags.from ?? 0,
    toUs: flags.to ?? 0,
  };
  return { spec, loaded, backtest, tapes: opened.map(({ tape }) => tape) };
}

async function withStudy<Result>(
  flags: SearchFlags,
  work: (
    study: Study,
    run: { readonly spec: RunSpec; readonly tapes: readonly Tape[] },
  ) => Promise<Result>,
): Promise<Result> {
  const { spec, loaded, tapes, backtest } = await openRun(flags);
  const stop = new AbortController();
  const interrupt = (): void => stop.abort(interrupted());
  process.once('SIGINT', interrupt);
  const progress = searchProgress();
  const study = await createStudy({
    ...{ spec, loaded, dataFolder: backtest.dataFolder },
    folder: dirname(backtest.resultFolder),
    threads: flags.threads ?? availableParallelism(),
    onProgress: (one) => progress.update(one),
    signal: stop.signal,
    ...(flags.log === undefined ? {} : { logFile: flags.log }),
  });
  try {
    return await work(study, { spec, tapes });
  } finally {
    process.removeListener('SIGINT', interrupt);
    progress.stop();
    await study.close();
  }
}

function interrupted(): AtsError {
  return new AtsError({
    code: 'BACKTEST_CANCELED',
    message: 'the search was interrupted',
    remedy: 'Run the same command again: it goes on after the last finished trial.',
  });
}

function planFor(flags: SearchFlags, objective: Objective): Plan {
  const parameters = flags.param.map(parseParameter);
  if (parameters.length === 0) {
    throw new AtsError({
      code: 'CONFIG_INVALID',
      message: 'no setting to search over was named',
      remedy: 'Add --param engine.minEdgeBps=1:10:1, for example.',
      context: { field: '--param', value: '' },
    });
  }
  const count = flags.trials;
  switch (flags.method) {
    case 'grid':
      return planOf(gridOf(parameters, count));
    case 'random': {
      const random = seededRandom(flags.seed).stream('backtest.search');
      return planOf(randomOf(parameters, { count, random }));
    }
    case 'direct':
      return directPlan(parameters, { count, objective });
  }
}

const objectiveOf = ({ objective, minimise }: SearchFlags): Objective => ({
  figure: objective,
  better: minimise === true ? 'lower' : 'higher',
});

type Trials = Awaited<ReturnType<Study['optimise']>>;

/** No trial has the figure: either nobody knows it, or all of them were refused. */
function noFigure({ objective }: SearchFlags, trials: Trials): AtsError {
  const done = trials.flatMap(({ outcome }) => (outcome.kind === 'done' ? [outcome] : []));
  const refused = trials.flatMap(({ outcome }) =>
    outcome.kind === 'refused' ? [outcome.why] : [],
  );
  const [first] = done;
  return new AtsError({
    code: 'CONFIG_INVALID',
    message:
      first === undefined
        ? `every trial was refused, the first because: ${refused[0] ?? ''}`
        : `no trial has the figure "${objective}"`,
    remedy:
      first === undefined
        ? 'Change the ranges of --param so that settings go together.'
        : `Name one with --objective: ${Object.keys(first.figures).join(', ')}.`,
    context: { field: '--objective', value: objective },
  });
}

const pageOf = (section: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8">` +
  '<meta name="viewport" content="width=device-width, initial-scale=1">' +
  '<title>Sensitivity</title><style>' +
  'body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}' +
  'figure{margin:2rem 0}svg{max-width:100%;height:auto}figcaption{color:var(--muted)}' +
  ':root{color-scheme:light dark;--muted:#555}' +
  '@media(prefers-color-scheme:dark){:root{--muted:#a5adb8}}' +
  `</style><body>${section || '<p>One setting varied: there is no map.</p>'}</body></html>\n`;

async function writeOut(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  process.stderr.write(`written: ${file}\n`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
