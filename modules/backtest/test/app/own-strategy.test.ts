import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkLookAhead } from '../../src/app/look-ahead.ts';
import { runBacktest } from '../../src/app/run-backtest.ts';
import { configWith, LOW_FEES, specOf, wavingTapes } from '../stage.ts';

const inRoot = (path: string): string =>
  fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
const EXAMPLE = inRoot('examples/strategies/patient-spread.ts');

const run = (strategy: string, toUs = 0) => {
  const tapes = wavingTapes(20);
  const spec = specOf(tapes, { strategy, settings: LOW_FEES, toUs });
  return runBacktest({ spec, tapes, loaded: configWith() });
};

describe('a strategy in a file', () => {
  it('trades as the example does, with a ledger that equals the venues', async () => {
    const { trades, ledger } = await run(EXAMPLE);
    const completed = trades.filter(({ state }) => state === 'COMPLETED');
    expect(completed.length).toBeGreaterThan(1);
    // It names its opportunities by where it buys and sells.
    for (const { opportunityId } of completed)
      expect(opportunityId).toMatch(/^(binance|bitfinex)-/);
    expect(ledger).toEqual({ balanced: true, differences: [] });
  });

  it('knows nothing of the future, where it is the example', async () => {
    const { found, compared } = await checkLookAhead((toUs) => run(EXAMPLE, toUs), [0.5]);
    expect(found).toBeUndefined();
    expect(compared).toBeGreaterThan(10);
  });

  it('runs as docs/tutorials/own-strategy.md has the smallest one', async () => {
    const page = await readFile(inRoot('docs/tutorials/own-strategy.md'), 'utf8');
    const [, code = ''] = /```ts\n(.*?)```/s.exec(page) ?? [];
    const folder = await mkdtemp(join(tmpdir(), 'ats-strategy-'));
    const file = join(folder, 'looks-on.ts');
    await writeFile(file, code);
    const { trades, events } = await run(file);
    expect(trades).toEqual([]);
    expect(events).toBe(400);
    await rm(folder, { recursive: true });
  });
});
