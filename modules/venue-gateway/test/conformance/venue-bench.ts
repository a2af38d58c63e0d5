import { Decimal, type ExecutionReport, type Order } from '@ats/domain';
import { systemClock } from '@ats/runtime';
import { until } from '@ats/testkit';
import {
  type Gateway,
  next,
  type Simulator,
  startGateway,
  submitted,
  type Terms,
} from '../support.ts';

/** A market of one simulated exchange, and prices that surely trade at once or surely rest. */
export interface Market {
  readonly venue: string;
  readonly instrument: string;
  readonly high: string;
  readonly low: string;
  /** Whether orders can be changed in place. */
  readonly replaces: boolean;
}

export const MARKETS: readonly Market[] = [
  { venue: 'binance', instrument: 'BTC/USDT', high: '120000', low: '50000', replaces: false },
  { venue: 'kraken', instrument: 'BTC/USD', high: '120000', low: '50000', replaces: true },
  { venue: 'coinbase', instrument: 'BTC/USD', high: '120000', low: '50000', replaces: true },
  { venue: 'upbit', instrument: 'BTC/KRW', high: '160000000', low: '70000000', replaces: false },
  { venue: 'bitfinex', instrument: 'BTC/USDT', high: '120000', low: '50000', replaces: true },
];

/** Short, so that what has to wait for it does not take long. */
const SECTION = {
  requestTimeoutMs: 600,
  inFlightMaxMs: 1500,
  pollMs: 100,
  streamingPollMs: 300,
  lateFillsMs: 400,
  breaker: { callsMin: 5, failurePercentMax: 50, openMs: 200 },
};

interface VenueTrade {
  readonly orderId: string;
  readonly quantity: string;
  readonly notional: string;
  readonly fee: string;
}

interface VenueAccount {
  readonly openOrders: readonly { readonly orderId: string }[];
  readonly trades: readonly VenueTrade[];
}

interface Sums {
  quantity: Decimal;
  notional: Decimal;
  fee: Decimal;
}

const ENDS: readonly string[] = ['canceled', 'expired', 'rejected'];
const text = (value: Decimal): string => value.normalized().toString();

/** One venue, its gateway, and what both say happened. */
export class VenueBench {
  readonly market: Market;
  private readonly simulator: Simulator;
  private readonly folder: string;
  private gateway: Gateway | undefined;

  constructor(options: {
    readonly market: Market;
    readonly simulator: Simulator;
    readonly folder: string;
  }) {
    this.market = options.market;
    this.simulator = options.simulator;
    this.folder = options.folder;
  }

  /** Starts the gateway, or the next one in the place of the last. */
  async start(): Promise<void> {
    const { folder, market, simulator } = this;
    const only = [market.venue];
    const options = { folder, venues: simulator.venues, only, section: SECTION };
    this.gateway = await startGateway(options);
  }

  async stop(): Promise<void> {
    await this.gateway?.drain();
    this.gateway = undefined;
  }

  get running(): Gateway {
    if (this.gateway === undefined) throw new Error('the gateway is not started');
    return this.gateway;
  }

  fault(fault: object): Promise<void> {
    return this.simulator.fault({ venue: this.market.venue, ...fault });
  }

  calm(): Promise<void> {
    return this.simulator.calm();
  }

  /** Hands an order over: one that rests unless it is told otherwise. */
  async submit(terms: Terms = {}, more: Parameters<typeof submitted>[1] = {}): Promise<Order> {
    const { venue, instrument, low } = this.market;
    const place = { venue, instrument, limitPrice: low } as unknown as Terms;
    const event = submitted({ ...place, ...terms }, more);
    await this.running.emit(event);
    return event.order;
  }

  /** The order's event once more, as after a crash of the OMS. */
  repeat(order: Order): Promise<void> {
    const occurredAtUs = order.updatedAtUs;
    return this.running.emit({ order, previousStatus: 'NEW', occurredAtUs });
  }

  /** An order that trades at once, what does not is cancelled. */
  take(quantity = '0.012'): Promise<Order> {
    return this.submit({ limitPrice: this.market.high, timeInForce: 'ioc', quantity });
  }

  /** The order as the OMS has it when it wants it cancelled. */
  async cancel(order: Order): Promise<Order> {
    const atUs = systemClock.nowUs();
    const requestId = `cancel-${order.orderId}` as never;
    const event = next(order, { kind: 'cancel-requested', atUs, requestId, detail: '' });
    await this.running.emit(event);
    return event.order;
  }

  /** @returns the order as the OMS has it then */
  async replace(order: Order, terms: { quantity: string; limitPrice: string }): Promise<Order> {
    const atUs = systemClock.nowUs();
    const live = next(order, { kind: 'accepted', atUs }).order;
    const replacement = {
      requestId: `replace-${order.orderId}` as never,
      quantity: Decimal.parse(terms.quantity),
      limitPrice: Decimal.parse(terms.limitPrice),
    };
    const event = next(live, { kind: 'replace-requested', atUs, replacement });
    await this.running.emit(event);
    return event.order;
  }

