import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENGINE_SERVICE, LEDGER_SERVICE, RISK_SERVICE, type WireMessages } from '@ats/contracts';
import { COUNTERS } from '@ats/orders';
import { type RpcDirectory, seededRandom, systemClock, systemTimers } from '@ats/runtime';
import { memoryMetrics, silentLogger } from '@ats/testkit';
import { jest } from '@jest/globals';
import { ats } from '../ats.ts';
import { openGuardedRpc } from '../guarded-rpc.ts';
import { pdfText } from '../pdf-text.ts';

type Trade = WireMessages['ats.execution.v1.ArbitrageTrade'];
type Entry = WireMessages['ats.ledger.v1.LedgerEntry'];

const DAY = '2026-11-20';
const AT_US = Date.parse(`${DAY}T10:00:00Z`) * 1000;

/** A trade of which the report needs nothing else. */
const trade = (tradeId: string, realised: string, changes: Partial<Trade> = {}): Trade =>
  ({
    ...{ tradeId, version: 1, state: 'TRADE_STATE_COMPLETED', origin: 'TRADE_ORIGIN_ENGINE' },
    ...{ reason: 'APPROVED', base: 'BTC', numeraire: 'USDT', quantity: '0.25', unwinds: [] },
    ...{ createdAtUs: AT_US, updatedAtUs: AT_US, unhedgedUsdSeconds: 1.5, accountId: 'main' },
    realised: [{ asset: 'USDT', amount: realised }],
    legs: [
      { venue: 'kraken', side: 'ORDER_SIDE_BUY' },
      { venue: 'upbit', side: 'ORDER_SIDE_SELL' },
    ],
    waterfall: {
      ...{ quoted: '9.5', staleness: '0', fees: '-1.25', slippage: '0', unwind: '0' },
      realised,
    },
    ...changes,
  }) as unknown as Trade;

const ENTRY = {
  ...{ entryId: 'e-1', causeId: 'x-1', kind: 'fill', postedAtUs: AT_US, detail: '' },
  postings: [
    { accountId: 'main', venue: 'kraken', asset: 'USDT', bucket: 'BUCKET_AVAILABLE', amount: '7' },
    {
      accountId: 'clearing',
      venue: 'kraken',
      asset: 'USDT',
      bucket: 'BUCKET_COUNTER',
      amount: '-8',
    },
    {
      accountId: COUNTERS.fees,
      venue: 'kraken',
      asset: 'USDT',
      bucket: 'BUCKET_COUNTER',
      amount: '1',
    },
  ],
} as unknown as Entry;

// Each command is a process of its own.
jest.setTimeout(120_000);

describe('ats report, of a running system', () => {
  let rpc: RpcDirectory;
  let folder = '';
  let where: readonly string[] = [];
  const asked: object[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ats-report-cli-'));
    const address = { address: '127.0.0.1:0', field: 'rpc' };
    const services = [ENGINE_SERVICE, LEDGER_SERVICE, RISK_SERVICE];
    const opened = await openGuardedRpc(
      {
        ...{ clock: systemClock, timers: systemTimers, random: seededRandom(1) },
        ...{ logger: silentLogger(), metrics: memoryMetrics() },
        addresses: Object.fromEntries(services.map(({ fullName }) => [fullName, address])),
      },
      folder,
    );
    ({ rpc } = opened);
    // Two pages, of which the second repeats a trade of the first with a newer version.
    const pages = [
      { trades: [trade('t-1', '8.25'), trade('t-2', '1')], nextPageToken: '1' },
      { trades: [trade('t-2', '-0.5', { version: 2 })], nextPageToken: '' },
    ];
    const engine = await rpc.serve(ENGINE_SERVICE, {
      ListEndedTrades(request: { pageToken: string }) {
        asked.push(request);
        return pages[Number(request.pageToken)];
      },
    } as never);
    const ledger = {
      ListEntries: () => ({ entries: [ENTRY], nextPageToken: '' }),
      GetReconciliation: () => ({ venues: [] }),
    };
    await rpc.serve(LEDGER_SERVICE, ledger as never);
    await rpc.serve(RISK_SERVICE, { GetPnL: () => ({ agrees: true }) } as never);
    const at = ['engineAddress', 'ledgerAddress', 'riskAddress'];
    where = [...opened.where, ...at.flatMap((name) => ['--set', `rpc.${name}=${engine.address}`])];
  });
  afterAll(() => rpc.close());

  const make = (...args: readonly string[]) => ats('report', '--from', DAY, ...args, ...where);

  it('writes a PDF that says what was kept and whether the books agree', async () => {
    const path = join(folder, 'day.pdf');
    const { code, stdout, stderr } = await make('--pdf', path);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${path}\n`, stderr: '' });
    const text = pdfText(await readFile(path));
    for (const said of [
      DAY,
      'sim, account main',
      'the command line',
      'Kept by trades +7.75',
      'and the ledger came to the same',
    ]) {
      expect(text).toContain(said);
    }
    const dayUs = 86_400_000_000;
    const fromUs = Date.parse(`${DAY}T00:00:00Z`) * 1000;
    expect(asked.slice(0, 2)).toMatchObject([
      { fromUs, toUs: fromUs + dayUs, pageToken: '' },
      { pageToken: '1' },
    ]);
  });

  it.each([
    ['trades', /^t-1,COMPLETED,.*\nt-2,COMPLETED,/m],
    ['days', /^2026-11-20,2,2,1,-2.5,7.75,7.75,0.5$/m],
    ['fees', /^kraken,USDT,1$/m],
  ])('writes the table %s as CSV, with every digit', async (table, row) => {
    const path = join(folder, `${table}.csv`);
    const { code } = await make('--csv', path, '--table', table);
    expect(code).toBe(0);
    const text = await readFile(path, 'utf8');
    expect(text).toMatch(row);
    expect(text.trim().split('\n').length).toBeGreaterThan(1);
  });

  it('says what is missing or cannot be', async () => {
    const none = await make();
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('--pdf FILE')]);
    const wrong = await make('--to', '2026-11-01', '--csv', join(folder, 'no.csv'));
    expect(wrong.code).not.toBe(0);
    expect(wrong.stderr).toContain('to');
    await expect(readFile(join(folder, 'no.csv'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
