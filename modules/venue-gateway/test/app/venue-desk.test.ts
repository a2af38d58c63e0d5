import {
  type AssetId,
  Decimal,
  type ExecutionReport,
  type Order,
  orderId,
  type VenueId,
  venueId,
} from '@ats/domain';
import { orderEventRecord } from '@ats/orders';
import { seededRandom } from '@ats/runtime';
import type { LogBatch, LogRecord } from '@ats/storage';
import { manualTimers, memoryMetrics, memoryStateStore, silentLogger } from '@ats/testkit';
import {
  openDeskMetrics,
  orderEventHandler,
  type SubmitAnswer,
  type VenueConnector,
  VenueDesk,
  type VenueFill,
  type VenueSubmit,
  WorkStore,
} from '../../src/index.ts';
import { submitted } from '../support.ts';

const VENUE = venueId('binance');
const DAY_MS = 86_400_000;

/** A venue that knows no order and answers every submit as it is told. */
class BlankVenue implements VenueConnector {
  readonly kind = 'simulated';
  readonly sent: VenueSubmit[] = [];
  queries = 0;
  answer: SubmitAnswer = { kind: 'ambiguous', detail: 'no answer' };
  fills: VenueFill[] = [];

  submit(order: VenueSubmit): Promise<SubmitAnswer> {
    this.sent.push(order);
    return Promise.resolve(this.answer);
  }
  cancel = () => Promise.resolve({ kind: 'refused', detail: 'no such order' } as const);
  replace = () => Promise.resolve({ kind: 'refused', detail: 'no such order' } as const);
  query() {
    this.queries += 1;
    return Promise.resolve({ kind: 'not-found' } as const);
  }
  fillsOf = () => Promise.resolve({ kind: 'fills', fills: [] } as const);
  fillsSince = () => Promise.resolve({ kind: 'fills', fills: this.fills } as const);
  openOrders = () => Promise.resolve({ kind: 'orders', orders: [] } as const);
  balances = () => Promise.resolve({ kind: 'balances', balances: [] } as const);
  listen() {}
  health = () => ({ ok: true, reason: '' });
  close = () => Promise.resolve();
}

const LIMITS = {
  rate: { perSecond: 1000, burst: 1000 },
  concurrencyMax: 8,
  waitingMax: 100,
  inFlightMaxMs: 5000,
  pollMs: 500,
  streamingPollMs: 500,
  lateFillsMs: 10_000,
  doneKeepMs: DAY_MS,
};

function openDesk<Venue extends BlankVenue>(connector: Venue) {
  const timers = manualTimers();
  const { clock } = timers;
  const state = memoryStateStore(clock);
  const reports: ExecutionReport[] = [];
  let failures = 0;
  const open = (holder = 'desk', limits = LIMITS) =>
    new VenueDesk({
      venue: VENUE,
      connector,
      store: new WorkStore({ state, venue: VENUE, doneKeepMs: DAY_MS, holder }),
      report: (report) => {
        failures -= 1;
        if (failures >= 0) return Promise.reject(new Error('the log is down'));
        reports.push(report);
        return Promise.resolve();
      },
      clock,
      timers,
      random: seededRandom(1).stream('desk'),
      logger: silentLogger(),
      metrics: openDeskMetrics(memoryMetrics()),
      limits,
    });
  const types = () => reports.map(({ type }) => type);
  const order = (more: Partial<Order> = {}): Order => ({
    ...submitted({ limitPrice: '100' }).order,
    createdAtUs: clock.nowUs(),
    updatedAtUs: clock.nowUs(),
    ...more,
  });
  const failReports = (count: number): void => {
    failures = count;
  };
  return { timers, clock, connector, reports, types, order, open, failReports };
}

