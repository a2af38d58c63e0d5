import { killedWriter } from '../killed-writer.ts';
import { until } from '../until.ts';
import {
  AVAILABLE,
  FUNDS,
  keyOf,
  RESERVED,
  type Stage,
  TRANSFERS_AT_ONCE,
  transfer,
} from './stage.ts';

export function durableHalf(stage: () => Stage): void {
  it('finds after reopening what was committed before', async () => {
    await stage().commit({ kind: 'update', key: AVAILABLE, increment: { amount: 5n } });
    const before = await stage().item(AVAILABLE);
    await stage().store.close();
    expect(stage().store.health().ok).toBe(false);
    const closed = { code: 'STORAGE_UNAVAILABLE' };
    await expect(stage().store.get(AVAILABLE)).rejects.toMatchObject(closed);
    await expect(stage().store.transact(transfer('t', 1n))).rejects.toMatchObject(closed);
    stage().store = await stage().contract.open(stage().environment);
    expect(await stage().item(AVAILABLE)).toEqual(before);
  });

  it('finds after kill -9 all that was acknowledged, and no half of a transaction', async () => {
    const writer = stage().contract.writer?.();
    if (writer === undefined) throw new Error('a durable store needs a writer to kill');
    await stage().store.close();
    const linesMin = stage().contract.server === undefined ? 500 : 100;
    const acknowledged = await killedWriter(writer, { linesMin });
    stage().store = await stage().contract.open(stage().environment);
    for (const id of acknowledged) await stage().item(keyOf('idempotency', id));
    const moved = Number(await stage().amount(RESERVED));
    expect(moved).toBeGreaterThanOrEqual(acknowledged.length);
    expect(moved).toBeLessThanOrEqual(acknowledged.length + 2 * TRANSFERS_AT_ONCE);
    expect(await stage().amount(AVAILABLE)).toBe(String(FUNDS - BigInt(moved)));
    const ids = Array.from({ length: moved + TRANSFERS_AT_ONCE }, (_, n) => `transfer-${n}`);
    const records = await Promise.all(ids.map((id) => stage().store.get(keyOf('idempotency', id))));
    expect(records.filter((record) => record !== undefined)).toHaveLength(moved);
  });
}

export function purgeHalf(stage: () => Stage): void {
  it('frees the space of expired items', async () => {
    const { clock, timers, metrics } = stage().environment;
    const key = keyOf('idempotency', 'request-1');
    const expiresAtUs = clock.nowUs() + 1;
    await stage().commit({ kind: 'create', key, attributes: {}, expiresAtUs });
    await until(
      async () => {
        await timers.advanceAsync(60_000);
        return metrics.value('ats_storage_state_expired_total') === 1;
      },
      { what: 'the purge' },
    );
  });
}

export function queueHalf(stage: () => Stage): void {
  it('refuses transactions beyond its queue, names the limit, and goes on', async () => {
    const { queueMax, metrics } = stage().environment;
    await stage().commit({ kind: 'update', key: AVAILABLE, increment: { amount: FUNDS } });
    const results = await Promise.allSettled(
      Array.from({ length: queueMax + 10 }, (_, n) =>
        stage().store.transact(transfer(`t${n}`, 1n)),
      ),
    );
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(10);
    for (const { reason } of refused) {
      const context = { field: 'stateStore.queueMax', value: queueMax };
      expect(reason).toMatchObject({ code: 'STORAGE_QUEUE_FULL', retry: 'safe', context });
    }
    const full = { reason: 'queue_full' };
    expect(metrics.value('ats_storage_commit_refused_total', full)).toBe(10);
    const answers = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value.kind] : []));
    const committed = answers.filter((kind) => kind === 'committed').length;
    if (stage().contract.limits.conflicts === 'never') expect(committed).toBe(queueMax);
    else expect(committed + answers.filter((kind) => kind === 'conflict').length).toBe(queueMax);
    expect(await stage().amount(RESERVED)).toBe(String(committed));
    await stage().commit(...transfer('later', 1n));
  });
}
