import { conditionHalf, refusalHalf } from './conditions.ts';
import { durableHalf, purgeHalf, queueHalf } from './durability.ts';
import { failureHalf, faultHalf } from './failures.ts';
import { expiryHalf, itemHalf, queryHalf } from './items.ts';
import { AVAILABLE, keyOf, Stage, type StateStoreContract } from './stage.ts';

/** Every promise of `StateStore`, asked of one adapter. Call it inside a `describe`. */
export function stateStoreContract(contract: StateStoreContract): void {
  let current: Stage;
  const stage = (): Stage => current;
  beforeEach(async () => {
    current = new Stage(contract);
    await current.open();
  });
  afterEach(() => current.store.close());

  describe('items', () => itemHalf(stage));
  describe('conditions', () => conditionHalf(stage));
  describe('queries', () => queryHalf(stage));
  describe('expiry', () => expiryHalf(stage));
  if (contract.limits.durability === 'disk') {
    describe('limits', () => refusalHalf(stage));
    describe('durability', () => durableHalf(stage));
  } else {
    it('declared limit: what was committed is gone with the process', async () => {
      await stage().commit({ kind: 'update', key: AVAILABLE, increment: { amount: 1n } });
      const reopened = await contract.open(stage().environment);
      expect(await reopened.get(AVAILABLE)).toBeUndefined();
    });
  }
  if (contract.limits.purge === 'server') {
    it('declared limit: the server frees the space of expired items, unseen', async () => {
      const { clock, metrics } = stage().environment;
      const key = keyOf('idempotency', 'request-1');
      const expiresAtUs = clock.nowUs() + 1;
      await stage().commit({ kind: 'create', key, attributes: {}, expiresAtUs });
      clock.advanceUs(1);
      expect(await stage().store.get(key)).toBeUndefined();
      expect(metrics.value('ats_storage_state_expired_total')).toBe(0);
    });
  } else if (contract.limits.durability === 'disk') {
    describe('space', () => purgeHalf(stage));
  }
  if (contract.server !== undefined) {
    describe('failures', () => failureHalf(stage));
    describe('faults', () => faultHalf(stage));
  }
  if (contract.limits.queue === 'bounded') describe('when full', () => queueHalf(stage));
}
