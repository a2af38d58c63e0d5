import { join } from 'node:path';
import { RISK_SERVICE, type WireMessages } from '@ats/contracts';
import { makeAlert } from '@ats/domain';
import { alertRecord, readAlert } from '@ats/orders';
import { openRpcDirectory, seededRandom, systemTimers, UNGUARDED } from '@ats/runtime';
import { type EventLog, type MarketBus, partitionsOf, type StateStore } from '@ats/storage';
import { type ManualClock, memoryMetrics, silentLogger, until } from '@ats/testkit';
import { riskManager } from '../src/index.ts';
import { fillsOf } from './orders.ts';
import { APPROVAL_MS, bookOf, NOW_US, riskConfig } from './samples.ts';
import { openStage } from './stage.ts';

type Wire<Name extends string> = `ats.risk.v1.${Name}` extends keyof WireMessages
  ? WireMessages[`ats.risk.v1.${Name}`]
  : never;

const CALL = { deadlineMs: 5000 };
const field = 'rpc.riskAddress';
const BY = { actor: 'ann', reason: 'a volatile week' };
const ANY = { accountId: '', venue: '', instrument: '', curvePointsMax: 100, curveWindow: '' };
const AS_IT_IS = {
  ...{ of: '', warn: '', max: '', reset: false },
  onBreach: 'BREACH_ACTION_UNSPECIFIED',
} as const;
const LIMITS = {
  lossPerDay: { warn: '500', max: '1000', onBreach: 'halted' },
  venueSilence: { warn: '3600000', max: '3600000' },
};

