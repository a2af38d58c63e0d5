import { AtsError, type ErrorCode } from '@ats/domain';
import { systemClock } from '@ats/runtime';
import { Tinypool } from 'tinypool';
import type { Evaluate } from '../../app/optimise/search.ts';
import type { TrialOutcome } from '../../domain/optimise/study.ts';
import { openTape } from '../tapes/open-tape.ts';
import { type SharedTape, shareTape } from '../tapes/shared-tape.ts';
import { openTapeStore } from '../tapes/tape-store.ts';
import type { TrialStudy, WorkerStudy } from './trial-worker.ts';

/** Trials on threads: each runs one at a time, and they share nothing but the tapes. */
export interface TrialPool {
  readonly threads: number;
  readonly evaluate: Evaluate;
  close(): Promise<void>;
}

/** A thread stays between two trials, while the one before is made durable. */
const IDLE_MS = 60_000;
/** Memory for tapes that all trials walk, some 17 million quotes; larger ones each trial reads. */
const SHARED_BYTES_MAX = 2 ** 30;

/** @param sharedBytesMax most memory that the tapes of the study may take */
export function openTrialPool(
  study: TrialStudy,
  threads: number,
  sharedBytesMax = SHARED_BYTES_MAX,
): TrialPool {
  let opened: Promise<Tinypool> | undefined;
  const open = async (): Promise<Tinypool> => {
    const shared = await shareTapes(study, sharedBytesMax);
    return new Tinypool({
      filename: new URL('./trial-worker.ts', import.meta.url).href,
      name: 'trialWorker',
      minThreads: 0,
      idleTimeout: IDLE_MS,
      maxThreads: threads,
      workerData: { ...study, shared } satisfies WorkerStudy,
    });
  };
  return {
    threads,
    evaluate: async (trial, signal): Promise<TrialOutcome> => {
      try {
        // A search that is known whole reads no tape and starts no thread.
        opened ??= open();
        return await (await opened).run(trial, { signal });
      } catch (problem) {
        signal.throwIfAborted();
        throw revived(problem);
      }
    },
    close: async () => (await opened)?.destroy(),
  };
}

/** @returns in the order of the study's tapes; undefined for what each trial has to read itself */
async function shareTapes(
  { spec, dataFolder }: TrialStudy,
  bytesMax: number,
): Promise<readonly (SharedTape | undefined)[]> {
  const store = openTapeStore({ folder: dataFolder, clock: systemClock });
  const tapes: (SharedTape | undefined)[] = [];
  let bytesLeft = bytesMax;
  for (const name of spec.tapes) {
    const shared = await openTape(name, { store })
      .then(({ tape }) => shareTape(tape, bytesLeft))
      // A range may end before what cannot be read: the trial is the one to say.
      .catch(() => undefined);
    bytesLeft -= shared?.bytes ?? 0;
    tapes.push(shared?.tape);
  }
  return tapes;
}

/** An error loses its class on its way out of a thread. */
function revived(problem: unknown): unknown {
  if (!(problem instanceof Error) || !('code' in problem)) return problem;
  const { code, message, cause } = problem;
  const remedy = 'remedy' in problem ? String(problem.remedy) : undefined;
  return new AtsError({
    code: code as ErrorCode,
    message,
    cause,
    ...(remedy === undefined ? {} : { remedy }),
  });
}
