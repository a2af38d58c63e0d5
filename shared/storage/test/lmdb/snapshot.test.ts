import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock, systemTimers } from '@ats/runtime';
import { copyLmdbFolders, openLmdbEventLog, readLmdbState } from '@ats/storage';
import { memoryMetrics, silentLogger, until } from '@ats/testkit';

const SCRIPT = fileURLToPath(new URL('./snapshot-process.ts', import.meta.url));
const COPIES = 5;

describe('copies of log and state while another process writes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ats-snapshot-'));

  it('are each of one moment, with everything that was acknowledged before', async () => {
    const writer = spawn(process.execPath, ['--no-warnings', SCRIPT, folder]);
    let written = 0;
    writer.stdout.on('data', (chunk) => {
      written = Number(String(chunk).trim().split('\n').at(-1));
    });
    try {
      for (let copy = 0; copy < COPIES; copy += 1) {
        // The files grow past what the reader has mapped from one copy to the next.
        await until(() => written >= (copy + 1) * 60, { what: 'enough writes', timeoutMs: 60_000 });
        const acknowledged = written;
        const to = join(folder, `copy-${copy}`);
        const parts = ['log', 'state'].map((name) => ({
          ...{ from: join(folder, name), to: join(to, name), field: name },
        }));
        for (const part of parts) mkdirSync(part.to, { recursive: true });
        await copyLmdbFolders(parts, systemTimers);
        const items = await readLmdbState({ folder: join(to, 'state'), nowUs: 0 });
        expect(readdirSync(join(to, 'log'))).toEqual(['data.mdb']);
        const log = await openLmdbEventLog({
          ...{ folder: join(to, 'log'), clock: systemClock, timers: systemTimers },
          ...{ logger: silentLogger(), metrics: memoryMetrics() },
        });
        const read = { topic: 'alerts', partition: 0, from: 0, limit: 100_000 } as const;
        const records = await log.read(read);
        const [position] = await log.lag({ group: 'nobody', topics: ['alerts'] });
        await log.close();
        expect(records).toHaveLength(position?.next ?? -1);
        expect(records.length).toBeGreaterThan(acknowledged);
        // The writer stores first and waits for it: the state is one ahead of the log, or none.
        expect([0, 1]).toContain(items.length - records.length);
        expect(items.map(({ key }) => key.sort).slice(0, records.length)).toEqual(
          records.map(({ headers }) => headers.eventId),
        );
      }
    } finally {
      writer.kill('SIGKILL');
      await new Promise((resolve) => writer.once('close', resolve));
    }
  }, 120_000);

  it('say which folder is none', async () => {
    const from = join(folder, 'nowhere');
    const copies = [{ from, to: folder, field: 'eventLog.url' }];
    await expect(copyLmdbFolders(copies, systemTimers)).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      message: expect.stringContaining(from),
    });
    expect(readdirSync(folder)).not.toContain('nowhere');
  });
});