describe('the watch of the risk manager, over gRPC', () => {
  let stage: Awaited<ReturnType<typeof openStage>>;
  let folder: string;
  let clock: ManualClock;
  let state: StateStore;
  let log: EventLog;
  let bus: MarketBus;
  const closing: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    stage = await openStage();
    ({ folder, clock, state, log, bus } = stage);
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    await stage.close();
  });

  async function start(risk: Record<string, unknown> = { limits: LIMITS }) {
    const metrics = memoryMetrics();
    const random = seededRandom(1);
    const parts = { clock, timers: systemTimers, random, logger: silentLogger(), metrics };
    const open = (address: string) =>
      openRpcDirectory({
        guard: UNGUARDED,
        ...parts,
        addresses: { [RISK_SERVICE.fullName]: { address, field } },
      });
    const rpc = open('127.0.0.1:0');
    const running = await riskManager.start({
      ...{ ...parts, rpc },
      config: riskConfig(risk, join(folder, 'kill-switch')),
      ports: {
        stateStore: async () => state,
        eventLog: async () => log,
        marketBus: async () => bus,
      },
    });
    const caller = open(running.address);
    let stopped = false;
    const stop = async (): Promise<void> => {
      if (stopped) return;
      stopped = true;
      await caller.close();
      await running.drain();
      await rpc.close();
    };
    closing.push(stop);
    const client = caller.client(RISK_SERVICE);
    const limit = async (name: string, of = '') => {
      const { limits } = await client.GetRiskLimits({ name }, CALL);
      return limits.find((one) => one.of === of);
    };
    const change = (changes: Partial<Wire<'RiskLimitChange'>>[], expectedVersion: number) =>
      client.UpdateRiskLimits(
        {
          ...BY,
          changes: changes.map((one) => ({ name: '', ...AS_IT_IS, ...one })),
          expectedVersion,
        },
        CALL,
      );
    return { running, metrics, client, caller, limit, change, stop };
  }

  const told = async (prefix: string) => {
    const records = await log.read({ topic: 'alerts', partition: 0, from: 0 });
    return records.map(readAlert).filter(({ key }) => key.startsWith(prefix));
  };

  it('tells every limit, where it stands, and changes it at once, for good', async () => {
    const first = await start();
    expect(await first.limit('lossPerDay')).toMatchObject({
      ...{ warn: '500', max: '1000', onBreach: 'BREACH_ACTION_HALTED', unit: 'money' },
      ...{ changedBy: '', reasonCode: 'RISK_LOSS_MAX', value: '0', level: 'LIMIT_LEVEL_OK' },
    });
    expect(await first.limit('tradeLoss')).toMatchObject({ max: '', value: '', scope: 'none' });
    expect(await first.limit('venueSilence', 'alpha')).toMatchObject({ max: '3600000' });
    const { version, limits } = await first.change(
      [
        { name: 'lossPerDay', max: '2000' },
        { name: 'venueSilence', of: 'alpha', warn: 'none', onBreach: 'BREACH_ACTION_REDUCING' },
      ],
      0,
    );
    expect({ version, names: limits.map(({ name, of }) => [name, of]) }).toEqual({
      version: 1,
      names: [
        ['lossPerDay', ''],
        ['venueSilence', 'alpha'],
      ],
    });
    const changed = {
      ...{ warn: '500', max: '2000', changedBy: 'ann', changedBecause: 'a volatile week' },
      changedAtUs: NOW_US,
    };
    expect(await first.limit('lossPerDay')).toMatchObject(changed);
    await first.stop();
    const second = await start();
    expect(await second.limit('lossPerDay')).toMatchObject(changed);
    expect(await second.limit('venueSilence', 'alpha')).toMatchObject({
      ...{ warn: '', max: '3600000', onBreach: 'BREACH_ACTION_REDUCING' },
    });
    await second.change([{ name: 'lossPerDay', reset: true }], 1);
    expect(await second.limit('lossPerDay')).toMatchObject({ max: '1000', changedBy: '' });
    await until(async () => (await told('risk.limit-changed:')).length === 3);
    const [one, , back] = await told('risk.limit-changed:');
    expect(one).toMatchObject({
      severity: 'info',
      facts: {
        ...{ limit: 'lossPerDay', before: 'warn 500, max 1000, on breach halted' },
        ...{ after: 'warn 500, max 2000, on breach halted', actor: 'ann', version: '1' },
      },
    });
    expect(back?.facts['after']).toBe('warn 500, max 1000, on breach halted');
  });

  it('takes all changes of an update or none, and says what is wrong', async () => {
    const { change, limit, client } = await start();
    const sound = { name: 'lossPerDay', max: '2000' };
    const cases = [
      [{ name: 'luck', max: '1' }, 'name', 'lossPerWeek'],
      [{ name: 'drawdown', of: 'alpha', max: '1' }, 'of', 'one limit for all'],
      [{ name: 'venueSilence', of: 'mars', max: '1' }, 'of', 'alpha, beta'],
      [{ name: 'drawdown', max: '-1' }, 'max', 'a decimal'],
      [{ name: 'drawdown', warn: '2', max: '1' }, 'warn', 'no more than max'],
      [{ name: 'drawdown' }, 'max', 'a change'],
      [{ name: 'drawdown', max: '1', reset: true }, 'reset', 'no figures'],
      [sound, 'changes', 'another limit'],
    ] as const;
    for (const [wrong, where, why] of cases) {
      const refused = change([sound, wrong], 0);
      await expect(refused).rejects.toMatchObject({
        code: 'RISK_LIMIT_INVALID',
        message: expect.stringContaining(why),
        context: { field: where },
      });
    }
    const nobody = client.UpdateRiskLimits(
      { changes: [], actor: '', reason: 'x', expectedVersion: 0 },
      CALL,
    );
    await expect(nobody).rejects.toMatchObject({ code: 'RPC_INVALID_ARGUMENT' });
    expect(await limit('lossPerDay')).toMatchObject({ max: '1000', changedBy: '' });
    expect(await told('risk.limit-changed:')).toEqual([]);
  });

  it('takes one of two updates of the same version', async () => {
    const { change, client, limit } = await start();
    const both = await Promise.allSettled([
      change([{ name: 'lossPerDay', max: '2000' }], 0),
      change([{ name: 'lossPerDay', max: '3000' }], 0),
    ]);
    const refused = both.filter((one) => one.status === 'rejected');
    expect(refused).toMatchObject([{ reason: { code: 'RISK_LIMITS_CHANGED' } }]);
    const { version } = await client.GetRiskLimits({ name: '' }, CALL);
    expect(version).toBe(1);
    const won = both[0]?.status === 'fulfilled' ? '2000' : '3000';
    expect(await limit('lossPerDay')).toMatchObject({ max: won });
    await until(async () => (await told('risk.limit-changed:')).length > 0);
    expect(await told('risk.limit-changed:')).toHaveLength(1);
  });

  it('counts profit in windows that outlive a kill, and halts on a loss', async () => {
    const first = await start();
    const groupBy = 'PROFIT_GROUPING_VENUE';
    const profit = () => first.client.GetPnL({ ...ANY, groupBy }, CALL);
    bus.publish(bookOf('alpha', 'BTC/USDT', [99_990, 100_010]));
    bus.publish(bookOf('beta', 'BTC/USD', [99_990, 100_010]));
    bus.publish(bookOf('beta', 'USDT/USD', [0.999, 1.001]));
    await until(async () => (await profit()).valuedAtUs > 0);
    for (const record of fillsOf('alpha', 'BTC/USDT', ['buy', '1', '100400'])) {
      await log.append(record);
    }
    for (const record of fillsOf('beta', 'BTC/USD', ['sell', '1', '100100'])) {
      await log.append(record);
    }
    await until(async () => (await profit()).windows[0]?.figures?.profit === '-302');
    const { total, windows, groups, drawdown, peak, unmarked, numeraire } = await profit();
    expect(total).toMatchObject({ profit: '-302', realised: '0', unrealised: '-300', fees: '2' });
    expect({ peak, drawdown, unmarked, numeraire }).toEqual({
      ...{ peak: '0', drawdown: '302', unmarked: [], numeraire: 'USDT' },
    });
    expect(windows.map(({ name, figures }) => [name, figures?.profit])).toEqual([
      ['day', '-302'],
      ['week', '-302'],
      ['month', '-302'],
    ]);
    expect(groups.map(({ of, figures }) => [of, figures?.profit])).toEqual([
      ['alpha', '-401'],
      ['beta', '99'],
    ]);
    const { curve } = await profit();
    expect(curve.at(-1)).toMatchObject({ profit: '-302', drawdown: '302' });
    for (const curveWindow of ['day', 'week', 'month']) {
      const since = await first.client.GetPnL({ ...ANY, groupBy, curveWindow }, CALL);
      expect(since.curve[0]).toEqual(curve[0]);
    }
    const year = first.client.GetPnL({ ...ANY, groupBy, curveWindow: 'year' }, CALL);
    await expect(year).rejects.toMatchObject({ context: { field: 'curve_window' } });
    // Nothing of the second instance was stored by an orderly end of the first.
    const second = await start();
    const after = await second.client.GetPnL({ ...ANY, groupBy }, CALL);
    expect(after.windows).toEqual(windows);
    expect({ peak: after.peak, drawdown: after.drawdown }).toEqual({ peak, drawdown });
    expect(after.curve[0]).toEqual(curve[0]);
    bus.publish(bookOf('alpha', 'BTC/USDT', [99_190, 99_210]));
    await until(async () => (await second.client.GetRiskStatus({}, CALL)).halted);
    expect(await second.client.GetRiskStatus({}, CALL)).toMatchObject({
      haltedBy: 'the limits',
      haltReason: 'lossPerDay is 1102, above 1000',
    });
    await until(async () => (await told('risk.limit:lossPerDay')).length > 0);
    const [alert] = await told('risk.limit:lossPerDay');
    expect(alert).toMatchObject({ severity: 'emergency', runbook: 'risk-limit' });
    expect(second.metrics.value('ats_risk_limit_use_ratio', { limit: 'lossPerDay', of: '' })).toBe(
      1.102,
    );
  });

  it('lists alerts of risk, takes who has one in hand, and tells streams and the bus', async () => {
    const { client, caller } = await start();
    const published: string[] = [];
    await bus.subscribe({ kinds: ['alert'] }, (event) => {
      if (event.kind !== 'alert') return;
      const { key, acknowledgement, resolvedAtUs } = event.alert;
      const by = acknowledgement?.actor ?? 'nobody';
      published.push(`${key} ${by} ${resolvedAtUs === undefined ? 'stands' : 'ended'}`);
    });
    const alert = makeAlert({
      ...{ key: 'risk.limit:drawdown', severity: 'critical', area: 'risk' },
      ...{ summary: 'The limit drawdown is 5000.', raisedAtUs: NOW_US },
    });
    const other = makeAlert({ ...alert, key: 'trade.exposed', alertId: 'x', area: 'trade' });
    await log.append(alertRecord(alert, 'raised'));
    await log.append(alertRecord(other, 'raised'));
    const all = { openOnly: true, severityMin: 'SEVERITY_UNSPECIFIED', limit: 0 } as const;
    const open = async () => (await client.GetRiskAlerts(all, CALL)).alerts;
    await until(async () => (await open()).length > 0);
    expect((await open()).map(({ key }) => key)).toEqual(['risk.limit:drawdown']);
    const seen: string[] = [];
    caller.subscribe(
      RISK_SERVICE,
      'StreamRiskAlerts',
      { openFirst: true, severityMin: 'SEVERITY_WARNING' },
      {
        ...CALL,
        onMessage: ({ alert: one }) => {
          const by = one?.acknowledgement?.actor ?? 'nobody';
          seen.push(`${by} ${one?.resolvedAtUs === 0 ? 'stands' : 'ended'}`);
        },
        onEnd: () => seen.push('end'),
      },
    );
    await until(() => seen.length === 1);
    const said = { key: alert.key, actor: 'ann', reason: 'I close it' };
    const taken = await client.AcknowledgeAlert(said, CALL);
    expect(taken.alert?.acknowledgement).toEqual({
      actor: 'ann',
      reason: 'I close it',
      atUs: NOW_US,
    });
    await until(() => seen.length === 2);
    await client.AcknowledgeAlert({ ...said, actor: 'bob' }, CALL);
    expect((await open())[0]?.acknowledgement?.actor).toBe('ann');
    await log.append(alertRecord({ ...alert, resolvedAtUs: NOW_US + 5 }, 'resolved'));
    await until(() => seen.length === 3);
    expect(seen).toEqual(['nobody stands', 'ann stands', 'ann ended']);
    expect(published).toEqual(seen.map((one) => `${alert.key} ${one}`));
    const anew = [1, 2].map((later) => makeAlert({ ...alert, raisedAtUs: NOW_US + 10 * later }));
    for (const one of anew) {
      await log.append(alertRecord({ ...one, alertId: `${one.raisedAtUs}` }, 'raised'));
    }
    await until(() => seen.length === 5);
    expect((await open()).map(({ raisedAtUs }) => raisedAtUs)).toEqual([NOW_US + 20]);
    const { alerts } = await client.GetRiskAlerts({ ...all, openOnly: false }, CALL);
    expect(alerts.map(({ resolvedAtUs }) => resolvedAtUs)).toEqual([0, NOW_US + 20, NOW_US + 5]);
    await log.append(
      alertRecord(
        { ...alert, alertId: `${NOW_US + 20}`, raisedAtUs: NOW_US + 20, resolvedAtUs: NOW_US + 30 },
        'resolved',
      ),
    );
    await until(async () => (await open()).length === 0);
    const late = client.AcknowledgeAlert(said, CALL);
    await expect(late).rejects.toMatchObject({ code: 'RISK_ALERT_UNKNOWN' });
    expect(await open()).toEqual([]);
  });

  it('previews orders without a trace in store, log or metrics', async () => {
    const { client, metrics } = await start();
    clock.advanceUs(APPROVAL_MS * 1000);
    const order = {
      ...{ orderId: '', venue: 'alpha', instrument: 'BTC/USDT', side: 'ORDER_SIDE_BUY' as const },
      ...{ quantity: '0.1', price: '100000' },
    };
    const asked = { accountId: 'main', orders: [order] };
    const large = { ...asked, orders: [{ ...order, quantity: '1' }] };
    for (let count = 0; count < 20; count += 1) {
      const { decision } = await client.PreviewOrders(asked, CALL);
      expect(decision?.verdict).toBe('VERDICT_APPROVED');
      expect(await client.PreviewOrders(large, CALL)).toMatchObject({
        decision: { reason: 'REASON_CODE_RISK_NOTIONAL_MAX', limit: '10100', value: '100000' },
        ...{ limitName: 'tradeNotional', limitOf: 'USDT', standsAt: '' },
      });
    }
    expect((await client.GetRiskStatus({}, CALL)).decisions).toEqual([]);
    expect(metrics.value('ats_risk_checks_total')).toBe(0);
    expect(metrics.value('ats_risk_check_duration_seconds')).toBe(0);
    // What is asked for real is all that there is of it.
    await client.CheckOrders({ ...asked, requestId: 'r-1' }, CALL);
    const stored = await until(async () => {
      const { items } = await state.query({ table: 'risk', partition: 'working' });
      const orders = items.filter(({ key }) => key.sort.length === 1);
      return orders.length > 0 ? orders : undefined;
    });
    expect(stored.map(({ attributes }) => JSON.parse(String(attributes['json'])))).toMatchObject([
      [{ reserved: [{ requestId: 'r-1' }] }],
    ]);
    const partitions = Array.from({ length: partitionsOf('risk.decisions') }, (_, at) => at);
    const decided = await until(async () => {
      const read = (partition: number) => log.read({ topic: 'risk.decisions', partition, from: 0 });
      const records = (await Promise.all(partitions.map(read))).flat();
      return records.length > 0 ? records : undefined;
    });
    expect(decided).toHaveLength(1);
  });

  it('streams positions and their marks, the newest of each', async () => {
    const { caller } = await start();
    const marks: string[] = [];
    let messages = 0;
    caller.subscribe(
      RISK_SERVICE,
      'StreamPositionUpdates',
      { ...ANY, venue: 'alpha' },
      {
        ...CALL,
        onMessage: ({ positions }) => {
          messages += 1;
          marks.push(
            ...positions.map(({ venue, quantity, mark }) => `${venue} ${quantity} ${mark}`),
          );
        },
        onEnd: () => {},
      },
    );
    await until(() => messages === 1);
    for (const record of fillsOf('alpha', 'BTC/USDT', ['buy', '1', '100']))
      await log.append(record);
    for (const record of fillsOf('beta', 'BTC/USDT', ['buy', '1', '100'])) await log.append(record);
    await until(() => marks.includes('alpha 1 '));
    for (const price of [101, 102, 103]) {
      bus.publish(bookOf('alpha', 'BTC/USDT', [price - 1, price + 1]));
    }
    await until(() => marks.includes('alpha 1 103'));
    expect(new Set(marks)).toEqual(new Set(['alpha 1 ', 'alpha 1 103']));
  });
});
