import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** A process of the project, its output in a file. */
export interface Child {
  readonly pid: number;
  /** Resolves with the first line on stdout that `wanted` takes. @throws when it ends before */
  line<Found>(wanted: (line: string) => Found | undefined): Promise<Found>;
  /** SIGKILL: as a crash, at whatever instruction it is. */
  kill(): Promise<void>;
  /** SIGTERM, and waits. @returns the exit code; null when it had to be killed */
  stop(limitMs: number): Promise<number | null>;
  readonly alive: boolean;
  /** Resolves with the exit code, null after a signal. */
  readonly ended: Promise<number | null>;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts one source file on this Node. Nothing outlives the harness. */
export function startChild(options: {
  readonly file: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly input?: string;
}): Child {
  const child = spawn(process.execPath, [options.file, ...options.args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  });
  running.add(child);
  const log = createWriteStream(options.logFile, { flags: 'a' });
  child.stderr.pipe(log, { end: false });
  const lines = createInterface({ input: child.stdout });
  const seen: string[] = [];
  const waiting = new Set<(line: string) => void>();
  lines.on('line', (line) => {
    log.write(`${line}\n`);
    if (seen.length < 200) seen.push(line);
    for (const take of waiting) take(line);
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      running.delete(child);
      resolve(code);
    });
  });
  child.stdin.on('error', () => undefined);
  if (options.input !== undefined) child.stdin.write(`${options.input}\n`);
  return {
    pid: child.pid ?? 0,
    ended,
    get alive() {
      return running.has(child);
    },
    line: (wanted) =>
      new Promise((resolve, reject) => {
        const take = (line: string): void => {
          const found = wanted(line);
          if (found === undefined) return;
          waiting.delete(take);
          resolve(found);
        };
        for (const line of seen) take(line);
        waiting.add(take);
        void ended.then((code) => {
          reject(new Error(`${options.file} ended with ${code}: see ${options.logFile}`));
        });
      }),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async stop(limitMs) {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
      const code = await ended;
      clearTimeout(timer);
      return code;
    },
  };
}
