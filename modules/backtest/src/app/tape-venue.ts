import type { AssetId, ClientOrderId, Decimal, FeeSchedule, Listing, VenueId } from '@ats/domain';
import type { Clock, RandomStream, Timers } from '@ats/runtime';
import type {
  OrderReference,
  VenueConnector,
  VenueFill,
  VenueOrderState,
  VenuePush,
} from '@ats/venue-gateway';
import {
  type Account,
  type AccountOrder,
  type AccountReport,
  type AccountTrade,
  type FeeAsset,
  type FeeIn,
  openAccounts,
} from '@ats/venue-simulator';
import type { FeeTiers } from '../domain/fee-tiers.ts';
import type { LatencyUs } from '../domain/latency.ts';
import { TapeMarket } from './tape-market.ts';

/** A time in which a venue answers nothing. Microseconds since the epoch, half-open. */
export interface Outage {
  readonly fromUs: number;
  readonly toUs: number;
}

export interface TapeVenueOptions {
  readonly venue: VenueId;
  readonly listings: readonly Listing[];
  readonly deposits: ReadonlyMap<string, Decimal>;
  readonly feeIn: FeeIn;
  readonly feeAsset: FeeAsset | undefined;
  /** Fees that change as more is traded; undefined where each listing has its own. */
  readonly tiers: FeeTiers | undefined;
  readonly clock: Clock;
  readonly timers: Timers;
  /** One way to the venue, or back. */
  readonly latencyUs: LatencyUs;
  /** Share of orders that are refused for no reason. */
  readonly rejectShare: number;
  readonly random: RandomStream;
  readonly outages: readonly Outage[];
  readonly answerMsMax: number;
  /** Whether prices have the listings' own ticks; else they may be finer, as on other days. */
  readonly asListed?: boolean;
  /** Brings the markets of the venue to its own present, before orders meet them. */
  readonly catchUp: () => void;
  /** Told of every fill, as it happens at the venue. */
  readonly onFill: (trade: AccountTrade) => void;
}

const LOST = Symbol('no answer');
const UNAVAILABLE = { kind: 'unavailable', detail: 'the venue does not answer' } as const;
const AMBIGUOUS = { kind: 'ambiguous', detail: 'the venue does not answer' } as const;
const US_PER_MS = 1000;
const ORDERS = { openOrdersMax: 10_000, closedOrdersMax: 100_000, tradesMax: 100_000 };

/**
 * One venue of a run: the accounts and the matching engine of the simulated exchanges over the
 * books of a tape, behind the latency of its orders. A request meets the book as it is at the
 * venue when it gets there.
 */
export class TapeVenue implements VenueConnector {
  readonly kind = 'backtest';
  readonly pushesFills = true;
  readonly venue: VenueId;
  readonly markets: ReadonlyMap<string, TapeMarket>;
  readonly account: Account;
  /** Requests that are on their way there. */
  underWay = 0;
  private readonly options: TapeVenueOptions;
  private readonly symbols: ReadonlyMap<string, string>;
  private onPush: (push: VenuePush) => void = () => undefined;

  constructor(options: TapeVenueOptions) {
    this.options = options;
    this.venue = options.venue;
    const { listings, tiers, clock, feeIn, feeAsset, deposits, asListed } = options;
    const fees = tiers === undefined ? undefined : feesNow(tiers, clock);
    this.symbols = new Map(listings.map(({ instrument, symbol }) => [instrument, symbol]));
    this.markets = new Map(
      listings.map((one) => [one.instrument, new TapeMarket(one, fees, asListed)]),
    );
    const bySymbol = [...this.markets.values()].map(
      ({ market }) => [market.listing.symbol, market] as const,
    );
    const [account] = openAccounts({
      markets: new Map(bySymbol),
      limits: ORDERS,
      clientIdRule: 'never',
      onAnswer: () => undefined,
      onReport: (report) => this.onReport(report),
      accounts: [{ name: 'backtest', feeIn, feeAsset, deposits }],
    });
    if (account === undefined) throw new Error('one account was asked for');
    this.account = account;
  }

  get outages(): readonly Outage[] {
    return this.options.outages;
  }

