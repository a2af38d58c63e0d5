import { spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const SERVICES = [
  'venue-simulator',
  'price-collector',
  'trading-engine',
  'risk-manager',
  'order-gateway',
  'oms-core',
  'venue-gateway',
  'audit-exporter',
  'notification',
  'backtest',
  'access',
  'ui-dashboard',
];
const ADDRESSES = [
  'risk',
  'engine',
  'order',
  'ledger',
  'venue',
  'audit',
  'notification',
  'backtest',
  'access',
  'marketData',
];

/** What the command lines run on: `npm run e2e:distributed` says so, and where the servers are. */
export const PROFILE = process.env['ATS_E2E_PROFILE'] ?? 'embedded';

/** Where the servers of a run are, with `RUN` in place of what is one system's own. */
export type EngineUrls = Readonly<
  Record<'bus' | 'eventLog' | 'stateStore' | 'tickStore' | 'archive', string>
>;
const RUN = '{run}';

/** Ports that nothing else on the machine needs: every server picks a free one. */
export const FREE_PORTS = [
  ...SERVICES.map((name) => `admin.ports.${name}=0`),
  ...ADDRESSES.map((name) => `rpc.${name}Address=127.0.0.1:0`),
  'gateway.port=0',
  'dashboard.port=0',
  // The tests of the dashboard build it; here it would only take the machine's time.
  'dashboard.buildWeb=false',
].flatMap((assignment) => ['--set', assignment]);

/** Where each port keeps what belongs to the system with this folder. */
function storageOf(folder: string): EngineUrls {
  if (PROFILE === 'distributed') {
    const urls = JSON.parse(process.env['ATS_E2E_ENGINES'] ?? '') as EngineUrls;
    const own = (url: string): string => url.replace(RUN, basename(folder));
    return {
      bus: urls.bus,
      eventLog: own(urls.eventLog),
      stateStore: own(urls.stateStore),
      tickStore: urls.tickStore,
      archive: own(urls.archive),
    };
  }
  return {
    bus: 'memory:',
    eventLog: `lmdb:${folder}/log`,
    stateStore: `lmdb:${folder}/state`,
    tickStore: `parquet:${folder}/ticks`,
    archive: `file:${folder}/audit`,
  };
}

/** The archive of the system with this folder. */
export const archiveOf = (folder: string): string => storageOf(folder).archive;

/** Storage that this run shares with nobody: one process at a time has a folder open. */
export function ownData(folder = mkdtempSync(join(tmpdir(), 'ats-e2e-'))): readonly string[] {
  const urls = Object.entries(storageOf(folder)).map(([port, url]) => `${port}.url=${url}`);
  return [
    `profile=${PROFILE}`,
    ...urls,
    `gateway.tokenFile=${folder}/gateway-token`,
    `risk.approvalKeyFile=${folder}/approval-key`,
    `killSwitchFile=${folder}/kill-switch`,
    `security.folder=${folder}/security`,
  ].flatMap((assignment) => ['--set', assignment]);
}

export interface RunningAts {
  readonly outcome: Promise<Outcome>;
  /** All that was printed on stdout so far. */
  stdout(): string;
  /** The same of stderr. */
  stderr(): string;
  signal(name: NodeJS.Signals): void;
}

/** What `ats` takes for settings is none of its own here. */
function environment(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('ATS_E2E_'));
  return Object.fromEntries(others);
}

/** Starts `npm run --silent ats -- ...`, as a person would, in `folder`. */
export function startAts(args: readonly string[], env: Record<string, string> = {}): RunningAts {
  const child = spawn('npm', ['run', '--silent', 'ats', '--', ...args], {
    cwd: root,
    env: { ...environment(), NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const { ATS_E2E_LOGS: logs } = process.env;
  if (logs !== undefined) {
    const file = createWriteStream(join(logs, `${args[0]}-${child.pid}.log`));
    for (const stream of [child.stdout, child.stderr]) stream.pipe(file, { end: false });
  }
  return {
    outcome: new Promise((done) => {
      child.once('close', (code) => done({ code, stdout, stderr }));
    }),
    stdout: () => stdout,
    stderr: () => stderr,
    // A terminal sends Ctrl-C to the whole group, npm included.
    signal: (name) => void process.kill(-(child.pid as number), name),
  };
}

export function ats(args: readonly string[], env?: Record<string, string>): Promise<Outcome> {
  return startAts(args, env).outcome;
}

/** Runs a command line on a pseudo terminal of 120 columns. @returns all that was drawn */
export function onTerminal(command: string): Promise<string> {
  const sized = `stty cols 120 rows 45; ${command}`;
  const child = spawn('script', ['--quiet', '--flush', '--command', sized, '/dev/null'], {
    cwd: root,
    env: { ...environment(), NO_COLOR: '1', TERM: 'xterm' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let drawn = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    drawn += text;
  });
  return new Promise((done) => {
    child.once('close', () => done(drawn));
  });
}
