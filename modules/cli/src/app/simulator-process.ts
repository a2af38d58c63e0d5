import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { AtsError } from '@ats/domain';
import type { ConfigLayer, ConfigTree, Logger } from '@ats/runtime';
import { z } from 'zod';

const readySchema = z.object({
  event: z.literal('simulator.ready'),
  venues: z.record(z.string(), z.object({ ws: z.string(), rest: z.string() })),
  adminUrl: z.string(),
});

const failureSchema = z.object({
  event: z.literal('simulator.failed'),
  code: z.string(),
  message: z.string(),
  remedy: z.string().optional(),
});

/** The simulated exchanges: a process of their own, reached through their sockets only. */
export interface SimulatorProcess {
  /** Points every simulated venue's endpoints at the simulator. */
  readonly layer: ConfigLayer;
  readonly adminUrl: string;
  /** Resolves when the process has ended, with a sentence if it was not asked to. */
  readonly ended: Promise<string | undefined>;
  stop(): Promise<void>;
}

const START_LIMIT_MS = 20_000;
const STDERR_LINES_MAX = 50;

/** Starts the simulator and waits until its exchanges listen. @throws SERVICE_START_FAILED */
export async function startSimulatorProcess(options: {
  readonly config: ConfigTree;
  readonly logger: Logger;
}): Promise<SimulatorProcess> {
  const main = new URL(import.meta.resolve('@ats/venue-simulator/main')).pathname;
  const child = spawn(process.execPath, [main, '--config-json', '-'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C in the terminal drains us first. It ends when its stdin closes.
    detached: true,
  });
  const complaints: string[] = [];
  let stopping = false;
  const exit = new Promise<string | undefined>((resolve) => {
    child.once('error', (problem) => resolve(`cannot be started: ${problem.message}`));
    child.once('exit', (code, signal) => {
      resolve(stopping ? undefined : `ended by itself (${signal ?? `exit code ${code}`})`);
    });
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    complaints.push(line);
    if (complaints.length > STDERR_LINES_MAX) complaints.shift();
    options.logger.debug('simulator.stderr', line);
  });
  // The simulator may be gone before it has read its configuration; its exit says why.
  child.stdin.on('error', () => undefined);
  child.stdin.write(`${JSON.stringify(options.config)}\n`);
  const stop = async (): Promise<void> => {
    stopping = true;
    child.stdin.end();
    child.kill('SIGTERM');
    await exit;
  };
  const ready = firstLine(child.stdout);
  const limit = AbortSignal.timeout(START_LIMIT_MS);
  const line = await Promise.race([
    ready,
    exit.then((why) => ({ why: `the venue simulator ${why ?? 'ended'}` })),
    new Promise<{ why: string }>((resolve) => {
      limit.onabort = () => resolve({ why: `no answer within ${START_LIMIT_MS} ms` });
    }),
  ]);
  if (typeof line !== 'string') {
    const said = await Promise.race([ready, Promise.resolve(undefined)]);
    await stop();
    throw startFailure(typeof said === 'string' ? said : complaints.join('\n'), line.why);
  }
  const parsed = readySchema.safeParse(parseJson(line));
  if (!parsed.success) {
    await stop();
    throw startFailure(line, 'the venue simulator did not start');
  }
  const venues = Object.fromEntries(
    Object.entries(parsed.data.venues).map(([name, { ws, rest }]) => [
      name,
      { ws: [ws], rest: [rest] },
    ]),
  );
  return {
    layer: { source: 'venue simulator', values: { venues } },
    adminUrl: parsed.data.adminUrl,
    ended: exit,
    stop,
  };
}

function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve) => {
    createInterface({ input: stream }).once('line', resolve);
  });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function startFailure(said: string, why: string): AtsError {
  const failure = failureSchema.safeParse(parseJson(said));
  if (failure.success && failure.data.code === 'PORT_IN_USE') {
    const { message, remedy } = failure.data;
    return new AtsError({ code: 'PORT_IN_USE', message, ...(remedy ? { remedy } : {}) });
  }
  return new AtsError({
    code: 'SERVICE_START_FAILED',
    message: failure.success ? failure.data.message : `${why}${said === '' ? '' : `: ${said}`}`,
    remedy: 'Run "ats doctor"; its lines say what this machine lacks.',
    retry: 'safe',
  });
}
