import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from './logger.ts';

const REASON_LENGTH_MAX = 200;

/** A file that stops trading by being there: it works when everything else is down. */
export interface KillSwitch {
  readonly file: string;
  /** Why trading is to stop, the file's first line; empty while it is not there. Never throws. */
  reason(): string;
  /** Makes the file; one that is there stays as it is. @throws what the file system throws */
  pull(reason: string): void;
  /** Removes it. @throws what the file system throws */
  release(): void;
}

export function openKillSwitch(file: string): KillSwitch {
  return {
    file,
    reason() {
      try {
        if (statSync(file, { throwIfNoEntry: false }) === undefined) return '';
        const [line = ''] = readFileSync(file, 'utf8').split('\n', 1);
        const said = line.trim().slice(0, REASON_LENGTH_MAX);
        return said === '' ? `${file} is there` : said;
      } catch (error) {
        // Released between the two looks; whatever else cannot be seen may well be there.
        if ((error as { code?: string }).code === 'ENOENT') return '';
        return `${file} cannot be read: ${String(error)}`;
      }
    },
    pull(reason) {
      mkdirSync(dirname(file), { recursive: true });
      try {
        writeFileSync(file, `${reason.replaceAll('\n', ' ')}\n`, { flag: 'wx' });
      } catch (error) {
        if ((error as { code?: string }).code !== 'EEXIST') throw error;
      }
    },
    release: () => rmSync(file, { force: true }),
  };
}

/** From now on SIGUSR2 to this process pulls the switch. */
export function pullOnSignal(killSwitch: KillSwitch, logger: Logger): void {
  const reason = `process ${process.pid} got SIGUSR2`;
  process.on('SIGUSR2', () => {
    killSwitch.pull(reason);
    logger.error('kill_switch.pulled', reason, { file: killSwitch.file });
  });
}