  /** What was reported of an order, repeats left out. */
  async said(order: Order): Promise<readonly ExecutionReport[]> {
    return distinct(await this.running.reportsOn(order));
  }

  async types(order: Order): Promise<readonly string[]> {
    return (await this.said(order)).map(({ type }) => type);
  }

  /** Waits until this was reported of the order. */
  async saw(order: Order, type: ExecutionReport['type']): Promise<ExecutionReport> {
    const look = async () => (await this.said(order)).find((one) => one.type === type);
    return until(look, { timeoutMs: 15_000, what: `a report "${type}"` });
  }

  /** Waits until the order has come to its end. @returns what was reported, repeats left out */
  async ended(order: Order): Promise<readonly ExecutionReport[]> {
    const look = async () => {
      const reports = await this.said(order);
      const filled = sumOf(reports).quantity;
      const isOver = reports.some(({ type }) => ENDS.includes(type));
      return isOver || !filled.lessThan(order.terms.quantity) ? reports : undefined;
    };
    return until(look, { timeoutMs: 15_000, what: 'the end of the order' });
  }

  /** Waits until nothing is at work, then compares: every fill, and every order that stands. */
  async agrees(standing: readonly Order[] = []): Promise<void> {
    const atWork = async () => {
      const { venues } = await this.running.service.ListVenues({}, {} as never);
      return venues[0]?.ordersAtWork === standing.length;
    };
    await until(atWork, { timeoutMs: 15_000, what: 'no order at work' });
    const ours = async () => totals(await this.running.reports());
    const theirs = await this.account();
    await until(
      async () => JSON.stringify(await ours()) === JSON.stringify(venueTotals(theirs.trades)),
      { timeoutMs: 5000 },
    ).catch(() => undefined);
    expect(await ours()).toEqual(venueTotals(theirs.trades));
    const open = theirs.openOrders.map(({ orderId }) => orderId).sort();
    const known = await Promise.all(
      standing.map(async (order) => (await this.said(order)).at(-1)?.venueOrderId),
    );
    expect(open).toEqual(known.sort());
  }

  private async account(): Promise<VenueAccount> {
    const response = await fetch(`${this.simulator.adminUrl}/admin/accounts`);
    const { venues } = (await response.json()) as {
      readonly venues: Record<string, { readonly demo: VenueAccount }>;
    };
    const account = venues[this.market.venue]?.demo;
    if (account === undefined) throw new Error('no demo account');
    return account;
  }
}

function distinct(reports: readonly ExecutionReport[]): readonly ExecutionReport[] {
  const seen = new Map<string, ExecutionReport>();
  for (const report of reports) {
    const name = `${report.orderId}/${report.executionId}`;
    if (!seen.has(name)) seen.set(name, report);
  }
  return [...seen.values()];
}

function sumOf(reports: readonly ExecutionReport[]): Sums {
  const sums = { quantity: Decimal.ZERO, notional: Decimal.ZERO, fee: Decimal.ZERO };
  for (const { fill } of reports) {
    if (fill === undefined) continue;
    sums.quantity = sums.quantity.add(fill.quantity);
    sums.notional = sums.notional.add(fill.quantity.multiply(fill.price));
    sums.fee = sums.fee.add(fill.fee.amount);
  }
  return sums;
}

type Totals = Record<string, readonly string[]>;

const sorted = (entries: readonly (readonly [string, Sums])[]): Totals =>
  Object.fromEntries(
    [...entries]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([id, { quantity, notional, fee }]) => [id, [quantity, notional, fee].map(text)]),
  );

/** What our reports count, by the venue's order id. */
function totals(reports: readonly ExecutionReport[]): Totals {
  const fills = distinct(reports).filter(({ fill }) => fill !== undefined);
  const byOrder = Map.groupBy(fills, ({ venueOrderId }) => venueOrderId ?? '');
  return sorted([...byOrder].map(([id, list]) => [id, sumOf(list)] as const));
}

function venueTotals(trades: readonly VenueTrade[]): Totals {
  const byOrder = Map.groupBy(trades, ({ orderId }) => orderId);
  return sorted(
    [...byOrder].map(([id, list]) => {
      const add = (part: (trade: VenueTrade) => string): Decimal =>
        list.reduce((sum, one) => sum.add(Decimal.parse(part(one))), Decimal.ZERO);
      return [
        id,
        {
          quantity: add(({ quantity }) => quantity),
          notional: add(({ notional }) => notional),
          fee: add(({ fee }) => fee),
        },
      ] as const;
    }),
  );
}
