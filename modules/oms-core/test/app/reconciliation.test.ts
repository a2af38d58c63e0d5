import { wireCodec } from '@ats/contracts';
import { assetId } from '@ats/domain';
import { type ManualClock, manualClock, silentLogger, until } from '@ats/testkit';
import {
  Alerts,
  LedgerReader,
  MissingFills,
  Reconciler,
  type ReconciliationRules,
  VenueReconciliation,
} from '../../src/index.ts';
import {
  BINANCE,
  BTC,
  decimal,
  fillReport,
  MAIN,
  report,
  Stage,
  sampleOrder,
  USDT,
} from '../stage.ts';
import { FakeVenue } from './fake-venue.ts';

const ALERT = wireCodec('ats.alert.v1.Alert');

const RULES: ReconciliationRules = {
  adopt: 'none',
  feeTolerance: new Map(),
  comparisonsMin: 3,
  unsettledUsMax: 60_000_000,
  explainedUsMax: 3_600_000_000,
  verdictAgeUsMax: 30_000_000,
  fillsOverlapUs: 300_000_000,
};

describe('reconciliation with a venue', () => {
  let stage: Stage;
  let venue: FakeVenue;
  let clock: ManualClock;
  let caughtUp: boolean;
  beforeEach(async () => {
    stage = await Stage.open();
    await stage.consume();
    venue = new FakeVenue();
    clock = manualClock();
    caughtUp = true;
  });
  afterEach(() => stage.close());

  function begin(rules: Partial<ReconciliationRules> = {}) {
    const { state, log, desk, bookkeeper, unbooked, metrics } = stage;
    const logger = silentLogger();
    const one = new VenueReconciliation(
      { venue: BINANCE, account: MAIN },
      {
        readVenue: venue.read,
        state,
        ledger: new LedgerReader({ state, accounts: [MAIN] }),
        desk,
        bookkeeper,
        unbooked,
        missing: new MissingFills({ state, log, unbooked, logger }),
        alerts: new Alerts({ log, logger, clock }),
        caughtUp: () => Promise.resolve(caughtUp),
        clock,
        logger,
        rules: { ...RULES, ...rules },
      },
    );
    const timers = { ...never };
    const settings = { intervalMs: 1000, retryMs: 10 };
    const reconciler = new Reconciler({ venues: [one], desk, timers, metrics, ...settings });
    const compare = async (times = 1) => {
      for (let time = 0; time < times; time += 1) {
        clock.advanceUs(1_000_000);
        await one.compare();
      }
      return one.verdict();
    };
    return { reconciler, compare, verdict: () => one.verdict() };
  }

  const never = {
    after: () => ({ cancel: () => {} }),
    every: () => ({ cancel: () => {} }),
    sleep: () => new Promise<void>(() => {}),
  };

  const holds = (usdt: number | string, btc: number | string = 0): void => {
    venue.totals.set(USDT, decimal(usdt)).set(BTC, decimal(btc));
  };

  const alerts = async () =>
    (await stage.log.read({ topic: 'alerts', partition: 0, from: 0 })).map(({ payload }) =>
      ALERT.decode(payload),
    );

  it('is closed until the first comparison that finds nothing', async () => {
    await stage.deposit(USDT, 100);
    holds(100);
    const { verdict, compare } = begin();
    expect(verdict()).toMatchObject({ open: false, comparedAtUs: 0, differences: [] });
    expect(verdict().reason).not.toBe('');
    expect(await compare()).toMatchObject({ open: true, reason: '', differences: [] });
  });

  it('takes what a venue has as opening balance while the ledger has nothing there', async () => {
    holds(1000, '0.5');
    const { compare } = begin({ adopt: 'opening' });
    expect((await compare()).open).toBe(false);
    expect((await compare()).open).toBe(true);
    expect(await stage.balance(USDT)).toBe('1000/0');
    await stage.quiet();
    const entries = await stage.entries();
    expect(entries.map(({ kind, detail }) => [kind, detail])).toEqual([
      ['deposit', 'rule: opening balance'],
      ['deposit', 'rule: opening balance'],
    ]);
    holds(1100, '0.5');
    expect((await compare(3)).differences).toHaveLength(1);
    expect(await stage.balance(USDT)).toBe('1000/0');
  });

  it('closes a venue for a difference that stands, and posts it as a person says', async () => {
    await stage.deposit(USDT, 100);
    holds(100);
    const { compare, reconciler, verdict } = begin();
    await compare();
    holds(150);
    expect(await compare(2)).toMatchObject({ open: true });
    const closed = await compare();
    expect(closed).toMatchObject({
      open: false,
      differences: [{ kind: 'balance', subject: 'USDT', ours: '100', theirs: '150' }],
    });
    const [difference] = closed.differences;
    const differenceId = difference?.differenceId ?? '';
    const word = { differenceId, kind: 'deposit', actor: 'ann', reason: 'wire 7' };
    await expect(reconciler.confirm({ ...word, kind: 'withdrawal' })).rejects.toMatchObject({
      code: 'LEDGER_CONFIRMATION_INVALID',
    });
    await expect(reconciler.confirm({ ...word, reason: '' })).rejects.toMatchObject({
      code: 'LEDGER_CONFIRMATION_INVALID',
    });
    const entry = await reconciler.confirm(word);
    expect(entry).toMatchObject({ kind: 'deposit', detail: 'ann: wire 7' });
    expect(verdict().open).toBe(false);
    expect((await compare()).open).toBe(true);
    expect((await reconciler.confirm(word)).entryId).toBe(entry.entryId);
    expect(await stage.balance(USDT)).toBe('150/0');
    await expect(reconciler.confirm({ ...word, differenceId: 'none' })).rejects.toMatchObject({
      code: 'LEDGER_DIFFERENCE_UNKNOWN',
    });
    const told = async () => ((await alerts()).length === 2 ? alerts() : undefined);
    const [raised, resolved] = await until(told);
    expect(raised).toMatchObject({
      key: 'venue.closed:binance',
      facts: { subject: 'USDT', ours: '100', theirs: '150' },
      resolvedAtUs: 0,
    });
    expect(resolved?.alertId).toBe(raised?.alertId);
    expect(resolved?.resolvedAtUs).toBeGreaterThan(0);
  });

  it('posts a difference once though two people confirm it at the same moment', async () => {
    await stage.deposit(USDT, 100);
    holds(150);
    const { compare, reconciler } = begin();
    const { differences } = await compare(3);
    const differenceId = differences[0]?.differenceId ?? '';
    const word = { differenceId, actor: 'ann', reason: 'wire 7' };
    const posted = await Promise.all([
      reconciler.confirm({ ...word, kind: 'deposit' }),
      reconciler.confirm({ ...word, kind: 'adjustment' }),
    ]);
    expect(posted[0]).toEqual(posted[1]);
    expect(await stage.balance(USDT)).toBe('150/0');
  });

  it('refuses to post what would take more than is available', async () => {
    await stage.deposit(USDT, 1100);
    await stage.submit();
    holds(1000);
    const { compare, reconciler } = begin();
    const { differences } = await compare(3);
    const differenceId = differences.find(({ subject }) => subject === 'USDT')?.differenceId ?? '';
    const word = { differenceId, kind: 'fee', actor: 'ann', reason: 'no idea' };
    await expect(reconciler.confirm(word)).rejects.toMatchObject({
      code: 'LEDGER_CONFIRMATION_INVALID',
    });
    expect(await stage.balance(USDT)).toBe('99/1001');
  });

  it('stays open while a fill is on its way from the venue', async () => {
    await stage.deposit(USDT, 2000);
    const order = await stage.submit();
    await stage.quiet();
    holds(2000);
    const { compare } = begin();
    expect((await compare()).open).toBe(true);
    for (let fill = 0; fill < 5; fill += 1) {
      // Filled at the venue, and told only after we looked.
      holds(2000 - 100 * (fill + 1), fill + 1);
      expect((await compare()).open).toBe(true);
      await stage.report(fillReport(order, { quantity: 1 }));
      await stage.quiet();
    }
    expect((await compare()).open).toBe(true);
  });

  it('judges nothing by an asset that moves while the venue is asked', async () => {
    await stage.deposit(USDT, 100);
    holds(100);
    const { compare } = begin();
    await compare();
    let number = 0;
    venue.meanwhile = async () => {
      number += 1;
      await stage.deposit(USDT, number);
    };
    const { open, differences } = await compare(5);
    expect([open, differences]).toEqual([true, []]);
  });

  it('closes a venue whose difference keeps changing for too long', async () => {
    await stage.deposit(USDT, 100);
    holds(100);
    const { compare, reconciler } = begin({ unsettledUsMax: 10_000_000 });
    await compare();
    let verdict = await compare();
    for (let round = 0; round < 11; round += 1) {
      holds(101 + round);
      verdict = await compare();
    }
    expect(verdict).toMatchObject({ open: false, differences: [{ settled: false }] });
    const differenceId = verdict.differences[0]?.differenceId ?? '';
    await expect(
      reconciler.confirm({ differenceId, kind: 'deposit', actor: 'ann', reason: 'x' }),
    ).rejects.toMatchObject({ code: 'LEDGER_CONFIRMATION_INVALID' });
  });

  it('stays open through trading without a pause, as long as open orders explain it', async () => {
    await stage.deposit(USDT, 2000);
    await stage.submit();
    await stage.quiet();
    holds(2000);
    const rules = { unsettledUsMax: 10_000_000, explainedUsMax: 60_000_000 };
    const { compare } = begin(rules);
    await compare();
    const trade = async (rounds: number) => {
      let verdict = await compare();
      for (let round = 0; round < rounds; round += 1) {
        const bought = round % 2 === 0 ? 1 : 2;
        holds(2000 - 100 * bought, bought);
        verdict = await compare();
      }
      return verdict;
    };
    expect(await trade(30)).toMatchObject({ open: true, differences: [] });
    expect(await trade(31)).toMatchObject({ open: false });
  });

  it('asks for older fills only while a fill may be missing', async () => {
    await stage.deposit(USDT, 5000);
    await stage.submit();
    await stage.quiet();
    holds(5000);
    const { compare } = begin({ fillsOverlapUs: 1_000_000 });
    const askedFor = async (askedAtUs: number) => {
      venue.askedAtUs = askedAtUs;
      // What follows from this comparison shows in the next.
      await compare(2);
      return venue.fillsSinceUs;
    };
    const start = clock.nowUs() + 100_000_000;
    expect(await askedFor(start)).toBe(start - 1_000_000);
    holds(4900, 1);
    expect(await askedFor(start + 10_000_000)).toBe(start + 9_000_000);
    holds(4900, 500);
    expect(await askedFor(start + 20_000_000)).toBe(start + 9_000_000);
  });

  it('closes a venue for what the open orders cannot have done', async () => {
    await stage.deposit(USDT, 5000);
    await stage.submit();
    await stage.quiet();
    holds(5000);
    const { compare } = begin({ unsettledUsMax: 10_000_000 });
    await compare();
    let verdict = await compare();
    for (let round = 0; round < 12; round += 1) {
      holds(2500 - round);
      verdict = await compare();
    }
    expect(verdict.open).toBe(false);
    expect(verdict.differences[0]).toMatchObject({ subject: USDT, settled: false });
  });

  it('adopts what differs at the start, and nothing later', async () => {
    await stage.deposit(USDT, 100);
    await stage.deposit(BTC, 2);
    holds(150, 1);
    const { compare } = begin({ adopt: 'start' });
    await compare(3);
    expect((await compare()).open).toBe(true);
    expect(await stage.balance(USDT)).toBe('150/0');
    expect(await stage.balance(BTC)).toBe('1/0');
    holds(170, 1);
    expect((await compare(4)).open).toBe(false);
    expect(await stage.balance(USDT)).toBe('150/0');
    await stage.quiet();
    const last = (await stage.entries()).at(-1);
    expect(last).toMatchObject({ kind: 'adjustment', detail: 'rule: adopt at start' });
  });

  it('adopts nothing at the start that reports on their way may explain', async () => {
    await stage.deposit(USDT, 2000);
    const order = await stage.submit();
    await stage.quiet();
    holds(1900, 1);
    caughtUp = true;
    const { compare } = begin({ adopt: 'start' });
    // The order may be anywhere between us and the venue.
    expect((await compare(5)).open).toBe(false);
    await stage.report(report(order, { type: 'accepted' }));
    await stage.quiet();
    venue.openOrders = [{ venueOrderId: 'v', orderId: order.orderId, description: 'buy' }];
    caughtUp = false;
    expect((await compare(5)).open).toBe(false);
    expect(await stage.balance(USDT)).toBe('999/1001');
    await stage.report(fillReport(order, { quantity: 1 }));
    await stage.quiet();
    expect((await compare()).open).toBe(true);
    await stage.expectBalanced();
  });

  it('posts differences within the tolerance as fees, by rule', async () => {
    const feeTolerance = new Map([[assetId('USDT'), decimal('0.5')]]);
    await stage.deposit(USDT, 100);
    await stage.deposit(BTC, 1);
    holds('99.6', '0.9');
    const { compare } = begin({ feeTolerance });
    await compare(3);
    const { differences } = await compare();
    expect(differences.map(({ subject }) => subject)).toEqual(['BTC']);
    expect(await stage.balance(USDT)).toBe('99.6/0');
  });

  it('finds orders that stand on one side only', async () => {
    await stage.deposit(USDT, 5000);
    const [ended, here] = [await stage.submit(), await stage.submit()];
    await stage.report(report(ended, { type: 'canceled' }), report(here, { type: 'accepted' }));
    await stage.quiet();
    holds(5000);
    venue.openOrders = [
      { venueOrderId: 'v-1', orderId: ended.orderId, description: 'buy' },
      { venueOrderId: 'v-2', orderId: undefined, description: 'sell' },
      { venueOrderId: 'v-3', orderId: sampleOrder().orderId, description: 'sell' },
    ];
    const { compare, reconciler } = begin();
    const { open, differences } = await compare(3);
    expect(open).toBe(false);
    expect(differences.map(({ subject, ours }) => [subject, ours])).toEqual([
      [ended.orderId, 'CANCELED'],
      ['v-2', 'none'],
      [venue.openOrders[2]?.orderId, 'unknown'],
      [here.orderId, 'LIVE'],
    ]);
    const differenceId = differences[0]?.differenceId ?? '';
    await expect(
      reconciler.confirm({ differenceId, kind: 'adjustment', actor: 'ann', reason: 'x' }),
    ).rejects.toMatchObject({ code: 'LEDGER_CONFIRMATION_INVALID' });
    venue.openOrders = [{ venueOrderId: 'v-4', orderId: here.orderId, description: 'buy' }];
    expect((await compare()).open).toBe(true);
  });

  it('brings in a fill that was never reported, by the way of all fills', async () => {
    await stage.deposit(USDT, 2000);
    const order = await stage.submit();
    await stage.report(report(order, { type: 'accepted' }));
    await stage.quiet();
    venue.openOrders = [{ venueOrderId: 'v', orderId: order.orderId, description: 'buy' }];
    venue.fills = [fillReport(order, { quantity: 1, id: 'lost' })];
    holds(1900, 1);
    const { compare } = begin({ comparisonsMin: 10 });
    expect((await compare(2)).open).toBe(false);
    await stage.quiet();
    expect((await compare()).open).toBe(true);
    expect(await stage.balance(BTC)).toBe('1/0');
    await stage.report(fillReport(order, { quantity: 1, id: 'lost' }));
    await stage.quiet();
    expect(await stage.balance(BTC)).toBe('1/0');
    await stage.expectBalanced();
  });

  it('closes a venue for a fill without money, until a deposit pays for it', async () => {
    await stage.deposit(USDT, 1001);
    holds(1001);
    const order = await stage.submit();
    await stage.report(report(order, { type: 'canceled' }));
    await stage.quiet();
    const { compare, reconciler } = begin();
    expect((await compare()).open).toBe(true);
    const other = await stage.submit();
    await stage.report(report(other, { type: 'accepted' }));
    await stage.report(fillReport(order, { quantity: 10, id: 'late' }));
    await stage.quiet();
    // The venue had 700 more than we knew.
    holds(701, 10);
    venue.openOrders = [{ venueOrderId: 'v', orderId: other.orderId, description: 'buy' }];
    const { open, differences } = await compare(3);
    expect(open).toBe(false);
    expect(differences.map(({ kind, ours, theirs }) => [kind, ours, theirs])).toEqual([
      ['balance', '1', '701'],
      ['fill', 'the ledger lacks the money for it', 'buy 10 BTC/USDT at 100'],
    ]);
    const differenceId = differences[0]?.differenceId ?? '';
    await reconciler.confirm({ differenceId, kind: 'deposit', actor: 'ann', reason: 'wire 8' });
    await stage.report(report(other, { type: 'canceled' }));
    await stage.quiet();
    venue.openOrders = [];
    await compare();
    expect((await compare()).open).toBe(true);
    expect(await stage.balance(BTC)).toBe('10/0');
    await stage.quiet();
    await stage.expectBalanced();
  });

  it('believes no verdict that is too old', async () => {
    await stage.deposit(USDT, 100);
    holds(100);
    const { compare, verdict } = begin();
    await compare();
    venue.failure = new Error('the venue is away');
    expect((await compare(5)).open).toBe(true);
    clock.advanceUs(RULES.verdictAgeUsMax);
    expect(verdict().open).toBe(false);
    expect(verdict().reason).toContain('the venue is away');
    venue.failure = undefined;
    expect((await compare()).open).toBe(true);
  });
});
