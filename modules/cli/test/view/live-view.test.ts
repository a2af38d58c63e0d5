import { stripVTControlCharacters } from 'node:util';
import {
  type ArbitrageTrade,
  accountId,
  assetId,
  Decimal,
  type OpportunityRecord,
  opportunityId,
  orderId,
  requestId,
  type TradeOrder,
  type TradeState,
  tradeId,
  venueId,
} from '@ats/domain';
import { renderView } from '../../src/view/live-view.ts';
import type { ViewSnapshot } from '../../src/view/snapshot.ts';

const stage = { p50: 22, p99: 1223, max: 9000, count: 10 };

function record(reason: OpportunityRecord['reason'], index: number): OpportunityRecord {
  const leg = {
    venue: venueId('binance'),
    instrument: 'BTC/USDT' as OpportunityRecord['opportunity']['buy']['instrument'],
    limitPrice: Decimal.ONE,
    averagePrice: Decimal.ONE,
    notional: Decimal.ONE,
    fee: Decimal.ZERO,
    conversionRate: Decimal.ONE,
    levels: 1,
    bookAgeUs: 0,
    conversionAgeUs: 0,
    clockSkewUs: 0,
  };
  return {
    opportunity: {
      id: opportunityId(`o${index}`),
      base: assetId('BTC'),
      numeraire: assetId('USDT'),
      quantity: Decimal.parse('1234.5'),
      buy: leg,
      sell: { ...leg, venue: venueId('upbit') },
      grossProfit: Decimal.parse('7'),
      fees: Decimal.parse('0.8'),
      slippageReserve: Decimal.ZERO,
      netProfit: Decimal.parse('6.2'),
      netEdgeBps: 12.34,
      confidence: 0.5,
      times: { frameAtUs: 1, bookAtUs: 2, decidedAtUs: 3, riskAnsweredAtUs: 4 },
    },
    reason,
    decision: undefined,
    openedAtUs: 1_780_000_000_123_000,
    closedAtUs: index === 0 ? 0 : 1_780_000_000_523_000,
    bestNetEdgeBps: 12.34,
    bestNetProfit: Decimal.parse('6.2'),
    updates: 3,
  };
}

const ZERO_STEPS = { quoted: '0', staleness: '0', fees: '0', slippage: '0', unwind: '0' };

function leg(venue: string, side: TradeOrder['side']): TradeOrder {
  return {
    orderId: orderId(`order-${side}`),
    requestId: requestId('t1'),
    venue: venueId(venue),
    instrument: 'BTC/USDT' as TradeOrder['instrument'],
    side,
    quantity: Decimal.ONE,
    limitPrice: Decimal.ONE,
    conversionRate: Decimal.ONE,
    quotedNotional: Decimal.ONE,
    arrivalNotional: undefined,
    sendBeforeUs: 0,
    state: 'ended',
    version: 1,
    submitted: true,
    cumulativeQuantity: Decimal.ONE,
    cumulativeNotional: Decimal.ONE,
    fees: [],
    detail: '',
    strategy: undefined,
    plannedAtUs: 0,
  };
}

function trade(state: TradeState, realised: string | undefined): ArbitrageTrade {
  const [quoted, zero] = [Decimal.ONE, Decimal.ZERO];
  const steps = { quoted, staleness: zero, fees: zero, slippage: zero, unwind: zero };
  return {
    tradeId: tradeId(`trade-${state}`),
    accountId: accountId('main'),
    origin: 'engine',
    opportunityId: undefined,
    state,
    base: assetId('BTC'),
    numeraire: assetId('USDT'),
    quantity: Decimal.parse('1234.5'),
    baseValue: Decimal.ONE,
    legs: [leg('kraken', 'buy'), leg('upbit', 'sell')],
    unwinds: [],
    smallestQuantity: zero,
    carriedIn: zero,
    carriedOut: zero,
    reason: 'APPROVED',
    detail: '',
    realised: [],
    waterfall: realised === undefined ? undefined : { ...steps, realised: Decimal.parse(realised) },
    unhedgedUsdSeconds: 1563.04,
    frameAtUs: 0,
    createdAtUs: 1_780_000_000_123_000,
    updatedAtUs: 0,
    unwindingAtUs: 0,
    version: 1,
  };
}

