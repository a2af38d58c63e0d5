import { fileURLToPath } from 'node:url';
import { checkLookAhead } from '../../src/app/look-ahead.ts';
import { runBacktest } from '../../src/app/run-backtest.ts';
import { configWith, LOW_FEES, specOf, wavingTapes } from '../stage.ts';

const CUTS = [0.4, 0.7];

function check(strategy: string) {
  const tapes = wavingTapes(20);
  return checkLookAhead((toUs = 0) => {
    const spec = specOf(tapes, { strategy, settings: LOW_FEES, toUs });
    return runBacktest({ spec, tapes, loaded: configWith() });
  }, CUTS);
}

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../strategies/${name}.ts`, import.meta.url));

describe('the check of look-ahead', () => {
  it('finds nothing in what lives by the past alone, and compares what it did', async () => {
    const { found, compared, cutsUs } = await check('cross-exchange');
    expect(found).toBeUndefined();
    expect(cutsUs).toHaveLength(2);
    expect(compared).toBeGreaterThan(50);
  });

  it('finds a strategy that knows from an earlier run what will come, and says where', async () => {
    const { found } = await check(fixture('remembers-the-future'));
    expect(['fill', 'trade', 'equity']).toContain(found?.what);
    expect(found?.timeUs).toBeLessThan(found?.cutUs ?? 0);
    expect(found?.withFuture).not.toBe(found?.without);
  });
});
