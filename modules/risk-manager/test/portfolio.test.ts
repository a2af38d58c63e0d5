import { RISK_SERVICE } from '@ats/contracts';
import { accountId, Decimal } from '@ats/domain';
import { ledgerEntryRecord, orderEventRecord, readAlert } from '@ats/orders';
import { openRpcDirectory, seededRandom, systemTimers } from '@ats/runtime';
import { type EventLog, type MarketBus, partitionsOf, type StateStore } from '@ats/storage';
import { guardOfPeople, type ManualClock, memoryMetrics, silentLogger, until } from '@ats/testkit';
import { riskManager } from '../src/index.ts';
import { fillsOf, MAIN, tradedOrder } from './orders.ts';
import { bookOf, riskConfig } from './samples.ts';
import { openStage } from './stage.ts';

const CALL = { deadlineMs: 5000 };
const ANY = { accountId: '', venue: '', instrument: '' };
const CURVE = { curvePointsMax: 0, curveWindow: '' };
const ALL = { ...ANY, ...CURVE, groupBy: 'PROFIT_GROUPING_UNSPECIFIED' } as const;
const PEOPLE = guardOfPeople({ ann: ['main'], ben: ['other', 'third'], eve: [] });
const cause = { correlationId: 'test' };
const decimal = Decimal.parse;

