import { manualTimers, settle } from '@ats/testkit';
import { type CallClass, CallQueue } from '../../src/app/call-queue.ts';

function openQueue(rate = { perSecond: 10, burst: 1 }, waitingMax = 100) {
  const timers = manualTimers();
  const { clock } = timers;
  const queue = new CallQueue({ clock, timers, rate, concurrencyMax: 100, waitingMax });
  const made: string[] = [];
  const call = (of: CallClass, name: string = of) =>
    queue.run(of, async () => {
      made.push(name);
    });
  return { timers, queue, made, call };
}

describe('the queue of calls', () => {
  it('lets cancels go before orders, and orders before questions', async () => {
    const { timers, made, call } = openQueue();
    void call('question', 'first');
    await settle();
    for (const one of ['question', 'order', 'urgent'] as const) void call(one);
    await timers.advanceAsync(1000);
    expect(made).toEqual(['first', 'urgent', 'order', 'question']);
  });

  it('keeps to the rate', async () => {
    const { timers, made, call } = openQueue();
    for (let count = 0; count < 20; count += 1) void call('order');
    await timers.advanceAsync(950);
    expect(made.length).toBe(10);
  });

  it('lets no question starve', async () => {
    const { timers, made, call } = openQueue();
    void call('question');
    await settle();
    void call('question');
    for (let count = 0; count < 50; count += 1) void call('urgent');
    await timers.advanceAsync(1500);
    expect(made.filter((name) => name === 'question').length).toBe(2);
  });

  it('refuses beyond its bound without calling, and keeps room for cancels', async () => {
    const { timers, made, call, queue } = openQueue({ perSecond: 10, burst: 1 }, 2);
    const answers = ['a', 'b', 'c', 'd'].map((name) => call('order', name));
    const cancel = call('urgent');
    expect(await answers[3]).toEqual({ kind: 'full' });
    await timers.advanceAsync(1000);
    expect(await cancel).toMatchObject({ kind: 'called' });
    expect(made).toEqual(['a', 'urgent', 'b', 'c']);
    expect(queue.refused).toBe(1);
  });

  it('calls nothing while it is paused', async () => {
    const { timers, made, call, queue } = openQueue();
    queue.pause(2000);
    void call('urgent');
    await timers.advanceAsync(1990);
    expect(made).toEqual([]);
    await timers.advanceAsync(20);
    expect(made).toEqual(['urgent']);
  });

  it('counts further requests of a call that is under way, which need no place', async () => {
    const timers = manualTimers();
    const { clock } = timers;
    const rate = { perSecond: 10, burst: 1 };
    const queue = new CallQueue({ clock, timers, rate, concurrencyMax: 1, waitingMax: 100 });
    const made: string[] = [];
    void queue.run('question', async () => {
      for (let request = 1; request <= 5; request += 1) {
        if (request > 1) await queue.pace();
        made.push(`request ${request}`);
      }
    });
    await settle();
    void queue.run('urgent', async () => void made.push('urgent'));
    await timers.advanceAsync(350);
    expect(made).toEqual(['request 1', 'request 2', 'request 3', 'request 4']);
    await timers.advanceAsync(250);
    expect(made.slice(4)).toEqual(['request 5', 'urgent']);
  });

  it('lets orders go before further requests, and starves neither', async () => {
    const { timers, made, call, queue } = openQueue();
    void queue.run('question', async () => {
      for (let request = 1; request <= 3; request += 1) {
        await queue.pace();
        made.push('further');
      }
    });
    await settle();
    for (let count = 0; count < 40; count += 1) void call('order');
    await timers.advanceAsync(3000);
    const at = made.flatMap((name, index) => (name === 'further' ? [index] : []));
    expect(at).toEqual([8, 17, 26]);
  });
});
