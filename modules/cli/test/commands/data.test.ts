import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ats } from '../ats.ts';

/** Several processes each, on a machine that may have much else to do. */
const TIMEOUT_MS = 120_000;
const folder = mkdtempSync(join(tmpdir(), 'ats-data-cli-'));
afterAll(() => rm(folder, { recursive: true }));

const data = (...args: string[]) =>
  ats('data', ...args, '--set', `backtest.dataFolder=${join(folder, 'tapes')}`);

const second = 1_000_000;
const start = Date.UTC(2021, 7, 20) * 1000;
const quote = (at: number, bid: number): string =>
  `binance,BTCUSDT,${start + at * second - 10},${start + at * second},2,${bid + 1},${bid},3`;
const path = join(folder, 'quotes.csv');
writeFileSync(
  path,
  [
    'exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount',
    ...[quote(0, 100), quote(1, 101), quote(1, -1), quote(100, 102)],
    '',
  ].join('\n'),
);

describe('ats data', () => {
  it(
    'imports a tape once, says what was bad, and lists it',
    async () => {
      expect(await data('list')).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/no tapes/),
      });
      const imported = await data('import', path, '--name', 'morning');
      expect(imported).toMatchObject({ code: 0, stderr: '' });
      expect(imported.stdout).toMatch(/morning: 3 rows of tardis quotes/);
      expect(imported.stdout).toMatch(
        /1 bad rows skipped: 1 price is not above 0\n {2}line 4: bid -1/,
      );
      const again = await data('import', path, '--name', 'morning');
      expect(again).toMatchObject({ code: 2, stdout: '' });
      expect(again.stderr).toMatch(/TAPE_EXISTS[\s\S]*--force/);
      expect(await data('import', path, '--name', 'morning', '--force')).toMatchObject({ code: 0 });
      expect((await data('list')).stdout).toMatch(
        /morning +binance:BTC\/USDT +quote +3 +1 +2021-08-20 00:00:00 +100\.0 s/,
      );
      const [manifest] = JSON.parse((await data('list', '--json')).stdout);
      expect(manifest).toMatchObject({ name: 'morning', parts: [{ rows: 3 }] });
    },
    TIMEOUT_MS,
  );

  it(
    'inspects a tape by its name and a file by its path',
    async () => {
      const { stdout } = await data('inspect', 'morning');
      expect(stdout).toMatch(/binance:BTC\/USDT +quote +3 .* 100 \/ 101 +102 \/ 103 +0 +0/);
      const report = JSON.parse((await data('inspect', path, '--json')).stdout);
      expect(report.markets[0].kinds[0]).toMatchObject({ rows: 3, last: [102, 103] });
      expect(report.markets[0].kinds[0].spreadBps.max).toBeCloseTo(99.5, 0);
      const narrow = await data('inspect', 'morning', '--to', '2021-08-20T00:00:01Z', '--json');
      expect(JSON.parse(narrow.stdout)).toMatchObject({ rows: 1 });
    },
    TIMEOUT_MS,
  );

  it(
    'finds the silences of a tape',
    async () => {
      const { stdout } = await data('gaps', 'morning', '--above', '30s');
      expect(stdout).toMatch(/99\.0 s +2021-08-20 00:00:01 +2021-08-20 00:01:40/);
      const [gaps] = JSON.parse((await data('gaps', 'morning', '--above', '2m', '--json')).stdout);
      expect(gaps).toMatchObject({ silences: 0, fallsBack: 0, longest: [] });
    },
    TIMEOUT_MS,
  );

  it(
    'resamples a tape, on its way into the store and as CSV',
    async () => {
      const thin = await data('import', path, '--name', 'thin', '--bars', '1m');
      expect(thin.stdout).toMatch(/thin: 2 rows of tardis quotes, bars of 60 s/);
      const { stdout } = await data('bars', 'thin', '--length', '1m');
      expect(stdout.trim().split('\n').slice(1)).toEqual([
        `binance,BTC/USDT,${start},60000000,101.5,101.5,101.5,101.5,0,1`,
        `binance,BTC/USDT,${start + 60 * second},60000000,102.5,102.5,102.5,102.5,0,1`,
      ]);
    },
    TIMEOUT_MS,
  );

  it.each([
    ['a bad row where it is strict', ['import', path, '--strict'], /TAPE_BAD_ROW/],
    ['a tape that is not there', ['inspect', 'nothing'], /TAPE_UNREADABLE[\s\S]*ats data list/],
    ['a time that is none', ['gaps', 'morning', '--from', 'noon'], /no time/],
    ['a market that is none', ['inspect', path, '--market', 'X=Y'], /CONFIG_INVALID/],
  ])(
    'refuses %s',
    async (_, args, message) => {
      expect(await data(...args)).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(message),
      });
    },
    TIMEOUT_MS,
  );
});
