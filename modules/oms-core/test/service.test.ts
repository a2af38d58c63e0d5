import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LEDGER_SERVICE, VENUE_SERVICE } from '@ats/contracts';
import {
  type Outcome,
  openRpcDirectory,
  type RpcDirectory,
  seededRandom,
  systemClock,
  systemTimers,
  UNGUARDED,
} from '@ats/runtime';
import { openPorts } from '@ats/storage';
import { memoryMetrics, silentLogger, until } from '@ats/testkit';
import { type OmsConfig, omsConfigSchema, omsCore } from '../src/index.ts';

const deadlineMs = 2000;

function omsConfig(oms: Record<string, unknown> = {}): OmsConfig {
  return omsConfigSchema.parse({
    mode: 'live',
    assets: { BTC: { network: 'bitcoin' }, USDT: { network: 'ethereum' } },
    venues: {
      binance: {
        feed: 'binance',
        fees: { takerBps: '10', makerBps: '10' },
        listings: [
          {
            instrument: 'BTC/USDT',
            symbol: 'BTCUSDT',
            tick: '0.01',
            step: '0.00001',
            quantityMin: '0.00001',
            notionalMin: '5',
          },
        ],
      },
    },
    oms: {
      cachedOrdersMax: 100,
      batchMax: 256,
      account: 'main',
      accounts: {},
      reconciliation: {
        intervalMs: 200,
        retryMs: 10,
        comparisonsMin: 3,
        unsettledMsMax: 60_000,
        explainedMsMax: 3_600_000,
        verdictAgeMsMax: 60_000,
        fillsOverlapMs: 300_000,
        deadlineMs: 1000,
        adopt: 'opening',
        feeTolerance: {},
      },
      ...oms,
    },
  });
}

