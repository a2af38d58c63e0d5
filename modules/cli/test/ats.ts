import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as a person does, without colours. */
export function ats(...args: string[]): Promise<Outcome> {
  const env = { ...process.env, NO_COLOR: '1' };
  const child = spawn(process.execPath, ['--no-warnings', MAIN, ...args], { env });
  const outcome = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    outcome.stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    outcome.stderr += String(chunk);
  });
  return new Promise((done) => {
    child.once('close', (code) => done({ code, ...outcome }));
  });
}
