import type { ItemKey, StateStore } from '@ats/storage';
import { until } from '../until.ts';
import {
  AVAILABLE,
  FUNDS,
  keyOf,
  RESERVED,
  type Stage,
  type StateStoreServer,
  transfer,
} from './stage.ts';

const healthy = (store: StateStore): Promise<unknown> =>
  until(() => store.health().ok, { timeoutMs: 20_000, what: 'health' });

const record = (id: string): ItemKey => keyOf('idempotency', id);

function serverOf(stage: Stage): StateStoreServer {
  const { server } = stage.contract;
  if (server === undefined) throw new Error('a store on a server needs a server to break');
  return server();
}

/** What a store on a server owes when that server dies, hangs, refuses or loses its answers. */
export function failureHalf(stage: () => Stage): void {
  const place = (): StateStoreServer => serverOf(stage());
  beforeEach(() =>
    stage().commit({ kind: 'update', key: AVAILABLE, increment: { amount: FUNDS } }),
  );

  it('says that the server is away, and goes on by itself when it is back', async () => {
    await stage().commit(...transfer('before', 1n));
    await place().process.kill();
    const away = { code: 'STORAGE_UNAVAILABLE', retry: 'safe' };
    await expect(stage().store.transact(transfer('away', 1n))).rejects.toMatchObject(away);
    await expect(stage().store.get(AVAILABLE)).rejects.toMatchObject(away);
    expect(stage().store.health().ok).toBe(false);
    await place().process.restart();
    await healthy(stage().store);
    expect(await stage().store.get(record('away'))).toBeUndefined();
    await stage().commit(...transfer('after', 1n));
    expect(await stage().amount(RESERVED)).toBe('2');
  });

  it('has everything that it acknowledged while the server was killed under load', async () => {
    const acknowledged: string[] = [];
    const ambiguous: string[] = [];
    let going = true;
    const worker = async (name: string): Promise<void> => {
      for (let number = 0; going; number += 1) {
        const id = `${name}-${number}`;
        try {
          const { kind } = await stage().store.transact(transfer(id, 1n));
          if (kind === 'committed') acknowledged.push(id);
        } catch (error) {
          if ((error as { retry: string }).retry === 'unknown') ambiguous.push(id);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    };
    const workers = Promise.all(['a', 'b', 'c', 'd'].map(worker));
    await until(() => acknowledged.length >= 40, { timeoutMs: 20_000, what: 'transfers' });
    await place().process.kill();
    await place().process.restart();
    const before = acknowledged.length;
    const more = (): boolean => acknowledged.length >= before + 20;
    await until(more, { timeoutMs: 20_000, what: 'transfers again' });
    going = false;
    await workers;
    for (const id of acknowledged) await stage().item(record(id));
    const found = await Promise.all(ambiguous.map((id) => stage().store.get(record(id))));
    const landed = found.filter((item) => item !== undefined).length;
    expect(await stage().amount(RESERVED)).toBe(String(acknowledged.length + landed));
  });

  it('gives up on a server that hangs, says that it does not know, and recovers', async () => {
    await place().process.pause();
    const hanging = { code: 'STORAGE_UNAVAILABLE', retry: 'unknown' };
    await expect(stage().store.transact(transfer('hung', 1n))).rejects.toMatchObject(hanging);
    expect(stage().store.health().ok).toBe(false);
    await place().process.resume();
    await healthy(stage().store);
    // It may be done yet, once and whole, or not at all.
    const done = await until(
      async () => {
        const again = await stage().store.transact(transfer('hung', 1n));
        return again.kind === 'conflict' ? undefined : again.kind;
      },
      { what: 'an answer' },
    );
    expect(['committed', 'refused']).toContain(done);
    expect(await stage().amount(RESERVED)).toBe('1');
  });

  it('loses no update when two processes want one item at once', async () => {
    const other = await stage().contract.open(stage().environment);
    const one = async (store: StateStore, id: string): Promise<void> => {
      for (;;) {
        const { kind } = await store.transact(transfer(id, 1n));
        if (kind !== 'conflict') return expect(kind).toBe('committed');
      }
    };
    const ids = Array.from({ length: 40 }, (_, index) => `t-${index}`);
    await Promise.all(ids.map((id, index) => one(index % 2 === 0 ? stage().store : other, id)));
    expect(await stage().amount(RESERVED)).toBe('40');
    await other.close();
  });
}

/** What it owes when the server refuses for a while, or its answers are lost. */
export function faultHalf(stage: () => Stage): void {
  let store: StateStore;
  const place = (): StateStoreServer => serverOf(stage());
  const commit = async (id: string): Promise<void> => {
    expect(await store.transact(transfer(id, 1n))).toEqual({ kind: 'committed' });
  };
  beforeEach(async () => {
    await stage().commit({ kind: 'update', key: AVAILABLE, increment: { amount: FUNDS } });
    store = await place().openBehindProxy(stage().environment);
  });
  afterEach(() => store.close());

  it('tries again what was throttled, and counts it', async () => {
    place().throttle(place().attemptsMax - 1);
    await commit('throttled');
    const { metrics } = stage().environment;
    const throttled = { reason: 'throttled' };
    expect(metrics.value('ats_storage_remote_retries_total', throttled)).toBe(
      place().attemptsMax - 1,
    );
    expect(await stage().amount(RESERVED)).toBe('1');
  });

  it('gives up after some tries what stays throttled, and says that nothing happened', async () => {
    place().throttle(place().attemptsMax);
    const throttled = { code: 'STORAGE_UNAVAILABLE', retry: 'safe' };
    await expect(store.transact(transfer('t', 1n))).rejects.toMatchObject(throttled);
    await healthy(store);
    expect(await stage().store.get(record('t'))).toBeUndefined();
    await commit('t');
  });

  it('repeats a transaction whose answer was lost, and has done it once', async () => {
    place().loseAnswers(1);
    await commit('lost');
    expect(await stage().amount(RESERVED)).toBe('1');
  });

  it('says that it does not know when every answer was lost', async () => {
    place().loseAnswers(place().attemptsMax);
    const lost = { code: 'STORAGE_UNAVAILABLE', retry: 'unknown' };
    await expect(store.transact(transfer('lost', 1n))).rejects.toMatchObject(lost);
    await healthy(store);
    await stage().item(record('lost'));
    expect(await stage().amount(RESERVED)).toBe('1');
  });

  it('tells a conflict with another process from a refusal and from throttling', async () => {
    place().conflict(1);
    const result = await store.transact(transfer('met', 1n));
    expect(result).toEqual({ kind: 'conflict', keys: [AVAILABLE] });
    expect(await stage().store.get(record('met'))).toBeUndefined();
    expect(store.health().ok).toBe(true);
    await commit('met');
  });
}
