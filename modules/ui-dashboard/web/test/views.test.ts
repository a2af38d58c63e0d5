import { describe, expect, it } from '@jest/globals';
import { accessEntries, changesOf, targetWords } from '../src/text/access-entry.ts';
import { axisTimes, formatAge, formatDurationUs, formatNumber, words } from '../src/text/format.ts';
import { depthCurve, isWalked, ladderOf, meanPrice } from '../src/text/ladder.ts';
import { groupsOfLimits, limitWords, toneOfLimit, usedOfLimit } from '../src/text/limits.ts';
import { bestCells, pairKey } from '../src/text/matrix.ts';
import {
  draftProblems,
  heldFor,
  isComplete,
  notionalOf,
  type OrderDraft,
} from '../src/text/order-draft.ts';
import { parametersOf } from '../src/text/parameters.ts';
import { funnel, perMinute, stageOf } from '../src/text/reasons.ts';
import { waterfallSteps } from '../src/text/waterfall.ts';

type Records = Parameters<typeof funnel>[0];

const record = (reason: string, openedAtUs = 0, bestNetProfit = '1.5') =>
  ({
    reason: `REASON_CODE_${reason}`,
    openedAtUs,
    bestNetProfit,
    opportunity: { buy: { notional: '100', conversionRate: '1.01' } },
  }) as Records[number];

describe('the funnel', () => {
  const records = [
    record('BOOK_STALE'),
    record('EDGE_BELOW_MIN', 0, '0.25'),
    record('EDGE_BELOW_MIN', 0, '0.5'),
    record('CONFIDENCE_LOW'),
    record('RISK_NOTIONAL_MAX'),
    record('APPROVED'),
  ];

  it('lets pass what no stage takes, and loses nothing on the way', () => {
    const stages = funnel(records);
    expect(stages.map(({ entered, passed }) => [entered, passed])).toEqual([
      [6, 5],
      [5, 2],
      [2, 2],
      [2, 2],
      [2, 1],
      [1, 1],
    ]);
    const taken = stages.flatMap(({ reasons }) => reasons.map(({ count }) => count));
    expect(taken.reduce((sum, count) => sum + count, 1)).toBe(records.length);
  });

  it('names the reasons that took the rest, the most frequent first, with what they took', () => {
    const [first] = funnel(records)[1]?.reasons ?? [];
    expect(first).toEqual({
      reason: 'REASON_CODE_EDGE_BELOW_MIN',
      count: 2,
      profit: '0.75',
      committed: '202.00',
    });
  });

  it('puts reasons that it does not know with the trade', () => {
    expect(stageOf('REASON_CODE_SOMETHING_NEW' as Records[number]['reason'])).toBe('trade');
  });

  it('counts each of the last thirty minutes, those without any as well', () => {
    const minute = 60_000_000;
    const records = [record('APPROVED', 40 * minute), record('BOOK_STALE', 38 * minute + 10)];
    const counted = perMinute({ records, recordsMax: 500, nowUs: 40 * minute + 5 });
    expect(counted).toHaveLength(30);
    expect(counted.slice(-3)).toEqual([
      { at: 38 * 60, taken: 0, refused: 1 },
      { at: 39 * 60, taken: 0, refused: 0 },
      { at: 40 * 60, taken: 1, refused: 0 },
    ]);
  });

  it('says nothing of minutes that the records do not reach back to', () => {
    const minute = 60_000_000;
    const records = [record('APPROVED', 40 * minute), record('BOOK_STALE', 39 * minute + 10)];
    const counted = perMinute({ records, recordsMax: 2, nowUs: 40 * minute + 5 });
    expect(counted.slice(-2)).toEqual([
      { at: 39 * 60, taken: null, refused: null },
      { at: 40 * 60, taken: 1, refused: 0 },
    ]);
  });
});

describe('the waterfall', () => {
  const edge = {
    quoted: '10',
    staleness: '-2',
    fees: '-5',
    slippage: '1',
    unwind: '0',
    realised: '4',
  };

  it('hangs each step where the one before ended', () => {
    const [quoted, staleness, fees, slippage] = waterfallSteps(edge);
    expect(quoted).toMatchObject({ fromPercent: 0, widthPercent: 100, rises: true });
    expect(staleness).toMatchObject({ fromPercent: 80, widthPercent: 20, rises: false });
    expect(fees).toMatchObject({ fromPercent: 30, widthPercent: 50 });
    expect(slippage).toMatchObject({ fromPercent: 30, rises: true });
  });

  it('shows zero inside where more was lost than promised', () => {
    const steps = waterfallSteps({ ...edge, fees: '-18', realised: '-9' });
    expect(steps[2]).toMatchObject({ name: 'fees', rises: false, fromPercent: 0 });
    expect(steps.at(-1)).toMatchObject({ rises: false, fromPercent: 5, widthPercent: 45 });
    expect(steps[0]?.zeroPercent).toBeCloseTo(50);
  });
});

