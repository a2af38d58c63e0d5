import type { RiskGate } from '@ats/contracts';
import {
  accountId,
  Decimal,
  type Opportunity,
  type OpportunityRecord,
  type ReasonCode,
  type RiskAnswer,
} from '@ats/domain';
import type { OpportunityTick, Tick } from '@ats/storage';
import { manualClock, memoryMetrics, silentLogger } from '@ats/testkit';
import { crossExchange } from '../../src/adapters/strategies.ts';
import { Engine } from '../../src/app/engine.ts';
import { registerEngineMetrics } from '../../src/app/engine-metrics.ts';
import type { StrategyFactory } from '../../src/domain/strategy.ts';
import { intentsOf } from '../../src/domain/trade/trade-intent.ts';
import { bookTop, listing, missing, settings } from '../domain/helpers.ts';

const LISTINGS = [
  listing({ venue: 'binance', instrument: 'BTC/USDT' }),
  listing({ venue: 'bitfinex', instrument: 'BTC/USDT' }),
];

function decision({ id: opportunityId, quantity }: Opportunity, reason: ReasonCode): RiskAnswer {
  const verdict = reason === 'APPROVED' ? 'approved' : 'refused';
  const nothing = { detail: '', limit: '', value: '', approval: '' };
  return { opportunityId, verdict, reason, quantity, ...nothing };
}

const intents = intentsOf({
  accountId: accountId('main'),
  listings: LISTINGS,
  collarBps: Decimal.ONE,
});

const approving: RiskGate = { check: (opportunity) => decision(opportunity, 'APPROVED') };

function engineWith(
  gate: RiskGate,
  changes: Partial<ConstructorParameters<typeof Engine>[0]> = {},
) {
  const clock = manualClock();
  const ticks: OpportunityTick[] = [];
  const records: OpportunityRecord[] = [];
  const engine = new Engine({
    listings: LISTINGS,
    strategy: crossExchange as StrategyFactory,
    settings: settings(),
    gate,
    intentOf: intents,
    ticks: { append: (tick: Tick) => tick.kind === 'opportunity' && ticks.push(tick) > 0 },
    clock,
    logger: silentLogger(),
    recentMax: 3,
    refusalsPerSecondMax: 2,
    ...changes,
  });
  engine.onOpportunity((record) => records.push(record));
  let sequence = 0;
  const top = (venue: string, bid: number, ask: number): void => {
    sequence += 1;
    const levels = { bids: [[bid, 1]], asks: [[ask, 1]] } as const;
    const instrument = 'BTC/USDT';
    const event = bookTop({ venue, instrument, levels, atUs: clock.nowUs(), sequence });
    engine.handlerOf(event)(event, false);
  };
  return {
    engine,
    clock,
    ticks,
    records,
    top,
    cross() {
      top('binance', 99.9, 100);
      clock.advanceUs(70);
      top('bitfinex', 101, 101.2);
    },
    part: () => top('bitfinex', 99, 101.2),
  };
}

describe('an engine among several', () => {
  const owned = new Set<string>();
  const bases = { owns: (base: string) => owned.has(base), fenceOf: () => undefined };

  test('leaves bases of others alone, and asks risk once a base is its own', () => {
    const { engine, cross, part, records } = engineWith(approving, { bases });
    cross();
    expect([engine.decisions, records]).toEqual([0, []]);
    owned.add('BTC');
    cross();
    expect(records).toMatchObject([{ reason: 'APPROVED' }]);
    part();
    owned.delete('BTC');
    const before = engine.decisions;
    cross();
    expect(engine.decisions).toBe(before);
  });
});

