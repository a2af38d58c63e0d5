import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { INVENTORY_SERVICE, LEDGER_SERVICE, RISK_SERVICE } from '@ats/contracts';
import {
  type Alert,
  assetId,
  Decimal,
  executionId,
  type InstrumentId,
  orderId,
  venueId,
} from '@ats/domain';
import { emptyHold, ledgerEntryRecord, readAlert, settleFill } from '@ats/orders';
import { openRpcDirectory, type RpcHandlers, seededRandom, systemTimers } from '@ats/runtime';
import {
  type EventLog,
  type MarketBus,
  openLmdbEventLog,
  openLmdbStateStore,
  openMemoryMarketBus,
  type StateStore,
} from '@ats/storage';
import {
  guardOfPeople,
  type ManualClock,
  manualClock,
  memoryMetrics,
  silentLogger,
  until,
} from '@ats/testkit';
import { type RunningRiskManager, riskManager } from '../src/index.ts';
import { book, listing } from './inventory-samples.ts';
import { MAIN } from './orders.ts';
import { NOW_US, riskConfig } from './samples.ts';

type LedgerHandlers = RpcHandlers<
  typeof LEDGER_SERVICE extends { readonly shape?: infer Service } ? Service : never
>;

const CALL = { deadlineMs: 5000 };
const ANY = { accountId: '', venue: '', asset: '' };
const MINUTE_US = 60_000_000;
const decimal = Decimal.parse;

/** Twelve fills, one a minute, that sold BTC at alpha. */
const sales = Array.from({ length: 12 }, (_, n) => {
  const venue = venueId('alpha');
  return settleFill({
    hold: emptyHold({ orderId: orderId(`o-${n}`), accountId: MAIN, venue }),
    ...{ side: 'sell', instrument: 'BTC/USDT' as InstrumentId },
    ...{ base: assetId('BTC'), quote: assetId('USDT') },
    executionId: executionId(`e-${n}`),
    fill: {
      quantity: decimal('0.01'),
      price: decimal('100000'),
      fee: { asset: assetId('USDT'), amount: decimal('1') },
    },
    atUs: NOW_US - (12 - n) * MINUTE_US,
  }).entry;
});

