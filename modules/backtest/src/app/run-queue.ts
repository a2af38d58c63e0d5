import { AtsError } from '@ats/domain';
import type { Clock, Logger } from '@ats/runtime';
import { afterRestart, hasEnded, jobIdOf, newJob, type RunJob } from '../domain/run-job.ts';
import type { RunSpec } from '../domain/run-record.ts';

/** How far a run has come, as its worker tells. */
export interface WorkerProgress {
  readonly events: number;
  readonly timeUs: number;
  readonly trades: number;
  /** Rows in all; undefined where the tapes do not say. */
  readonly expected: number | undefined;
}

/** One run on a thread of its own. */
export interface RunningWorker {
  /** The id of the stored result; rejected with what went wrong. */
  readonly done: Promise<string>;
  /** Ends it; `done` is then rejected. Nothing of it is stored. */
  stop(): Promise<void>;
}

export interface QueueParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly queueMax: number;
  readonly startWorker: (
    spec: RunSpec,
    onProgress: (progress: WorkerProgress) => void,
  ) => RunningWorker;
  /** Makes a change durable. */
  readonly put: (job: RunJob) => Promise<void>;
  readonly remove: (job: RunJob) => Promise<void>;
  /** Told once a result is stored; what it throws is logged. */
  readonly onDone: (job: RunJob) => Promise<void>;
}

/** Jobs without a result that are remembered; the oldest are forgotten first. */
const ENDED_MAX = 200;

/** Runs what it is asked for, one after the other, in order. Every change is durable first. */
export class RunQueue {
  private readonly parts: QueueParts;
  private readonly jobs = new Map<string, RunJob>();
  private readonly watchers = new Map<string, Set<(job: RunJob) => void>>();
  private current: { readonly jobId: string; readonly worker: RunningWorker } | undefined;
  private readonly canceled = new Set<string>();
  private working: Promise<void> = Promise.resolve();
  private stopping = false;

  constructor(parts: QueueParts) {
    this.parts = parts;
  }

  /** Takes over what was stored. What ran when the service ended has failed; the rest goes on. */
  async start(stored: readonly RunJob[]): Promise<void> {
    const nowUs = this.parts.clock.nowUs();
    for (const before of stored.toSorted((a, b) => a.queuedAtUs - b.queuedAtUs)) {
      const job = afterRestart(before, nowUs);
      if (job !== before) await this.parts.put(job);
      this.jobs.set(job.jobId, job);
    }
    this.wake();
  }

  /**
   * Asks for a run. The same request gives the same run.
   * @throws {AtsError} REQUEST_ID_REUSED, BACKTEST_QUEUE_FULL
   */
  async enqueue(requestId: string, spec: RunSpec): Promise<RunJob> {
    const known = this.jobs.get(jobIdOf(requestId));
    if (known !== undefined) {
      if (JSON.stringify(known.spec) !== JSON.stringify(spec)) throw reused(requestId);
      return known;
    }
    const waiting = [...this.jobs.values()].filter(
      ({ state, jobId }) => state === 'queued' && jobId !== this.current?.jobId,
    );
    const { queueMax } = this.parts;
    if (this.current !== undefined && waiting.length >= queueMax) throw full(queueMax);
    const job = newJob({ requestId, spec, nowUs: this.parts.clock.nowUs() });
    // Taken before it is durable, so that a repeat that comes meanwhile finds it.
    this.jobs.set(job.jobId, job);
    try {
      await this.parts.put(job);
    } catch (problem) {
      this.jobs.delete(job.jobId);
      throw problem;
    }
    this.wake();
    return job;
  }

  get(jobId: string): RunJob | undefined {
    return this.jobs.get(jobId);
  }

  /** The newest first. */
  list(): readonly RunJob[] {
    return [...this.jobs.values()].sort((a, b) => b.queuedAtUs - a.queuedAtUs);
  }

  /** Ends a run that waits or runs. @returns undefined where there is none */
  async cancel(jobId: string): Promise<RunJob | undefined> {
    const job = this.jobs.get(jobId);
    if (job === undefined || hasEnded(job)) return job;
    if (this.current?.jobId === jobId) {
      this.canceled.add(jobId);
      await this.current.worker.stop();
      await this.working;
      this.canceled.delete(jobId);
    } else {
      await this.change({ ...job, state: 'canceled', endedAtUs: this.parts.clock.nowUs() });
    }
    return this.jobs.get(jobId);
  }