describe('positions and profit of the risk manager', () => {
  let stage: Awaited<ReturnType<typeof openStage>>;
  let clock: ManualClock;
  let state: StateStore;
  let log: EventLog;
  let bus: MarketBus;
  const closing: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    stage = await openStage();
    ({ clock, state, log, bus } = stage);
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    await stage.close();
  });

  async function start() {
    const metrics = memoryMetrics();
    const random = seededRandom(1);
    const parts = { clock, timers: systemTimers, random, logger: silentLogger(), metrics };
    const rpc = openRpcDirectory({ guard: PEOPLE, ...parts, addresses: {}, listen: false });
    const running = await riskManager.start({
      ...parts,
      rpc,
      config: riskConfig(),
      ports: {
        stateStore: async () => state,
        eventLog: async () => log,
        marketBus: async () => bus,
      },
    });
    closing.push(async () => {
      await running.drain();
      await rpc.close();
    });
    return { running, metrics, rpc, client: rpc.client(RISK_SERVICE) };
  }

  const told = async () => {
    const partitions = Array.from({ length: partitionsOf('alerts') }, (_, index) => index);
    const read = (partition: number) => log.read({ topic: 'alerts', partition, from: 0 });
    return (await Promise.all(partitions.map(read))).flat().map(readAlert);
  };

  it('are told, marked by the book, and agree with the ledger', async () => {
    const { client, running, metrics } = await start();
    const { events, entries } = tradedOrder(3);
    const last = events.at(-1);
    if (last === undefined) throw new Error('no events');
    for (const order of events) {
      await log.append(orderEventRecord({ order, previousStatus: 'NEW', occurredAtUs: 1 }, cause));
    }
    for (const entry of entries) {
      await log.append(ledgerEntryRecord(entry, { ...cause, accountId: MAIN }));
    }
    const { venue, instrument, side } = last.terms;
    bus.publish(bookOf(venue, instrument, [100, 102]));
    const ask = { accountId: MAIN, venue: '', instrument: '' };
    await until(async () => (await client.GetPositions(ask, CALL)).positions.length === 1);
    await until(async () => {
      const [position] = (await client.GetPositions(ask, CALL)).positions;
      return position !== undefined && decimal(position.quantity).toNumber() !== 0;
    });
    const wanted = side === 'buy' ? last.cumulativeQuantity : last.cumulativeQuantity.negate();
    await until(async () => {
      const [position] = (await client.GetPositions(ask, CALL)).positions;
      return position !== undefined && decimal(position.quantity).equals(wanted);
    });
    const [position] = (await client.GetPositions(ask, CALL)).positions;
    const spent = side === 'buy' ? last.cumulativeNotional : last.cumulativeNotional.negate();
    expect(position).toMatchObject({
      accountId: MAIN,
      venue,
      instrument,
      realised: '0',
      mark: '101',
    });
    expect(decimal(position?.cost ?? '').equals(spent)).toBe(true);
    const unrealised = wanted.multiply(decimal('101')).subtract(spent);
    expect(decimal(position?.unrealised ?? '').equals(unrealised)).toBe(true);
    const { orderId } = last;
    const { orders } = await client.GetCountedFills({ orderIds: ['none', orderId] }, CALL);
    expect(orders[0]).toEqual({ orderId: 'none', quantity: '0' });
    expect(decimal(orders[1]?.quantity ?? '').equals(last.cumulativeQuantity)).toBe(true);
    const many = client.GetCountedFills({ orderIds: Array(501).fill('none') }, CALL);
    await expect(many).rejects.toMatchObject({ code: 'RPC_INVALID_ARGUMENT' });
    const { positions: none } = await client.GetPositions({ ...ask, venue: 'mars' }, CALL);
    expect(none).toEqual([]);
    await until(async () => {
      const { assets } = await client.GetPnL(ALL, CALL);
      return assets.length > 0 && assets.every(({ net, ledgerNet }) => net === ledgerNet);
    });
    expect(running.readiness()).toEqual({ ready: true, reasons: [] });
    expect(metrics.value('ats_risk_ledger_agrees_ratio')).toBe(1);
  });

  it('are shown to a person of accounts of theirs alone', async () => {
    const { client, rpc } = await start();
    for (const owner of ['main', 'other', 'third']) {
      const fills = fillsOf('binance', 'BTC/USDT', ['buy', '1', '100'], accountId(owner));
      for (const record of fills) await log.append(record);
    }
    await until(async () => (await client.GetPositions(ANY, CALL)).positions.length === 3);
    const as = (name: string) => ({ ...CALL, authorization: `Bearer ${name}` });
    const shown: Record<string, unknown> = { ann: ['main'], ben: ['other', 'third'], eve: [] };
    for (const [name, accounts] of Object.entries(shown)) {
      const { positions } = await client.GetPositions(ANY, as(name));
      expect(positions.map((one) => one.accountId)).toEqual(accounts);
      const rows = { ...ALL, groupBy: 'PROFIT_GROUPING_ACCOUNT' } as const;
      const { groups, total } = await client.GetPnL(rows, as(name));
      expect(groups.map((row) => row.of)).toEqual(accounts);
      expect(total?.fees).toBe(String(groups.length));
      const streamed: string[] = [];
      let messages = 0;
      const subscription = rpc.subscribe(RISK_SERVICE, 'StreamPositionUpdates', ANY, {
        ...as(name),
        onMessage({ positions: some }) {
          messages += 1;
          streamed.push(...some.map((one) => one.accountId));
        },
        onEnd: () => {},
      });
      await until(() => messages > 0);
      subscription.close();
      expect(streamed.toSorted()).toEqual(accounts);
    }
  });

  it('that the ledger does not have are told of once, and so is their end', async () => {
    const { client, running, metrics } = await start();
    const { events, entries } = tradedOrder(5);
    for (const order of events) {
      await log.append(orderEventRecord({ order, previousStatus: 'NEW', occurredAtUs: 1 }, cause));
    }
    await until(async () => {
      clock.advanceUs(31_000_000);
      return !(await client.GetPnL(ALL, CALL)).agrees;
    });
    expect(running.readiness().reasons).toContainEqual(expect.stringContaining('same profit'));
    expect(metrics.value('ats_risk_ledger_agrees_ratio')).toBe(0);
    for (const entry of entries) {
      await log.append(ledgerEntryRecord(entry, { ...cause, accountId: MAIN }));
    }
    await until(async () => (await client.GetPnL(ALL, CALL)).agrees);
    await until(async () => (await told()).length === 2);
    const [begun, ended] = await told();
    expect(begun).toMatchObject({ key: 'risk.ledger-disagrees', severity: 'critical' });
    expect(begun?.resolvedAtUs).toBeUndefined();
    expect(ended?.alertId).toBe(begun?.alertId);
    expect(ended?.resolvedAtUs).toBeGreaterThan(0);
  });
});
