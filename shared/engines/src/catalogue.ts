import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { AtsError } from '@ats/domain';

export type EngineName =
  | 'redis'
  | 'kafka'
  | 'dynamodb'
  | 's3'
  | 'victoria-metrics'
  | 'influxdb'
  | 'prometheus'
  | 'promtool'
  | 'alertmanager'
  | 'chromium';

/** A server, or a browser, that tests run against for real, and where it comes from. */
export interface Engine {
  readonly name: EngineName;
  /** Names of the executable, the first found is used. */
  readonly executables: readonly string[];
  /** The variable that names its executable, where the world has one beside ours. */
  readonly variable?: string;
  readonly versionArguments: readonly string[];
  /** Debian package that `npm run engines` installs; undefined where none carries it. */
  readonly debianPackage: string | undefined;
  /** Whether `ATS_ENGINES=require` makes its absence a failure. */
  readonly required: boolean;
  readonly usedFor: string;
}

/** The main class of DynamoDB Local. */
export const DYNAMODB_MAIN = 'com.amazonaws.services.dynamodbv2.local.main.ServerRunner';

export const ENGINES: readonly Engine[] = [
  {
    name: 'redis',
    executables: ['redis-server', 'valkey-server'],
    versionArguments: ['--version'],
    debianPackage: 'redis-server',
    required: true,
    usedFor: 'MarketBus redis://',
  },
  {
    name: 'kafka',
    executables: ['ats-kafka'],
    versionArguments: ['kafka.Kafka', '--version'],
    debianPackage: undefined,
    required: true,
    usedFor: 'EventLog kafka://',
  },
  {
    name: 'dynamodb',
    executables: ['ats-dynamodb-local'],
    versionArguments: [DYNAMODB_MAIN, '-version'],
    debianPackage: undefined,
    required: true,
    usedFor: 'StateStore dynamodb://',
  },
  {
    name: 's3',
    executables: ['versitygw'],
    versionArguments: ['--version'],
    debianPackage: undefined,
    required: true,
    usedFor: 'Archive s3://',
  },
  {
    name: 'victoria-metrics',
    executables: ['victoria-metrics', 'victoria-metrics-prod'],
    versionArguments: ['--version'],
    debianPackage: 'victoria-metrics',
    required: false,
    usedFor: 'TickStore influxdb://, the write half',
  },
  {
    name: 'influxdb',
    executables: ['influxd'],
    versionArguments: ['version'],
    debianPackage: undefined,
    required: false,
    usedFor: 'TickStore influxdb://, writes and Flux scans',
  },
  {
    name: 'prometheus',
    executables: ['prometheus'],
    versionArguments: ['--version'],
    debianPackage: 'prometheus',
    required: true,
    usedFor: 'every query of rules and dashboards, over what a running system says',
  },
  {
    name: 'promtool',
    executables: ['promtool'],
    versionArguments: ['--version'],
    debianPackage: 'prometheus',
    required: true,
    usedFor: 'alert rules and their tests',
  },
  {
    name: 'alertmanager',
    executables: ['prometheus-alertmanager', 'alertmanager'],
    versionArguments: ['--version'],
    debianPackage: 'prometheus-alertmanager',
    required: true,
    usedFor: 'alerts of Prometheus on their way to people',
  },
  {
    name: 'chromium',
    executables: ['chromium', 'chromium-browser'],
    variable: 'CHROMIUM',
    versionArguments: ['--version'],
    debianPackage: 'chromium',
    required: true,
    usedFor: 'the dashboard and the reports, as people see them',
  },
];

export const ENGINE_REMEDY = 'Run `npm run engines` once, as root on Debian or Ubuntu.';

/** Where `npm run engines` puts what it builds, and where packages put servers off the PATH. */
export const ENGINE_FOLDER = join(homedir(), '.cache', 'ats', 'engines');
const EXTRA_FOLDERS = [ENGINE_FOLDER, '/usr/bin', '/usr/local/bin', '/usr/sbin'];

function engineOf(name: EngineName): Engine {
  const engine = ENGINES.find((one) => one.name === name);
  if (engine === undefined) throw new Error(`there is no engine "${name}"`);
  return engine;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Debian's build of a server may not know its own version; the package does. */
function packageVersion(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const { stdout, status } = spawnSync('dpkg-query', ['--show', name], { encoding: 'utf8' });
  return status === 0 ? stdout.trim().split('\t')[1] : undefined;
}

/** The version that the server at `path` prints, or undefined when it cannot be run. */
export function engineVersion(engine: Engine, path: string): string | undefined {
  const { stdout, stderr, status } = spawnSync(path, engine.versionArguments, {
    encoding: 'utf8',
    timeout: 10_000,
  });
  if (status !== 0) return undefined;
  const printed = /v?\d+\.\d+(\.\d+)?[\w.+~-]*/.exec(`${stdout}${stderr}`)?.[0];
  return printed ?? packageVersion(engine.debianPackage) ?? 'unknown version';
}

/**
 * Finds an engine's executable: the path in `ATS_ENGINE_<NAME>` (of Chromium also `CHROMIUM`) if
 * set, else along `PATH`.
 * Debian's `influxdb` is 1.x under the same name, so that engine counts only from version 2.
 */
export function findEngine(name: EngineName): string | undefined {
  const engine = engineOf(name);
  const ours = `ATS_ENGINE_${name.toUpperCase().replaceAll('-', '_')}`;
  const override = process.env[ours] ?? process.env[engine.variable ?? ours];
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...EXTRA_FOLDERS];
  const candidates =
    override === undefined
      ? engine.executables.flatMap((file) => folders.map((folder) => join(folder, file)))
      : [override];
  const path = candidates.find(isExecutable);
  if (path === undefined || name !== 'influxdb') return path;
  return /^v?2\./.test(engineVersion(engine, path) ?? '') ? path : undefined;
}

/** @returns whether the absence of this engine must fail the tests. */
export function engineRequired(name: EngineName): boolean {
  return process.env['ATS_ENGINES'] === 'require' && engineOf(name).required;
}

/** The executable of an engine. @throws ENGINE_MISSING */
export function needEngine(name: EngineName): string {
  const path = findEngine(name);
  if (path !== undefined) return path;
  throw new AtsError({
    code: 'ENGINE_MISSING',
    message: `no ${name} is installed`,
    remedy: ENGINE_REMEDY,
    context: { field: name },
  });
}
