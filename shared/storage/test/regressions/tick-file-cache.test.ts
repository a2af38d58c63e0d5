import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDuck } from '../../src/tick-store/duck.ts';

describe('the engine of the tick store', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ats-duck-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // Each file that was merged stayed in memory, up to the limit of 512 MiB.
  it('keeps nothing of the files that it has read', async () => {
    const { instance, connection } = await openDuck({
      ...{ threads: 1, memoryMaxBytes: 2 ** 28, spillFolder: join(folder, 'spill') },
    });
    const file = join(folder, 'ticks.parquet');
    await connection.run(`COPY (SELECT range AS n FROM range(100000)) TO '${file}'`);
    const sum = await connection.runAndReadAll(
      `SELECT sum(n)::VARCHAR FROM read_parquet('${file}')`,
    );
    expect(sum.getRows()).toEqual([['4999950000']]);
    const kept = await connection.runAndReadAll(
      "SELECT memory_usage_bytes::DOUBLE FROM duckdb_memory() WHERE tag = 'EXTERNAL_FILE_CACHE'",
    );
    expect(kept.getRows()).toEqual([[0]]);
    connection.disconnectSync();
    instance.closeSync();
  });
});