  /** Whether the venue does not answer and shows nothing at a time. */
  isOut(timeUs: number): boolean {
    const { outages } = this.options;
    for (let index = 0; index < outages.length; index += 1) {
      const { fromUs, toUs } = outages[index] as Outage;
      if (timeUs >= fromUs && timeUs < toUs) return true;
    }
    return false;
  }

  /** The market of an instrument that is listed here. */
  marketOf(instrument: string): TapeMarket {
    const market = this.markets.get(instrument);
    if (market === undefined) throw new Error(`${instrument} is not listed at ${this.venue}`);
    return market;
  }

  async submit(order: Parameters<VenueConnector['submit']>[0]) {
    const { random, rejectShare } = this.options;
    const isRejected = rejectShare > 0 && random.next() < rejectShare;
    const answer = await this.change(() =>
      isRejected
        ? undefined
        : this.account.submit({
            symbol: this.symbols.get(order.instrument) ?? order.instrument,
            clientOrderId: order.clientOrderId,
            side: order.side === 'buy' ? 'bid' : 'ask',
            type: 'limit',
            timeInForce: order.timeInForce,
            postOnly: order.postOnly,
            price: order.limitPrice,
            quantity: order.quantity,
          }),
    );
    if (answer === LOST) return AMBIGUOUS;
    if (answer === undefined) {
      const detail = 'refused as backtest.rejects asks';
      return { kind: 'rejected', reason: 'VENUE_REFUSED', detail } as const;
    }
    if (answer.kind === 'accepted') {
      return { kind: 'accepted', venueOrderId: String(answer.order.number) } as const;
    }
    return { kind: 'rejected', reason: reasonOf(answer.reason), detail: answer.reason } as const;
  }

  async cancel(order: OrderReference) {
    const answer = await this.change(() => {
      const known = this.find(order);
      return known === undefined ? undefined : this.account.cancel(known.number);
    });
    if (answer === LOST) return AMBIGUOUS;
    if (answer?.kind === 'accepted') return { kind: 'accepted' } as const;
    return { kind: 'refused', detail: answer?.reason ?? 'UNKNOWN_ORDER' } as const;
  }

  async replace(order: Parameters<VenueConnector['replace']>[0]) {
    const answer = await this.change(() => {
      const known = this.find(order);
      if (known === undefined) return undefined;
      const openQuantity = order.quantity.subtract(known.filled);
      return this.account.replace(known.number, { price: order.limitPrice, openQuantity });
    });
    if (answer === LOST) return AMBIGUOUS;
    if (answer?.kind === 'accepted') return { kind: 'replaced' } as const;
    return { kind: 'refused', detail: answer?.reason ?? 'UNKNOWN_ORDER' } as const;
  }

  async query(order: OrderReference) {
    const answer = await this.call(() => {
      const known = this.find(order);
      return known === undefined ? undefined : stateOf(known);
    });
    if (answer === LOST) return UNAVAILABLE;
    if (answer === undefined) return { kind: 'not-found' } as const;
    return { kind: 'found', state: answer } as const;
  }

  async fillsOf(order: OrderReference) {
    const answer = await this.call(() => {
      const known = this.find(order);
      return known === undefined ? [] : this.account.tradesOf(known).map(fillOf);
    });
    return answer === LOST ? UNAVAILABLE : ({ kind: 'fills', fills: answer } as const);
  }

  async fillsSince(sinceUs: number) {
    const answer = await this.call(() =>
      this.account.trades.filter(({ timeUs }) => timeUs >= sinceUs).map(fillOf),
    );
    return answer === LOST ? UNAVAILABLE : ({ kind: 'fills', fills: answer } as const);
  }

  async openOrders() {
    const answer = await this.call(() => this.account.openOrders().map(stateOf));
    return answer === LOST ? UNAVAILABLE : ({ kind: 'orders', orders: answer } as const);
  }

  async balances() {
    const answer = await this.call(() =>
      this.account.balances.map(({ asset, available, locked }) => ({
        asset: asset as AssetId,
        available,
        locked,
      })),
    );
    return answer === LOST ? UNAVAILABLE : ({ kind: 'balances', balances: answer } as const);
  }

  listen(onPush: (push: VenuePush) => void): void {
    this.onPush = onPush;
    this.options.timers.after(0, () => onPush({ kind: 'connected' }));
  }

