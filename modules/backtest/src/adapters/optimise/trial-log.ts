import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AtsError } from '@ats/domain';
import { z } from 'zod';
import { keyOf } from '../../domain/optimise/parameters.ts';
import type { FinishedTrial, Trial } from '../../domain/optimise/study.ts';

/** JSON has no NaN. */
const figure = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);
const span = z.strictObject({ fromUs: z.int(), toUs: z.int() });
const trialSchema = z.strictObject({
  settings: z.record(z.string(), z.string()),
  span,
  outcome: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('done'),
      figures: z.record(z.string(), z.string()),
      moments: z.strictObject({
        sharpe: figure,
        samples: z.int(),
        skewness: figure,
        kurtosis: figure,
      }),
    }),
    z.strictObject({ kind: z.literal('refused'), why: z.string() }),
  ]),
});

const keyOfTrial = ({ settings, span: of }: Trial): string =>
  `${of.fromUs}-${of.toUs} ${keyOf(settings)}`;

/**
 * Finished trials of one study, a line each, durable before the next one is counted. A line that
 * a crash cut short is dropped when the file is opened again, and its trial is run again.
 */
export class TrialLog {
  private readonly handle: FileHandle;
  private readonly trials = new Map<string, FinishedTrial>();
  private end: number;
  private writing: Promise<void> = Promise.resolve();

  private constructor(handle: FileHandle, trials: readonly FinishedTrial[], end: number) {
    this.handle = handle;
    this.end = end;
    for (const trial of trials) this.trials.set(keyOfTrial(trial), trial);
  }

  /**
   * @param study what the trials have in common, as one text: tapes, strategy, seed, settings
   * @throws CONFIG_INVALID where the file is of another study, or is none
   */
  static async open(file: string, study: string): Promise<TrialLog> {
    await mkdir(dirname(file), { recursive: true });
    const handle = await open(file, 'a+');
    try {
      const text = await handle.readFile('utf8');
      const whole = text.slice(0, text.lastIndexOf('\n') + 1);
      const [first, ...lines] = whole.split('\n').filter(Boolean);
      if (first !== undefined && first !== headerOf(study)) throw otherStudy(file);
      const trials = lines.map((line) => readTrial(line, file));
      const end = Buffer.byteLength(whole);
      await handle.truncate(end);
      const log = new TrialLog(handle, trials, end);
      if (first === undefined) await log.write(headerOf(study));
      return log;
    } catch (problem) {
      await handle.close();
      throw problem;
    }
  }

  find(trial: Trial): FinishedTrial | undefined {
    return this.trials.get(keyOfTrial(trial));
  }

  /** Resolves when the trial is durable. */
  async add(trial: FinishedTrial): Promise<void> {
    await this.write(JSON.stringify(trial));
    this.trials.set(keyOfTrial(trial), trial);
  }

  private write(line: string): Promise<void> {
    const bytes = Buffer.from(`${line}\n`);
    this.writing = this.writing.then(async () => {
      await this.handle.write(bytes, 0, bytes.length, this.end);
      await this.handle.datasync();
      this.end += bytes.length;
    });
    return this.writing;
  }

  async close(): Promise<void> {
    await this.writing.catch(() => undefined);
    await this.handle.close();
  }
}

const headerOf = (study: string): string => JSON.stringify({ study });

function readTrial(line: string, file: string): FinishedTrial {
  try {
    return trialSchema.parse(JSON.parse(line));
  } catch (cause) {
    throw new AtsError({
      code: 'BACKTEST_RESULT_DAMAGED',
      message: `${file} has a line that is no trial`,
      remedy: 'Name another file with --log: what is in this one cannot be trusted.',
      context: { field: '--log', value: file },
      cause,
    });
  }
}

function otherStudy(file: string): AtsError {
  return new AtsError({
    code: 'CONFIG_INVALID',
    message: `${file} holds trials of another study: other tapes, settings, strategy or seed`,
    remedy: 'Name another file with --log, or give what it was begun with.',
    context: { field: '--log', value: file },
  });
}
