import { AtsError } from '@ats/domain';
import { manualTimers, memoryMetrics, sampleQuoteTick, settle, silentLogger } from '@ats/testkit';
import { BatchWriter } from '../../src/tick-store/batch-writer.ts';
import type { Tick } from '../../src/tick-store.ts';

const unavailable = (retry: 'safe' | 'never') =>
  new AtsError({ code: 'STORAGE_UNAVAILABLE', message: 'away', retry });

/** A writer whose engine a test opens, shuts and looks into. */
function stage(limits: { batchMax?: number } = {}) {
  const timers = manualTimers();
  const metrics = memoryMetrics();
  const engine = {
    attempts: 0,
    failure: undefined as unknown,
    written: [] as number[],
    batches: [] as number[],
  };
  const writer = new BatchWriter({
    store: 'test',
    batchMax: limits.batchMax ?? 100,
    async write(batch: readonly Tick[]) {
      engine.attempts += 1;
      await Promise.resolve();
      if (engine.failure !== undefined) throw engine.failure;
      engine.batches.push(batch.length);
      engine.written.push(...batch.map((tick) => tick.receivedAtUs));
    },
    options: {
      clock: timers.clock,
      timers,
      logger: silentLogger(),
      metrics,
      batchSize: 10,
      flushIntervalMs: 1000,
      queueMax: 1000,
    },
  });
  let next = 0;
  const append = (count: number): void => {
    for (let index = 0; index < count; index += 1) {
      writer.append(sampleQuoteTick({ offsetUs: next }));
      next += 1;
    }
  };
  const inOrder = (count: number): number[] =>
    Array.from({ length: count }, (_, offsetUs) => sampleQuoteTick({ offsetUs }).receivedAtUs);
  return { timers, metrics, engine, writer, append, inOrder };
}

describe('the queue before a tick store', () => {
  it('writes when a batch is full, and a smaller one when its time has come', async () => {
    const { timers, engine, append } = stage();
    append(9);
    await settle();
    expect(engine.batches).toEqual([]);
    append(1);
    await settle();
    expect(engine.batches).toEqual([10]);
    append(3);
    await timers.advanceAsync(1000);
    expect(engine.batches).toEqual([10, 3]);
  });

  it('takes no more than its most into one batch, and keeps the order', async () => {
    const { engine, writer, append, inOrder } = stage({ batchMax: 4 });
    append(10);
    await writer.flush();
    expect(engine.batches).toEqual([4, 4, 2]);
    expect(engine.written).toEqual(inOrder(10));
  });

  it('tries again with growing delays, up to a limit, and loses nothing', async () => {
    const { timers, engine, append, inOrder } = stage();
    engine.failure = unavailable('safe');
    append(10);
    await settle();
    const attemptsAfter = async (ms: number): Promise<number> => {
      await timers.advanceAsync(ms);
      return engine.attempts;
    };
    expect(await attemptsAfter(99)).toBe(1);
    expect(await attemptsAfter(1)).toBe(2);
    expect(await attemptsAfter(200)).toBe(3);
    expect(await attemptsAfter(60_000)).toBe(3 + 4 + 10);
    engine.failure = undefined;
    await timers.advanceAsync(5000);
    expect(engine.written).toEqual(inOrder(10));
  });

  it('drops a batch that is refused for good, counts it, and writes what comes after', async () => {
    const { metrics, engine, writer, append } = stage();
    engine.failure = unavailable('never');
    append(4);
    await expect(writer.flush()).rejects.toMatchObject({ retry: 'never' });
    await settle();
    engine.failure = undefined;
    append(2);
    await writer.flush();
    expect(engine.batches).toEqual([2]);
    expect(metrics.value('ats_storage_ticks_dropped_total', { reason: 'refused' })).toBe(4);
    expect(writer.health().ok).toBe(true);
  });

  it('answers each of many flushes once all that was appended before it is written', async () => {
    const { engine, writer, append } = stage({ batchMax: 5 });
    const seen: number[] = [];
    const flushes = [5, 5, 5].map((count) => {
      append(count);
      return writer.flush().then(() => seen.push(engine.written.length));
    });
    await Promise.all(flushes);
    expect(seen).toEqual([5, 10, 15]);
  });

  it('attempts at once when a flush asks, though a retry was waiting', async () => {
    const { engine, writer, append } = stage();
    engine.failure = unavailable('safe');
    append(1);
    await expect(writer.flush()).rejects.toThrow('away');
    engine.failure = undefined;
    await writer.flush();
    expect(engine.written).toHaveLength(1);
  });

  it('writes what was appended while it was ending a run', async () => {
    const { engine, writer, append } = stage();
    append(1);
    const first = writer.flush();
    await first;
    append(1);
    await writer.flush();
    expect(engine.batches).toEqual([1, 1]);
  });

  it('tells on close what it could not write, and stops trying', async () => {
    const { timers, metrics, engine, writer, append } = stage();
    engine.failure = unavailable('safe');
    append(3);
    await expect(writer.close()).rejects.toThrow('away');
    const { attempts } = engine;
    await timers.advanceAsync(60_000);
    expect(engine.attempts).toBe(attempts);
    expect(timers.pending).toBe(0);
    expect(metrics.value('ats_storage_ticks_dropped_total', { reason: 'closed' })).toBe(3);
  });
});