/** Fills every order at once, and lists the fills for ever. */
class FillingVenue extends BlankVenue {
  override submit(order: VenueSubmit): Promise<SubmitAnswer> {
    const { clientOrderId, instrument, side, quantity, limitPrice } = order;
    const venueOrderId = `venue-${clientOrderId}`;
    const about = { venueOrderId, instrument, side, quantity };
    const fee = { asset: 'USDT' as AssetId, amount: Decimal.parse('0.1') };
    // The same trade id in every order, as where two of ours are the two sides of a trade.
    this.fills.push({ ...about, tradeId: 'trade', price: limitPrice, fee, timeUs: 1 });
    return Promise.resolve({
      kind: 'accepted',
      venueOrderId,
      state: {
        ...about,
        clientOrderId,
        limitPrice,
        status: 'filled',
        cumulativeQuantity: quantity,
        detail: '',
      },
      fills: this.fills.slice(-1),
    });
  }
}

describe('the desk of a venue', () => {
  it('asks about an order of unknown fate and never sends it again', async () => {
    const { timers, connector, types, order, open } = openDesk(new BlankVenue());
    const desk = open();
    await desk.start();
    await desk.submit(order(), { correlationId: 'c' });
    await timers.advanceAsync(4900);
    expect(types()).toEqual(['unknown']);
    await timers.advanceAsync(5000);
    expect(types()).toEqual(['unknown', 'rejected']);
    expect([connector.sent.length, connector.queries > 3]).toEqual([1, true]);
    expect(desk.connection().ordersAtWork).toBe(0);
  });

  it('never sends an event that is older than its memory of orders that are over', async () => {
    const { timers, clock, connector, types, order, open } = openDesk(new BlankVenue());
    const desk = open();
    await desk.start();
    await desk.submit(order({ updatedAtUs: clock.nowUs() - DAY_MS * 1000 - 1 }), {
      correlationId: 'c',
    });
    await timers.advanceAsync(10_000);
    expect(connector.sent).toEqual([]);
    expect(types()).toEqual(['rejected']);
  });

  it('sends nothing any more that another process has taken over meanwhile', async () => {
    const { timers, connector, reports, order, open } = openDesk(new BlankVenue());
    const slow = { ...LIMITS, rate: { perSecond: 0.05, burst: 1 } };
    const first = open('first', slow);
    await first.start();
    const [sent, waiting] = [order(), order({ orderId: orderId('waiting') })];
    for (const one of [sent, waiting]) await first.submit(one, { correlationId: 'c' });
    await timers.advanceAsync(10);
    expect(connector.sent).toHaveLength(1);
    const second = open('second');
    await second.start();
    await timers.advanceAsync(7000);
    const ends = reports.filter(({ type }) => type === 'rejected').map((one) => one.orderId);
    expect(ends).toContain(waiting.orderId);
    await timers.advanceAsync(60_000);
    expect(connector.sent).toHaveLength(1);
  });

  it('sends what had to wait for long, as long as it is its own', async () => {
    const { timers, connector, order, open } = openDesk(new BlankVenue());
    const desk = open('desk', { ...LIMITS, rate: { perSecond: 0.05, burst: 1 } });
    await desk.start();
    connector.answer = { kind: 'rejected', reason: 'INVALID_ORDER', detail: 'no' };
    await desk.submit(order(), { correlationId: 'c' });
    await desk.submit(order({ orderId: orderId('waiting') }), { correlationId: 'c' });
    await timers.advanceAsync(60_000);
    expect(connector.sent).toHaveLength(2);
  });

  it('counts the longest delay from the restart: it may have left just before', async () => {
    const { timers, connector, types, order, open } = openDesk(new BlankVenue());
    const first = open();
    await first.start();
    await first.submit(order(), { correlationId: 'c' });
    await timers.advanceAsync(4000);
    await first.close();
    const second = open();
    await second.start();
    await timers.advanceAsync(4500);
    expect(types()).toEqual(['unknown']);
    await timers.advanceAsync(4000);
    expect(types()).toEqual(['unknown', 'rejected']);
    expect(connector.sent.length).toBe(1);
  });

  it('forgets no order before the report of its end is durable', async () => {
    const { timers, connector, types, order, open, failReports } = openDesk(new BlankVenue());
    connector.answer = { kind: 'rejected', reason: 'INVALID_ORDER', detail: 'no' };
    const desk = open();
    await desk.start();
    failReports(5);
    await desk.submit(order(), { correlationId: 'c' });
    await timers.advanceAsync(10);
    expect([types(), desk.connection().ordersAtWork]).toEqual([[], 1]);
    await timers.advanceAsync(20_000);
    expect([types(), desk.connection().ordersAtWork]).toEqual([['rejected'], 0]);
  });

  it('answers a cancel that comes after the end as too late', async () => {
    const { timers, connector, reports, order, open } = openDesk(new BlankVenue());
    connector.answer = { kind: 'rejected', reason: 'INVALID_ORDER', detail: 'no' };
    const desk = open();
    await desk.start();
    const one = order();
    await desk.submit(one, { correlationId: 'c' });
    await timers.advanceAsync(100);
    await desk.cancel(one, 'late' as never, { correlationId: 'c' });
    expect(reports.at(-1)).toMatchObject({
      type: 'cancel-rejected',
      tooLate: true,
      requestId: 'late',
    });
  });
});