  /** Calls `onJob` at each change. @returns what ends it */
  watch(jobId: string, onJob: (job: RunJob) => void): () => void {
    const watchers = this.watchers.get(jobId) ?? new Set();
    this.watchers.set(jobId, watchers.add(onJob));
    return () => {
      watchers.delete(onJob);
      if (watchers.size === 0) this.watchers.delete(jobId);
    };
  }

  /** Ends the run that runs: it has failed. What waits goes on after the next start. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.current?.worker.stop();
    await this.working;
  }

  private wake(): void {
    if (this.stopping || this.current !== undefined) return;
    const next = [...this.jobs.values()].find(({ state }) => state === 'queued');
    if (next === undefined) return;
    const onProgress = (progress: WorkerProgress): void => this.onProgress(next.jobId, progress);
    const worker = this.parts.startWorker(next.spec, onProgress);
    this.current = { jobId: next.jobId, worker };
    this.working = this.work(next, worker).finally(() => {
      this.current = undefined;
      this.wake();
    });
  }

  private async work(queued: RunJob, worker: RunningWorker): Promise<void> {
    const { clock, logger } = this.parts;
    try {
      await this.change({ ...queued, state: 'running', startedAtUs: clock.nowUs() });
    } catch (problem) {
      logger.error('backtest.unstored', 'that a run began could not be stored', { error: problem });
    }
    const outcome = await worker.done.then(
      (resultId): Partial<RunJob> => ({ state: 'done', progress: 1, resultId }),
      (problem: unknown): Partial<RunJob> => this.failure(queued.jobId, problem),
    );
    const job = this.jobs.get(queued.jobId) ?? queued;
    const ended: RunJob = { ...job, ...outcome, endedAtUs: clock.nowUs() };
    const { jobId, state, error } = ended;
    logger.info('backtest.ended', 'a run has ended', { jobId, state, error });
    try {
      await this.change(ended);
      if (state === 'done') await this.parts.onDone(ended);
      await this.forget();
    } catch (problem) {
      logger.error('backtest.unstored', 'the end of a run was not dealt with', { error: problem });
    }
  }

  private failure(jobId: string, problem: unknown): Partial<RunJob> {
    if (this.canceled.has(jobId)) return { state: 'canceled' };
    if (this.stopping) return { state: 'failed', error: 'The service ended while it ran.' };
    return { state: 'failed', error: problem instanceof Error ? problem.message : String(problem) };
  }

  private onProgress(jobId: string, progress: WorkerProgress): void {
    const job = this.jobs.get(jobId);
    if (job === undefined || job.state !== 'running') return;
    const { events, timeUs, trades, expected } = progress;
    const share = expected === undefined ? 0 : Math.min(1, events / Math.max(1, expected));
    // Not stored: after a restart nobody goes on from here.
    this.tell({ ...job, events, timeUs, trades, progress: share });
  }

  private async change(job: RunJob): Promise<void> {
    this.tell(job);
    await this.parts.put(job);
  }

  private tell(job: RunJob): void {
    this.jobs.set(job.jobId, job);
    for (const watcher of [...(this.watchers.get(job.jobId) ?? [])]) watcher(job);
  }

  private async forget(): Promise<void> {
    const ended = this.list().filter(hasEnded);
    for (const job of ended.slice(ENDED_MAX)) {
      this.jobs.delete(job.jobId);
      await this.parts.remove(job);
    }
  }
}

function reused(requestId: string): AtsError {
  return new AtsError({
    code: 'REQUEST_ID_REUSED',
    message: `request "${requestId}" asked for another run before`,
    remedy: 'Take a new request id for each run.',
    context: { field: 'request_id', value: requestId },
  });
}

function full(queueMax: number): AtsError {
  return new AtsError({
    code: 'BACKTEST_QUEUE_FULL',
    message: `backtest.queueMax ${queueMax} runs wait already`,
    remedy: 'Wait for one to end, cancel one, or raise backtest.queueMax.',
    retry: 'safe',
    context: { field: 'backtest.queueMax', value: queueMax },
  });
}
