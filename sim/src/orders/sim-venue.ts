import type { AssetId, ClientOrderId, Listing, VenueId } from '@ats/domain';
import type { RandomStream, Timers } from '@ats/runtime';
import type {
  OrderReference,
  VenueConnector,
  VenueFill,
  VenueOrderState,
  VenuePush,
} from '@ats/venue-gateway';
import type { Account, AccountOrder, AccountReport, AccountTrade } from '@ats/venue-simulator';
import type { SimProcess } from './sim-process.ts';

/** How bad one venue and the way to it are. Shares are of requests, answers or pushes. */
export interface VenueFaults {
  readonly latencyMsMax: number;
  /** Requests that never arrive. */
  readonly requestLostShare: number;
  /** Requests that arrive and whose answer never comes back. */
  readonly answerLostShare: number;
  readonly rateLimitedShare: number;
  readonly pushLostShare: number;
  readonly pushTwiceShare: number;
  /** Pushes may come this much late, and so in any order. */
  readonly pushLateMsMax: number;
}

export const CALM_VENUE: VenueFaults = {
  latencyMsMax: 5,
  requestLostShare: 0,
  answerLostShare: 0,
  rateLimitedShare: 0,
  pushLostShare: 0,
  pushTwiceShare: 0,
  pushLateMsMax: 2,
};

const TIMEOUT_MS = 1000;

const LOST = Symbol('no answer');
const LIMITED = Symbol('rate limited');

const UNAVAILABLE = { kind: 'unavailable', detail: 'no answer' } as const;
const AMBIGUOUS = { kind: 'ambiguous', detail: 'no answer' } as const;
const RATE_LIMITED = { kind: 'rate-limited', retryAfterMs: 50, detail: 'too many' } as const;

/**
 * One simulated exchange without sockets: the production accounts and matching engine behind a
 * network that loses requests and answers. It outlives every process that talks to it.
 */
export class SimVenue {
  readonly venue: VenueId;
  readonly account: Account;
  faults: VenueFaults = CALM_VENUE;
  private readonly listings: readonly Listing[];
  private readonly timers: Timers;
  private readonly random: RandomStream;
  private listener: { process: SimProcess; onPush: (push: VenuePush) => void } | undefined;

  constructor(parts: {
    readonly venue: VenueId;
    readonly account: Account;
    readonly listings: readonly Listing[];
    readonly timers: Timers;
    readonly random: RandomStream;
  }) {
    this.venue = parts.venue;
    this.account = parts.account;
    this.listings = parts.listings;
    this.timers = parts.timers;
    this.random = parts.random;
  }

  /** The way to this venue for one process. */
  connector(process: SimProcess): VenueConnector {
    return {
      kind: 'simulated',
      ...this.changes(process),
      ...this.questions(process),
      listen: (onPush) => {
        this.listener = { process, onPush };
        process.timers.after(this.latencyMs(), () => onPush({ kind: 'connected' }));
      },
      health: () => ({ ok: true, reason: '' }),
      close: () => Promise.resolve(),
    };
  }

