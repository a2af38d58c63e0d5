import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { parsed, runSpecSchema } from '../domain/record-codec.ts';
import { JOB_STATES, type RunJob } from '../domain/run-job.ts';
import { writeDurably } from './durable-file.ts';

const time = z.int().min(0);

const jobSchema = z.strictObject({
  jobId: z.string().regex(/^run-[0-9a-f]{16}$/),
  requestId: z.string(),
  spec: runSpecSchema,
  state: z.enum(JOB_STATES),
  progress: z.number().min(0).max(1),
  events: time,
  timeUs: time,
  trades: time,
  resultId: z.string(),
  error: z.string(),
  queuedAtUs: time,
  startedAtUs: time,
  endedAtUs: time,
});

const FOLDER = '.jobs';

/** Keeps what the service was asked for beside the results: a file for each, whole or none. */
export class JobStore {
  private readonly folder: string;

  /** @param resultFolder where results are kept */
  constructor(resultFolder: string) {
    this.folder = resolve(resultFolder, FOLDER);
  }

  /** Files that cannot be read are left out and named. */
  async load(): Promise<{
    readonly jobs: readonly RunJob[];
    readonly unreadable: readonly string[];
  }> {
    await mkdir(this.folder, { recursive: true });
    const jobs: RunJob[] = [];
    const unreadable: string[] = [];
    for (const name of (await readdir(this.folder)).sort()) {
      const path = join(this.folder, name);
      if (!name.endsWith('.json')) {
        await rm(path, { force: true });
        continue;
      }
      try {
        jobs.push(parsed(jobSchema, await readFile(path, 'utf8')));
      } catch {
        unreadable.push(path);
      }
    }
    return { jobs, unreadable };
  }

  /** Durable once it resolves. */
  async put(job: RunJob): Promise<void> {
    await writeDurably(this.pathOf(job), `${JSON.stringify(job, undefined, 2)}\n`);
  }

  async remove(job: RunJob): Promise<void> {
    await rm(this.pathOf(job), { force: true });
  }

  private pathOf({ jobId }: RunJob): string {
    return join(this.folder, `${jobId}.json`);
  }
}
