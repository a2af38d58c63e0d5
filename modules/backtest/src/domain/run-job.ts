import { createHash } from 'node:crypto';
import type { RunSpec } from './run-record.ts';

export const JOB_STATES = ['queued', 'running', 'done', 'failed', 'canceled'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** A run that somebody asked the service for, and where it is. Times are microseconds. */
export interface RunJob {
  readonly jobId: string;
  readonly requestId: string;
  readonly spec: RunSpec;
  readonly state: JobState;
  /** From 0 to 1; 0 where the tapes do not say how long they are. */
  readonly progress: number;
  readonly events: number;
  /** Virtual time that was reached. */
  readonly timeUs: number;
  readonly trades: number;
  /** Under what the result is kept; empty until done. */
  readonly resultId: string;
  /** Why it failed; empty otherwise. */
  readonly error: string;
  readonly queuedAtUs: number;
  /** 0 before. */
  readonly startedAtUs: number;
  readonly endedAtUs: number;
}

/** The id of the run that a request asks for: the same request has the same. */
export function jobIdOf(requestId: string): string {
  return `run-${createHash('sha256').update(requestId).digest('hex').slice(0, 16)}`;
}

export function newJob(asked: {
  readonly requestId: string;
  readonly spec: RunSpec;
  readonly nowUs: number;
}): RunJob {
  const { requestId, spec, nowUs } = asked;
  return {
    ...{ jobId: jobIdOf(requestId), requestId, spec, state: 'queued', resultId: '', error: '' },
    ...{ progress: 0, events: 0, timeUs: 0, trades: 0 },
    ...{ queuedAtUs: nowUs, startedAtUs: 0, endedAtUs: 0 },
  };
}

export const hasEnded = ({ state }: RunJob): boolean => state !== 'queued' && state !== 'running';

/** What a job is found as after a restart: nobody runs it any more. */
export function afterRestart(job: RunJob, nowUs: number): RunJob {
  if (job.state !== 'running') return job;
  const error = 'The service ended while it ran. Start it again.';
  return { ...job, state: 'failed', error, endedAtUs: nowUs };
}
