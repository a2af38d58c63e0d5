import { ENGINE_SERVICE, RISK_SERVICE, type WireMessages } from '@ats/contracts';
import type { RiskAnswer, RiskDecision } from '@ats/domain';
import {
  type CallOptions,
  type Change,
  openRpcDirectory,
  type RpcDirectory,
  type RpcHandlers,
  seededRandom,
  systemClock,
  systemTimers,
} from '@ats/runtime';
import { guardOfPeople, memoryMetrics, silentLogger, until } from '@ats/testkit';
import { engineHandlers } from '../../src/adapters/engine-rpc.ts';
import { Engine } from '../../src/app/engine.ts';
import { Operations } from '../../src/app/operations.ts';
import type { StrategyFactory } from '../../src/domain/strategy.ts';
import { intentsOf } from '../../src/domain/trade/trade-intent.ts';
import { crossExchange, recordedTrades } from '../../src/index.ts';
import { decimal, settings } from '../domain/helpers.ts';
import { approval, LISTINGS, type opportunity, TradingWorld } from './world.ts';

const EVER_US = Number.MAX_SAFE_INTEGER / 2;
const deadlineMs = 2000;
const options = { deadlineMs };

describe("the engine's service", () => {
  let world: TradingWorld;
  let rpc: RpcDirectory;
  let engine: Engine;
  const halts: string[] = [];
  let refusal: RiskDecision['reason'] | undefined;
  const changes: (Change | undefined)[] = [];

  beforeEach(async () => {
    world = await TradingWorld.open();
    const parts = { clock: systemClock, timers: systemTimers, random: seededRandom(2) };
    const logger = silentLogger();
    rpc = openRpcDirectory({
      guard: {
        ...guardOfPeople({ ann: ['main'], ben: ['other'] }),
        admit:
          () =>
          ({ change }) =>
            void changes.push(change),
      },
      ...parts,
      logger,
      metrics: memoryMetrics(),
      addresses: {},
      listen: false,
    });
    halts.length = 0;
    changes.length = 0;
    refusal = undefined;
    await rpc.serve(RISK_SERVICE, {
      EmergencyHalt: ({ mode }: { readonly mode: string }) => {
        halts.push(mode);
        return { mode };
      },
    } as unknown as RpcHandlers<NonNullable<(typeof RISK_SERVICE)['shape']>>);
    const gate = {
      check: (asked: ReturnType<typeof opportunity>): RiskAnswer =>
        refusal === undefined
          ? approval(asked)
          : { ...approval(asked), verdict: 'refused', reason: refusal },
    };
    const intentOf = intentsOf({
      accountId: world.trading.account,
      listings: LISTINGS,
      collarBps: decimal('50'),
    });
    engine = new Engine({
      listings: LISTINGS,
      strategy: crossExchange as StrategyFactory,
      settings: settings(),
      gate,
      intentOf,
      ticks: { append: () => true },
      clock: systemClock,
      logger,
      recentMax: 10,
      refusalsPerSecondMax: 10,
    });
    const operations = new Operations({
      engine,
      trading: world.trading,
      gate,
      intentOf,
      numeraire: 'USDT',
      notionalMax: decimal('25000'),
      clock: systemClock,
      timers: systemTimers,
      logger,
      haltRisk: async (why) => {
        const halt = { ...why, mode: 'HALT_MODE_HALTED' } as const;
        await rpc.client(RISK_SERVICE).EmergencyHalt(halt, options);
      },
    });
    await rpc.serve(
      ENGINE_SERVICE,
      engineHandlers(operations, () => '{"minEdgeBps":1}'),
    );
  });
  afterEach(async () => {
    await rpc.close();
    await world.close();
  });

  const manual = (changes: object = {}) => ({
    requestId: 'r-1',
    buy: { venue: 'binance', instrument: 'BTC/USDT', limitPrice: '100.5' },
    sell: { venue: 'bitfinex', instrument: 'BTC/USDT', limitPrice: '99.5' },
    quantity: '0.1',
    actor: 'ann',
    ...changes,
  });

  /** When trades of a period ended, over all pages. */
  const ended = async (fromUs: number, toUs: number, as: CallOptions = options) => {
    const client = rpc.client(ENGINE_SERVICE);
    const found = new Map<string, number>();
    let pageToken = '';
    do {
      const page = await client.ListEndedTrades({ fromUs, toUs, pageToken }, as);
      for (const { tradeId, updatedAtUs } of page.trades) found.set(tradeId, updatedAtUs);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return found;
  };

  it('finds trades of a period in the log, page by page', async () => {
    const client = rpc.client(ENGINE_SERVICE);
    for (const requestId of ['r-1', 'r-2', 'r-3']) {
      await client.ExecuteManualTrade(manual({ requestId }), options);
      await until(async () => {
        const { trade } = await client.GetTrade({ tradeId: `manual-${requestId}` }, options);
        return trade?.state === 'TRADE_STATE_COMPLETED';
      });
    }
    const all = await until(async () => {
      const found = await ended(0, EVER_US);
      return found.size === 3 ? found : undefined;
    });
    const sums = world.trading.desk.totals.stats();
    expect(sums).toMatchObject({ total: 3, open: 0, byOutcome: { COMPLETED: 3 } });
    expect(await recordedTrades({ log: world.log, sinceUs: 0 })).toEqual(sums);
    const lastEndUs = Math.max(...all.values());
    expect([...(await ended(lastEndUs, lastEndUs + 1)).values()]).toEqual([lastEndUs]);
    const wrong = { fromUs: 0, toUs: 1, pageToken: '9:x' };
    await expect(client.ListEndedTrades(wrong, options)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    });
  });

  it("makes a person's trade once, and tells of it on its streams", async () => {
    const client = rpc.client(ENGINE_SERVICE);
    const told: WireMessages['ats.execution.v1.ArbitrageTrade'][] = [];
    const updates: string[] = [];
    const subscribed = { ...options, onEnd: () => undefined };
    rpc.subscribe(
      ENGINE_SERVICE,
      'StreamExecutions',
      {},
      {
        ...subscribed,
        onMessage: ({ trade }) => {
          if (trade !== null) told.push(trade);
        },
      },
    );
    rpc.subscribe(
      ENGINE_SERVICE,
      'StreamOrderUpdates',
      {},
      {
        ...subscribed,
        onMessage: ({ update }) => updates.push(update?.order?.state ?? ''),
      },
    );
    const { trade } = await client.ExecuteManualTrade(manual(), options);
    expect(trade).toMatchObject({ tradeId: 'manual-r-1', origin: 'TRADE_ORIGIN_MANUAL' });
    await until(() => told.at(-1)?.state === 'TRADE_STATE_COMPLETED');
    expect(updates).toContain('TRADE_ORDER_STATE_ENDED');
    const again = await client.ExecuteManualTrade(manual(), options);
    expect(again.trade).toMatchObject({ tradeId: 'manual-r-1', state: 'TRADE_STATE_COMPLETED' });
    expect(world.gateway.orders.size).toBe(2);
    const found = await client.GetTrade({ tradeId: 'manual-r-1' }, options);
    expect(found.trade?.realisedProfit).toBe(again.trade?.realisedProfit);
    const { trades } = await client.ListTrades({ openOnly: false, limit: 0 }, options);
    expect(trades.map(({ tradeId }) => tradeId)).toEqual(['manual-r-1']);
    const statistics = await client.GetTradingStatistics({}, options);
    expect(statistics).toMatchObject({ total: 1, outcomes: [{ state: 'COMPLETED', count: 1 }] });
    const { balances } = await client.GetPortfolio({}, options);
    expect(balances).toHaveLength(9);
    expect(await client.GetEngineConfiguration({}, options)).toEqual({ json: '{"minEdgeBps":1}' });
  });

  it('asks risk of a manual trade as of any other', async () => {
    refusal = 'RISK_NOTIONAL_MAX';
    const { trade } = await rpc.client(ENGINE_SERVICE).ExecuteManualTrade(manual(), options);
    expect(trade).toMatchObject({ state: 'TRADE_STATE_REJECTED', reason: 'RISK_NOTIONAL_MAX' });
    expect(world.gateway.orders.size).toBe(0);
  });

  it('trades and tells of its account for those alone who may act for it', async () => {
    const client = rpc.client(ENGINE_SERVICE);
    const as = (name: string) => ({ ...options, authorization: `Bearer ${name}` });
    const ben = as('ben');
    const told: string[] = [];
    for (const name of ['ann', 'ben']) {
      for (const method of ['StreamExecutions', 'StreamOrderUpdates'] as const) {
        const onMessage = () => void told.push(`${name} ${method}`);
        const listener = { ...as(name), onMessage, onEnd: () => undefined };
        rpc.subscribe(ENGINE_SERVICE, method, {}, listener);
      }
    }
    const forbidden = { code: 'REQUEST_FORBIDDEN', context: { field: 'account_id' } };
    await expect(client.ExecuteManualTrade(manual(), ben)).rejects.toMatchObject(forbidden);
    const opportunity = { opportunityId: 'o', actor: 'ben' };
    await expect(client.ExecuteOpportunity(opportunity, ben)).rejects.toMatchObject(forbidden);
    await expect(client.GetPortfolio({}, ben)).rejects.toMatchObject(forbidden);
    expect(world.gateway.orders.size).toBe(0);
    world.gateway.fateOf = ({ terms, purpose }) =>
      purpose === 'entry' && terms.side === 'sell' ? { share: 0, stands: true } : {};
    const { trade } = await client.ExecuteManualTrade(manual(), as('ann'));
    const tradeId = trade?.tradeId ?? '';
    const activeOf = async (name: string) =>
      (await client.ListActiveOrders({}, as(name))).orders.length;
    await until(async () => (await activeOf('ann')) === 1);
    expect(await activeOf('ben')).toBe(0);
    const why = { reason: 'mine', actor: 'ben' };
    const foreign = await client.CancelTrade({ tradeId, ...why }, ben).catch(String);
    const none = await client.CancelTrade({ tradeId: 'no-such', ...why }, ben).catch(String);
    expect(foreign).toBe(String(none).replace('no-such', tradeId));
    const wordless = { ...why, reason: '' };
    for (const id of [tradeId, 'no-such']) {
      const refused = client.CancelTrade({ tradeId: id, ...wordless }, ben);
      await expect(refused).rejects.toMatchObject({ context: { field: 'reason' } });
    }
    const unknown = { context: { field: 'trade_id' } };
    await expect(client.GetTrade({ tradeId }, ben)).rejects.toMatchObject(unknown);
    const all = { openOnly: false, limit: 0 };
    expect((await client.ListTrades(all, ben)).trades).toEqual([]);
    expect((await client.ListTrades(all, as('ann'))).trades).toHaveLength(1);
    await client.CancelTrade({ tradeId, ...why }, as('ann'));
    await until(async () => (await ended(0, EVER_US, as('ann'))).size === 1);
    expect(await ended(0, EVER_US, ben)).toEqual(new Map());
    expect(new Set(told)).toEqual(new Set(['ann StreamExecutions', 'ann StreamOrderUpdates']));
  });

  it.each([
    ['quantity', { quantity: '0.00001' }],
    ['quantity', { quantity: 'lots' }],
    ['buy.limit_price', { buy: { ...manual().buy, limitPrice: '100.001' } }],
    ['sell.instrument', { sell: { ...manual().sell, venue: 'mars' } }],
    ['request_id', { requestId: 'a b' }],
    ['actor', { actor: '' }],
  ])('refuses a manual trade by its field %s', async (field, changes) => {
    const asked = rpc.client(ENGINE_SERVICE).ExecuteManualTrade(manual(changes), options);
    await expect(asked).rejects.toMatchObject({ code: 'REQUEST_INVALID', context: { field } });
    expect(world.gateway.orders.size).toBe(0);
  });

  it('stops, starts, and ends a trade when a person asks', async () => {
    const client = rpc.client(ENGINE_SERVICE);
    await client.StopTrading({ reason: 'maintenance', actor: 'ann' }, options);
    expect(await client.GetTradingStatus({}, options)).toMatchObject({
      trading: false,
      haltReason: 'maintenance (ann)',
    });
    const refused = await client.ExecuteManualTrade(manual(), options);
    expect(refused.trade).toMatchObject({ state: 'TRADE_STATE_REJECTED', reason: 'HALTED' });
    await client.StartTrading({ actor: 'ann' }, options);
    world.gateway.fateOf = ({ terms, purpose }) =>
      purpose === 'entry' && terms.side === 'sell' ? { share: 0, stands: true } : {};
    const { trade } = await client.ExecuteManualTrade(manual({ requestId: 'r-2' }), options);
    const active = await until(async () => {
      const { orders } = await client.ListActiveOrders({}, options);
      return orders.length === 1 ? orders : undefined;
    });
    expect(active[0]?.order?.side).toBe('ORDER_SIDE_SELL');
    const tradeId = trade?.tradeId ?? '';
    await client.CancelTrade({ tradeId, reason: 'changed my mind', actor: 'ann' }, options);
    await until(async () => {
      const found = await client.GetTrade({ tradeId }, options);
      return found.trade?.state === 'TRADE_STATE_UNWOUND';
    });
  });

  it('tells the record how it stood before and after whatever people do', async () => {
    const client = rpc.client(ENGINE_SERVICE);
    const why = { reason: 'drill', actor: 'ann' };
    const standing = { pauseReason: '', stopReason: '', openTrades: 0 };
    const done = async (work: Promise<unknown>) => {
      await work;
      return changes.at(-1);
    };
    const paused = { ...standing, pauseReason: 'drill (ann)' };
    expect(await done(client.PauseEngine(why, options))).toEqual({
      before: standing,
      after: paused,
    });
    expect(await done(client.ResumeEngine({ actor: 'ann' }, options))).toEqual({
      before: paused,
      after: standing,
    });
    const stopped = { ...standing, stopReason: 'drill (ann)' };
    expect(await done(client.StopTrading(why, options))).toEqual({
      before: standing,
      after: stopped,
    });
    expect(await done(client.StartTrading({ actor: 'ann' }, options))).toEqual({
      before: stopped,
      after: standing,
    });
    world.gateway.fateOf = () => ({ share: 0, stands: true });
    const made = await done(client.ExecuteManualTrade(manual(), options));
    expect(made).toMatchObject({ before: undefined, after: { tradeId: 'manual-r-1' } });
    const cancel = { tradeId: 'manual-r-1', ...why };
    const ended = await done(client.CancelTrade(cancel, options));
    expect(ended).toMatchObject({
      before: { tradeId: 'manual-r-1' },
      after: { tradeId: 'manual-r-1' },
    });
    await until(() => world.trading.desk.openCount === 0);
    expect(await done(client.EmergencyStop(why, options))).toEqual({
      before: standing,
      after: { ...paused, stopReason: 'drill (ann)' },
    });
  });

  it('stops everything at once, and tells whoever watches', async () => {
    const client = rpc.client(ENGINE_SERVICE);
    const events: string[] = [];
    rpc.subscribe(
      ENGINE_SERVICE,
      'StreamSystemEvents',
      {},
      {
        ...options,
        onMessage: ({ event }) => events.push(event),
        onEnd: () => undefined,
      },
    );
    world.gateway.fateOf = () => ({ share: 0, stands: true });
    world.take();
    await until(() => world.trading.desk.open()[0]?.state === 'SUBMITTED');
    const stopped = await client.EmergencyStop({ reason: 'smoke', actor: 'ann' }, options);
    expect(stopped).toEqual({ tradesCanceled: 1, riskHalted: true });
    expect(halts).toEqual(['HALT_MODE_HALTED']);
    expect(engine.pauseReason).toBe('smoke (ann)');
    await until(() => world.trading.desk.openCount === 0);
    expect(events).toContain('emergency.stop');
  });

  it('shows the edge of every pair of markets, and only what changed after that', async () => {
    const { cells, notional } = await rpc.client(ENGINE_SERVICE).GetSpreadMatrix({}, options);
    expect(notional).toBe('25000');
    const told: number[] = [];
    const request = { intervalMs: 50 };
    const subscription = rpc.subscribe(ENGINE_SERVICE, 'StreamSpreadMatrix', request, {
      ...options,
      onMessage: (answer) => told.push(answer.cells.length),
      onEnd: () => undefined,
    });
    await until(() => cells.length === 0 || told.length > 0);
    subscription.close();
    expect(told[0] ?? 0).toBe(cells.length);
    await expect(
      new Promise((_, reject) =>
        rpc.subscribe(
          ENGINE_SERVICE,
          'StreamSpreadMatrix',
          { intervalMs: 1 },
          {
            ...options,
            onMessage: () => undefined,
            onEnd: reject,
          },
        ),
      ),
    ).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  });
});
