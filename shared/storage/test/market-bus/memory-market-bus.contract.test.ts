import { openMemoryMarketBus } from '@ats/storage';
import { marketBusContract } from '@ats/testkit';

describe('memory: market bus', () => {
  marketBusContract({
    open: (environment) => Promise.resolve(openMemoryMarketBus(environment)),
    limits: { reach: 'instance' },
  });
});
