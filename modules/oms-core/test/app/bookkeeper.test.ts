import { AtsError, requestId } from '@ats/domain';
import { executionReportRecord, replaceOrderItems } from '@ats/orders';
import { until } from '@ats/testkit';
import {
  BNB,
  BTC,
  cancelOf,
  decimal,
  fillReport,
  replaceOf,
  report,
  Stage,
  sampleOrder,
  USDT,
} from '../stage.ts';

describe('the bookkeeper', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await Stage.open();
    await stage.consume();
  });
  afterEach(() => stage.close());

  it('takes an order from its command to its last fill, and settles it exactly', async () => {
    await stage.deposit(USDT, 2000);
    const order = await stage.submit();
    expect(await stage.balance(USDT)).toBe('999/1001');
    await stage.quiet();
    await stage.report(report(order, { type: 'accepted' }));
    await stage.report(fillReport(order, { quantity: 4, price: 99, fee: '0.396' }));
    await stage.quiet();
    // What the rest can cost: 6 at 100 and a tenth of a percent.
    expect(await stage.balance(USDT)).toBe('1003.004/600.6');
    await stage.report(fillReport(order, { quantity: 6, price: 100, fee: '0.6' }));
    await stage.quiet();
    expect(await stage.balance(USDT)).toBe('1003.004/0');
    expect(await stage.balance(BTC)).toBe('10/0');
    const { order: done, hold } = await stage.order(order.orderId);
    expect(done).toMatchObject({ status: 'FILLED', version: 5 });
    expect(hold.parts).toEqual([]);
    const events = await stage.events(order.orderId);
    expect(events.map((one) => [one.previousStatus, one.order.status, one.order.version])).toEqual([
      ['NEW', 'PENDING_SUBMIT', 2],
      ['PENDING_SUBMIT', 'LIVE', 3],
      ['LIVE', 'PARTIALLY_FILLED', 4],
      ['PARTIALLY_FILLED', 'FILLED', 5],
    ]);
    await stage.expectBalanced();
  });

  it('books a fill once, however often it is reported', async () => {
    await stage.deposit(USDT, 2000);
    const order = await stage.submit();
    const fill = fillReport(order, { quantity: 4 });
    await stage.report(fill, fill);
    await stage.quiet();
    await stage.report(fill);
    await stage.quiet();
    await stage.restart();
    await stage.report(fill);
    await stage.quiet();
    expect((await stage.order(order.orderId)).order.cumulativeQuantity.toString()).toBe('4');
    expect((await stage.entries()).filter(({ kind }) => kind === 'fill')).toHaveLength(1);
    await stage.expectBalanced();
  });

  it('makes one transaction of what came together, and one event of each', async () => {
    await stage.deposit(USDT, 2000);
    const order = await stage.submit();
    await stage.quiet();
    let transactions = 0;
    const { transact } = stage.state;
    stage.state.transact = (items) => {
      if (items.some(({ key }) => key.partition === order.orderId)) transactions += 1;
      return transact.call(stage.state, items);
    };
    const half = fillReport(order, { quantity: 4, price: 99, fee: '0.396' });
    const rest = fillReport(order, { quantity: 6, price: 100, fee: '0.6' });
    await stage.report(report(order, { type: 'accepted' }), half, half, rest);
    await stage.quiet();
    expect((await stage.order(order.orderId)).order).toMatchObject({
      status: 'FILLED',
      version: 5,
    });
    const events = await stage.events(order.orderId);
    expect(events.map((one) => one.order.version)).toEqual([2, 3, 4, 5]);
    expect(await stage.balance(BTC)).toBe('10/0');
    // A repeated fill among them is worked one by one, as before; it is booked once all the same.
    expect(transactions).toBeLessThanOrEqual(6);
    const other = await stage.submit();
    await stage.quiet();
    let rounds = 0;
    stage.state.transact = (items) => {
      if (items.some(({ key }) => key.partition === other.orderId)) rounds += 1;
      return transact.call(stage.state, items);
    };
    const [one, two] = [fillReport(other, { quantity: 4 }), fillReport(other, { quantity: 6 })];
    await stage.report(report(other, { type: 'accepted' }), one, two);
    await stage.quiet();
    expect(rounds).toBeLessThan(3);
    await stage.expectBalanced();
  });

  it('takes fees from whatever asset they are charged in', async () => {
    await stage.deposit(USDT, 2000);
    await stage.deposit(BNB, 1);
    const order = await stage.submit();
    await stage.report(
      fillReport(order, { quantity: 5, fee: '0.005', feeAsset: BTC }),
      fillReport(order, { quantity: 5, fee: '0.25', feeAsset: BNB }),
    );
    await stage.quiet();
    expect(await stage.balance(USDT)).toBe('1000/0');
    expect(await stage.balance(BTC)).toBe('9.995/0');
    expect(await stage.balance(BNB)).toBe('0.75/0');
    await stage.expectBalanced();
  });

  it('cancels, and releases what was not used', async () => {
    await stage.deposit(USDT, 2000);
    const order = await stage.submit();
    await stage.report(report(order, { type: 'accepted' }), fillReport(order, { quantity: 1 }));
    await stage.quiet();
    await stage.command(cancelOf(order));
    await stage.quiet();
    expect((await stage.order(order.orderId)).order.status).toBe('CANCEL_PENDING');
    await stage.report(report(order, { type: 'canceled', cumulativeQuantity: decimal(1) }));
    await stage.quiet();
    expect((await stage.order(order.orderId)).order.status).toBe('CANCELED');
    expect(await stage.balance(USDT)).toBe('1900/0');
    await stage.expectBalanced();
  });

  it('answers a cancel that comes too late with an event that says why', async () => {
    await stage.deposit(USDT, 2000);
    const order = await stage.submit();
    await stage.report(fillReport(order, { quantity: 10 }));
    await stage.quiet();
    await stage.command(cancelOf(order, 'late'));
    await stage.quiet();
    const last = (await stage.events(order.orderId)).at(-1);
    expect(last).toMatchObject({
      previousStatus: 'FILLED',
      order: { status: 'FILLED', detail: 'cancel:late refused: TOO_LATE_TO_CANCEL' },
    });
    expect((await stage.order(order.orderId)).order.version).toBe(last?.order.version);
    expect((await stage.order(order.orderId)).order.detail).toBe('');
  });

  it('applies a command once though the log carries it twice', async () => {
    await stage.deposit(USDT, 2000);
    const order = await stage.submit();
    const cancel = cancelOf(order);
    await stage.report(report(order, { type: 'accepted' }));
    await stage.quiet();
    await stage.command(cancel);
    await stage.quiet();
    await stage.report(report(order, { type: 'cancel-rejected' }));
    await stage.quiet();
    await stage.command(cancel);
    await stage.quiet();
    expect((await stage.order(order.orderId)).order.status).toBe('LIVE');
  });

  it('reserves for a replace before the venue is asked, and what remains after it', async () => {
    await stage.deposit(USDT, 3000);
    const order = await stage.submit();
    await stage.report(report(order, { type: 'accepted' }));
    await stage.quiet();
    await stage.command(replaceOf(order, { quantity: 20, id: 'more' }));
    await stage.quiet();
    expect(await stage.balance(USDT)).toBe('998/2002');
    await stage.report(
      report(order, {
        type: 'replaced',
        requestId: requestId('more'),
        quantity: decimal(20),
        limitPrice: decimal(90),
      }),
    );
    await stage.quiet();
    expect(await stage.balance(USDT)).toBe('1198.2/1801.8');
    await stage.command(replaceOf(order, { quantity: 5, price: 90, id: 'less' }));
    await stage.quiet();
    expect(await stage.balance(USDT)).toBe('1198.2/1801.8');
    await stage.report(report(order, { type: 'replaced', requestId: requestId('less') }));
    await stage.quiet();
    expect(await stage.balance(USDT)).toBe('2549.55/450.45');
    await stage.expectBalanced();
  });

  it('refuses a replace for which there is no money', async () => {
    await stage.deposit(USDT, 1100);
    const order = await stage.submit();
    await stage.report(report(order, { type: 'accepted' }));
    await stage.quiet();
    await stage.command(replaceOf(order, { quantity: 20, id: 'more' }));
    await stage.quiet();
    const last = (await stage.events(order.orderId)).at(-1);
    expect(last?.order.detail).toBe('replace:more refused: ORDER_FUNDS_INSUFFICIENT');
    expect(last?.order.status).toBe('LIVE');
    expect(await stage.balance(USDT)).toBe('99/1001');
  });

  it('keeps money for fills that the venue counts and that have not arrived', async () => {
    await stage.deposit(USDT, 2000);
    const order = await stage.submit();
    await stage.report(fillReport(order, { quantity: 1 }));
    await stage.report(report(order, { type: 'canceled', cumulativeQuantity: decimal(3) }));
    await stage.quiet();
    const { order: ended, missingQuantity } = await stage.order(order.orderId);
    expect([ended.status, missingQuantity.toString()]).toEqual(['CANCELED', '2']);
    expect(await stage.balance(USDT)).toBe('1699.8/200.2');
    await stage.report(fillReport(order, { quantity: 2, fee: '0.2' }));
    await stage.quiet();
    expect((await stage.order(order.orderId)).missingQuantity.isZero()).toBe(true);
    expect(await stage.balance(USDT)).toBe('1699.8/0');
    await stage.expectBalanced();
  });

  it('keeps a late fill that there is no money for, works on, and books it later', async () => {
    await stage.deposit(USDT, 1001);
    const order = await stage.submit();
    await stage.report(report(order, { type: 'canceled' }));
    await stage.quiet();
    const other = await stage.submit();
    await stage.report(fillReport(order, { quantity: 10, id: 'late' }));
    await stage.report(fillReport(other, { quantity: 1 }));
    await stage.quiet();
    expect((await stage.order(other.orderId)).order.status).toBe('PARTIALLY_FILLED');
    expect((await stage.order(order.orderId)).order.status).toBe('CANCELED');
    expect(stage.unbooked.of(order.terms.venue)).toHaveLength(1);
    await stage.restart();
    expect(stage.unbooked.of(order.terms.venue)).toHaveLength(1);
    expect(await stage.bookkeeper.bookUnbooked(order.terms.venue)).toBe(1);
    await stage.deposit(USDT, 1000);
    expect(await stage.bookkeeper.bookUnbooked(order.terms.venue)).toBe(0);
    await stage.quiet();
    expect((await stage.order(order.orderId)).order.status).toBe('FILLED');
    await stage.restart();
    expect(stage.unbooked.of(order.terms.venue)).toHaveLength(0);
    await stage.expectBalanced();
  });

  it('parks what can never be applied, with a reason, and works what is behind it', async () => {
    await stage.deposit(USDT, 2000);
    const order = await stage.submit();
    const stranger = sampleOrder();
    const about = { accountId: order.accountId, correlationId: 'test' };
    const garbage = executionReportRecord(report(order, { type: 'accepted' }), about);
    await stage.log.append({ ...garbage, payload: Buffer.from('garbage') });
    await stage.report(
      report(stranger, { type: 'accepted' }),
      report(order, { type: 'restated' }),
      { ...fillReport(order, { quantity: 1 }), side: 'sell' },
      fillReport(order, { quantity: 0 }),
      fillReport(order, { quantity: 2 }),
    );
    await stage.quiet();
    const parked = (
      await stage.log.read({ topic: 'exec.reports.dead', partition: 0, from: 0 })
    ).map(({ headers }) => headers.deadLetter?.reason ?? '');
    expect(parked.filter((reason) => reason.startsWith('MESSAGE_MALFORMED'))).toHaveLength(1);
    expect(parked).toHaveLength(5);
    expect(parked).toEqual(expect.arrayContaining(['ORDER_UNKNOWN', 'INVALID_FILL']));
    expect((await stage.order(order.orderId)).order.cumulativeQuantity.toString()).toBe('2');
  });

  it('stalls while the store is down, says so, and goes on by itself', async () => {
    let down = false;
    const away = () =>
      down
        ? Promise.reject(new AtsError({ code: 'STORAGE_UNAVAILABLE', message: 'away' }))
        : undefined;
    const cut = await Stage.open({
      wrapState: (state) => ({
        transact: (items) => away() ?? state.transact(items),
        get: (key) => away() ?? state.get(key),
        query: (query) => away() ?? state.query(query),
        health: () => state.health(),
        close: () => state.close(),
      }),
    });
    try {
      await cut.deposit(USDT, 2000);
      await cut.consume();
      const order = await cut.submit();
      await cut.quiet();
      expect(cut.bookkeeper.readiness()).toEqual({ ready: true, reasons: [] });
      down = true;
      await cut.report(fillReport(order, { quantity: 1 }));
      await until(() => !cut.bookkeeper.readiness().ready);
      expect(cut.bookkeeper.readiness().reasons.join()).toContain('exec.reports/');
      down = false;
      await cut.quiet();
      expect(cut.bookkeeper.readiness().ready).toBe(true);
      expect((await cut.order(order.orderId)).order.cumulativeQuantity.toString()).toBe('1');
      await cut.expectBalanced();
    } finally {
      await cut.close();
    }
  });

  it('goes on from the order as it is when another has changed it meanwhile', async () => {
    await stage.deposit(USDT, 2000);
    const order = await stage.submit();
    await stage.quiet();
    const stored = await stage.order(order.orderId);
    const result = await stage.state.transact([...replaceOrderItems(stored, stored)]);
    expect(result.kind).toBe('committed');
    await stage.report(fillReport(order, { quantity: 1 }));
    await stage.quiet();
    expect((await stage.order(order.orderId)).order.cumulativeQuantity.toString()).toBe('1');
    expect(stage.metrics.value('ats_oms_retries_total', { reason: 'stale' })).toBe(1);
  });
});
