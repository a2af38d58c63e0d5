import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../until.ts';

/** A private server process in a folder of its own, which tests may kill and start again. */
export interface ServerProcess {
  readonly host: string;
  readonly port: number;
  readonly folder: string;
  /** Kills the process at once (SIGKILL), as a crash would, keeping its port and folder. */
  kill(): Promise<void>;
  /** Asks the process to end (SIGTERM) and waits until it has. */
  stop(): Promise<void>;
  /** Starts it again on the same port and folder. */
  restart(): Promise<void>;
  /** Freezes the process (SIGSTOP): connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** Kills the process and deletes its folder. */
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
const OUTPUT_CHARACTERS_MAX = 4000;

/** Processes that still run, killed when the test process ends without closing them. */
const running = new Set<ChildProcess>();
let exitHookSet = false;

function killOnExit(child: ChildProcess): void {
  running.add(child);
  child.once('exit', () => running.delete(child));
  if (exitHookSet) return;
  exitHookSet = true;
  process.once('exit', () => {
    for (const one of running) one.kill('SIGKILL');
  });
}

/** @returns a TCP port of the loopback interface that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, LOOPBACK, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** @returns whether something accepts TCP connections there. */
export function acceptsConnections(address: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(address);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      socket.destroy();
      resolve(false);
    });
  });
}

export interface ServerCommand {
  readonly executable: string;
  arguments(place: { readonly port: number; readonly folder: string }): readonly string[];
  /** Whether the server answers; asked until it says yes. Accepting connections unless told. */
  ready?(place: { readonly host: string; readonly port: number }): Promise<boolean>;
  /** Run before the first start, in the new folder. */
  prepare?(place: { readonly port: number; readonly folder: string }): Promise<void>;
  /** How long it may take until it answers; 20 s unless told. */
  readonly startTimeoutMs?: number;
  /** Added to this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
}

class OwnedServerProcess implements ServerProcess {
  readonly host = LOOPBACK;
  readonly port: number;
  readonly folder: string;
  private readonly command: ServerCommand;
  private child: ChildProcess | undefined;
  private output = '';

  constructor(place: { port: number; folder: string }, command: ServerCommand) {
    this.port = place.port;
    this.folder = place.folder;
    this.command = command;
  }

  async restart(): Promise<void> {
    await this.kill();
    const child = spawn(this.command.executable, [...this.command.arguments(this)], {
      cwd: this.folder,
      env: { ...process.env, ...this.command.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    killOnExit(child);
    const keep = (chunk: Buffer): void => {
      this.output = `${this.output}${chunk}`.slice(-OUTPUT_CHARACTERS_MAX);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.on('error', (error) => keep(Buffer.from(String(error))));
    const { host, port } = this;
    const { ready = acceptsConnections, startTimeoutMs: timeoutMs = 20_000 } = this.command;
    try {
      await until(() => ready({ host, port }), { timeoutMs, periodMs: 20 });
    } catch (cause) {
      await this.kill();
      const message = `${this.command.executable} did not start: ${this.output}`;
      throw new Error(message, { cause });
    }
  }

  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  stop(): Promise<void> {
    return this.end('SIGTERM');
  }

  private end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.kill(signal);
    });
  }

  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  async close(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Starts a server on a free loopback port, in a new folder, and waits until it answers. */
export async function startServerProcess(
  name: string,
  command: ServerCommand,
): Promise<ServerProcess> {
  const folder = await mkdtemp(join(tmpdir(), `ats-${name}-`));
  const server = new OwnedServerProcess({ port: await freePort(), folder }, command);
  await command.prepare?.(server);
  await server.restart();
  return server;
}
