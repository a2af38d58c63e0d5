import { manualClock, silentLogger } from '@ats/testkit';
import { crossExchange } from '../../src/adapters/strategies.ts';
import { warmUp } from '../../src/app/warm-up.ts';
import { listing, settings } from '../domain/helpers.ts';

const LISTINGS = [
  listing({ venue: 'binance', instrument: 'BTC/USDT' }),
  listing({ venue: 'upbit', instrument: 'BTC/KRW' }),
  listing({ venue: 'upbit', instrument: 'USDT/KRW' }),
  listing({ venue: 'kraken', instrument: 'BTC/USDT' }),
];

describe('warming up', () => {
  test('goes through the whole decision path, without balances of its own', () => {
    const logger = silentLogger();
    const options = { listings: LISTINGS, strategy: crossExchange, clock: manualClock(), logger };
    const made = warmUp({ ...options, settings: settings({ balances: {} }) });
    expect(made).toBeGreaterThan(20);
    expect(logger.lines).toEqual([]);
  });

  test('delays a start by no more than its limit', () => {
    let nowUs = 1_000_000;
    const clock = { nowUs: () => (nowUs += 1000) };
    const startedUs = nowUs;
    warmUp({
      listings: LISTINGS,
      strategy: crossExchange,
      settings: settings(),
      clock,
      logger: silentLogger(),
    });
    expect(nowUs - startedUs).toBeLessThan(300_000);
  });
});
