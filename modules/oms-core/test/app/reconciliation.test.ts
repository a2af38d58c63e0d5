import { assetId } from '@ats/domain';
import { until } from '@ats/testkit';
import { BTC, decimal, fillReport, report, sampleOrder, USDT } from '../stage.ts';
import { Reconciling, RULES } from './reconciling.ts';

describe('reconciliation with a venue', () => {
  let world: Reconciling;
  beforeEach(async () => {
    world = await Reconciling.open();
  });
  afterEach(() => world.close());

  it('is closed until the first comparison that finds nothing', async () => {
    await world.stage.deposit(USDT, 100);
    world.holds(100);
    const { verdict, compare } = world.begin();
    expect(verdict()).toMatchObject({ open: false, comparedAtUs: 0, differences: [] });
    expect(verdict().reason).not.toBe('');
    expect(await compare()).toMatchObject({ open: true, reason: '', differences: [] });
  });

  it('takes what a venue has as opening balance while the ledger has nothing there', async () => {
    world.holds(1000, '0.5');
    const { compare } = world.begin({ adopt: 'opening' });
    expect((await compare()).open).toBe(false);
    expect((await compare()).open).toBe(true);
    expect(await world.stage.balance(USDT)).toBe('1000/0');
    await world.stage.quiet();
    const entries = await world.stage.entries();
    expect(entries.map(({ kind, detail }) => [kind, detail])).toEqual([
      ['deposit', 'rule: opening balance'],
      ['deposit', 'rule: opening balance'],
    ]);
    world.holds(1100, '0.5');
    expect((await compare(3)).differences).toHaveLength(1);
    expect(await world.stage.balance(USDT)).toBe('1000/0');
  });

  it('closes a venue for a difference that stands, and posts it as a person says', async () => {
    await world.stage.deposit(USDT, 100);
    world.holds(100);
    const { compare, reconciler, verdict } = world.begin();
    await compare();
    world.holds(150);
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
    expect(await world.stage.balance(USDT)).toBe('150/0');
    await expect(reconciler.confirm({ ...word, differenceId: 'none' })).rejects.toMatchObject({
      code: 'LEDGER_DIFFERENCE_UNKNOWN',
    });
    const told = async () => ((await world.alerts()).length === 2 ? world.alerts() : undefined);
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
    await world.stage.deposit(USDT, 100);
    world.holds(150);
    const { compare, reconciler } = world.begin();
    const { differences } = await compare(3);
    const differenceId = differences[0]?.differenceId ?? '';
    const word = { differenceId, actor: 'ann', reason: 'wire 7' };
    const posted = await Promise.all([
      reconciler.confirm({ ...word, kind: 'deposit' }),
      reconciler.confirm({ ...word, kind: 'adjustment' }),
    ]);
    expect(posted[0]).toEqual(posted[1]);
    expect(await world.stage.balance(USDT)).toBe('150/0');
  });

  it('refuses to post what would take more than is available', async () => {
    await world.stage.deposit(USDT, 1100);
    await world.stage.submit();
    world.holds(1000);
    const { compare, reconciler } = world.begin();
    const { differences } = await compare(3);
    const differenceId = differences.find(({ subject }) => subject === 'USDT')?.differenceId ?? '';
    const word = { differenceId, kind: 'fee', actor: 'ann', reason: 'no idea' };
    await expect(reconciler.confirm(word)).rejects.toMatchObject({
      code: 'LEDGER_CONFIRMATION_INVALID',
    });
    expect(await world.stage.balance(USDT)).toBe('99/1001');
  });

  it('adopts what differs at the start, and nothing later', async () => {
    await world.stage.deposit(USDT, 100);
    await world.stage.deposit(BTC, 2);
    world.holds(150, 1);
    const { compare } = world.begin({ adopt: 'start' });
    await compare(3);
    expect((await compare()).open).toBe(true);
    expect(await world.stage.balance(USDT)).toBe('150/0');
    expect(await world.stage.balance(BTC)).toBe('1/0');
    world.holds(170, 1);
    expect((await compare(4)).open).toBe(false);
    expect(await world.stage.balance(USDT)).toBe('150/0');
    await world.stage.quiet();
    const last = (await world.stage.entries()).at(-1);
    expect(last).toMatchObject({ kind: 'adjustment', detail: 'rule: adopt at start' });
  });

  it('adopts nothing at the start that reports on their way may explain', async () => {
    await world.stage.deposit(USDT, 2000);
    const order = await world.stage.submit();
    await world.stage.quiet();
    world.holds(1900, 1);
    world.caughtUp = true;
    const { compare } = world.begin({ adopt: 'start' });
    // The order may be anywhere between us and the venue.
    expect((await compare(5)).open).toBe(false);
    await world.stage.report(report(order, { type: 'accepted' }));
    await world.stage.quiet();
    world.venue.openOrders = [{ venueOrderId: 'v', orderId: order.orderId, description: 'buy' }];
    world.caughtUp = false;
    expect((await compare(5)).open).toBe(false);
    expect(await world.stage.balance(USDT)).toBe('999/1001');
    await world.stage.report(fillReport(order, { quantity: 1 }));
    await world.stage.quiet();
    expect((await compare()).open).toBe(true);
    await world.stage.expectBalanced();
  });

  it('posts differences within the tolerance as fees, by rule', async () => {
    const feeTolerance = new Map([[assetId('USDT'), decimal('0.5')]]);
    await world.stage.deposit(USDT, 100);
    await world.stage.deposit(BTC, 1);
    world.holds('99.6', '0.9');
    const { compare } = world.begin({ feeTolerance });
    await compare(3);
    const { differences } = await compare();
    expect(differences.map(({ subject }) => subject)).toEqual(['BTC']);
    expect(await world.stage.balance(USDT)).toBe('99.6/0');
  });

  it('finds orders that stand on one side only', async () => {
    await world.stage.deposit(USDT, 5000);
    const [ended, here] = [await world.stage.submit(), await world.stage.submit()];
    await world.stage.report(
      report(ended, { type: 'canceled' }),
      report(here, { type: 'accepted' }),
    );
    await world.stage.quiet();
    world.holds(5000);
    world.venue.openOrders = [
      { venueOrderId: 'v-1', orderId: ended.orderId, description: 'buy' },
      { venueOrderId: 'v-2', orderId: undefined, description: 'sell' },
      { venueOrderId: 'v-3', orderId: sampleOrder().orderId, description: 'sell' },
    ];
    const { compare, reconciler } = world.begin();
    const { open, differences } = await compare(3);
    expect(open).toBe(false);
    expect(differences.map(({ subject, ours }) => [subject, ours])).toEqual([
      [ended.orderId, 'CANCELED'],
      ['v-2', 'none'],
      [world.venue.openOrders[2]?.orderId, 'unknown'],
      [here.orderId, 'LIVE'],
    ]);
    const differenceId = differences[0]?.differenceId ?? '';
    await expect(
      reconciler.confirm({ differenceId, kind: 'adjustment', actor: 'ann', reason: 'x' }),
    ).rejects.toMatchObject({ code: 'LEDGER_CONFIRMATION_INVALID' });
    world.venue.openOrders = [{ venueOrderId: 'v-4', orderId: here.orderId, description: 'buy' }];
    expect((await compare()).open).toBe(true);
  });

  it('brings in a fill that was never reported, by the way of all fills', async () => {
    await world.stage.deposit(USDT, 2000);
    const order = await world.stage.submit();
    await world.stage.report(report(order, { type: 'accepted' }));
    await world.stage.quiet();
    world.venue.openOrders = [{ venueOrderId: 'v', orderId: order.orderId, description: 'buy' }];
    world.venue.fills = [fillReport(order, { quantity: 1, id: 'lost' })];
    world.holds(1900, 1);
    const { compare } = world.begin({ comparisonsMin: 10 });
    expect((await compare(2)).open).toBe(false);
    await world.stage.quiet();
    expect((await compare()).open).toBe(true);
    expect(await world.stage.balance(BTC)).toBe('1/0');
    await world.stage.report(fillReport(order, { quantity: 1, id: 'lost' }));
    await world.stage.quiet();
    expect(await world.stage.balance(BTC)).toBe('1/0');
    await world.stage.expectBalanced();
  });

  it('closes a venue for a fill without money, until a deposit pays for it', async () => {
    await world.stage.deposit(USDT, 1001);
    world.holds(1001);
    const order = await world.stage.submit();
    await world.stage.report(report(order, { type: 'canceled' }));
    await world.stage.quiet();
    const { compare, reconciler } = world.begin();
    expect((await compare()).open).toBe(true);
    const other = await world.stage.submit();
    await world.stage.report(report(other, { type: 'accepted' }));
    await world.stage.report(fillReport(order, { quantity: 10, id: 'late' }));
    await world.stage.quiet();
    // The venue had 700 more than we knew.
    world.holds(701, 10);
    world.venue.openOrders = [{ venueOrderId: 'v', orderId: other.orderId, description: 'buy' }];
    const { open, differences } = await compare(3);
    expect(open).toBe(false);
    expect(differences.map(({ kind, ours, theirs }) => [kind, ours, theirs])).toEqual([
      ['balance', '1', '701'],
      ['fill', 'the ledger lacks the money for it', 'buy 10 BTC/USDT at 100'],
    ]);
    const differenceId = differences[0]?.differenceId ?? '';
    await reconciler.confirm({ differenceId, kind: 'deposit', actor: 'ann', reason: 'wire 8' });
    await world.stage.report(report(other, { type: 'canceled' }));
    await world.stage.quiet();
    world.venue.openOrders = [];
    await compare();
    expect((await compare()).open).toBe(true);
    expect(await world.stage.balance(BTC)).toBe('10/0');
    await world.stage.quiet();
    await world.stage.expectBalanced();
  });

  it('believes no verdict that is too old', async () => {
    await world.stage.deposit(USDT, 100);
    world.holds(100);
    const { compare, verdict } = world.begin();
    await compare();
    world.venue.failure = new Error('the venue is away');
    expect((await compare(5)).open).toBe(true);
    world.clock.advanceUs(RULES.verdictAgeUsMax);
    expect(verdict().open).toBe(false);
    expect(verdict().reason).toContain('the venue is away');
    world.venue.failure = undefined;
    expect((await compare()).open).toBe(true);
  });
});
