import { fencedStore, type ItemKey, memoryStateStore, type TransactItem } from '@ats/storage';
import { manualClock } from '@ats/testkit';
import { fenceItem, leaseItem, leaseRecord, shardKey } from '../../src/lease/lease-record.ts';

const KEY = shardKey('work', 'only');
const WORK: ItemKey = { table: 'risk', partition: 'p', sort: 's' };
const create: TransactItem = { kind: 'create', key: WORK, attributes: { done: true } };

async function openFenced() {
  const state = memoryStateStore(manualClock());
  const holds = { holder: 'one', run: 'r', termMs: 3000 };
  const token = 1;
  await state.transact([leaseItem(KEY, undefined, { ...holds, token })]);
  const lost: string[] = [];
  const holding = { shard: 'only', token, fence: fenceItem(KEY, token), held: true };
  const store = fencedStore(state, holding, () => lost.push('lost'));
  const overtake = async () => {
    const item = await state.get(KEY);
    if (item === undefined) throw new Error('the lease is there');
    const record = leaseRecord(item);
    await state.transact([leaseItem(KEY, record, { ...holds, token: 2 })]);
  };
  return { state, store, lost, overtake };
}

it('writes while the lease is held, and tells other refusals as they are', async () => {
  const { state, store, lost } = await openFenced();
  expect(await store.transact([create])).toEqual({ kind: 'committed' });
  expect(await store.transact([create])).toMatchObject({
    kind: 'refused',
    refusals: [{ index: 0, reason: 'absent' }],
  });
  expect([await state.get(WORK), lost]).toMatchObject([{ key: WORK }, []]);
});

it('writes nothing more once another has the lease, and says so', async () => {
  const { state, store, lost, overtake } = await openFenced();
  await overtake();
  await expect(store.transact([create])).rejects.toMatchObject({ code: 'LEASE_LOST' });
  expect([await state.get(WORK), lost]).toEqual([undefined, ['lost']]);
});