describe('how long assets last, told by the risk manager', () => {
  let folder: string;
  let clock: ManualClock;
  let state: StateStore;
  let log: EventLog;
  let bus: MarketBus;
  /** What the ledger says there is. */
  const held = { alpha: '0.06', beta: '3' };
  const closing: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ats-inventory-'));
    clock = manualClock(NOW_US);
    const options = { clock, timers: systemTimers, logger: silentLogger() };
    const metrics = memoryMetrics();
    state = await openLmdbStateStore({ ...options, metrics, folder: join(folder, 'state') });
    log = await openLmdbEventLog({ ...options, metrics, folder: join(folder, 'log') });
    bus = openMemoryMarketBus({ ...options, metrics });
    Object.assign(held, { alpha: '0.06', beta: '3' });
    for (const entry of sales) {
      await log.append(ledgerEntryRecord(entry, { correlationId: 'test', accountId: MAIN }));
    }
    const levels = { bid: 99_990, ask: 100_000, atUs: NOW_US };
    for (const venue of ['alpha', 'beta']) bus.publish(book(listing(venue, 'BTC/USDT'), levels));
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    await bus.close();
    await log.close();
    await state.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function start() {
    const metrics = memoryMetrics();
    const parts = { clock, timers: systemTimers, logger: silentLogger(), metrics };
    const field = 'rpc.riskAddress';
    const open = (address: string) => {
      const addresses = [RISK_SERVICE, INVENTORY_SERVICE].map(({ fullName }) => {
        return [fullName, { address, field }];
      });
      const random = seededRandom(1);
      const rpc = openRpcDirectory({
        guard: guardOfPeople({ ann: [MAIN], ben: ['other'] }),
        ...parts,
        random,
        addresses: Object.fromEntries(addresses),
      });
      closing.push(() => rpc.close());
      return rpc;
    };
    const rpc = open('127.0.0.1:0');
    await rpc.serve(LEDGER_SERVICE, {
      GetBalances: () => ({
        balances: [
          ...Object.entries(held).map(([venue, available]) => ({ venue, asset: 'BTC', available })),
          { venue: 'alpha', asset: 'USDT', available: '50000' },
          { venue: 'beta', asset: 'USDT', available: '50000' },
        ].map((one) => ({ accountId: MAIN, reserved: '0', version: 1, ...one })),
      }),
    } as Partial<LedgerHandlers> as LedgerHandlers);
    const config = riskConfig();
    const { inventory } = config.risk;
    const running: RunningRiskManager = await riskManager.start({
      ...{ ...parts, random: seededRandom(1), rpc },
      config: { ...config, risk: { ...config.risk, inventory: { ...inventory, checkMs: 100 } } },
      ports: {
        stateStore: async () => state,
        eventLog: async () => log,
        marketBus: async () => bus,
      },
    });
    let drained: Promise<void> | undefined;
    const stop = (): Promise<void> => {
      drained ??= running.drain();
      return drained;
    };
    closing.push(stop);
    const client = open(running.address).client(INVENTORY_SERVICE);
    return { client, metrics, stop };
  }

  /** Those of inventory: books that fall silent while time is passed are another's to tell. */
  const alerts = async (): Promise<readonly Alert[]> => {
    const records = await log.read({ topic: 'alerts', partition: 0, from: 0 });
    return records.map(readAlert).filter(({ key }) => key.startsWith('inventory.'));
  };

  it('is answered over gRPC, beside the service of risk, and measured', async () => {
    const { client, metrics } = await start();
    const asked = { ...ANY, venue: 'alpha', asset: 'BTC' };
    await until(async () => (await client.GetRunway(asked, CALL)).runways[0]?.fills === 12);
    const { runways, numeraire, warnHours } = await client.GetRunway(asked, CALL);
    expect({ numeraire, warnHours }).toEqual({ numeraire: 'USDT', warnHours: 2 });
    const [alpha] = runways;
    expect(alpha).toMatchObject({
      ...{ accountId: MAIN, venue: 'alpha', asset: 'BTC', available: '0.06', reserved: '0' },
      ...{ inPerHour: 0, level: 'RUNWAY_LEVEL_LOW', confidence: 'FLOW_CONFIDENCE_GOOD', dry: true },
    });
    // Of BTC a trade of 1,000 USDT, at 99,995 each, takes a little more than 0.01; where ETH is
    // bought with it, a fee of ten basis points on top.
    expect(decimal(alpha?.least ?? '').toNumber()).toBeCloseTo(0.0100105, 7);
    // Twelve in as many minutes.
    expect(alpha?.outPerHour).toBeGreaterThan(0.5);
    expect(alpha?.outPerHour).toBeLessThan(0.7);
    expect(alpha?.secondsToEmpty).toBeGreaterThan(240);
    expect(alpha?.secondsToEmpty).toBeLessThan(360);
    const { runways: all } = await client.GetRunway(ANY, CALL);
    expect(all.map(({ venue, asset }) => `${asset} ${venue}`)).toEqual([
      ...['BTC alpha', 'BTC beta', 'USDT alpha', 'USDT beta'],
    ]);
    const name = 'ats_risk_inventory_runway_seconds';
    await until(() => metrics.value(name, { venue: 'alpha', asset: 'BTC' }) > 0);
    expect(metrics.value(name, { venue: 'alpha', asset: 'USDT' })).toBe(Number.POSITIVE_INFINITY);
    expect(metrics.value(name, { venue: 'beta', asset: 'BTC' })).toBeNaN();
  });

  it('comes with a plan, made of the books as they stand', async () => {
    const { client } = await start();
    await until(async () => (await client.GetRebalancePlan(ANY, CALL)).steps.length === 1);
    const { steps, plannedAtUs, horizonHours } = await client.GetRebalancePlan(ANY, CALL);
    expect({ plannedAtUs, horizonHours }).toEqual({ plannedAtUs: NOW_US, horizonHours: 24 });
    const [step] = steps;
    expect(step?.runway).toMatchObject({ venue: 'alpha', asset: 'BTC' });
    expect(step?.options).toMatchObject([
      { kind: 'PLAN_OPTION_KIND_WAIT', possible: true, inTime: false, seconds: Infinity },
      { kind: 'PLAN_OPTION_KIND_REVERSE_ARBITRAGE', possible: true, fromVenue: 'beta', seconds: 0 },
      { kind: 'PLAN_OPTION_KIND_TRANSFER', possible: true, fromVenue: 'beta', inTime: true },
    ]);
    expect(step?.recommended).toBe('PLAN_OPTION_KIND_TRANSFER');
    clock.advanceUs(5_000_000);
    const { steps: stale } = await client.GetRebalancePlan(ANY, CALL);
    expect(stale[0]?.options[1]).toMatchObject({
      possible: false,
      detail: 'No two fresh books with the same asset.',
    });
    const none = await client.GetRebalancePlan({ ...ANY, venue: 'beta' }, CALL);
    expect(none.steps).toEqual([]);
    // To a person of accounts of theirs alone.
    for (const [name, count] of Object.entries({ ann: 1, ben: 0 })) {
      const as = { ...CALL, authorization: `Bearer ${name}` };
      expect((await client.GetRebalancePlan(ANY, as)).steps).toHaveLength(count);
      expect((await client.GetRunway(ANY, as)).runways).toHaveLength(4 * count);
    }
  });

  it('is warned of once, also after a restart, and told when it is over', async () => {
    const first = await start();
    await until(async () => (await alerts()).length === 1);
    const [raised] = await alerts();
    expect(raised).toMatchObject({
      ...{ key: 'inventory.runway:alpha:BTC', severity: 'warning', area: 'risk', venue: 'alpha' },
      ...{ runbook: 'inventory-low', resolvedAtUs: undefined },
      facts: { account: MAIN, recommended: 'transfer' },
    });
    expect(raised?.summary).toMatch(/^BTC at alpha lasts \d min: 0.06 is left, 0.\d+ BTC an hour/);
    expect(raised?.remedy).toMatch(
      /^Recommended is transfer: it costs [\d,]+\.\d\d USDT, .*Send .* BTC from beta/,
    );
    await first.stop();
    const second = await start();
    held.alpha = '30';
    const name = 'ats_risk_inventory_runway_seconds';
    const place = { venue: 'alpha', asset: 'BTC' };
    await until(() => second.metrics.value(name, place) > 3 * 3600);
    expect(await alerts()).toHaveLength(1);
    await until(async () => {
      clock.advanceUs(MINUTE_US);
      return (await alerts()).length > 1;
    });
    const [, over] = await alerts();
    expect(over?.alertId).toBe(raised?.alertId);
    expect(over?.severity).toBe('info');
    // A quarter of a half-life of an hour.
    expect((over?.resolvedAtUs ?? 0) - NOW_US).toBeGreaterThanOrEqual(15 * MINUTE_US);
    expect((await state.query({ table: 'risk', partition: 'inventory-alerts' })).items).toEqual([]);
  });
});
