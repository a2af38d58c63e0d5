import { Decimal } from '@ats/domain';
import fc from 'fast-check';
import { reportCsv } from '../src/adapters/report/csv.ts';
import { words } from '../src/adapters/report/pdf-words.ts';
import { DAY_US, periodOf } from '../src/domain/period.ts';
import { ReportBuilder } from '../src/domain/report.ts';
import type { EntryRow, TradeRow } from '../src/domain/report-input.ts';

const NOW_US = Date.parse('2026-11-23T12:00:00Z') * 1000;
const PERIOD = periodOf({ from: '2026-11-20', to: '2026-11-22' }, NOW_US);
const BOOKS = { agrees: true, venues: [] };

const trade = (changes: Partial<TradeRow> & { kept?: string; fees?: string } = {}): TradeRow => {
  const { kept = '1.5', fees = '-0.5', ...rest } = changes;
  return {
    ...{ tradeId: 't-1', version: 3, state: 'COMPLETED', reason: 'APPROVED', origin: 'engine' },
    ...{ createdAtUs: PERIOD.fromUs, endedAtUs: PERIOD.fromUs + 1, base: 'BTC' },
    ...{ numeraire: 'USDT', quantity: '0.1', buyVenue: 'kraken', sellVenue: 'upbit' },
    waterfall: {
      ...{ quoted: kept, staleness: '0', slippage: '0', unwind: '0' },
      ...{ fees, realised: kept },
    },
    realised: [['USDT', kept]],
    unhedgedUsdSeconds: 0,
    ...rest,
  };
};

const reportOf = (trades: readonly TradeRow[], entries: readonly EntryRow[] = []) => {
  const builder = new ReportBuilder({ period: PERIOD, numeraire: 'USDT' });
  builder.addTrades(trades);
  builder.addEntries(entries);
  return builder.build(BOOKS, NOW_US);
};

const fill = (entryId: string, [clearing, fee]: readonly [string, string]): EntryRow => ({
  ...{ entryId, kind: 'fill' },
  postings: [
    { venue: 'kraken', asset: 'USDT', amount: '10' },
    { venue: 'kraken', asset: 'USDT', counter: 'other', amount: clearing },
    { venue: 'kraken', asset: 'USDT', counter: 'fees', amount: fee },
  ],
});

