import { memoryStateStore, stateStoreContract } from '@ats/testkit';

describe('the model of a state store', () => {
  stateStoreContract({
    open: ({ clock }) => Promise.resolve(memoryStateStore(clock)),
    reset: () => Promise.resolve(),
    limits: { durability: 'none', queue: 'none', conflicts: 'never', purge: 'store' },
  });
});
