import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wireCodec } from '@ats/contracts';
import { systemClock, systemTimers } from '@ats/runtime';
import { type LogRecord, openLmdbEventLog, partitionsOf } from '@ats/storage';
import { memoryMetrics, silentLogger } from '@ats/testkit';
import { DecisionLog } from '../../src/app/decision-log.ts';

const DECISION = wireCodec('ats.opportunity.v1.RiskDecision');

const decision = (opportunityId: string) => ({
  opportunityId,
  verdict: 'VERDICT_APPROVED' as const,
  reason: 'REASON_CODE_APPROVED' as const,
  detail: '',
  limit: '',
  value: '',
  quantity: '',
});

describe('the log of decisions', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ats-decisions-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const open = async (waitingMax = 100) => {
    const metrics = memoryMetrics();
    const log = await openLmdbEventLog({
      folder,
      clock: systemClock,
      timers: systemTimers,
      logger: silentLogger(),
      metrics,
    });
    const nowUs = () => systemClock.nowUs();
    return {
      log,
      metrics,
      decisions: new DecisionLog({ log, waitingMax, nowUs, timers: systemTimers, metrics }),
    };
  };

  it('has each decision by its opportunity, and waits for them at its end', async () => {
    const { log, decisions } = await open();
    for (const id of ['a', 'b', 'a']) decisions.append(decision(id));
    await decisions.close();
    const records: LogRecord[] = [];
    for (let partition = 0; partition < partitionsOf('risk.decisions'); partition += 1) {
      records.push(...(await log.read({ topic: 'risk.decisions', partition, from: 0 })));
    }
    expect(records.map(({ key }) => key).toSorted()).toEqual(['a', 'a', 'b']);
    expect(new Set(records.map(({ headers }) => headers.eventId)).size).toBe(3);
    expect(DECISION.decode(records[0]?.payload ?? new Uint8Array())).toMatchObject({
      verdict: 'VERDICT_APPROVED',
    });
    expect(decisions.trouble()).toBe('');
    await log.close();
  });

  it('counts what the log does not take, and says so', async () => {
    const { log, decisions, metrics } = await open(2);
    for (const id of ['a', 'b', 'c']) decisions.append(decision(id));
    expect(decisions.trouble()).toContain('1 decisions are not in the log');
    await decisions.close();
    await log.close();
    decisions.append(decision('d'));
    await decisions.close();
    expect(metrics.value('ats_risk_decisions_lost_total')).toBe(2);
  });
});