describe('fills of orders that are over', () => {
  it('are not reported again, however many orders there were', async () => {
    const { timers, reports, order, open } = openDesk(new FillingVenue());
    const desk = open();
    await desk.start();
    const orders = 6000;
    for (let number = 0; number < orders; number += 1) {
      await desk.submit(order({ orderId: orderId(`order-${number}`) }), { correlationId: 'c' });
      if (number % 50 === 0) await timers.advanceAsync(60);
    }
    await timers.advanceAsync(1000);
    expect(desk.connection().ordersAtWork).toBe(0);
    await timers.advanceAsync(30_000);
    expect(reports.filter(({ type }) => type === 'fill').length).toBe(orders);
  });

  it('are reported late when they are first listed then', async () => {
    const { timers, connector, reports, order, open } = openDesk(new FillingVenue());
    const desk = open();
    await desk.start();
    await desk.submit(order(), { correlationId: 'c' });
    await timers.advanceAsync(100);
    expect(desk.connection().ordersAtWork).toBe(0);
    const [fill] = connector.fills;
    if (fill === undefined) throw new Error('nothing was filled');
    connector.fills.push({ ...fill, tradeId: 'late' });
    await timers.advanceAsync(30_000);
    const fills = reports.filter(({ type }) => type === 'fill');
    expect(fills.map(({ executionId }) => executionId)).toEqual(['trade', 'late']);
  });
});

describe('the events of orders', () => {
  it('parks what nobody can read, refuses unknown venues, and then commits', async () => {
    const { timers, connector, open } = openDesk(new BlankVenue());
    const desk = open();
    await desk.start();
    const refused: string[] = [];
    const handle = orderEventHandler({
      desks: new Map<VenueId, VenueDesk>([[VENUE, desk]]),
      logger: silentLogger(),
      refuse: (_order, _correlationId, detail) => {
        refused.push(detail);
        return Promise.resolve();
      },
    });
    const record = (event: ReturnType<typeof submitted>, offset: number): LogRecord => ({
      ...orderEventRecord(event, { correlationId: 'c' }),
      partition: 0,
      offset,
      loggedAtUs: 0,
    });
    const good = record(submitted({ limitPrice: '100', quantity: '1' }), 0);
    const bad = { ...good, offset: 1, payload: Uint8Array.from([255, 255]) };
    const elsewhere = submitted({ limitPrice: '100', venue: venueId('nowhere') });
    const [parked, committed]: [number[], string[]] = [[], []];
    const batch: LogBatch = {
      topic: 'orders.events',
      partition: 0,
      records: [good, bad, record(elsewhere, 2)],
      commit: () => {
        committed.push('all');
        return Promise.resolve({ kind: 'committed' });
      },
      park: ({ offset }) => {
        parked.push(offset);
        return Promise.resolve();
      },
    };
    await handle(batch);
    await timers.advanceAsync(100);
    expect(parked).toEqual([1]);
    expect(committed).toEqual(['all']);
    expect(refused).toEqual(['The venue gateway serves no venue called nowhere.']);
    expect(connector.sent.map(({ quantity }) => quantity)).toEqual([Decimal.parse('1')]);
    await handle(batch);
    await timers.advanceAsync(100);
    expect(connector.sent.length).toBe(1);
  });
});
