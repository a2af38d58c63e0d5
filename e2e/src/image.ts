import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, matchesGlob } from 'node:path';
import { IMAGE, ROOT } from '@ats/infra';

/** What .dockerignore says: the last pattern that matches a path, or a folder it is in, decides. */
function inContext(path: string, patterns: readonly string[]): boolean {
  const parts = path.split('/');
  const prefixes = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  const deciding = patterns.findLast((pattern) =>
    prefixes.some((prefix) => matchesGlob(prefix, pattern.replace(/^!/, ''))),
  );
  return deciding?.startsWith('!') ?? true;
}

/**
 * Lays out /opt/ats as the Dockerfile does, without Docker: the files that .dockerignore lets
 * through, the packages that are installed here, and the web app built by the Dockerfile's line.
 * @returns the folder
 */
export function layOutImage(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ats-image-'));
  const patterns = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    ...{ cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 26 },
  }).split('\n');
  for (const file of files) {
    if (file === '' || !existsSync(join(ROOT, file)) || !inContext(file, patterns)) continue;
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    cpSync(join(ROOT, file), join(folder, file));
  }
  linkPackages(folder);
  const [, ...line] = /node (modules\/\S+\/build\.ts) (\S+) (\S+)/.exec(IMAGE.text) ?? [];
  execFileSync(process.execPath, line, { cwd: folder });
  return folder;
}

/** Packages are this checkout's, but for our own: those are the image's. */
function linkPackages(folder: string): void {
  mkdirSync(join(folder, 'node_modules', '@ats'), { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (name === '@ats') continue;
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
  for (const path of globSync('{modules,shared}/*', { cwd: folder })) {
    const own = join(ROOT, path, 'node_modules');
    if (existsSync(own)) symlinkSync(own, join(folder, path, 'node_modules'));
    const { name } = JSON.parse(readFileSync(join(folder, path, 'package.json'), 'utf8')) as {
      name: string;
    };
    symlinkSync(join(folder, path), join(folder, 'node_modules', name));
  }
}
