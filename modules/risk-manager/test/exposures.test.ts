import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { opportunityToWire, RISK_SERVICE, tradeIntentToWire } from '@ats/contracts';
import { deriveOrderId, type Order, requestId } from '@ats/domain';
import { orderEventRecord } from '@ats/orders';
import {
  openRiskGate,
  openRpcDirectory,
  type RpcDirectory,
  seededRandom,
  systemTimers,
  UNGUARDED,
} from '@ats/runtime';
import {
  type EventLog,
  openLmdbEventLog,
  openLmdbStateStore,
  openMemoryMarketBus,
  type StateStore,
} from '@ats/storage';
import { manualClock, memoryMetrics, silentLogger, until } from '@ats/testkit';
import { groupOf } from '../src/app/log-follower.ts';
import { riskManager } from '../src/index.ts';
import { book, GRACE_US } from './desk.ts';
import { standingOrder } from './orders.ts';
import { APPROVAL_MS, decimal, intent, NOW_US, opportunity, riskConfig } from './samples.ts';
import { tradeRecord } from './trades.ts';

const CALL = { deadlineMs: 20_000 };
const MARKETS = [
  { venue: 'alpha', instrument: 'BTC/USDT' },
  { venue: 'beta', instrument: 'BTC/USDT' },
] as const;

const parts = { timers: systemTimers, logger: silentLogger(), random: seededRandom(1) };
const of = (id: string) => intent({ requestId: requestId(id) });
const question = (id: string) => ({
  opportunity: opportunityToWire(opportunity()),
  intent: tradeIntentToWire(of(id)),
});

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function startRisk(options: {
  readonly limits: Record<string, unknown>;
  readonly address?: string;
  readonly stores?: { readonly state: StateStore; readonly log: EventLog };
  readonly startUs?: number;
}) {
  const clock = manualClock(options.startUs ?? NOW_US - APPROVAL_MS * 1000);
  const metrics = memoryMetrics();
  const bus = openMemoryMarketBus({ ...parts, metrics: memoryMetrics() });
  for (const market of MARKETS) bus.publish(book(market, 100_000));
  const addresses =
    options.address === undefined
      ? {}
      : { [RISK_SERVICE.fullName]: { address: options.address, field: 'rpc.riskAddress' } };
  const open = (): RpcDirectory =>
    openRpcDirectory({ guard: UNGUARDED, ...parts, clock, metrics: memoryMetrics(), addresses });
  const rpc = open();
  const { stores } = options;
  const running = await riskManager.start({
    ...{ ...parts, clock, metrics, rpc },
    config: riskConfig({
      approvalBurst: 1_000_000,
      limits: { approvalRate: { max: '1000000' }, ...options.limits },
    }),
    ports: {
      marketBus: async () => bus,
      ...(stores === undefined
        ? {}
        : { stateStore: async () => stores.state, eventLog: async () => stores.log }),
    },
  });
  closing.push(async () => {
    // What was killed has lost its stores, and cannot end well.
    await running.drain().catch(() => undefined);
    await rpc.close();
    await bus.close();
  });
  return { running, rpc, clock, metrics, client: rpc.client(RISK_SERVICE) };
}

describe('a thousand questions at once', () => {
  // Each trade is worth 20,000 in both legs: a hundred of them fit, and nothing is left over.
  const limits = { grossExposure: { max: '2000000' } };
  const ids = Array.from({ length: 1000 }, (_, index) => `request-${index}`);

  async function overGrpc() {
    const { running, clock } = await startRisk({ limits, address: '127.0.0.1:0' });
    clock.advanceUs(APPROVAL_MS * 1000);
    const addresses = {
      [RISK_SERVICE.fullName]: { address: running.address, field: 'rpc.riskAddress' },
    };
    const rpc = openRpcDirectory({
      guard: UNGUARDED,
      ...parts,
      clock,
      metrics: memoryMetrics(),
      addresses,
    });
    closing.push(() => rpc.close());
    return { rpc, clock };
  }

  it('get exactly as many approvals as fit, one call each', async () => {
    const { rpc } = await overGrpc();
    const client = rpc.client(RISK_SERVICE);
    const answers = await Promise.all(ids.map((id) => client.CheckOpportunity(question(id), CALL)));
    const approved = answers.filter(({ approval }) => approval !== '');
    expect(approved).toHaveLength(100);
    for (const { decision } of approved) expect(decision?.quantity).toBe('0.1');
    const refused = answers.find(({ approval }) => approval === '');
    expect(refused?.decision).toMatchObject({
      ...{ reason: 'REASON_CODE_RISK_GROSS_EXPOSURE_MAX', limit: '2000000', value: '2020000' },
    });
  });

  it('get exactly as many approvals as fit, over one stream', async () => {
    const { rpc, clock } = await overGrpc();
    const duplex = rpc.duplex(RISK_SERVICE, 'CheckOpportunityStream');
    await until(() => duplex.up);
    const gate = openRiskGate({
      ...{ duplex, clock, timers: systemTimers, metrics: memoryMetrics() },
      ...{ deadlineMs: 20_000, pendingMax: 1000 },
    });
    const answers = await Promise.all(ids.map((id) => gate.check(opportunity(), of(id))));
    gate.close();
    expect(answers.filter(({ verdict }) => verdict === 'approved')).toHaveLength(100);
  });
});