  private changes(process: SimProcess): Pick<VenueConnector, 'submit' | 'cancel' | 'replace'> {
    const { account } = this;
    const call = <Answer>(work: () => Answer) => this.call(process, work);
    return {
      submit: async (order) => {
        const answer = await call(() =>
          account.submit({
            symbol: this.symbolOf(order.instrument),
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
        if (answer === LIMITED) return RATE_LIMITED;
        if (answer.kind === 'accepted') {
          return { kind: 'accepted', venueOrderId: String(answer.order.number) };
        }
        return { kind: 'rejected', reason: 'VENUE_REFUSED', detail: answer.reason };
      },
      cancel: async (order) => {
        const answer = await call(() => {
          const known = this.find(order);
          return known === undefined ? undefined : account.cancel(known.number);
        });
        if (answer === LOST) return AMBIGUOUS;
        if (answer === LIMITED) return RATE_LIMITED;
        if (answer?.kind === 'accepted') return { kind: 'accepted' };
        return { kind: 'refused', detail: answer?.reason ?? 'UNKNOWN_ORDER' };
      },
      replace: async (order) => {
        const answer = await call(() => {
          const known = this.find(order);
          if (known === undefined) return undefined;
          const openQuantity = order.quantity.subtract(known.filled);
          return account.replace(known.number, { price: order.limitPrice, openQuantity });
        });
        if (answer === LOST) return AMBIGUOUS;
        if (answer === LIMITED) return RATE_LIMITED;
        if (answer?.kind === 'accepted') return { kind: 'replaced' };
        return { kind: 'refused', detail: answer?.reason ?? 'UNKNOWN_ORDER' };
      },
    };
  }

  private questions(
    process: SimProcess,
  ): Pick<VenueConnector, 'query' | 'fillsOf' | 'fillsSince' | 'openOrders' | 'balances'> {
    const { account } = this;
    const call = <Answer>(work: () => Answer) => this.call(process, work);
    return {
      query: async (order) => {
        const answer = await call(() => {
          const known = this.find(order);
          return known === undefined ? undefined : stateOf(known);
        });
        if (answer === LOST) return UNAVAILABLE;
        if (answer === LIMITED) return RATE_LIMITED;
        return answer === undefined ? { kind: 'not-found' } : { kind: 'found', state: answer };
      },
      fillsOf: async (order) => {
        const answer = await call(() => {
          const known = this.find(order);
          return known === undefined ? [] : account.tradesOf(known).map(fillOf);
        });
        if (answer === LOST) return UNAVAILABLE;
        return answer === LIMITED ? RATE_LIMITED : { kind: 'fills', fills: answer };
      },
      fillsSince: async (sinceUs) => {
        const answer = await call(() =>
          account.trades.filter(({ timeUs }) => timeUs >= sinceUs).map(fillOf),
        );
        if (answer === LOST) return UNAVAILABLE;
        return answer === LIMITED ? RATE_LIMITED : { kind: 'fills', fills: answer };
      },
      openOrders: async () => {
        const answer = await call(() => account.openOrders().map(stateOf));
        if (answer === LOST) return UNAVAILABLE;
        return answer === LIMITED ? RATE_LIMITED : { kind: 'orders', orders: answer };
      },
      balances: async () => {
        const answer = await call(() =>
          account.balances.map(({ asset, available, locked }) => ({
            asset: asset as AssetId,
            available,
            locked,
          })),
        );
        if (answer === LOST) return UNAVAILABLE;
        return answer === LIMITED ? RATE_LIMITED : { kind: 'balances', balances: answer };
      },
    };
  }

  /** What the accounts say of one order, by the venue's own doing. */
  onReport(report: AccountReport): void {
    if (report.kind === 'transferred') return;
    if (report.kind === 'filled') this.push({ kind: 'fill', fill: fillOf(report.trade) });
    const { number, clientOrderId } = report.order;
    this.push({
      kind: 'order',
      venueOrderId: String(number),
      clientOrderId: clientOrderId as ClientOrderId | undefined,
    });
  }

  private push(push: VenuePush): void {
    const { faults, listener } = this;
    if (listener === undefined || this.random.next() < faults.pushLostShare) return;
    const times = this.random.next() < faults.pushTwiceShare ? 2 : 1;
    for (let count = 0; count < times; count += 1) {
      const delayMs = this.latencyMs() + this.random.next() * faults.pushLateMsMax;
      listener.process.timers.after(delayMs, () => listener.onPush(push));
    }
  }

  /** A request that has left arrives whether its sender lives or not. */
  private call<Answer>(
    process: SimProcess,
    work: () => Answer,
  ): Promise<Answer | typeof LOST | typeof LIMITED> {
    const { faults, random } = this;
    const lost = random.next() < faults.requestLostShare;
    const unanswered = random.next() < faults.answerLostShare;
    const limited = random.next() < faults.rateLimitedShare;
    return new Promise((resolve) => {
      const timeout = process.timers.after(TIMEOUT_MS, () => resolve(LOST));
      if (lost) return;
      this.timers.after(this.latencyMs(), () => {
        const answer = limited ? LIMITED : work();
        if (unanswered) return;
        process.timers.after(this.latencyMs(), () => {
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

  private symbolOf(instrument: string): string {
    return this.listings.find((one) => one.instrument === instrument)?.symbol ?? instrument;
  }

  private latencyMs(): number {
    return this.random.next() * this.faults.latencyMsMax;
  }
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
