import { join } from 'node:path';
import { Decimal, type ExecutionReport, type Order, venueId } from '@ats/domain';
import { seededRandom, systemClock, systemTimers } from '@ats/runtime';
import { openLmdbStateStore, type StateStore } from '@ats/storage';
import { memoryMetrics, silentLogger, until } from '@ats/testkit';
import {
  openDeskMetrics,
  type QueryAnswer,
  type ReplaceAnswer,
  type VenueConnector,
  VenueDesk,
  type VenueFill,
  type VenueOrderState,
  type VenuePush,
  type VenueReplace,
  type VenueSubmit,
  WorkStore,
} from '../../src/index.ts';
import { submitted, temporaryFolder } from '../support.ts';

const VENUE = venueId('binance');
const DAY_MS = 86_400_000;
const KEPT = { venue: VENUE, doneKeepMs: DAY_MS, holder: 'desk' };
const decimal = (text: string): Decimal => Decimal.parse(text);

/** A venue where orders stand, changes them in place, and can be silent. */
class StandingVenue implements VenueConnector {
  readonly kind = 'simulated';
  readonly pushesFills = true;
  readonly orders = new Map<string, VenueOrderState>();
  readonly fills: VenueFill[] = [];
  silent = false;
  /** What is said to a replace once it was made. */
  onReplace: () => Promise<ReplaceAnswer> = async () => ({ kind: 'replaced' });
  push: (push: VenuePush) => void = () => undefined;

  submit({ instrument, side, quantity, limitPrice, clientOrderId }: VenueSubmit) {
    const venueOrderId = `v-${this.orders.size + 1}`;
    this.orders.set(venueOrderId, {
      venueOrderId,
      clientOrderId,
      instrument,
      side,
      status: 'open',
      quantity,
      limitPrice,
      cumulativeQuantity: Decimal.ZERO,
      detail: '',
    });
    return Promise.resolve({ kind: 'accepted', venueOrderId } as const);
  }
  cancel({ venueOrderId = '' }: { readonly venueOrderId: string | undefined }) {
    this.change(venueOrderId, { status: 'canceled' });
    return Promise.resolve({ kind: 'accepted' } as const);
  }
  replace({ venueOrderId = '', quantity, limitPrice }: VenueReplace) {
    this.change(venueOrderId, { quantity, limitPrice });
    return this.onReplace();
  }
  query({ clientOrderId }: { readonly clientOrderId: string }): Promise<QueryAnswer> {
    if (this.silent) return Promise.resolve({ kind: 'unavailable', detail: 'silent' });
    const state = [...this.orders.values()].find((one) => one.clientOrderId === clientOrderId);
    return Promise.resolve(state === undefined ? { kind: 'not-found' } : { kind: 'found', state });
  }
  fillsOf = () => Promise.resolve({ kind: 'fills', fills: this.fills } as const);
  fillsSince = () => Promise.resolve({ kind: 'fills', fills: this.fills } as const);
  openOrders = () => {
    const orders = [...this.orders.values()].filter(({ status }) => status === 'open');
    return Promise.resolve({ kind: 'orders', orders } as const);
  };
  balances = () => Promise.resolve({ kind: 'balances', balances: [] } as const);
  listen(onPush: (push: VenuePush) => void) {
    this.push = onPush;
  }
  health = () => ({ ok: true, reason: '' });
  close = () => Promise.resolve();

  change(venueOrderId: string, change: Partial<VenueOrderState>): void {
    const state = this.orders.get(venueOrderId);
    if (state !== undefined) this.orders.set(venueOrderId, { ...state, ...change });
  }

  /** Trades a part of an order and pushes it, whatever else the venue is silent about. */
  trade(venueOrderId: string, quantity: string, more: Partial<VenueFill> = {}): void {
    const state = this.orders.get(venueOrderId);
    if (state === undefined) throw new Error(`no order ${venueOrderId}`);
    const cumulativeQuantity = state.cumulativeQuantity.add(decimal(quantity));
    this.change(venueOrderId, { cumulativeQuantity });
    const fill: VenueFill = {
      tradeId: `t-${this.fills.length + 1}`,
      venueOrderId,
      instrument: state.instrument,
      side: state.side,
      quantity: decimal(quantity),
      price: decimal('100'),
      fee: { asset: 'USDT' as never, amount: decimal('0.1') },
      timeUs: systemClock.nowUs(),
      ...more,
    };
    this.fills.push(fill);
    this.push({ kind: 'fill', fill });
  }
}

const LIMITS = {
  rate: { perSecond: 1000, burst: 1000 },
  concurrencyMax: 8,
  waitingMax: 100,
  inFlightMaxMs: 5000,
  pollMs: 100,
  streamingPollMs: 100,
  lateFillsMs: 60_000,
  doneKeepMs: DAY_MS,
};

