import { assetId, Decimal } from '@ats/domain';
import {
  historyAfter,
  type ProfitHistory,
  type Standing,
  type WindowName,
  windowFigures,
  windowStartUs,
} from '../../../src/domain/profit/windows.ts';

const us = (iso: string): number => Date.parse(iso) * 1000;
const decimal = Decimal.parse;
const USDT = assetId('USDT');
const KRW = assetId('KRW');
const NOTHING: Standing['feesIn'] = new Map();

function standing(iso: string, profit: string, changes: Partial<Standing> = {}): Standing {
  return {
    atUs: us(iso),
    profit: decimal(profit),
    realisedIn: NOTHING,
    feesIn: NOTHING,
    fundingIn: NOTHING,
    unhedged: Decimal.ZERO,
    ...changes,
  };
}

const history = (zone: string, ...standings: Standing[]): ProfitHistory => {
  let after: ProfitHistory | undefined;
  for (const one of standings) after = historyAfter(after, one, zone);
  if (after === undefined) throw new Error('no standings');
  return after;
};

describe('a window of time', () => {
  it.each<[WindowName, string, string, string]>([
    ['day', 'UTC', '2026-03-29T13:00:00Z', '2026-03-29T00:00:00Z'],
    ['week', 'UTC', '2026-03-29T13:00:00Z', '2026-03-23T00:00:00Z'],
    ['month', 'UTC', '2026-03-29T13:00:00Z', '2026-03-01T00:00:00Z'],
    // Seoul has no daylight saving time.
    ['day', 'Asia/Seoul', '2026-03-29T15:30:00Z', '2026-03-29T15:00:00Z'],
    ['week', 'Asia/Seoul', '2026-03-29T15:30:00Z', '2026-03-29T15:00:00Z'],
    // Zurich goes to summer time at 1:00 UTC on 29 March, and back on 25 October.
    ['day', 'Europe/Zurich', '2026-03-29T00:59:00Z', '2026-03-28T23:00:00Z'],
    ['day', 'Europe/Zurich', '2026-03-29T20:00:00Z', '2026-03-28T23:00:00Z'],
    ['day', 'Europe/Zurich', '2026-03-29T22:00:00Z', '2026-03-29T22:00:00Z'],
    ['week', 'Europe/Zurich', '2026-10-26T10:00:00Z', '2026-10-25T23:00:00Z'],
    ['month', 'Europe/Zurich', '2026-10-26T10:00:00Z', '2026-09-30T22:00:00Z'],
    // In Cairo clocks skip from midnight to one, so that the day begins at one.
    ['day', 'Africa/Cairo', '2026-04-23T22:30:00Z', '2026-04-23T22:00:00Z'],
    // In Havana it is midnight twice: the day begins with the first.
    ['day', 'America/Havana', '2026-11-01T04:30:00Z', '2026-11-01T04:00:00Z'],
    ['day', 'America/Havana', '2026-11-01T05:30:00Z', '2026-11-01T04:00:00Z'],
    ['month', 'America/Havana', '2026-11-03T05:30:00Z', '2026-11-01T04:00:00Z'],
  ])('%s in %s that %s is in began at %s', (name, zone, at, began) => {
    expect(windowStartUs(name, us(at), zone)).toBe(us(began));
  });

  it('lasts 23 and 25 hours where clocks change, and each moment is in one', () => {
    for (const [from, hours] of [
      ['2026-03-28T23:00:00Z', 23],
      ['2026-10-24T22:00:00Z', 25],
    ] as const) {
      const starts = new Set<number>();
      for (let minute = 0; minute < 60 * hours; minute += 1) {
        starts.add(windowStartUs('day', us(from) + minute * 60_000_000, 'Europe/Zurich'));
      }
      expect([...starts]).toEqual([us(from)]);
      const next = us(from) + hours * 3_600_000_000;
      expect(windowStartUs('day', next, 'Europe/Zurich')).toBe(next);
    }
  });
});

describe('windows of profit', () => {
  const rateOf = (asset: string) => decimal(asset === 'KRW' ? '0.001' : '1');

  it('begin with what was known last before, so that nothing falls between', () => {
    const { windows, last } = history(
      'UTC',
      standing('2026-03-28T12:00:00Z', '100'),
      standing('2026-03-28T23:59:59Z', '130'),
      standing('2026-03-29T06:00:00Z', '90'),
      standing('2026-03-29T07:00:00Z', '95'),
    );
    expect(windows.day.startedAtUs).toBe(us('2026-03-29T00:00:00Z'));
    const profit = (name: WindowName) =>
      windowFigures(windows[name].start, last, rateOf).profit.toString();
    expect([profit('day'), profit('week'), profit('month')]).toEqual(['-35', '-5', '-5']);
  });

  it('know the peak of profit and how far it is below that', () => {
    const { drawdown } = history(
      'UTC',
      ...['-5', '20', '12', '18'].map((profit) => standing('2026-03-28T12:00:00Z', profit)),
    );
    const { peak, depth, deepest } = drawdown;
    expect([peak, depth, deepest].map(String)).toEqual(['20', '2', '8']);
  });

  it('do not begin anew when the clock goes back', () => {
    const before = history(
      'UTC',
      standing('2026-03-28T12:00:00Z', '0'),
      standing('2026-03-29T00:00:01Z', '1'),
    );
    const after = historyAfter(before, standing('2026-03-28T23:59:59Z', '2'), 'UTC');
    expect(after.windows.day).toBe(before.windows.day);
  });

  it('tell what was realised, paid and deposited since, at the rates of now', () => {
    const start = standing('2026-03-28T12:00:00Z', '10', {
      realisedIn: new Map([[KRW, decimal('4000')]]),
      fundingIn: new Map([[KRW, decimal('1000000')]]),
    });
    const now = standing('2026-03-28T13:00:00Z', '25', {
      realisedIn: new Map([
        [KRW, decimal('9000')],
        [USDT, decimal('3')],
      ]),
      feesIn: new Map([[USDT, decimal('2')]]),
      fundingIn: new Map([
        [KRW, decimal('1000000')],
        [USDT, decimal('500')],
      ]),
      unhedged: decimal('7'),
    });
    const figures = windowFigures(start, now, rateOf);
    const { profit, realised, unrealised, fees, funding, unhedged } = figures;
    // What was deposited before is worth something else today, and that is no funding.
    expect([profit, realised, unrealised, fees, funding, unhedged].map(Number)).toEqual([
      15, 8, 9, 2, 500, 7,
    ]);
  });
});
