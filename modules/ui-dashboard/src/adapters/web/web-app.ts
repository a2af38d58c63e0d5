import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock, Logger } from '@ats/runtime';
import { digestOfSources } from './sources.ts';

const WEB = fileURLToPath(new URL('../../../web', import.meta.url));
const CONTRACT = fileURLToPath(new URL('../../contract.ts', import.meta.url));
const BUILD = fileURLToPath(new URL('./build.ts', import.meta.url));
/** Kept of what a failed build said. */
const SAID_MAX = 2000;

export interface WebApp {
  readonly folder: string;
  /** Why there is no web app yet; empty when there is one. */
  readonly trouble: () => string;
  /** Resolves when nothing is being built. */
  readonly built: Promise<void>;
  close(): void;
}

/**
 * The built web app. On a fresh machine, or after its sources have changed, it is built by a
 * process of its own at the lowest priority, while everything else runs.
 */
export function openWebApp(parts: {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether it may be built here. */
  readonly build: boolean;
}): WebApp {
  const { clock, logger } = parts;
  const folder = join(WEB, 'dist');
  // A fresh machine has no such folder, and what is served must be there.
  mkdirSync(folder, { recursive: true });
  const asItIs = { folder, trouble: () => '', built: Promise.resolve(), close: () => undefined };
  // Shipped without sources: what was built is what there is.
  if (!parts.build || !existsSync(join(WEB, 'index.html'))) return asItIs;
  const digest = digestOfSources(WEB, [CONTRACT]);
  if (stampOf(folder) === digest) return asItIs;
  const beganUs = clock.nowUs();
  logger.info('dashboard.web.building', 'the web app is being built; trading does not wait', {
    folder,
  });
  const child = spawn(process.execPath, [BUILD, WEB, digest], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let trouble = 'The web app is being built: about ten seconds on a quiet machine.';
  const built = ended(child).then((failure) => {
    const seconds = Math.round((clock.nowUs() - beganUs) / 1_000_000);
    if (failure === undefined) {
      trouble = '';
      logger.info('dashboard.web.built', 'the web app is built', { seconds });
      return;
    }
    trouble = `The web app could not be built: ${failure}`;
    logger.error('dashboard.web.failed', 'the web app could not be built', { failure });
  });
  return { folder, trouble: () => trouble, built, close: () => void child.kill() };
}

function stampOf(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, '.sources'), 'utf8');
  } catch {
    return undefined;
  }
}

/** @returns what it said, if it failed */
function ended(child: ChildProcess): Promise<string | undefined> {
  let said = '';
  const hear = (chunk: Buffer): void => {
    said = (said + chunk.toString()).slice(-SAID_MAX);
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) => resolve(code === 0 ? undefined : said || `exit code ${code}`));
  });
}
