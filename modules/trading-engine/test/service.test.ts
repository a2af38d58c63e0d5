import { ENGINE_SERVICE, RISK_SERVICE } from '@ats/contracts';
import type { OpportunityRecord } from '@ats/domain';
import {
  loadConfig,
  openRpcDirectory,
  parseConfig,
  type RpcHandlers,
  seededRandom,
  UNGUARDED,
} from '@ats/runtime';
import { openMemoryMarketBus, type Tick, type TickStore } from '@ats/storage';
import { manualTimers, memoryMetrics, silentLogger } from '@ats/testkit';
import { tradingEngine } from '../src/index.ts';
import { bookTop } from './domain/helpers.ts';

type RiskContract = NonNullable<(typeof RISK_SERVICE)['shape']>;

/** A risk manager that says yes to everything asked over its stream. */
const never = (): never => {
  throw new Error('not asked here');
};

const yes: RpcHandlers<RiskContract> = {
  CheckOpportunity: () => ({ decision: null, approval: '' }),
  CheckOpportunityStream: (peer) => ({
    onMessage({ correlationId, opportunity }) {
      const opportunityId = opportunity?.id ?? '';
      const verdict = 'VERDICT_APPROVED';
      const reason = 'REASON_CODE_APPROVED';
      const decision = {
        opportunityId,
        verdict,
        reason,
        detail: '',
        limit: '',
        value: '',
        quantity: opportunity?.quantity ?? '',
      } as const;
      peer.send({ correlationId, decision, approval: 'signed' });
    },
    onClosed: () => undefined,
  }),
  CheckOrders: () => ({ decision: null, approval: '' }),
  PreviewOrders: never,
  GetRiskStatus: () => {
    throw new Error('not asked here');
  },
  GetPositions: () => ({ positions: [] }),
  GetCountedFills: () => ({ orders: [] }),
  GetPnL: never,
  EmergencyHalt: () => ({ mode: 'HALT_MODE_HALTED' }),
  ResumeTrading: () => ({ halted: false, personsMissing: 0, mode: 'HALT_MODE_UNSPECIFIED' }),
  StreamPositionUpdates: never,
  GetRiskLimits: never,
  UpdateRiskLimits: never,
  GetRiskAlerts: never,
  AcknowledgeAlert: never,
  StreamRiskAlerts: never,
};

function configOf(assignments: readonly string[] = []) {
  const loaded = loadConfig({ folder: 'config', environment: {}, assignments });
  return parseConfig(loaded, tradingEngine.configSchema);
}

async function open(withRisk: boolean) {
  const timers = manualTimers();
  const logger = silentLogger();
  const metrics = memoryMetrics();
  const base = { clock: timers.clock, timers, random: seededRandom(1), logger, metrics };
  // Port 1 is never served: a risk manager that is away.
  const away = { address: '127.0.0.1:1', field: 'rpc.riskAddress' };
  const addresses = { [RISK_SERVICE.fullName]: away };
  const rpc = openRpcDirectory({ guard: UNGUARDED, ...base, addresses, listen: false });
  if (withRisk) await rpc.serve(RISK_SERVICE, yes);
  const bus = openMemoryMarketBus({ logger, metrics: memoryMetrics() });
  const ticks: Tick[] = [];
  const store = { append: (tick: Tick) => ticks.push(tick) > 0 } as unknown as TickStore;
  const ports = { marketBus: async () => bus, tickStore: async () => store };
  const running = await tradingEngine.start({ ...base, config: configOf(), rpc, ports });
  const top = (venue: string, bid: number, ask: number): void =>
    bus.publish(
      bookTop({
        venue,
        instrument: 'BTC/USDT',
        levels: { bids: [[bid, 0.05]], asks: [[ask, 0.05]] },
        atUs: timers.clock.nowUs(),
      }),
    );
  return { timers, rpc, bus, ticks, running, top, metrics };
}

describe('the trading engine as a service', () => {
  test('takes books off the bus, asks risk over its contract, keeps the ledger', async () => {
    const { running, top, ticks, rpc } = await open(true);
    const records: OpportunityRecord[] = [];
    const end = running.onOpportunity((record) => records.push(record));
    expect(running.readiness().reasons).toContain('books of 0 venues are live, 2 are needed');
    top('binance', 96_990, 97_000);
    top('bitfinex', 98_000, 98_010);
    expect(records).toMatchObject([{ reason: 'APPROVED', opportunity: { base: 'BTC' } }]);
    expect(running.readiness()).toEqual({ ready: true, reasons: [] });
    expect(running.recent(5)).toEqual(records);
    expect(running.stats().latencyUs.frameToRiskAnswer.count).toBe(1);

    const client = rpc.client(ENGINE_SERVICE);
    const options = { deadlineMs: 1000 };
    const listed = await client.ListOpportunities({ limit: 5 }, options);
    expect(listed.records?.map((record) => record.opportunity?.id)).toEqual([
      records[0]?.opportunity.id,
    ]);
    await client.PauseEngine({ reason: 'maintenance', actor: 'ann' }, options);
    expect(running.readiness().reasons).toEqual(['paused: maintenance (ann)']);
    expect(await client.GetEngineStatus({}, options)).toMatchObject({
      paused: true,
      openOpportunities: 1,
    });
    await client.ResumeEngine({ actor: 'ann' }, options);
    expect(running.readiness().ready).toBe(true);

    await running.drain();
    expect(records).toHaveLength(2);
    expect(records[1]?.closedAtUs).toBeGreaterThan(0);
    expect(ticks).toHaveLength(2);
    end();
    await rpc.close();
  });

  test('ends edges by its timer when books fall silent', async () => {
    const { running, top, timers, rpc } = await open(true);
    top('binance', 96_990, 97_000);
    top('bitfinex', 98_000, 98_010);
    expect(running.recent(1)[0]?.closedAtUs).toBe(0);
    timers.advance(3100);
    expect(running.recent(1)[0]?.closedAtUs).toBeGreaterThan(0);
    await running.drain();
    await rpc.close();
  });

  test('refuses everything while risk cannot be reached', async () => {
    const { running, top, rpc } = await open(false);
    expect(running.readiness().reasons).toContain('risk cannot be reached');
    top('binance', 96_990, 97_000);
    top('bitfinex', 98_000, 98_010);
    expect(running.recent(1)).toMatchObject([{ reason: 'RISK_UNAVAILABLE' }]);
    await running.drain();
    await rpc.close();
  });

  test.each([
    ['engine.minEdgeBps=-1', 'engine.minEdgeBps'],
    ['engine.closeEdgeBps=5', 'engine.closeEdgeBps'],
    ['engine.numeraire=XYZ', 'engine.numeraire'],
    ['engine.balances.mars={ USDT: 1 }', 'engine.balances.mars'],
    ['engine.turbo=true', 'engine.turbo'],
    ['engine.notionalMax=lots', 'engine.notionalMax'],
  ])('refuses the setting %s by its path', (assignment, path) => {
    expect(() => configOf([assignment])).toThrow(path);
  });
});