describe.each(['direct', 'grpc'])('the OMS as a service, called %s', (binding) => {
  const closing: (() => Promise<void>)[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'ats-oms-service-'));
  const outcomes: Outcome[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const parts = {
    clock: systemClock,
    timers: systemTimers,
    random: seededRandom(1),
    logger: silentLogger(),
  };
  const open = (addresses: Record<string, string>): RpcDirectory => {
    const rpc = openRpcDirectory({
      guard: { ...UNGUARDED, admit: () => (outcome) => void outcomes.push(outcome) },
      ...parts,
      metrics: memoryMetrics(),
      addresses: Object.fromEntries(
        Object.entries(addresses).map(([name, address]) => [name, { address, field: name }]),
      ),
    });
    closing.push(() => rpc.close());
    return rpc;
  };

  /** Stands for the venue gateway: it serves what the venue has. */
  async function start(venue: { usdt: string; away?: boolean }) {
    const rpc = open({
      [LEDGER_SERVICE.fullName]: '127.0.0.1:0',
      [VENUE_SERVICE.fullName]: '127.0.0.1:0',
    });
    await rpc.serve(VENUE_SERVICE, {
      GetVenueState: () => {
        if (venue.away === true) throw new Error('no answer');
        const balances = [{ asset: 'USDT', available: venue.usdt, locked: '0' }];
        return { askedAtUs: 1, answeredAtUs: 2, balances, openOrders: [], fills: [] };
      },
      ListVenues: () => ({ venues: [] }),
      TestKey: () => ({ told: false }),
    });
    const metrics = memoryMetrics();
    const config = {
      eventLog: { url: `lmdb:${join(folder, 'log')}`, queueMax: 1000, queueBytesMax: 2 ** 20 },
      stateStore: { url: `lmdb:${join(folder, 'state')}`, queueMax: 1000 },
      archive: { url: `file:${join(folder, 'audit')}` },
      bus: { url: 'memory:' },
      tickStore: {
        url: `parquet:${join(folder, 'ticks')}`,
        batchSize: 1,
        flushIntervalMs: 1000,
        queueMax: 1,
      },
    };
    const ports = openPorts({ ...parts, metrics, config });
    closing.push(() => ports.close());
    const running = await omsCore.start({ ...parts, metrics, config: omsConfig(), rpc, ports });
    let drained: Promise<void> | undefined;
    const drain = () => {
      drained ??= running.drain();
      return drained;
    };
    closing.push(drain);
    const caller =
      binding === 'direct' ? rpc : open({ [LEDGER_SERVICE.fullName]: running.address });
    return { running, client: caller.client(LEDGER_SERVICE), metrics };
  }

  it('opens a venue with what it has, shows it, and closes it for a difference', async () => {
    const venue = { usdt: '1000' };
    const { running, client, metrics } = await start(venue);
    expect(running.readiness()).toEqual({ ready: true, reasons: [] });
    const verdict = async () =>
      (await client.GetReconciliation({}, { deadlineMs })).venues.find(() => true);
    await until(async () => (await verdict())?.open);
    const account = { accountId: 'main', venue: 'binance' };
    const { balances } = await client.GetBalances(account, { deadlineMs });
    expect(balances).toMatchObject([{ asset: 'USDT', available: '1000', reserved: '0' }]);
    expect(metrics.value('ats_oms_venue_open_ratio')).toBe(1);

    venue.usdt = '1010';
    const closed = await until(async () => {
      const one = await verdict();
      return one?.open === false ? one : undefined;
    });
    const [difference] = closed.differences;
    expect(difference).toMatchObject({ kind: 'balance', ours: '1000', theirs: '1010' });
    const differenceId = difference?.differenceId ?? '';
    const word = { differenceId, kind: 'deposit', actor: 'ann', reason: 'wire' };
    const { entry } = await client.ConfirmDifference(word, { deadlineMs });
    expect(entry).toMatchObject({ kind: 'deposit', detail: 'ann: wire' });
    const told = outcomes.findLast(({ change }) => change !== undefined);
    expect(told?.change).toEqual({ before: difference, after: entry });
    const again = await client.ConfirmDifference(word, { deadlineMs });
    expect(again.entry?.entryId).toBe(entry?.entryId);
    const { venues } = await client.Reconcile({ venue: 'binance' }, { deadlineMs });
    expect(venues).toMatchObject([{ venue: 'binance', open: true, differences: [] }]);
    await expect(client.Reconcile({ venue: 'mars' }, { deadlineMs })).rejects.toMatchObject({
      code: 'VENUE_UNKNOWN',
    });

    const list = (pageToken: string, pageSize = 1, period = { fromUs: 0, toUs: 0 }) =>
      client.ListEntries({ accountId: 'main', pageToken, pageSize, ...period }, { deadlineMs });
    await until(async () => (await list('', 0)).entries.length === 2);
    const first = await list('');
    const second = await list(first.nextPageToken);
    expect([...first.entries, ...second.entries].map(({ detail }) => detail)).toEqual([
      'rule: opening balance',
      'ann: wire',
    ]);
    expect(second.nextPageToken).toBe('');
    const [opening, wire] = [...first.entries, ...second.entries].map((one) => one.postedAtUs);
    const between = async (fromUs = 0, toUs = 0) =>
      (await list('', 0, { fromUs, toUs })).entries.map(({ detail }) => detail);
    expect(await between(wire)).toEqual(['ann: wire']);
    expect(await between(opening, wire)).toEqual(['rule: opening balance']);
    await expect(list('nonsense')).rejects.toMatchObject({ code: 'RPC_INVALID_ARGUMENT' });
  });

  it('keeps a venue closed that cannot be asked, and says why', async () => {
    const { client } = await start({ usdt: '1010', away: true });
    const { venues } = await client.Reconcile({ venue: '' }, { deadlineMs });
    expect(venues).toMatchObject([{ open: false, comparedAtUs: 0 }]);
    expect(venues[0]?.reason).not.toBe('');
  });
});

describe('the configuration of the OMS', () => {
  it('refuses accounts of unknown venues and tolerances of unknown assets', () => {
    expect(() => omsConfig({ accounts: { mars: 'main' } })).toThrow('no such venue');
  });
});
