import { describe, expect, it } from '@jest/globals';
import type { Subscription } from '../src/adapters/live-socket.ts';
import { LiveQuery } from '../src/feeds/live-query.ts';
import { merged } from '../src/feeds/merged.ts';

/** A stream by hand, and frames that come when they are told to. */
function stage() {
  const frames: (() => void)[] = [];
  const subscriptions: Subscription[] = [];
  let cancelled = 0;
  const query = new LiveQuery<Map<string, number>, { key: string; value: number }>(
    {
      method: 'a.Service/Stream',
      request: {},
      paceMs: 0,
      init: () => new Map(),
      fold: (state, { key, value }) => state.set(key, value),
    },
    {
      subscribe: (subscription) => {
        subscriptions.push(subscription);
        return () => {
          cancelled += 1;
        };
      },
      onFrame: (work) => frames.push(work),
    },
  );
  const frame = (): void => {
    for (const work of frames.splice(0)) work();
  };
  return { query, subscriptions, frames, frame, cancelled: () => cancelled };
}

describe('a live query', () => {
  it('tells its listeners once a frame, however many messages came', () => {
    const { query, subscriptions, frames, frame } = stage();
    let told = 0;
    query.listen(() => {
      told += 1;
    });
    for (let value = 0; value < 1000; value += 1) subscriptions[0]?.onData({ key: 'a', value });
    expect([told, frames.length]).toEqual([0, 1]);
    frame();
    expect(told).toBe(1);
    expect(query.snapshot().state.get('a')).toBe(999);
    subscriptions[0]?.onData({ key: 'a', value: 1 });
    frame();
    expect(told).toBe(2);
  });

  it('subscribes once for many listeners, and ends with the last of them', () => {
    const { query, subscriptions, cancelled } = stage();
    const stops = [query.listen(() => undefined), query.listen(() => undefined)];
    expect(subscriptions).toHaveLength(1);
    stops[0]?.();
    expect(cancelled()).toBe(0);
    stops[1]?.();
    expect(cancelled()).toBe(1);
  });

  it('forgets what it knew when the session is gone, and keeps the fault until data comes', () => {
    const { query, subscriptions, frame } = stage();
    query.listen(() => undefined);
    subscriptions[0]?.onData({ key: 'a', value: 1 });
    const none = { field: '', value: '', remedy: '', requestId: '' };
    subscriptions[0]?.onProblem({ code: 'RPC_UNAVAILABLE', message: 'gone', ...none });
    frame();
    expect(query.snapshot().error?.problem.code).toBe('RPC_UNAVAILABLE');
    subscriptions[0]?.onRestart();
    subscriptions[0]?.onData({ key: 'b', value: 2 });
    frame();
    expect([...query.snapshot().state]).toEqual([['b', 2]]);
    expect(query.snapshot().error).toBeUndefined();
  });
});

describe('a list with its stream', () => {
  it('has one of each key, the newest state of it, wherever that came from', () => {
    const all = merged({
      listed: [
        { id: 'a', version: 3 },
        { id: 'b', version: 1 },
      ],
      streamed: [
        { id: 'a', version: 2 },
        { id: 'b', version: 2 },
        { id: 'c', version: 1 },
      ],
      keyOf: ({ id }) => id,
      newer: (one, other) => one.version > other.version,
    });
    expect(all).toEqual([
      { id: 'a', version: 3 },
      { id: 'b', version: 2 },
      { id: 'c', version: 1 },
    ]);
  });
});
