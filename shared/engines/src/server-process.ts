import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { AtsError } from '@ats/domain';
import { freePort, systemTimers } from '@ats/runtime';

/** A private server process in a folder of its own, which may be killed and started again. */
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
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Kills the process and deletes its folder. One whose folder is kept is asked to end. */
  close(): Promise<void>;
  /**
   * Given to another process it keeps the server running: it ends once nobody holds this any more.
   * Another one after each restart.
   */
  readonly lifeline: Writable;
}

/** Where a server is whose data survives: the folder is kept, Ctrl-C does not reach the process. */
export interface KeptPlace {
  readonly folder: string;
  readonly port: number;
}

const LOOPBACK = '127.0.0.1';
const OUTPUT_CHARACTERS_MAX = 4000;
const START_MS = 20_000;
const POLL_MS = 20;

/**
 * Runs a server, says its process id, and ends it when its lifeline, the standard input, is closed:
 * by us, or because whoever held it is gone, however that came. As its parent it is sure whom it
 * ends. It ends when the server has.
 */
const KEEPER = `
exec 4<&0
"$@" </dev/null 3>&- 4<&- &
server=$!
echo $server >&3
exec 3>&-
{ while read -r _; do :; done; kill -TERM $server; } <&4 >/dev/null 2>&1 &
exec 4<&-
wait $server
kill -KILL 0
`;

/** A server, and the shell that is its parent and leads their process group. */
class KeptServer {
  readonly keeper: ChildProcess;
  /** Its process id; undefined when it could not be started. */
  private readonly pid: Promise<number | undefined>;

  constructor(command: readonly string[], options: Pick<SpawnOptions, 'cwd' | 'env'>) {
    const [executable = ''] = command;
    const args = ['-c', KEEPER, executable, ...command];
    const stdio = ['pipe', 'pipe', 'pipe', 'pipe'] as const;
    this.keeper = spawn('/bin/sh', args, { ...options, stdio: [...stdio], detached: true });
    this.keeper.stdin?.on('error', () => undefined);
    const said = this.keeper.stdio[3] as Readable;
    this.pid = new Promise((resolve) => {
      said.once('data', (text) => resolve(Number(text))).once('close', () => resolve(undefined));
    });
  }

  get hasEnded(): boolean {
    return this.keeper.exitCode !== null || this.keeper.signalCode !== null;
  }

  async signal(name: NodeJS.Signals): Promise<void> {
    const pid = await this.pid;
    // Until the keeper has ended nobody else can have that process id.
    if (pid !== undefined && !this.hasEnded) process.kill(pid, name);
  }

  async end(name: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (this.hasEnded) return;
    const ended = new Promise((resolve) => this.keeper.once('exit', resolve));
    await this.signal(name);
    await ended;
  }
}

/** @returns whether something accepts TCP connections there. */
export function acceptsConnections(
  address: { host: string; port: number },
  timeoutMs = 1000,
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ ...address, timeout: timeoutMs });
    const end = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}

interface Place {
  readonly port: number;
  readonly folder: string;
}

export interface ServerCommand {
  readonly executable: string;
  arguments(place: Place): readonly string[];
  /** Whether the server answers; asked until it says yes. Accepting connections unless told. */
  ready?(place: { readonly host: string; readonly port: number }): Promise<boolean>;
  /** Run before the first start; what a kept folder holds may be there already. */
  prepare?(place: Place): Promise<void>;
  /** How long it may take until it answers; 20 s unless told. */
  readonly startTimeoutMs?: number;
  /** Added to this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
}

class OwnedServerProcess implements ServerProcess {
  readonly host = LOOPBACK;
  readonly port: number;
  readonly folder: string;
  private readonly kept: boolean;
  private readonly command: ServerCommand;
  private server: KeptServer | undefined;
  private output = '';

  constructor(place: Place & { kept: boolean }, command: ServerCommand) {
    this.port = place.port;
    this.folder = place.folder;
    this.kept = place.kept;
    this.command = command;
  }

  async restart(): Promise<void> {
    await this.kill();
    const { executable, environment } = this.command;
    const server = new KeptServer([executable, ...this.command.arguments(this)], {
      cwd: this.folder,
      env: { ...process.env, ...environment },
    });
    this.server = server;
    const { keeper } = server;
    const keep = (chunk: Buffer): void => {
      this.output = `${this.output}${chunk}`.slice(-OUTPUT_CHARACTERS_MAX);
    };
    keeper.stdout?.on('data', keep);
    keeper.stderr?.on('data', keep);
    keeper.on('error', (error) => keep(Buffer.from(String(error))));
    if (await this.answers(server)) return;
    await this.kill();
    throw new Error(`${this.command.executable} did not start: ${this.output}`);
  }

  private async answers(server: KeptServer): Promise<boolean> {
    const { ready = acceptsConnections, startTimeoutMs = START_MS } = this.command;
    const { host, port } = this;
    const deadlineMs = performance.now() + startTimeoutMs;
    while (performance.now() < deadlineMs && !server.hasEnded) {
      if (await ready({ host, port }).catch(() => false)) return true;
      await systemTimers.sleep(POLL_MS);
    }
    return false;
  }

  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  stop(): Promise<void> {
    return this.end('SIGTERM');
  }

  private async end(name: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const { server } = this;
    this.server = undefined;
    await server?.end(name);
  }

  async pause(): Promise<void> {
    await this.server?.signal('SIGSTOP');
  }

  async resume(): Promise<void> {
    await this.server?.signal('SIGCONT');
  }

  get lifeline(): Writable {
    return this.server?.keeper.stdin as Writable;
  }

  async close(): Promise<void> {
    if (this.kept) return this.stop();
    await this.kill();
    return rm(this.folder, { recursive: true, force: true });
  }
}

/**
 * Starts a server on the loopback interface and waits until it answers: at a kept place, or on a
 * free port in a new folder.
 * @throws PORT_IN_USE
 */
export async function startServerProcess(
  name: string,
  command: ServerCommand,
  kept?: KeptPlace,
): Promise<ServerProcess> {
  const port = kept?.port ?? (await freePort());
  const folder = kept?.folder ?? (await mkdtemp(join(tmpdir(), `ats-${name}-`)));
  if (await acceptsConnections({ host: LOOPBACK, port })) throw portInUse(name, port);
  await mkdir(folder, { recursive: true });
  const server = new OwnedServerProcess({ port, folder, kept: kept !== undefined }, command);
  await command.prepare?.({ port, folder });
  await server.restart();
  return server;
}

function portInUse(name: string, port: number): AtsError {
  return new AtsError({
    code: 'PORT_IN_USE',
    message: `${name}: ${LOOPBACK}:${port} is in use`,
    remedy: 'Stop what listens there, or write port 0 in its URL to take any that is free.',
    context: { field: name, value: port },
  });
}
