import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Stream } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { AtsError, ERROR_CODES } from '@ats/domain';
import { z } from 'zod';
import { systemTimers, type TimerHandle } from './clock.ts';
import { EXIT } from './exit-codes.ts';
import type { Logger } from './logger.ts';

/** What a service tells the process that supervises it, over the channel between them. */
export const serviceMessage = z.discriminatedUnion('event', [
  z.object({ event: z.literal('service.started') }),
  z.object({
    event: z.literal('service.failed'),
    code: z.enum(ERROR_CODES),
    message: z.string(),
    remedy: z.string().optional(),
  }),
]);
export type ServiceMessage = z.output<typeof serviceMessage>;

/** What Node has compiled once: processes that start together share the work of those before. */
const COMPILE_CACHE = fileURLToPath(new URL('../../../node_modules/.cache/node', import.meta.url));
const BACKOFF = { baseMs: 250, maxMs: 5000 };
/** Who has run for so long and ends begins with the shortest wait again. */
const STEADY_MS = 30_000;
const STDERR_LINES_MAX = 20;

export interface SupervisedOptions {
  readonly name: string;
  /** Source file, run by this Node with `--config-json -`. */
  readonly file: string;
  /** The whole merged configuration, told on standard input: it may hold secrets. */
  readonly config: object;
  readonly logger: Logger;
  /** Takes each line that it prints on stdout: its log. */
  readonly onLine: (line: string) => void;
  /** Pipes that it holds open while it runs: what ends with them outlives its supervisor for it. */
  readonly holds?: readonly Stream[];
}

/**
 * A service in a process of its own, in a process group of its own: Ctrl-C is its supervisor's to
 * handle. It drains when the supervisor is gone. When it ends by itself that is logged, and it is
 * started again, with a longer wait each time.
 */
export class SupervisedProcess {
  readonly name: string;
  /** Resolves when it serves for the first time. Rejects when its input is wrong. */
  readonly started: Promise<void>;
  /** How often it was started again. */
  restarts = 0;
  /** Whether it serves now. */
  serves = false;
  /** Why it does not run, as a sentence; empty while it does. */
  trouble = '';
  private readonly options: SupervisedOptions;
  private readonly first = Promise.withResolvers<void>();
  private child: ChildProcess | undefined;
  private ended: Promise<number | null> = Promise.resolve(null);
  private waiting: TimerHandle | undefined;
  private attempt = 0;
  private stopping = false;

  constructor(options: SupervisedOptions) {
    this.name = options.name;
    this.options = options;
    this.started = this.first.promise;
    // Whoever does not wait for it sees the same in the log.
    this.started.catch(() => undefined);
    this.start();
  }

  private start(): void {
    const { file, config, onLine, name, logger, holds = [] } = this.options;
    const child = spawn(process.execPath, [file, '--config-json', '-'], {
      stdio: ['pipe', 'pipe', 'pipe', 'ipc', ...holds],
      env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env, NO_COLOR: '1' },
      detached: true,
    });
    this.child = child;
    logger.info('process.started', `${name} begins`, { name, pid: child.pid });
    const beganMs = performance.now();
    let failure: AtsError | undefined;
    const complaints: string[] = [];
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', onLine);
    createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
      complaints.push(line);
      if (complaints.length > STDERR_LINES_MAX) complaints.shift();
    });
    child.on('message', (told) => {
      const message = serviceMessage.parse(told);
      if (message.event === 'service.started') {
        this.serves = true;
        this.trouble = '';
        this.first.resolve();
      } else failure = failureOf(name, message);
    });
    // It may be gone before it has read its configuration; its exit says why.
    child.stdin?.on('error', () => undefined);
    child.stdin?.write(`${JSON.stringify(config)}\n`);
    this.ended = new Promise((resolve) => {
      child.once('error', (cause) => {
        complaints.push(`cannot be started: ${cause.message}`);
        resolve(null);
      });
      // Not `exit`: what it said last is to be read first.
      child.once('close', (code, signal) => {
        resolve(code);
        this.serves = false;
        if (this.child === child) this.child = undefined;
        if (performance.now() - beganMs > STEADY_MS) this.attempt = 0;
        if (!this.stopping) this.again({ code, signal, failure, complaints });
      });
    });
  }

  private again(end: {
    readonly code: number | null;
    readonly signal: string | null;
    readonly failure: AtsError | undefined;
    readonly complaints: readonly string[];
  }): void {
    const { code, signal, failure, complaints } = end;
    const { name, logger } = this.options;
    const how = signal ?? `exit code ${code}`;
    const why = failure?.message ?? `${name}: ${complaints.join('\n') || 'it said nothing'}`;
    this.trouble = `${name} ended (${how}): ${why}${failure?.remedy ? ` ${failure.remedy}` : ''}`;
    if (code === EXIT.usage) this.first.reject(failure ?? startFailed(name, this.trouble));
    const waitMs = Math.min(BACKOFF.maxMs, BACKOFF.baseMs * 2 ** this.attempt);
    this.attempt += 1;
    logger.error('process.ended', `${this.trouble}; it is started again`, { name, waitMs });
    this.waiting = systemTimers.after(waitMs, () => {
      this.restarts += 1;
      this.start();
    });
  }

  /** SIGKILL, as a crash at whatever instruction it is; then it is started again. */
  async crash(): Promise<void> {
    this.child?.kill('SIGKILL');
    await this.ended;
  }

  /**
   * Asks it to drain, and kills it when it has not within the limit, with 0 at once; it is not
   * started again.
   * @returns whether it drained
   */
  async stop(limitMs: number): Promise<boolean> {
    this.stopping = true;
    this.waiting?.cancel();
    const { child } = this;
    if (child === undefined) return false;
    if (limitMs > 0) {
      child.stdin?.end();
      child.kill('SIGTERM');
    }
    const timer = systemTimers.after(limitMs, () => child.kill('SIGKILL'));
    const code = await this.ended;
    timer.cancel();
    return code === EXIT.ok;
  }
}

function failureOf(
  name: string,
  told: Extract<ServiceMessage, { event: 'service.failed' }>,
): AtsError {
  const { code, message, remedy } = told;
  const context = { service: name };
  return new AtsError({ code, message, context, ...(remedy === undefined ? {} : { remedy }) });
}

/** A service did not come to serve, and what it said. */
export function startFailed(name: string, why: string): AtsError {
  return new AtsError({
    code: 'SERVICE_START_FAILED',
    message: why === '' ? `${name} does not serve yet` : why,
    remedy: 'Run "ats doctor" with the same settings; its lines say what is missing.',
    retry: 'safe',
    context: { service: name },
  });
}
