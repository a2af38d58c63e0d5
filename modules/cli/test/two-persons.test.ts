import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accessService } from '@ats/access';
import { ACCESS_SERVICE, RISK_SERVICE, type WireMessages } from '@ats/contracts';
import { riskManager } from '@ats/risk-manager';
import {
  loadConfig,
  openRpcDirectory,
  parseConfig,
  seededRandom,
  systemClock,
  systemTimers,
} from '@ats/runtime';
import { type AccessEntry, HeldStreams, openGuard } from '@ats/security';
import { openLmdbEventLog, openLmdbStateStore, openMemoryMarketBus } from '@ats/storage';
import { memoryMetrics, silentLogger } from '@ats/testkit';

const CONFIG_FOLDER = 'config';
const AS_IT_IS = {
  ...{ of: '', warn: '', max: '', reset: false },
  onBreach: 'BREACH_ACTION_UNSPECIFIED',
} as const;
const FAR_US = Number.MAX_SAFE_INTEGER;

/** The risk manager and the access service in one process, behind the guard of every process. */
async function openSystem(folder: string, kinds: readonly string[]) {
  const loaded = loadConfig({
    folder: CONFIG_FOLDER,
    environment: {},
    assignments: [
      `security.folder=${join(folder, 'security')}`,
      `killSwitchFile=${join(folder, 'kill-switch')}`,
      `access.approvals.kinds=${JSON.stringify(kinds)}`,
      `risk.approvalKeyFile=${join(folder, 'approval-key')}`,
      'risk.limits.lossPerDay={"warn":"500","max":"1000","onBreach":"halted"}',
    ],
  });
  const metrics = memoryMetrics();
  const logger = silentLogger();
  const random = seededRandom(1);
  const parts = { clock: systemClock, timers: systemTimers, random, logger, metrics };
  const state = await openLmdbStateStore({ ...parts, folder: join(folder, 'state') });
  const log = await openLmdbEventLog({ ...parts, folder: join(folder, 'log') });
  const bus = openMemoryMarketBus(parts);
  const entries: AccessEntry[] = [];
  // Who somebody is, is not the question here: whoever shows a name has it, with a fresh code.
  const introspect = async (name: string) => ({
    ...{ active: true, name, role: 'administrator', sessionId: name, accounts: ['*'] },
    ...{ expiresAtUs: FAR_US, stepUpUntilUs: FAR_US },
  });
  const guard = openGuard({
    ...{ self: 'ats', services: new Set(['ats']), introspect, clock: systemClock },
    log: { write: (entry) => void entries.push(entry) },
    streams: new HeldStreams({ lasts: async () => true, timers: systemTimers, everyMs: 1000 }),
  });
  const rpc = openRpcDirectory({ ...parts, guard, addresses: {}, listen: false });
  const ports = {
    stateStore: async () => state,
    eventLog: async () => log,
    marketBus: async () => bus,
  };
  const context = { ...parts, rpc, ports };
  const accessConfig = parseConfig(loaded, accessService.configSchema);
  const access = await accessService.start({ ...context, config: accessConfig });
  const riskConfig = parseConfig(loaded, riskManager.configSchema);
  const risk = await riskManager.start({ ...context, config: riskConfig });
  return {
    rpc,
    entries,
    async close() {
      await risk.drain();
      await access.drain();
      await rpc.close();
      await bus.close();
      await log.close();
      await state.close();
    },
  };
}

const as = (name: string) => ({ deadlineMs: 20_000, authorization: `Bearer ${name}` });
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'ok',
    (error: { readonly code: string }) => error.code,
  );

describe('a change of limits', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ats-two-persons-'));
  let system: Awaited<ReturnType<typeof openSystem>>;
  beforeAll(async () => {
    system = await openSystem(folder, ['limits.raise']);
  });
  afterAll(async () => {
    await system.close();
    rmSync(folder, { recursive: true, force: true });
  });

  type LimitChange = WireMessages['ats.risk.v1.RiskLimitChange'];
  const change = async (name: string, wanted: Partial<LimitChange>) => {
    const risk = system.rpc.client(RISK_SERVICE);
    const { version: expectedVersion } = await risk.GetRiskLimits({ name: '' }, as(name));
    const changes = [{ name: 'lossPerDay', ...AS_IT_IS, ...wanted }];
    const said = { actor: '', reason: 'a volatile week', expectedVersion };
    return codeOf(risk.UpdateRiskLimits({ changes, ...said }, as(name)));
  };
  const max = async () => {
    const risk = system.rpc.client(RISK_SERVICE);
    return (await risk.GetRiskLimits({ name: 'lossPerDay' }, as('ann'))).limits[0]?.max;
  };
  const waiting = async () => {
    const access = system.rpc.client(ACCESS_SERVICE);
    return (await access.ListApprovals({ all: false }, as('ann'))).approvals;
  };
  const decide = (name: string, approvalId: string, approve = true) =>
    codeOf(system.rpc.client(ACCESS_SERVICE).DecideApproval({ approvalId, approve }, as(name)));

  it('that lowers one needs nobody else', async () => {
    expect(await change('ann', { max: '900' })).toBe('ok');
    expect(await max()).toBe('900');
    expect(await waiting()).toEqual([]);
  });

  it('that raises one waits for another person, who approves that change alone', async () => {
    const raise = () => change('ann', { max: '2000' });
    expect(await raise()).toBe('ACCESS_APPROVAL_PENDING');
    expect(await max()).toBe('900');
    const [approval] = await waiting();
    expect(approval).toMatchObject({ kind: 'limits.raise', requestedBy: 'ann' });
    const approvalId = approval?.approvalId ?? '';
    expect(await decide('ann', approvalId)).toBe('ACCESS_INVALID');
    expect(await raise()).toBe('ACCESS_APPROVAL_PENDING');
    expect(await decide('ben', approvalId)).toBe('ok');
    // It is of that figure, and of ann's wish.
    expect(await change('ann', { max: '3000' })).toBe('ACCESS_APPROVAL_PENDING');
    expect(await change('ben', { max: '2000' })).toBe('ACCESS_APPROVAL_PENDING');
    expect(await max()).toBe('900');
    expect(await raise()).toBe('ok');
    expect(await max()).toBe('2000');
    const raised = { action: 'limits.update', outcome: 'ok', actor: 'ann' };
    expect(system.entries.at(-1)).toMatchObject({
      ...raised,
      before: [{ max: '900' }],
      after: [{ max: '2000' }],
    });
  });

  it('cannot use an approval that was used, also when all stands as it stood then', async () => {
    expect(await change('ann', { max: '900' })).toBe('ok');
    expect(await change('ann', { max: '2000' })).toBe('ACCESS_APPROVAL_PENDING');
    expect(await max()).toBe('900');
  });

  it('that takes a limit away, or lets it do less, waits as well', async () => {
    for (const looser of [
      { max: 'none' },
      { reset: true },
      { onBreach: 'BREACH_ACTION_REFUSE' as const },
    ]) {
      expect(await change('ann', looser)).toBe('ACCESS_APPROVAL_PENDING');
    }
    expect(await max()).toBe('900');
  });

  it('that was rejected is not made', async () => {
    expect(await change('ann', { max: '5000' })).toBe('ACCESS_APPROVAL_PENDING');
    const five = (await waiting()).find(({ summary }) => summary.includes('5000'));
    expect(await decide('ben', five?.approvalId ?? '', false)).toBe('ok');
    expect(await change('ann', { max: '5000' })).toBe('ACCESS_APPROVAL_PENDING');
    expect(await max()).toBe('900');
  });
});