describe('the spread matrix', () => {
  const cell = (base: string, sizedNetBps: number, stale = false) =>
    ({
      base,
      buyVenue: 'a',
      sellVenue: 'b',
      sized: true,
      priced: true,
      sizedNetBps,
      stale,
    }) as never;

  it('shows the best of a pair of venues, and never a stale one before a fresh one', () => {
    const best = bestCells([cell('BTC', 3), cell('ETH', 5), cell('SOL', 4)], '');
    expect(best.get(pairKey('a', 'b'))).toMatchObject({ base: 'ETH' });
    const fresh = bestCells([cell('BTC', 9, true), cell('ETH', 5)], '');
    expect(fresh.get(pairKey('a', 'b'))).toMatchObject({ base: 'ETH' });
    const one = bestCells([cell('BTC', 3), cell('ETH', 5)], 'BTC');
    expect(one.get(pairKey('a', 'b'))).toMatchObject({ base: 'BTC' });
  });
});

describe('an order draft', () => {
  const listing = {
    priceTick: '0.01',
    quantityStep: '0.00001',
    quantityMin: '0.00001',
    notionalMin: '5',
  } as Parameters<typeof draftProblems>[1];
  const draft: OrderDraft = {
    side: 'ORDER_SIDE_BUY',
    type: 'ORDER_TYPE_LIMIT',
    timeInForce: 'TIME_IN_FORCE_GTC',
    quantity: '0.001',
    limitPrice: '97000.5',
    postOnly: false,
  };

  it('is complete when it keeps the rules of its market', () => {
    expect(draftProblems(draft, listing)).toEqual({});
    expect(isComplete(draft, listing)).toBe(true);
    expect(notionalOf(draft)).toBe('97.0005');
  });

  it('says which rule it breaks', () => {
    expect(draftProblems({ ...draft, limitPrice: '97000.505' }, listing).limitPrice).toEqual([
      'In steps of {{value}}.',
      '0.01',
    ]);
    expect(draftProblems({ ...draft, quantity: '0.00002' }, listing).quantity).toEqual([
      'Worth at least {{value}}.',
      '5',
    ]);
    expect(isComplete({ ...draft, quantity: '-1' }, listing)).toBe(false);
    expect(isComplete({ ...draft, limitPrice: '' }, listing)).toBe(false);
  });

  it('says what the gateway will hold: money and the dearer fee, or goods', () => {
    const fees = { ...listing, takerFeeBps: '10', makerFeeBps: '8' };
    expect(heldFor({ ...draft, postOnly: true }, fees)).toBe('97.09750050');
    expect(heldFor({ ...draft, side: 'ORDER_SIDE_SELL' }, fees)).toBe('0.001');
    expect(heldFor({ ...draft, type: 'ORDER_TYPE_MARKET' }, fees)).toBe('');
  });
});

