import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemTimers } from '@ats/runtime';
import { type EventLog, type LogRecord, type NewRecord, openLmdbEventLog } from '@ats/storage';
import { memoryMetrics, silentLogger, until } from '@ats/testkit';

/** More than are kept in memory. */
const MANY = 5000;
const LARGE = 1234;
const PLACE = { topic: 'alerts', partition: 0 } as const;

const numbered = (number: number): NewRecord => ({
  topic: 'alerts',
  key: 'one',
  headers: { schema: 'test', eventId: String(number), correlationId: 'test' },
  payload: new Uint8Array(number === LARGE ? 100_000 : 10).fill(number % 256),
});

const told = (records: readonly LogRecord[]) =>
  records.map(({ offset, headers, payload }) => [offset, headers.eventId, payload.byteLength]);

describe('the LMDB log and its newest records in memory', () => {
  let folder: string;
  let log: EventLog;
  const open = (): Promise<EventLog> =>
    openLmdbEventLog({
      ...{ folder, clock: systemClock, timers: systemTimers },
      ...{ logger: silentLogger(), metrics: memoryMetrics() },
    });
  const expected = Array.from({ length: MANY }, (_, number) => [
    number,
    String(number),
    number === LARGE ? 100_000 : 10,
  ]);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ats-log-tail-'));
    log = await open();
    const all = Array.from({ length: MANY }, (_, number) => log.append(numbered(number)));
    await Promise.all(all);
  });
  afterAll(async () => {
    await log.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('gives the same records, whether they are in memory, on the disk, or partly', async () => {
    for (const limit of [1000, 700]) {
      const found: LogRecord[] = [];
      for (;;) {
        const page = await log.read({ ...PLACE, from: found.length, limit });
        if (page.length === 0) break;
        found.push(...page);
      }
      expect(told(found)).toEqual(expected);
    }
    const newest = await log.read({ ...PLACE, from: MANY - 3, limit: 10 });
    await log.close();
    log = await open();
    expect(await log.read({ ...PLACE, from: MANY - 3, limit: 10 })).toEqual(newest);
  });

  it('brings a group that is far behind everything, and what comes then', async () => {
    const found: LogRecord[] = [];
    const subscription = await log.subscribe({
      group: 'late',
      topics: ['alerts'],
      handle: (batch) => {
        found.push(...batch.records);
        return Promise.resolve();
      },
    });
    await until(() => found.length === MANY);
    await log.append(numbered(MANY));
    await until(() => found.length > MANY);
    expect(told(found)).toEqual([...expected, [MANY, String(MANY), 10]]);
    await subscription.close();
  });

  it('keeps no hold on the bytes of whoever appends', async () => {
    const record = numbered(1);
    const { offset } = await log.append(record);
    record.payload.fill(99);
    const [read] = await log.read({ ...PLACE, from: offset, limit: 1 });
    expect(read?.payload).toEqual(new Uint8Array(10).fill(1));
  });
});
