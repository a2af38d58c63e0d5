import { spawn } from 'node:child_process';
import { until } from './until.ts';

/** A program that writes for ever, and prints a line for each write that was acknowledged. */
export interface WriterProgram {
  /** Path of a TypeScript file. */
  readonly script: string;
  readonly args: readonly string[];
}

/**
 * Runs a writer in a process of its own and kills it (SIGKILL) while it writes.
 *
 * @returns every whole line it printed: the writes that were acknowledged before the kill.
 */
export async function killedWriter(
  program: WriterProgram,
  { linesMin }: { readonly linesMin: number },
): Promise<readonly string[]> {
  // Jest gives tests an environment of their own; the child shall have it as well.
  const options = { env: { ...process.env } };
  const args = ['--no-warnings', program.script, ...program.args];
  const child = spawn(process.execPath, args, options);
  let output = '';
  let problems = '';
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    problems += String(chunk);
  });
  const lines = (): string[] => output.split('\n').slice(0, -1);
  // Not at its exit: what it printed may then still be on its way.
  const ended = new Promise((resolve) => child.once('close', resolve));
  try {
    const enough = (): boolean => lines().length >= linesMin || child.exitCode !== null;
    await until(enough, { timeoutMs: 25_000, what: 'acknowledged writes' });
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
  if (problems !== '') throw new Error(`the writer complained: ${problems}`);
  return lines();
}