describe('what people read', () => {
  it('gives ages and durations in as many characters as they need', () => {
    expect([40, 2100, 45_000, 600_000].map(formatAge)).toEqual([
      '40 ms',
      '2.1 s',
      '45 s',
      '10 min',
    ]);
    expect([850, 12_400, 3_200_000].map(formatDurationUs)).toEqual(['850 µs', '12.4 ms', '3.2 s']);
  });

  it('shows no minus before what rounds to zero, and a dash for what is not known', () => {
    expect(formatNumber(-0.04, 1, true)).toBe('0.0');
    expect(formatNumber(-3.26, 1, true)).toBe('−3.3');
    expect(formatNumber(null, 1)).toBe('—');
    expect(formatNumber(Number.NaN, 1)).toBe('—');
  });

  it('turns codes into words and texts into parameters', () => {
    expect(words('EDGE_BELOW_MIN')).toBe('Edge below min');
    expect(parametersOf('minEdgeBps=4, notionalMax = 2000, nonsense')).toEqual({
      minEdgeBps: '4',
      notionalMax: '2000',
    });
  });

  it('draws both sides of a book on one scale', () => {
    const book = { bidPrices: [99, 98], bidSizes: [1, 3], askPrices: [101], askSizes: [2] };
    const { bids, asks, middle, spreadBps } = ladderOf(book as never, { rungs: 12 });
    expect(bids.map(({ sum, percent }) => [sum, percent])).toEqual([
      [1, 25],
      [4, 100],
    ]);
    expect(asks[0]?.percent).toBe(50);
    expect([middle, spreadBps]).toEqual([100, 200]);
  });

  it('marks the levels that a size walks, and prices it at their mean', () => {
    const book = { bidPrices: [99, 98], bidSizes: [1, 3], askPrices: [101], askSizes: [2] };
    const { bids } = ladderOf(book as never, { rungs: 12 });
    expect(bids.map((level) => isWalked(level, 1))).toEqual([true, false]);
    expect(bids.map((level) => isWalked(level, 1.5))).toEqual([true, true]);
    expect(meanPrice(bids, 2)).toBe(98.5);
    expect(meanPrice(bids, 4.1)).toBeUndefined();
  });

  it('adds up depth from the best price outwards, on one axis', () => {
    const book = { bidPrices: [99, 98], bidSizes: [1, 3], askPrices: [101], askSizes: [2] };
    expect(depthCurve(book as never)).toEqual({
      prices: [98, 99, 101],
      bids: [4, 1, null],
      asks: [null, null, 2],
    });
  });

  it('marks a time axis with seconds, minutes or the day, as its steps need', () => {
    const noon = new Date(2026, 0, 5, 12).getTime() / 1000;
    expect(axisTimes([noon, noon + 5])).toEqual(['12:00:00', '12:00:05']);
    expect(axisTimes([noon, noon + 12 * 3600])).toEqual(['12:00', '01-06']);
    expect(axisTimes([noon, noon + 86_400])).toEqual(['01-05', '01-06']);
  });

  it('measures how much of a limit is used', () => {
    const limit = { value: '50', warn: '80', max: '100' };
    expect(usedOfLimit(limit as never)).toEqual({ percent: 50, warnPercent: 80 });
    expect(usedOfLimit({ ...limit, value: '400' } as never)?.percent).toBe(100);
    expect(usedOfLimit({ ...limit, value: '' } as never)).toBeUndefined();
  });

  it('warns of a limit below its end only where a warning is set', () => {
    const limit = { value: '1020', warn: '', max: '3000', level: 'LIMIT_LEVEL_WARN' };
    const toneOf = (changes: object) => toneOfLimit({ ...limit, ...changes } as never);
    expect(toneOf({})).toBe('');
    expect(toneOf({ value: '3100' })).toBe('warn');
    expect(toneOf({ warn: '1000' })).toBe('warn');
    expect(toneOf({ level: 'LIMIT_LEVEL_BREACH' })).toBe('breach');
  });
});

describe('groups of limits', () => {
  type Limits = Parameters<typeof groupsOfLimits>[0];
  const limit = (name: string, of: string, value: string, level = 'OK') =>
    ({ name, of, value, warn: '', max: '100', level: `LIMIT_LEVEL_${level}` }) as Limits[number];

  it('show the one that is nearest to its end, a breach before all others', () => {
    const limits = [
      limit('bookAge', '', ''),
      limit('bookAge', 'kraken', '20'),
      limit('bookAge', 'upbit', '90'),
      limit('bookAge', 'binance', '10', 'BREACH'),
    ];
    expect(groupsOfLimits(limits).standing[0]?.worst?.of).toBe('binance');
    expect(groupsOfLimits(limits.slice(0, 3)).standing[0]?.worst?.of).toBe('upbit');
  });

  it('keep apart what is held against each order, and lose none', () => {
    const limits = [limit('tradeNotional', 'USD', ''), limit('drawdown', '', '')];
    const { standing, perOrder } = groupsOfLimits(limits);
    expect(standing.map(({ name, worst }) => [name, worst])).toEqual([['drawdown', undefined]]);
    expect(perOrder.map(({ name }) => name)).toEqual(['tradeNotional']);
    expect(limitWords('lossPerDay')).toBe('Loss per day');
  });
});

describe('the access log', () => {
  const entry = (more: object) => ({
    schema: 'ats.access.v1.AccessEvent',
    payloadJson: JSON.stringify({ atUs: '1', sessionId: 's', source: 'process', ...more }),
  });
  type Records = Parameters<typeof accessEntries>[0];

  it('says from where the person of a session acted, the newest first', () => {
    const records = [
      entry({ action: 'session.login', source: '10.0.0.7' }),
      entry({ action: 'risk.halt' }),
      { schema: 'ats.access.v1.AccessEvent', payloadJson: '' },
    ] as Partial<Records[number]>[] as Records;
    expect(accessEntries(records).map(({ action, source }) => [action, source])).toEqual([
      ['risk.halt', '10.0.0.7'],
      ['session.login', '10.0.0.7'],
    ]);
  });

  it('names what changed, and in words what it was done to', () => {
    const [before, after] = ['{"role":"viewer","a":1}', '{"role":"trader","a":1,"b":{"c":true}}'];
    expect(changesOf({ before, after })).toEqual([
      { field: 'role', before: 'viewer', after: 'trader' },
      { field: 'b.c', before: '', after: 'true' },
    ]);
    expect(targetWords('ats.risk.v1.RiskService/EmergencyHalt')).toBe('Risk: emergency halt');
    expect(targetWords('bob')).toBe('bob');
  });
});