  health(): { readonly ok: boolean; readonly reason: string } {
    const isOut = this.isOut(this.options.clock.nowUs());
    return isOut ? { ok: false, reason: 'an outage of backtest.outages' } : WELL;
  }

  async close(): Promise<void> {
    this.onPush = () => undefined;
  }

  private onReport(report: AccountReport): void {
    if (report.kind === 'transferred') return;
    if (report.kind === 'filled') {
      this.options.onFill(report.trade);
      this.push({ kind: 'fill', fill: fillOf(report.trade) });
    }
    const { number, clientOrderId } = report.order;
    this.push({
      kind: 'order',
      venueOrderId: String(number),
      clientOrderId: clientOrderId as ClientOrderId | undefined,
    });
  }

  private push(push: VenuePush): void {
    const { timers, clock, latencyUs } = this.options;
    if (this.isOut(clock.nowUs())) return;
    timers.after(latencyUs() / US_PER_MS, () => this.onPush(push));
  }

  /** A call that changes orders: it meets the books as they are when it gets there. */
  private change<Answer>(work: () => Answer): Promise<Answer | typeof LOST> {
    return this.call(() => {
      const nowUs = this.options.clock.nowUs();
      this.options.catchUp();
      for (const { market } of this.markets.values()) market.begin(nowUs);
      const answer = work();
      for (const market of this.markets.values()) market.settle();
      return answer;
    });
  }

  /** Goes there, does something, comes back. Nothing arrives in an outage. */
  private call<Answer>(work: () => Answer): Promise<Answer | typeof LOST> {
    const { timers, clock, latencyUs, answerMsMax } = this.options;
    const [thereUs, backUs] = [latencyUs(), latencyUs()];
    this.underWay += 1;
    return new Promise((resolve) => {
      const timeout = timers.after(answerMsMax, () => resolve(LOST));
      timers.after(thereUs / US_PER_MS, () => {
        this.underWay -= 1;
        if (this.isOut(clock.nowUs())) return;
        const answer = work();
        timers.after(backUs / US_PER_MS, () => {
          timeout.cancel();
          resolve(answer);
        });
      });
    });
  }

  private find(order: OrderReference): AccountOrder | undefined {
    if (order.venueOrderId !== undefined) return this.account.order(Number(order.venueOrderId));
    return this.account.orderOfClientId(order.clientOrderId);
  }
}

/** A schedule that says what counts whenever it is asked. */
function feesNow(tiers: FeeTiers, clock: Clock): FeeSchedule {
  return {
    get takerBps() {
      return tiers.at(clock.nowUs()).takerBps;
    },
    get makerBps() {
      return tiers.at(clock.nowUs()).makerBps;
    },
  };
}

const WELL = { ok: true, reason: '' } as const;

/** A refusal of the account in the words of connectors. */
function reasonOf(reason: string) {
  if (reason === 'INSUFFICIENT_FUNDS' || reason === 'POST_ONLY_WOULD_TAKE') return reason;
  return reason === 'UNKNOWN_SYMBOL' ? 'UNKNOWN_INSTRUMENT' : 'INVALID_ORDER';
}

function stateOf(order: AccountOrder): VenueOrderState {
  const { state, endReason, side } = order;
  const done = endReason === 'requested' ? 'canceled' : 'expired';
  return {
    venueOrderId: String(order.number),
    clientOrderId: order.clientOrderId,
    instrument: order.listing.instrument,
    side: side === 'bid' ? 'buy' : 'sell',
    status: state === 'canceled' ? done : state,
    quantity: order.quantity,
    limitPrice: order.price,
    cumulativeQuantity: order.filled,
    detail: endReason ?? '',
  };
}

function fillOf(trade: AccountTrade): VenueFill {
  return {
    tradeId: String(trade.number),
    venueOrderId: String(trade.orderNumber),
    instrument: trade.listing.instrument,
    side: trade.side === 'bid' ? 'buy' : 'sell',
    quantity: trade.quantity,
    price: trade.price,
    fee: { asset: trade.feeAsset as AssetId, amount: trade.fee },
    timeUs: trade.timeUs,
  };
}
