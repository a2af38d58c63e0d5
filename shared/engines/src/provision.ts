import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { chmod, copyFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ENGINE_FOLDER } from './catalogue.ts';

/** Why an engine could not be had; the message says what to do. */
export class ProvisionError extends Error {}

/** The version that is built, and the helper that builds Flux, its query language. */
const INFLUXDB = { module: 'github.com/influxdata/influxdb/v2', version: '2.7.11' };
const FLUX_BUILDER = 'github.com/influxdata/pkg-config@v0.2.14';

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Whether the command's output is wanted, and not to be shown. */
  readonly capture?: boolean;
}

export function tryRun(command: string, args: readonly string[], options: RunOptions = {}) {
  return spawnSync(command, [...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    stdio: ['ignore', options.capture === true ? 'pipe' : 'inherit', 'inherit'],
  });
}

export function run(command: string, args: readonly string[], options: RunOptions = {}): string {
  const result: SpawnSyncReturns<string> = tryRun(command, args, options);
  if (result.status === 0) return result.stdout ?? '';
  const why = result.error?.message ?? `it ended with ${result.status ?? result.signal}`;
  throw new ProvisionError(`${command} ${args.join(' ')} failed: ${why}`);
}

export function isInstalled(command: string): boolean {
  return tryRun(command, ['--version'], { capture: true }).error === undefined;
}

/** Installs Debian packages without starting the services in them. Needs root. */
export function installDebianPackages(packages: readonly string[]): void {
  const command = `apt-get install --no-install-recommends ${packages.join(' ')}`;
  if (!isInstalled('apt-get')) {
    throw new ProvisionError(
      `This is not Debian or Ubuntu: install ${packages.join(' and ')} with your own package ` +
        'manager, so that the executables are on the PATH.',
    );
  }
  if (process.getuid?.() !== 0) {
    throw new ProvisionError(`Installing packages needs root. Run: sudo ${command}`);
  }
  // Tests start servers of their own; run level 1 keeps the packages from starting theirs.
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  run('apt-get', ['update', '--quiet'], { env });
  run('apt-get', ['install', '--yes', '--quiet', '--no-install-recommends', ...packages], { env });
}

/**
 * Builds InfluxDB 2 from its Go module, since no package carries the server: a few minutes, with
 * Go and Rust. The result is one executable in `ENGINE_FOLDER`.
 */
export async function buildInflux(): Promise<string> {
  const missing = ['go', 'cargo', 'pkg-config', 'cc'].filter((tool) => {
    const result = tryRun(tool, [tool === 'go' ? 'version' : '--version'], { capture: true });
    return result.status !== 0;
  });
  if (missing.length > 0) {
    throw new ProvisionError(`Building InfluxDB needs ${missing.join(', ')}: install them first.`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'ats-influxdb-'));
  try {
    const target = `${INFLUXDB.module}@v${INFLUXDB.version}`;
    const json = run('go', ['mod', 'download', '-json', target], { cwd: folder, capture: true });
    const source = join(folder, 'source');
    await cp((JSON.parse(json) as { Dir: string }).Dir, source, { recursive: true });
    run('chmod', ['-R', 'u+w', source]);
    const env = await fluxEnvironment(folder);
    run('go', ['install', FLUX_BUILDER], { cwd: folder, env });
    const output = join(folder, 'influxd');
    const flags = ['-buildvcs=false', '-tags', 'sqlite_foreign_keys,sqlite_json'];
    const linker = ['-ldflags', `-s -w -X main.version=${INFLUXDB.version}`];
    run('go', ['build', ...flags, ...linker, '-o', output, './cmd/influxd'], { cwd: source, env });
    await mkdir(ENGINE_FOLDER, { recursive: true });
    const executable = join(ENGINE_FOLDER, 'influxd');
    await copyFile(output, executable);
    return executable;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Flux asks for an old compiler and fails on a newer one's warnings: use ours, and let it warn. */
async function fluxEnvironment(folder: string): Promise<Record<string, string>> {
  const wrapper = join(folder, 'rustc-that-warns');
  await writeFile(wrapper, '#!/bin/sh\nrustc="$1"\nshift\nexec "$rustc" "$@" --cap-lints warn\n');
  await chmod(wrapper, 0o755);
  const active = tryRun('rustup', ['show', 'active-toolchain'], { capture: true });
  const toolchain = active.status === 0 ? active.stdout.split(' ')[0] : undefined;
  return {
    GOBIN: folder,
    PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}`,
    PKG_CONFIG: join(folder, 'pkg-config'),
    RUSTC_WRAPPER: wrapper,
    ...(toolchain === undefined ? {} : { RUSTUP_TOOLCHAIN: toolchain.trim() }),
  };
}
