import { unwatchFile, watchFile } from 'node:fs';
import type { ConfigChange } from './config/reload.ts';
import type { Host } from './host.ts';

/** How often a file that is watched is looked at, milliseconds. */
const WATCH_MS = 1000;

/** A reload that no call asked for, for the record. */
export interface Reload {
  /** The signal, or the file that changed. */
  readonly source: string;
  readonly changes: readonly ConfigChange[];
  /** Why it was refused. */
  readonly error?: unknown;
}

/**
 * Reads the settings again on SIGHUP, unless that is the end of a terminal, and, where
 * `reloadOnChange` says so, when a file of theirs changes. What becomes of it is logged by the host
 * and audited; nothing is thrown. @returns a function that ends it
 */
export function reloadOnTriggers(host: Pick<Host<unknown>, 'reload' | 'audit' | 'watched'>) {
  const run = (source: string): void => {
    try {
      host.audit({ source, changes: host.reload({ source, dryRun: false }) });
    } catch (error) {
      host.audit({ source, changes: [], error });
    }
  };
  const onHangup = (): void => run('SIGHUP');
  if (!process.stdin.isTTY) process.on('SIGHUP', onHangup);
  for (const file of host.watched) {
    watchFile(file, { interval: WATCH_MS, persistent: false }, () => run(file));
  }
  return (): void => {
    process.off('SIGHUP', onHangup);
    for (const file of host.watched) unwatchFile(file);
  };
}