const snapshot: ViewSnapshot = {
  mode: 'sim',
  seed: 7,
  elapsedMs: 65_000,
  nowUs: 1_780_000_001_123_000,
  venues: ['binance', 'upbit'].map((name) => ({
    name,
    state: name === 'upbit' ? 'resyncing (BTC/KRW SEQUENCE_GAP)' : 'live',
    booksLive: 3,
    booksTotal: 4,
    ageMs: 12,
    framesPerSecond: 1234,
    bookUpdatesPerSecond: 100,
    resyncs: 1,
  })),
  edges: [{ buy: 'binance', sell: 'upbit', base: 'BTC', netBps: 12.34, stale: false }],
  opportunities: Array.from({ length: 40 }, (_, index) => record('APPROVED', index)),
  totals: { total: 41, approved: 40, refused: 1, byReason: { EDGE_BELOW_MIN: 1, APPROVED: 40 } },
  trades: {
    stats: {
      total: 4321,
      open: 1,
      byOutcome: { UNWOUND: 20, COMPLETED: 4300 },
      completedByPair: {},
      profitByAsset: {},
      unhedgedUsdSeconds: 366_356.5,
      waterfall: { ...ZERO_STEPS, realised: '1024.8449' },
    },
    newest: [
      trade('SUBMITTED', undefined),
      { ...trade('UNWINDING', undefined), legs: [], origin: 'accumulator' },
      { ...trade('REJECTED', '0'), reason: 'INVENTORY_SHORT' },
      trade('EXPOSED', '-1024.567'),
      ...Array.from({ length: 20 }, () => trade('COMPLETED', '6.2')),
    ],
    numeraire: 'USDT',
  },
  latencyUs: {
    frameToBook: stage,
    bookToDecision: stage,
    decisionToRisk: stage,
    frameToRiskAnswer: stage,
  },
  halt: undefined,
  notices: ['risk cannot be reached'],
  hint: 'Ctrl-C drains',
};

function lines(screen: { columns: number; rows: number }, shown = snapshot): string[] {
  return stripVTControlCharacters(renderView(shown, screen)).split('\n');
}

describe('live view', () => {
  test.each([
    { columns: 120, rows: 45 },
    { columns: 80, rows: 24 },
    { columns: 40, rows: 10 },
  ])('fits a screen of $columns columns and $rows rows', (screen) => {
    const drawn = lines(screen);
    expect(drawn.length).toBeLessThan(screen.rows);
    for (const line of drawn) expect(line.length).toBeLessThanOrEqual(screen.columns);
  });

  test('shows mode, venues with the reason of trouble, edges, outcomes and notices', () => {
    const text = lines({ columns: 120, rows: 45 }).join('\n');
    expect(text).toContain('ATS  SIM ');
    expect(text).toMatch(/00:01:05 .* 6\/8 books live/);
    expect(text).toMatch(/upbit +resyncing \(BTC\/KRW SEQUENCE_GAP\)/);
    expect(text).toMatch(/binance +\. +BTC +\+12\.3/);
    expect(text).toMatch(
      /binance > upbit +1,234\.5000 +\+12\.3 +6\.20 USDT +APPROVED +1\.0 s \.\.\./,
    );
    expect(text).toContain('APPROVED 40 | EDGE_BELOW_MIN 1');
    expect(text).toMatch(/p99 +1,223/);
    expect(text).toContain('! risk cannot be reached');
  });

  test.each([
    { columns: 120, rows: 45 },
    { columns: 40, rows: 20 },
  ])('shows a halt over $columns columns', (screen) => {
    const halt = { mode: 'flatten', actor: 'ann', reason: 'odd prices' } as const;
    const drawn = lines(screen, { ...snapshot, halt });
    expect(drawn[2]).toMatch(/^ FLATTEN {3}only cancels/);
    expect(drawn[2]).toHaveLength(screen.columns);
    expect(drawn.length).toBeLessThan(screen.rows);
  });

  test('shows what trades came to, and the newest as they stand', () => {
    const drawn = lines({ columns: 120, rows: 45 });
    const text = drawn.join('\n');
    expect(text).toMatch(
      /TRADES +4,321 made \| 1 open \| realised \+1,024\.84 USDT \| unhedged 366,356\.5 USD-s/,
    );
    expect(text).toMatch(/OUTCOMES +COMPLETED 4,300 \| UNWOUND 20\n/);
    expect(text).toMatch(/BTC +kraken > upbit +1,234\.5000 +SUBMITTED +\.\.\. +1,563\.0 USD-s/);
    expect(text).toMatch(/BTC +accumulator +1,234\.5000 +UNWINDING/);
    expect(text).toMatch(/REJECTED INVENTORY_SHORT +\+0\.00 USDT/);
    expect(text).toMatch(/EXPOSED +-1,024\.57 USDT/);
    expect(drawn.filter((line) => line.includes('kraken > upbit'))).toHaveLength(5);
    // Trades and opportunities fill the screen together.
    expect(drawn).toHaveLength(44);
  });

  test('keeps the sums of trades where there is no room for a table of them', () => {
    const text = lines({ columns: 80, rows: 26 }).join('\n');
    expect(text).toContain('TRADES    4,321 made');
    expect(text).not.toContain('kraken > upbit');
  });

  test('on a narrow screen keeps the outcome and leaves out the size', () => {
    const drawn = lines({ columns: 80, rows: 40 });
    expect(drawn.some((line) => /PROFIT +OUTCOME/.test(line))).toBe(true);
    expect(drawn.some((line) => line.includes('SIZE'))).toBe(false);
    expect(drawn.some((line) => line.includes('APPROVED'))).toBe(true);
  });

  test('says that nothing was seen yet instead of an empty table', () => {
    const text = lines({ columns: 120, rows: 45 }, { ...snapshot, opportunities: [] }).join('\n');
    expect(text).toContain('No price difference has been seen yet');
  });
});