describe('the engine', () => {
  test('asks risk within the event and records the answer, then the end of the edge', () => {
    const { engine, cross, part, records, ticks, clock } = engineWith(approving);
    cross();
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      reason: 'APPROVED',
      decision: { verdict: 'approved' },
      closedAtUs: 0,
      updates: 1,
      opportunity: { times: { riskAnsweredAtUs: clock.nowUs(), frameAtUs: clock.nowUs() } },
    });
    clock.advanceUs(1000);
    part();
    expect(records).toHaveLength(2);
    expect(records[1]).toMatchObject({ closedAtUs: clock.nowUs(), reason: 'APPROVED' });
    expect(ticks.map((tick) => tick.id)).toEqual([
      records[0]?.opportunity.id,
      records[0]?.opportunity.id,
    ]);
    expect(JSON.parse(ticks[1]?.record ?? '')).toMatchObject({
      opportunity: { netProfit: records[1]?.opportunity.netProfit.toString() },
    });
    expect(engine.stats().opportunities).toEqual({
      total: 1,
      approved: 1,
      refused: 0,
      byReason: { APPROVED: 1 },
    });
    expect(engine.ledger.openCount).toBe(0);
  });

  test('measures every book, and every answer of risk', async () => {
    const { engine, cross, clock } = engineWith({
      check(opportunity) {
        clock.advanceUs(30);
        return decision(opportunity, 'APPROVED');
      },
    });
    cross();
    const { latencyUs } = engine.stats();
    expect(latencyUs.bookToDecision).toEqual({ p50: 0, p99: 0, max: 0, count: 2 });
    expect(latencyUs.decisionToRisk).toEqual({ p50: 30, p99: 30, max: 30, count: 1 });
    expect(latencyUs.frameToRiskAnswer).toEqual({ p50: 30, p99: 30, max: 30, count: 1 });
  });

  test('waits for a later answer without losing the end of the edge', async () => {
    let answer: (decision: RiskAnswer) => void = missing;
    let asked: Opportunity | undefined;
    const { engine, cross, part, records } = engineWith({
      check(opportunity) {
        asked = opportunity;
        return new Promise((resolve) => {
          answer = resolve;
        });
      },
    });
    cross();
    part();
    expect(records).toHaveLength(0);
    expect(engine.ledger.openCount).toBe(1);
    answer(decision(asked ?? missing(), 'RISK_TIMEOUT'));
    await engine.stop();
    expect(records).toMatchObject([{ reason: 'RISK_TIMEOUT', updates: 1 }]);
    expect(records[0]?.closedAtUs).toBeGreaterThan(0);
    expect(engine.ledger.openCount).toBe(0);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('gone');
      },
    ],
    ['rejects', () => Promise.reject(new Error('gone'))],
  ])('refuses when the gate %s', async (_, check) => {
    const { engine, cross, records } = engineWith({ check });
    cross();
    await engine.stop();
    expect(records[0]).toMatchObject({ reason: 'RISK_UNAVAILABLE' });
    expect(engine.stats().opportunities).toMatchObject({ approved: 0, refused: 1 });
  });

  test('proposes nothing while paused, and says so', () => {
    let asked = 0;
    const { engine, cross, records } = engineWith({
      check(opportunity) {
        asked += 1;
        return decision(opportunity, 'APPROVED');
      },
    });
    engine.pause('an operator');
    cross();
    expect(asked).toBe(0);
    expect(records).toMatchObject([{ reason: 'ENGINE_PAUSED', decision: undefined }]);
  });

  test('pauses when its strategy fails, and never throws at the bus', () => {
    const failing: StrategyFactory = {
      name: 'failing',
      create: () => ({
        name: 'failing',
        onMarket() {
          throw new Error('a bug');
        },
        onDecision: () => undefined,
        onFill: () => undefined,
        onTimer: () => undefined,
        onStop: () => undefined,
      }),
    };
    const logger = silentLogger();
    const { engine, cross } = engineWith(approving, { strategy: failing, logger });
    cross();
    expect(engine.pauseReason).toBe('the strategy failed');
    expect(engine.failures).toBe(2);
    expect(logger.lines.map((line) => line.event)).toEqual(['engine.strategy_failed']);
  });

  test('gives each opportunity one outcome, which an approval settles', () => {
    const reasons: ReasonCode[] = ['RISK_RATE_LIMIT', 'APPROVED', 'RISK_HALTED'];
    const { engine, cross, top, records } = engineWith({
      check: (opportunity) => decision(opportunity, reasons.shift() ?? 'RISK_HALTED'),
    });
    cross();
    expect(engine.stats().opportunities.byReason).toEqual({ RISK_RATE_LIMIT: 1 });
    top('bitfinex', 102, 103);
    expect(engine.stats().opportunities.byReason).toEqual({ APPROVED: 1 });
    top('bitfinex', 103, 104);
    expect(engine.stats().opportunities.byReason).toEqual({ APPROVED: 1 });
    expect(records.at(-1)).toMatchObject({ reason: 'APPROVED', decision: { reason: 'APPROVED' } });
    expect(records.at(-1)?.opportunity.sell.limitPrice.toString()).toBe('102.00');
    expect(records.at(-1)?.bestNetProfit.toNumber()).toBeGreaterThan(2.7);
  });

  test('keeps refusals to their rate and the newest lives in memory', () => {
    const { engine, top, clock } = engineWith(approving);
    top('binance', 99.9, 100);
    for (let life = 0; life < 5; life += 1) {
      top('bitfinex', 100.18, 101.2);
      top('bitfinex', 99, 101.2);
    }
    expect(engine.stats()).toMatchObject({
      opportunities: { total: 2, byReason: { EDGE_BELOW_MIN: 2 } },
      suppressed: { EDGE_BELOW_MIN: 3 },
    });
    clock.advanceUs(500_000);
    top('binance', 99.9, 100);
    top('bitfinex', 100.18, 101.2);
    expect(engine.stats().opportunities.total).toBe(3);
    clock.advanceUs(5_000_000);
    top('binance', 99.9, 100);
    top('bitfinex', 99, 101.2);
    top('bitfinex', 100.18, 101.2);
    const recent = engine.ledger.recent(10);
    expect(recent).toHaveLength(3);
    expect(recent.map((record) => record.closedAtUs > 0)).toEqual([false, true, true]);
    expect(engine.ledger.recent(1)).toEqual(recent.slice(0, 1));
  });

  test('counts ledger lines that the tick store refuses', () => {
    const { engine, cross } = engineWith(approving, { ticks: { append: () => false } });
    cross();
    expect(engine.ledger.dropped).toBe(1);
  });

  test('hands its counts to the metrics', () => {
    const { engine, cross } = engineWith(approving);
    const metrics = memoryMetrics();
    registerEngineMetrics(metrics, engine, () => 4);
    cross();
    expect(metrics.value('ats_engine_book_updates_total')).toBe(2);
    expect(metrics.value('ats_engine_decisions_total')).toBe(1);
    expect(metrics.value('ats_engine_opportunities', { reason: 'APPROVED' })).toBe(1);
    expect(metrics.value('ats_engine_open_edges')).toBe(1);
    expect(metrics.value('ats_engine_events_conflated_total')).toBe(4);
  });

  test('shows the edge of every pair as it stands', () => {
    const { engine, cross, clock } = engineWith(approving);
    cross();
    clock.advanceUs(2000);
    const cells = engine.spreadMatrix();
    expect(cells).toHaveLength(2);
    const cell = cells.find((one) => one.buy === 'binance') ?? missing();
    expect(cell).toMatchObject({ base: 'BTC', sell: 'bitfinex', ageUs: 2070, stale: false });
    expect(cell.netBps).toBeCloseTo(79.82, 2);
    expect(cell.sizedNetBps).toBeNaN(); // the books do not hold the largest size
    clock.advanceUs(1_000_000);
    expect(engine.spreadMatrix()[0]?.stale).toBe(true);
  });
});