describe('orders that stand at their venue', () => {
  const folder = temporaryFolder();
  const venue = new StandingVenue();
  const reports: ExecutionReport[] = [];
  const desks: VenueDesk[] = [];
  let state: StateStore;
  let deaf = false;

  beforeAll(async () => {
    state = await openLmdbStateStore({
      folder: join(folder.path, 'state'),
      clock: systemClock,
      timers: systemTimers,
      logger: silentLogger(),
      metrics: memoryMetrics(),
    });
  });
  afterEach(async () => {
    for (const desk of desks.splice(0)) await desk.close();
    venue.silent = false;
    venue.onReplace = async () => ({ kind: 'replaced' });
  });
  afterAll(async () => {
    await state.close();
    folder.remove();
  });

  /** Starts a desk; one that was there before has died at whatever it was doing. */
  async function start(): Promise<VenueDesk> {
    for (const desk of desks.splice(0)) await desk.close();
    const failing: StateStore = {
      ...(state as object),
      transact: (items) => state.transact(items),
      query: (query) => state.query(query),
      get: (key) => (deaf ? Promise.reject(new Error('the store is down')) : state.get(key)),
    } as StateStore;
    const desk = new VenueDesk({
      venue: VENUE,
      connector: venue,
      store: new WorkStore({ ...KEPT, state: failing }),
      report: (report) => {
        reports.push(report);
        return Promise.resolve();
      },
      clock: systemClock,
      timers: systemTimers,
      random: seededRandom(1).stream('desk'),
      logger: silentLogger(),
      metrics: openDeskMetrics(memoryMetrics()),
      limits: LIMITS,
    });
    desks.push(desk);
    await desk.start();
    return desk;
  }

  const of = ({ orderId }: Order) => reports.filter((one) => one.orderId === orderId);
  const said = (order: Order, type: string) => of(order).filter((one) => one.type === type);
  const terms = (requestId: string, quantity: string, limitPrice: string) => ({
    requestId: requestId as never,
    quantity: decimal(quantity),
    limitPrice: decimal(limitPrice),
  });
  const at = (order: Order, version: number): Order => ({ ...order, version });

  async function stand(desk: VenueDesk, quantity = '1') {
    const { order } = submitted({ quantity, limitPrice: '100' });
    await desk.submit(order, { correlationId: 'c' });
    await until(() => said(order, 'accepted').length === 1);
    const venueOrderId = `v-${venue.orders.size}`;
    // It is known by the venue's id after a crash.
    await until(async () => {
      const kept = await new WorkStore({ ...KEPT, state }).all();
      return kept.some((one) => one.venueOrderId === venueOrderId);
    });
    return { order, venueOrderId };
  }

  it('are not given old terms again by an event that comes once more', async () => {
    const desk = await start();
    const { order, venueOrderId } = await stand(desk);
    await desk.replace(at(order, 4), terms('first', '2', '100'), { correlationId: 'c' });
    await until(() => said(order, 'replaced').length === 1);
    await desk.replace(at(order, 6), terms('second', '1', '90'), { correlationId: 'c' });
    await until(() => said(order, 'replaced').length === 2);
    const again = await start();
    await again.replace(at(order, 4), terms('first', '2', '100'), { correlationId: 'c' });
    await systemTimers.sleep(300);
    const { quantity, limitPrice } = venue.orders.get(venueOrderId) as VenueOrderState;
    expect([quantity.toString(), limitPrice?.toString()]).toEqual(['1', '90']);
    const last = await start();
    await systemTimers.sleep(300);
    expect(venue.orders.get(venueOrderId)?.quantity.toString()).toBe('1');
    await last.cancel(at(order, 8), 'end-1' as never, { correlationId: 'c' });
    await until(() => said(order, 'canceled').length === 1);
  });

  it('are not taken for whole before the venue has said how large they are', async () => {
    const desk = await start();
    const { order, venueOrderId } = await stand(desk);
    await desk.replace(at(order, 4), terms('larger', '2', '100'), { correlationId: 'c' });
    await until(() => said(order, 'replaced').length === 1);
    venue.silent = true;
    const again = await start();
    venue.trade(venueOrderId, '1');
    await until(() => said(order, 'fill').length === 1);
    await systemTimers.sleep(200);
    expect(again.connection().ordersAtWork).toBe(1);
    venue.silent = false;
    await again.cancel(at(order, 6), 'end-2' as never, { correlationId: 'c' });
    await until(() => said(order, 'canceled').length === 1);
    expect(venue.orders.get(venueOrderId)?.status).toBe('canceled');
  });

  it('have the terms that the venue says, though it refuses to give them twice', async () => {
    const desk = await start();
    const { order, venueOrderId } = await stand(desk);
    venue.onReplace = () => new Promise(() => undefined);
    await desk.replace(at(order, 4), terms('lost', '2', '100'), { correlationId: 'c' });
    await until(() => venue.orders.get(venueOrderId)?.quantity.toString() === '2');
    venue.onReplace = async () => ({ kind: 'refused', detail: 'nothing would change' });
    const again = await start();
    await until(() => [...said(order, 'replaced'), ...said(order, 'replace-rejected')].length > 0);
    expect(of(order).map(({ type }) => type)).not.toContain('replace-rejected');
    await again.cancel(at(order, 6), 'end-3' as never, { correlationId: 'c' });
    await until(() => said(order, 'canceled').length === 1);
  });

  it('get no fills of another market whose order has the same id', async () => {
    const desk = await start();
    const { order, venueOrderId } = await stand(desk);
    venue.trade(venueOrderId, '0', { instrument: 'ETH/USDT' as never, quantity: decimal('0.5') });
    venue.fills.length = 0;
    await systemTimers.sleep(200);
    expect(said(order, 'fill')).toEqual([]);
    await desk.cancel(at(order, 4), 'end-4' as never, { correlationId: 'c' });
    await until(() => said(order, 'canceled').length === 1);
    venue.trade(venueOrderId, '0', { instrument: 'ETH/USDT' as never, quantity: decimal('0.5') });
    venue.fills.length = 0;
    await systemTimers.sleep(100);
    expect(said(order, 'fill')).toEqual([]);
  });

  it('get a late fill soon though the store was down as it came', async () => {
    const desk = await start();
    const { order, venueOrderId } = await stand(desk);
    await desk.cancel(at(order, 4), 'end-5' as never, { correlationId: 'c' });
    await until(() => desk.connection().ordersAtWork === 0);
    await start();
    await systemTimers.sleep(200);
    deaf = true;
    venue.trade(venueOrderId, '0.5');
    await systemTimers.sleep(20);
    deaf = false;
    await until(() => said(order, 'fill').length === 1, { timeoutMs: 3000 });
  });
});