describe('the report of a period', () => {
  it('counts a trade once, by its highest version, on the day it ended', () => {
    const late = trade({ version: 4, kept: '2.25', endedAtUs: PERIOD.fromUs + DAY_US });
    for (const order of [
      [trade(), late],
      [late, trade()],
    ]) {
      const { totals, days } = reportOf(order);
      expect([totals.trades, totals.profit.toString()]).toEqual([1, '2.25']);
      expect(days.map(({ day, trades }) => [day, trades])).toEqual([
        ['2026-11-20', 0],
        ['2026-11-21', 1],
        ['2026-11-22', 0],
      ]);
    }
  });

  it('leaves out what ended before or after it, and what is in another money', () => {
    const { totals, trades } = reportOf([
      trade({ tradeId: 'a', endedAtUs: PERIOD.fromUs - 1 }),
      trade({ tradeId: 'b', endedAtUs: PERIOD.toUs }),
      trade({ tradeId: 'c', numeraire: 'KRW', kept: '9000' }),
      trade({ tradeId: 'd' }),
    ]);
    expect(trades.map(({ tradeId }) => tradeId)).toEqual(['c', 'd']);
    expect([totals.profit.toString(), totals.otherMoney]).toEqual(['1.5', 1]);
  });

  it('makes the same of days, pairs, assets and trades, to the last digit', () => {
    const venue = fc.constantFrom('kraken', 'upbit', 'binance');
    const cents = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n });
    const rows = fc.array(fc.tuple(venue, venue, fc.constantFrom('BTC', 'ETH'), cents, fc.nat()), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(rows, (all) => {
        const report = reportOf(
          all.map(([buyVenue, sellVenue, base, kept, at], index) =>
            trade({
              ...{ tradeId: `t-${index}`, buyVenue, sellVenue, base },
              kept: new Decimal(kept, 8).toString(),
              endedAtUs: PERIOD.fromUs + (at % (3 * DAY_US)),
            }),
          ),
        );
        const wanted = all.reduce((sum, [, , , kept]) => sum + kept, 0n);
        const sum = (parts: readonly { readonly profit: Decimal }[]) =>
          parts.reduce((total, { profit }) => total.add(profit), Decimal.ZERO);
        for (const parts of [report.days, report.pairs, report.assets, [report.totals]]) {
          expect(sum(parts).equals(new Decimal(wanted, 8))).toBe(true);
        }
        expect(report.days.at(-1)?.cumulative.equals(report.totals.profit)).toBe(true);
        const deepest = report.days.reduce(
          (most, { drawdown }) => most.max(drawdown),
          Decimal.ZERO,
        );
        expect(deepest.equals(report.totals.drawdown)).toBe(true);
      }),
    );
  });

  it('measures the fall below the peak across days', () => {
    const { days, totals } = reportOf([
      trade({ tradeId: 'a', kept: '10', endedAtUs: PERIOD.fromUs }),
      trade({ tradeId: 'b', kept: '-4', endedAtUs: PERIOD.fromUs + 1 }),
      trade({ tradeId: 'c', kept: '-3', endedAtUs: PERIOD.fromUs + DAY_US }),
    ]);
    expect(days.map(({ drawdown }) => drawdown.toString())).toEqual(['4', '7', '7']);
    expect(totals.drawdown.toString()).toBe('7');
  });

  it('holds the ledger against the trades, names entries that do not sum to zero', () => {
    const entries = [
      fill('a', ['-9.5', '-0.5']),
      fill('a', ['-9.5', '-0.5']),
      fill('b', ['-9', '0']),
    ];
    const { ledger } = reportOf([trade({ kept: '7' })], entries);
    expect([ledger.entries, ledger.unbalanced]).toEqual([2, ['b']]);
    const [row] = ledger.assets;
    expect(String(row?.net)).toBe('19.0');
    expect(row?.elsewhere.normalized().toString()).toBe('12');
  });

  it('writes every digit into the CSV, and what never traded as empty', () => {
    const rows = [
      trade({ tradeId: 'a', kept: '0.000000000000000001' }),
      trade({ tradeId: 'b', state: 'EXPIRED', waterfall: undefined }),
    ];
    const lines = reportCsv(reportOf(rows), 'trades').trim().split('\n');
    expect(lines[0]).toContain('trade_id,state,reason');
    expect(lines[1]).toContain('0.000000000000000001');
    expect(lines[2]).toMatch(/^b,EXPIRED,.*,,,,,,,0$/);
    expect(reportCsv(reportOf(rows), 'days').split('\n')).toHaveLength(5);
  });

  it.each([
    [{ from: '2026-02-30', to: '2026-03-01' }, 'from'],
    [{ from: '2026-03-02', to: '2026-03-01' }, 'to'],
    [{ from: '2024-01-01', to: '2026-03-01' }, 'to'],
    [{ from: '2026-12-01', to: '2026-12-02' }, 'from'],
    [{ from: '../etc/passwd', to: '2026-12-02' }, 'from'],
  ])('refuses the period %j', (days, field) => {
    expect(() => periodOf(days, NOW_US)).toThrow(
      expect.objectContaining({
        code: 'REQUEST_INVALID',
        context: expect.objectContaining({ field }),
      }),
    );
  });

  it('gives Korean a font that has it, and loses no character', () => {
    expect(words('잔고 12,500 KRW')).toEqual([
      { text: '잔고', font: 'Nanum' },
      { text: ' 12,500 KRW', font: 'Roboto' },
    ]);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(
          words(text)
            .map((run) => run.text)
            .join(''),
        ).toBe(text);
      }),
    );
  });
});
