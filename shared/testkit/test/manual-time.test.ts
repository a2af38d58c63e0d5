import { manualTimers, memoryMetrics, silentLogger, until } from '@ats/testkit';

describe('manual timers', () => {
  it('run in order of due time, then of creation, with the clock at each due time', () => {
    const timers = manualTimers();
    const startUs = timers.clock.nowUs();
    const seen: string[] = [];
    const note = (name: string) => () => {
      seen.push(`${name}@${(timers.clock.nowUs() - startUs) / 1000}`);
    };
    timers.after(20, note('late'));
    timers.after(10, note('first'));
    timers.after(10, note('second'));
    timers.every(8, note('tick'));
    timers.advance(20);
    expect(seen).toEqual(['tick@8', 'first@10', 'second@10', 'tick@16', 'late@20']);
    expect(timers.clock.nowUs() - startUs).toBe(20_000);
  });

  it('do not run once cancelled, even when cancelled by a timer of the same moment', () => {
    const timers = manualTimers();
    let runs = 0;
    timers.after(5, () => second.cancel());
    const second = timers.after(5, () => {
      runs += 1;
    });
    timers.advance(10);
    expect(runs).toBe(0);
    expect(timers.pending).toBe(0);
  });

  it('carry code that awaits one sleep after another across one advance', async () => {
    const timers = manualTimers();
    let steps = 0;
    const work = (async () => {
      for (; steps < 5; steps += 1) await timers.sleep(10);
    })();
    await timers.advanceAsync(49);
    expect(steps).toBe(4);
    await timers.advanceAsync(1);
    await work;
    expect(steps).toBe(5);
  });

  it('refuse a clock that would run backwards', () => {
    expect(() => manualTimers().clock.advanceUs(-1)).toThrow(RangeError);
  });
});

describe('the other helpers', () => {
  it('remembers lines with the fields of the child that logged them', () => {
    const logger = silentLogger();
    logger.child({ venue: 'kraken' }).warn('book.dropped', 'gone', { gap: 2 });
    expect(logger.lines).toMatchObject([
      {
        level: 'warn',
        event: 'book.dropped',
        fields: { venue: 'kraken', gap: 2 },
      },
    ]);
  });

  it('adds up counters over the label sets that match and keeps observations', () => {
    const metrics = memoryMetrics();
    const counter = metrics.counter({
      name: 'ats_x_total',
      help: 'x',
      labels: ['venue', 'side'],
    });
    counter.add({ venue: 'a', side: 'bid' });
    counter.add({ venue: 'a', side: 'ask' }, 2);
    counter.add({ venue: 'b', side: 'ask' }, 4);
    expect(metrics.value('ats_x_total')).toBe(7);
    expect(metrics.value('ats_x_total', { venue: 'a' })).toBe(3);
    const timing = {
      name: 'ats_y_seconds',
      help: 'y',
      labels: [],
      buckets: [1],
    };
    metrics.histogram(timing).observe({}, 0.5);
    expect(metrics.observations('ats_y_seconds')).toEqual([0.5]);
    expect(() => metrics.counter({ name: 'ats_z', help: 'z', labels: [] })).toThrow('_total');
  });

  it('polls until the condition holds and says what did not come', async () => {
    let looks = 0;
    await expect(until(() => (++looks > 3 ? looks : undefined))).resolves.toBe(4);
    const never = until(() => false, { timeoutMs: 10, what: 'the moon' });
    await expect(never).rejects.toThrow('the moon');
  });
});