describe('what is approved and on its way', () => {
  const limits = {
    grossExposure: { max: '1000000' },
    netExposure: { max: '1000000' },
    tradesOpen: { max: '10' },
    tradesPerDay: { max: '10' },
    volumePerDay: { max: '1000000' },
  };
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ats-exposures-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function openStores() {
    const options = { ...parts, clock: manualClock(NOW_US), metrics: memoryMetrics() };
    const state = await openLmdbStateStore({ ...options, folder: join(folder, 'state') });
    const log = await openLmdbEventLog({ ...options, folder: join(folder, 'log') });
    return {
      state,
      log,
      close: async () => {
        await state.close();
        await log.close();
      },
    };
  }

  const numbers = ({ metrics }: { metrics: ReturnType<typeof memoryMetrics> }) =>
    Object.fromEntries(
      Object.keys(limits).map((limit) => [
        limit,
        metrics.value('ats_risk_limit_use_ratio', { limit, of: '' }),
      ]),
    );

  /** What is measured is told once a second. */
  const shows = (risk: Awaited<ReturnType<typeof startRisk>>, wanted: object) =>
    until(() => {
      expect(numbers(risk)).toEqual(wanted);
      return true;
    });

  const tellOrder = (log: EventLog, order: Order) =>
    log.append(
      orderEventRecord(
        { order, previousStatus: 'NEW', occurredAtUs: NOW_US },
        { correlationId: 't' },
      ),
    );

  async function caughtUp({ log, state }: Awaited<ReturnType<typeof openStores>>, has: string) {
    await until(async () => {
      const topics = ['orders.events', 'trades'] as const;
      const lags = await Promise.all(
        topics.map((topic) => log.lag({ group: groupOf(topic), topics: [topic] })),
      );
      const { items } = await state.query({ table: 'risk', partition: 'working' });
      const stored = items.some(({ attributes }) => String(attributes['json']).includes(has));
      return stored && lags.flat().every(({ lag }) => lag === 0);
    });
  }

  it('is the same after a kill, and old approvals expire before there are new ones', async () => {
    const before = await openStores();
    const first = await startRisk({ limits, stores: before });
    first.clock.advanceUs(APPROVAL_MS * 1000);
    await until(
      async () => (await first.client.CheckOpportunity(question('used'), CALL)).approval !== '',
    );
    expect((await first.client.CheckOpportunity(question('unused'), CALL)).approval).not.toBe('');
    const [bought, sold] = legsOf('used');
    await tellOrder(before.log, filled(bought, '0.04'));
    await tellOrder(before.log, filled(sold, '0.1'));
    await before.log.append(tradeRecord('used', 'TRADE_STATE_SUBMITTED'));
    await caughtUp(before, 'unused');
    // Held are 0.04 long and 0.1 short, 0.06 is still to be bought, and 0.1 each way is unused: 0.4
    // in all, and 0.16 short if only what sells fills.
    await shows(first, {
      ...{ grossExposure: 0.04, netExposure: 0.016, tradesOpen: 0.2, tradesPerDay: 0.2 },
      volumePerDay: expect.closeTo(0.04),
    });
    const known = numbers(first);
    await before.close();

    const after = await openStores();
    closing.push(() => after.close());
    const startUs = first.clock.nowUs();
    const second = await startRisk({ limits, stores: after, startUs });
    const early = await second.client.CheckOpportunity(question('early'), CALL);
    expect(early).toMatchObject({
      approval: '',
      decision: { reason: 'REASON_CODE_RISK_UNAVAILABLE' },
    });
    await shows(second, known);
    second.clock.advanceUs(APPROVAL_MS * 1000);
    await until(
      async () => (await second.client.CheckOpportunity(question('unused'), CALL)).approval !== '',
    );
    await shows(second, known);
    // Nothing has come of it: what was reserved is given back, what is open stays.
    second.clock.advanceUs(APPROVAL_MS * 1000 + GRACE_US);
    await until(() => numbers(second)['tradesOpen'] === 0.1);
    expect(numbers(second)).toMatchObject({ tradesPerDay: 0.1 });
  });

  it('ends with its orders and its trade', async () => {
    const stores = await openStores();
    closing.push(() => stores.close());
    const risk = await startRisk({ limits, stores });
    risk.clock.advanceUs(APPROVAL_MS * 1000);
    await until(
      async () => (await risk.client.CheckOpportunity(question('t'), CALL)).approval !== '',
    );
    for (const order of legsOf('t')) await tellOrder(stores.log, filled(order, '0.1'));
    const [stranger] = legsOf('of nobody');
    await tellOrder(stores.log, stranger);
    await stores.log.append(tradeRecord('t', 'TRADE_STATE_COMPLETED'));
    await until(() => numbers(risk)['tradesOpen'] === 0);
    // An open order counts whoever approved it: 0.1 held each way, and 0.1 more to be bought.
    await until(() => numbers(risk)['grossExposure'] === 0.03);
    expect(numbers(risk)).toMatchObject({ tradesPerDay: 0.1 });
  });
});

/** The orders that an approval of `opportunity` becomes. */
function legsOf(id: string): readonly [Order, Order] {
  const { accountId: account } = intent();
  const orderAt = (index: 0 | 1): Order => {
    const { venue, instrument } = opportunity()[index === 0 ? 'buy' : 'sell'];
    return {
      ...standingOrder({
        orderId: deriveOrderId({ accountId: account, requestId: requestId(id), index }),
        ...{ venue, instrument, side: index === 0 ? 'buy' : 'sell', quantity: decimal('0.1') },
      }),
      updatedAtUs: NOW_US,
    };
  };
  return [orderAt(0), orderAt(1)];
}

function filled(order: Order, quantity: string): Order {
  const cumulativeQuantity = decimal(quantity);
  const leavesQuantity = order.terms.quantity.subtract(cumulativeQuantity);
  return {
    ...order,
    ...{ cumulativeQuantity, leavesQuantity, version: 3 },
    cumulativeNotional: cumulativeQuantity.multiply(decimal('100000')),
    status: leavesQuantity.isZero() ? 'FILLED' : 'PARTIALLY_FILLED',
  };
}
