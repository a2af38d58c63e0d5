import { assetId, makeAlert } from '@ats/domain';
import { alertRecord, Outbox } from '@ats/orders';
import { seededRandom, systemTimers } from '@ats/runtime';
import { memoryMetrics, silentLogger, until } from '@ats/testkit';
import { FlowKeeper } from '../../src/app/inventory/flow-keeper.ts';
import { ProfitKeeper } from '../../src/app/inventory/profit-keeper.ts';
import { LogFollower } from '../../src/app/log-follower.ts';
import { RiskAlerts } from '../../src/app/risk-alerts.ts';
import { TradeKeeper } from '../../src/app/trade-keeper.ts';
import { UnhedgedKeeper } from '../../src/app/unhedged-keeper.ts';
import { TradeBook } from '../../src/domain/working/trade-book.ts';
import { NOW_US } from '../samples.ts';
import { openStage } from '../stage.ts';
import { tradeRecord } from '../trades.ts';

const RECORDS = 300;
const HOUR_US = 3_600_000_000;

/** A transaction holds a hundred items: what comes together at once has to be cut. */
describe('what is followed from the log, far behind it', () => {
  let stage: Awaited<ReturnType<typeof openStage>>;
  const closing: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    stage = await openStage();
    const numbers = Array.from({ length: RECORDS }, (_, number) => number);
    for (const number of numbers) {
      const alert = makeAlert({
        ...{ key: `risk.limit:drawdown:${number}`, severity: 'warning', area: 'risk' },
        ...{ summary: 'It is too much.', raisedAtUs: NOW_US + number },
      });
      await Promise.all([
        stage.log.append(alertRecord(alert, 'raised')),
        stage.log.append(tradeRecord(`t-${number}`, 'TRADE_STATE_COMPLETED', 2)),
      ]);
    }
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    await stage.close();
  });

  it('catches up, and has counted each once', async () => {
    const { clock, state, log } = stage;
    const random = seededRandom(1).stream('test');
    const metrics = memoryMetrics();
    const options = { clock, state, log, random, timers: systemTimers, logger: silentLogger() };
    const outbox = new Outbox({ ...options, owner: 'test', metrics });
    const unhedged = new UnhedgedKeeper(options);
    const alerts = new RiskAlerts({ ...options, outbox });
    const book = new TradeBook();
    let ended = 0;
    const onEnded = (): void => {
      ended += 1;
    };
    const trades = new TradeKeeper({ ...options, book, onEnded, dayOf: () => '2026-06-01' });
    const rules = { windowUs: 24 * HOUR_US, halfLifeUs: HOUR_US, fillsMin: 1 };
    const flows = new FlowKeeper({ ...options, metrics, rules });
    const numeraire = assetId('USDT');
    const profits = new ProfitKeeper({ ...options, metrics, rules, numeraire, flows });
    const followers = [
      new LogFollower(options, unhedged),
      new LogFollower(options, alerts),
      new LogFollower(options, trades),
      new LogFollower(options, profits),
    ];
    closing.push(() => outbox.close());
    for (const follower of followers) {
      closing.push(() => follower.close());
      await follower.start();
    }
    await until(async () => {
      const lags = await Promise.all(followers.map((follower) => follower.lag()));
      return lags.every((lag) => lag === 0);
    });
    expect(followers.map((follower) => follower.trouble())).toEqual(['', '', '', '']);
    expect(unhedged.total.toNumber()).toBe(2 * RECORDS);
    expect(alerts.all()).toHaveLength(RECORDS);
    expect(book.begunOn('2026-06-01')).toBe(RECORDS);
    expect(ended).toBe(RECORDS);
  });
});
