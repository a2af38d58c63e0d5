import { mkdtempSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ats } from '../ats.ts';

const folder = mkdtempSync(join(tmpdir(), 'ats-backtest-cli-'));
afterAll(() => rm(folder, { recursive: true }));

const TIMEOUT_MS = 120_000;
const START_US = Date.UTC(2021, 7, 20) * 1000;
const results = join(folder, 'results');

/** Quotes of one venue, ten a second for two minutes; the prices of two venues wave apart. */
function tapeFile(venue: string, symbol: string, phase: number): string {
  const rows = Array.from({ length: 1200 }, (_, step) => {
    const bid = 60_000 + Math.round(Math.sin(step / 30 + phase) * 80);
    const at = START_US + step * 100_000;
    return `${venue},${symbol},${at - 10},${at},0.06,${bid + 2},${bid},0.05`;
  });
  const head =
    'exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount';
  const path = join(folder, `${venue}.csv`);
  writeFileSync(path, `${[head, ...rows].join('\n')}\n`);
  return path;
}

const tapes = [tapeFile('binance', 'BTCUSDT', 0), tapeFile('bitfinex', 'BTCUST', 1.7)];
const stored = ['binance', 'bitfinex'];
const own = [
  ...['--set', `backtest.resultFolder=${results}`],
  ...['--set', `backtest.dataFolder=${join(folder, 'tapes')}`],
];
const fees = stored.map((venue) => `venues.${venue}.fees={ takerBps: '1', makerBps: '1' }`);
const cheap = [...fees, 'engine.slippageBps=0'].flatMap((one) => ['--set', one]);

const backtest = (...args: string[]) => ats('backtest', ...args, ...own);
const run = (name: string, edge: string, ...more: string[]) =>
  backtest(
    ...['run', '--tape', 'binance', '--tape', 'bitfinex', '--name', name, ...cheap],
    ...['--set', `engine.minEdgeBps=${edge}`, ...more],
  );

describe('ats backtest', () => {
  beforeAll(async () => {
    for (const [at, path] of tapes.entries()) {
      const name = stored[at] ?? '';
      const market = ['--market', 'BTCUST=bitfinex:BTC/USDT'];
      const done = await ats('data', 'import', path, '--name', name, ...market, ...own);
      expect(done).toMatchObject({ code: 0 });
    }
  }, TIMEOUT_MS);

  it(
    'runs, says what was earned, writes files, and has the same again as the same',
    async () => {
      const report = join(folder, 'report.html');
      const first = await run('wide', '3', '--report', report, '--csv', join(folder, 'csv'));
      expect(first).toMatchObject({ code: 0 });
      expect(first.stdout).toMatch(/^wide-[0-9a-f]{12} /);
      expect(first.stdout).toMatch(/Trading (earned|lost) [\d,.]+ USDT/);
      expect(await readFile(report, 'utf8')).toContain('<title>wide</title>');
      expect((await readdir(join(folder, 'csv'))).sort()).toEqual(['equity.csv', 'trades.csv']);
      const again = await run('wide', '3', '--json');
      expect(JSON.parse(again.stdout).id).toBe(first.stdout.split(' ')[0]);
      expect((await readdir(results)).filter((name) => !name.startsWith('.'))).toHaveLength(1);
    },
    TIMEOUT_MS,
  );

  it(
    'lists, shows, compares and exports what is kept',
    async () => {
      await run('narrow', '50');
      const { runs } = JSON.parse((await backtest('list', '--json')).stdout);
      expect(runs.map((one: { spec: { name: string } }) => one.spec.name)).toEqual([
        'narrow',
        'wide',
      ]);
      expect((await backtest('show', 'narrow')).stdout).toContain('Nothing was traded');
      const compared = await backtest('compare', 'wide', 'narrow');
      expect(compared.stdout).toMatch(/engine\.minEdgeBps +3 +50/);
      expect(compared.stdout).toMatch(/Profit of trading .*USDT \([+-]/);
      const json = await backtest('export', 'wide', '--format', 'json');
      const { figures, trades } = JSON.parse(json.stdout);
      expect(figures.find(({ name }: { name: string }) => name === 'begun').value).toBe(
        trades.length,
      );
    },
    TIMEOUT_MS,
  );

  it(
    'names what is damaged and what is not there, and takes no run without a tape',
    async () => {
      expect(await backtest('show', 'nobody')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('BACKTEST_RESULT_UNKNOWN'),
      });
      expect(await backtest('run')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('no tape was named'),
      });
      const [id = ''] = await readdir(results);
      await writeFile(join(results, id, 'run.json'), '{');
      const list = await backtest('list');
      expect(list).toMatchObject({ code: 1, stdout: expect.stringContaining(`damaged ${id}`) });
      expect(await backtest('show', id)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('BACKTEST_RESULT_DAMAGED'),
      });
    },
    TIMEOUT_MS,
  );
});
