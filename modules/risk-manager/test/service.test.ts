import {
  opportunityToWire,
  RISK_SERVICE,
  riskDecisionFromWire,
  tradeIntentToWire,
} from '@ats/contracts';
import type { Opportunity } from '@ats/domain';
import {
  openRiskGate,
  openRpcDirectory,
  type RpcDirectory,
  seededRandom,
  systemClock,
  systemTimers,
  UNGUARDED,
} from '@ats/runtime';
import { manualClock, memoryMetrics, silentLogger, until } from '@ats/testkit';
import { type RunningRiskManager, riskManager } from '../src/index.ts';
import { APPROVAL_MS, decimal, intent, NOW_US, opportunity, riskConfig } from './samples.ts';

const deadlineMs = 2000;
const mode = 'HALT_MODE_HALTED';
const field = 'rpc.riskAddress';

describe.each(['direct', 'grpc'])('the risk manager, called %s', (binding) => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function start(risk: Record<string, unknown> = {}) {
    const clock = manualClock(NOW_US - APPROVAL_MS * 1000);
    const parts = {
      clock,
      timers: systemTimers,
      random: seededRandom(1),
      logger: silentLogger(),
    };
    const open = (address: string): RpcDirectory => {
      const rpc = openRpcDirectory({
        guard: UNGUARDED,
        ...parts,
        metrics: memoryMetrics(),
        addresses: { [RISK_SERVICE.fullName]: { address, field } },
      });
      closing.push(() => rpc.close());
      return rpc;
    };
    const rpc = open('127.0.0.1:0');
    const metrics = memoryMetrics();
    const config = riskConfig(risk);
    const running: RunningRiskManager = await riskManager.start({
      ...parts,
      metrics,
      config,
      rpc,
      ports: {},
    });
    clock.advanceUs(APPROVAL_MS * 1000);
    const caller = binding === 'direct' ? rpc : open(running.address);
    const client = caller.client(RISK_SERVICE);
    const ask = async (asked: Opportunity) => {
      const request = {
        opportunity: opportunityToWire(asked),
        intent: tradeIntentToWire(intent()),
      };
      const { decision } = await client.CheckOpportunity(request, { deadlineMs });
      return decision === null ? undefined : riskDecisionFromWire(decision);
    };
    return { running, caller, client, ask, metrics, clock };
  }

  it('approves, refuses with a reason, and counts both', async () => {
    const { ask, metrics } = await start();
    expect(await ask(opportunity())).toMatchObject({ opportunityId: 'o-1', reason: 'APPROVED' });
    const stale = opportunity({ buy: { ...opportunity().buy, bookAgeUs: 9_000_000 } });
    expect(await ask(stale)).toMatchObject({ verdict: 'refused', reason: 'RISK_BOOK_AGE_MAX' });
    const name = 'ats_risk_checks_total';
    expect(metrics.value(name, { verdict: 'approved', reason: 'APPROVED' })).toBe(1);
    expect(metrics.value(name, { verdict: 'refused', reason: 'RISK_BOOK_AGE_MAX' })).toBe(1);
    expect(metrics.value('ats_risk_check_duration_seconds')).toBe(2);
  });

  it('answers over the stream through the gate', async () => {
    const { caller, clock } = await start();
    const duplex = caller.duplex(RISK_SERVICE, 'CheckOpportunityStream');
    await until(() => duplex.up);
    const gate = openRiskGate({
      duplex,
      clock,
      timers: systemTimers,
      metrics: memoryMetrics(),
      deadlineMs,
    });
    const answer = gate.check(opportunity(), intent());
    expect(answer instanceof Promise).toBe(binding === 'grpc');
    expect(await answer).toMatchObject({ verdict: 'approved', reason: 'APPROVED' });
    const ruinous = opportunity({ quantity: decimal('1000') });
    expect(await gate.check(ruinous, intent())).toMatchObject({
      verdict: 'approved',
      quantity: decimal('0.1'),
    });
  });

  it('answers probes of the stream and counts only real questions', async () => {
    const { caller, client } = await start();
    const duplex = caller.duplex(RISK_SERVICE, 'CheckOpportunityStream');
    await until(() => duplex.up);
    const metrics = memoryMetrics();
    const gate = openRiskGate({
      duplex,
      clock: systemClock,
      timers: systemTimers,
      metrics,
      deadlineMs,
      probeMs: 1,
    });
    const roundTrip = 'ats_rpc_risk_probe_round_trip_seconds';
    await until(() => binding === 'direct' || (metrics.value(roundTrip) ?? 0) > 0);
    expect(await gate.check(opportunity(), intent())).toMatchObject({ reason: 'APPROVED' });
    gate.close();
    const { decisions } = await client.GetRiskStatus({}, { deadlineMs });
    expect(decisions).toEqual([{ reason: 'REASON_CODE_APPROVED', count: 1 }]);
  });

  it('limits approvals to its rate, and refusals use none of it up', async () => {
    const { ask, clock } = await start({
      limits: { approvalRate: { max: '1' } },
      approvalBurst: 2,
    });
    const refused = opportunity({ quantity: decimal('0') });
    for (let count = 0; count < 5; count += 1) await ask(refused);
    expect(await ask(opportunity())).toMatchObject({ reason: 'APPROVED' });
    expect(await ask(opportunity())).toMatchObject({ reason: 'APPROVED' });
    expect(await ask(opportunity())).toMatchObject({ reason: 'RISK_RATE_LIMIT' });
    clock.advanceUs(1_000_000);
    const decidedAtUs = clock.nowUs();
    const later = opportunity({ times: { ...opportunity().times, decidedAtUs } });
    expect(await ask(later)).toMatchObject({ reason: 'APPROVED' });
  });

  it('halts, keeps the first reason, and resumes', async () => {
    const { ask, client, metrics } = await start();
    await client.EmergencyHalt({ reason: 'drill', actor: 'ops', mode }, { deadlineMs });
    await client.EmergencyHalt({ reason: 'again', actor: 'else', mode }, { deadlineMs });
    expect(await ask(opportunity())).toMatchObject({ reason: 'RISK_HALTED', value: 'drill' });
    expect(await client.GetRiskStatus({}, { deadlineMs })).toMatchObject({
      halted: true,
      haltReason: 'drill',
      haltedBy: 'ops',
      haltedAtUs: NOW_US,
      decisions: [{ reason: 'REASON_CODE_RISK_HALTED', count: 1 }],
    });
    expect(metrics.value('ats_risk_halted_ratio')).toBe(1);
    const over = { reason: 'over', actor: 'ops', to: 'HALT_MODE_UNSPECIFIED' } as const;
    await client.ResumeTrading(over, { deadlineMs });
    expect(await ask(opportunity())).toMatchObject({ reason: 'APPROVED' });
    expect(metrics.value('ats_risk_halted_ratio')).toBe(0);
  });

  it('starts with nothing counted and its whole rate', async () => {
    const { client, metrics } = await start();
    const status = await client.GetRiskStatus({}, { deadlineMs });
    expect(status).toMatchObject({ halted: false, decisions: [], rateAvailable: 5 });
    expect(metrics.value('ats_risk_check_duration_seconds')).toBe(0);
  });

  it('starts halted when the configuration says so', async () => {
    const { ask } = await start({ halted: true });
    expect(await ask(opportunity())).toMatchObject({ reason: 'RISK_HALTED' });
  });

  it('does not halt without a reason and a name', async () => {
    const { ask, client } = await start();
    const halt = client.EmergencyHalt({ reason: ' ', actor: 'ops', mode }, { deadlineMs });
    await expect(halt).rejects.toMatchObject({ code: 'RPC_INVALID_ARGUMENT' });
    await expect(
      client.EmergencyHalt({ reason: 'x', actor: '', mode }, { deadlineMs }),
    ).rejects.toThrow('actor');
    expect(await ask(opportunity())).toMatchObject({ reason: 'APPROVED' });
  });

  it.each([
    ['no opportunity', null],
    ['no buy leg', { ...opportunityToWire(opportunity()), buy: null }],
    ['an unreadable amount', { ...opportunityToWire(opportunity()), netProfit: 'lots' }],
    ['an amount too long to read', { ...opportunityToWire(opportunity()), fees: '1'.repeat(9999) }],
    ['no id', { ...opportunityToWire(opportunity()), id: '' }],
  ])('refuses a request with %s', async (_what, wire) => {
    const { client } = await start();
    const { decision } = await client.CheckOpportunity(
      { opportunity: wire, intent: tradeIntentToWire(intent()) },
      { deadlineMs },
    );
    expect(decision).toMatchObject({
      verdict: 'VERDICT_REFUSED',
      reason: 'REASON_CODE_RISK_INVALID_REQUEST',
    });
  });

  it('leaves the gate to refuse once it has drained', async () => {
    const { running, caller, clock } = await start();
    const duplex = caller.duplex(RISK_SERVICE, 'CheckOpportunityStream');
    await until(() => duplex.up);
    const timers = systemTimers;
    const gate = openRiskGate({ duplex, clock, timers, metrics: memoryMetrics(), deadlineMs });
    await running.drain();
    await until(async () => {
      const decision = await gate.check(opportunity(), intent());
      return decision.reason === 'RISK_UNAVAILABLE' && decision.verdict === 'refused';
    });
  });
});
