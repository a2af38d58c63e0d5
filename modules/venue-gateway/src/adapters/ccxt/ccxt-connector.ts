import { assetId, type Decimal, type InstrumentId, type Listing } from '@ats/domain';
import { RecentMap } from '@ats/runtime';
import type { Pace } from '../../app/call-queue.ts';
import type {
  BalancesAnswer,
  CancelAnswer,
  ConnectorHealth,
  FillsAnswer,
  OpenOrdersAnswer,
  QueryAnswer,
  ReplaceAnswer,
  SubmitAnswer,
  ToldFills,
  VenueConnector,
  VenuePush,
  VenueReplace,
  VenueSubmit,
} from '../../app/venue-connector.ts';
import { shareFee } from '../../domain/fee-shares.ts';
import type { OrderReference, VenueFill, VenueOrderState } from '../../domain/venue-facts.ts';
import type { CcxtClient, CcxtOrder, CcxtTrade } from './ccxt-client.ts';
import {
  type ExchangeProfile,
  figure,
  type TradesOfOrder,
  tradesWithin,
} from './exchange-profile.ts';
import { asUnavailable, type Classify, type Failure } from './failures.ts';
import { fillFrom, stateFrom } from './mapping.ts';
import { Turns } from './turns.ts';
import { watchAccount } from './watch-account.ts';

/** One endpoint of the venue: a client of its own, so that each keeps its own sockets. */
export interface CcxtEndpoint {
  readonly name: string;
  readonly client: CcxtClient;
}

export interface CcxtConnectorOptions {
  readonly kind: 'simulated' | 'live';
  /** In the order in which they are tried. */
  readonly endpoints: readonly CcxtEndpoint[];
  readonly profile: ExchangeProfile;
  readonly classify: Classify;
  /** By instrument, with ccxt's name of each market. */
  readonly markets: ReadonlyMap<
    InstrumentId,
    { readonly listing: Listing; readonly symbol: string }
  >;
  /** Whether the venue's pushes are listened to. */
  readonly stream: boolean;
  readonly sleep: (delayMs: number) => Promise<void>;
  /** Breaks off what is under way. */
  readonly stop: () => void;
  readonly onFailover: (to: string) => void;
}

/** Orders that have ended whose trades are remembered. */
const ENDED_MAX = 10_000;
/** Failures in a row of one endpoint until the next is used. */
const FAILURES_MAX = 3;

/** One venue through ccxt: the same for the simulated and the real one. */
export class CcxtConnector implements VenueConnector {
  readonly kind: string;
  readonly pushesFills: boolean;
  private readonly options: CcxtConnectorOptions;
  private readonly instruments: ReadonlyMap<string, InstrumentId>;
  private readonly turns: Turns | undefined;
  private readonly ended = new RecentMap<string, TradesOfOrder>({ most: ENDED_MAX });
  private current = 0;
  private failures = 0;
  private trouble = '';
  private closed = false;

  constructor(options: CcxtConnectorOptions) {
    this.options = options;
    this.kind = options.kind;
    this.pushesFills = options.stream && options.profile.pushedTrades !== undefined;
    this.turns = options.profile.serial === true ? new Turns() : undefined;
    this.instruments = new Map(
      [...options.markets].map(([instrument, { symbol }]) => [symbol, instrument]),
    );
  }

  async submit(order: VenueSubmit): Promise<SubmitAnswer> {
    const { profile } = this.options;
    const market = this.options.markets.get(order.instrument);
    if (market === undefined) {
      const detail = `${order.instrument} is not listed`;
      return { kind: 'rejected', reason: 'UNKNOWN_INSTRUMENT', detail };
    }
    const { symbol } = market;
    const amount = order.quantity.normalized().toString();
    const price = order.limitPrice.normalized().toString();
    const unfit = this.unfit(symbol, { amount, price });
    if (unfit !== undefined) return { kind: 'rejected', reason: 'INVALID_ORDER', detail: unfit };
    const params = profile.submitParams(order, profile.venueClientId(order.clientOrderId));
    const answer = await this.ask((client) =>
      client.createOrder(symbol, 'limit', order.side, amount, price, params),
    );
    if (answer.kind === 'answered') return this.placed(answer.value, order);
    switch (answer.kind) {
      case 'refused':
        return { ...answer, kind: 'rejected' };
      case 'not-found':
        return { kind: 'rejected', reason: 'VENUE_REFUSED', detail: answer.detail };
      case 'duplicate':
        // The venue has it: an answer to an earlier try got lost.
        return { kind: 'ambiguous', detail: answer.detail };
      default:
        return answer;
    }
  }

  async cancel(order: OrderReference): Promise<CancelAnswer> {
    const symbol = this.symbolOf(order);
    const id = order.venueOrderId ?? '';
    const answer = await this.ask((client) => client.cancelOrder(id, symbol));
    if (answer.kind === 'answered') return { kind: 'accepted' };
    return refusedOr(answer);
  }

  async replace(order: VenueReplace): Promise<ReplaceAnswer> {
    const { profile } = this.options;
    if (!profile.replaces) {
      const detail = 'The venue changes no order in place: cancel it and submit another.';
      return { kind: 'refused', detail };
    }
    const symbol = this.symbolOf(order);
    const amount = order.quantity.normalized().toString();
    const price = order.limitPrice.normalized().toString();
    const unfit = this.unfit(symbol, { amount, price });
    if (unfit !== undefined) return { kind: 'refused', detail: unfit };
    const id = order.venueOrderId ?? '';
    const answer = await this.ask((client) =>
      client.editOrder(id, symbol, 'limit', order.side, amount, price, {}),
    );
    if (answer.kind === 'answered') return { kind: 'replaced' };
    return refusedOr(answer);
  }

  async query(order: OrderReference): Promise<QueryAnswer> {
    const { profile } = this.options;
    const asked = this.asked(order);
    const answer = await this.ask((client) => profile.find(client, asked));
    if (answer.kind === 'answered') {
      const state = answer.value === undefined ? undefined : this.state(answer.value, order);
      if (answer.value === undefined || state === undefined) return { kind: 'not-found' };
      if (profile.ordersTellTrades !== true) return { kind: 'found', state };
      return { kind: 'found', state, told: this.told(tradesWithin(answer.value)) };
    }
    return answer.kind === 'not-found' ? { kind: 'not-found' } : asUnavailable(answer);
  }

  async fillsOf(order: OrderReference): Promise<FillsAnswer> {
    const { profile } = this.options;
    const id = order.venueOrderId ?? '';
    const asked = this.asked(order);
    const answer = await this.ask((client) => profile.tradesOf(client, asked, id));
    if (answer.kind !== 'answered') return asUnavailable(answer);
    return { kind: 'fills', ...this.told(answer.value) };
  }

  async fillsSince(sinceUs: number, pace: Pace): Promise<FillsAnswer> {
    const { profile, markets } = this.options;
    const { ended } = this;
    const symbols = [...markets.values()].map(({ symbol }) => symbol);
    const sinceMs = Math.floor(sinceUs / 1000);
    const asked = { sinceMs, symbols, pace, ended };
    const answer = await this.ask((client) => profile.tradesSince(client, asked));
    if (answer.kind !== 'answered') return asUnavailable(answer);
    const fills = answer.value.flatMap(({ trades, orderFee }) => {
      const list = this.fills(trades, orderFee !== undefined);
      return orderFee === undefined
        ? list
        : shareFee({ fills: list, total: orderFee, given: new Map() });
    });
    // A time that was cut short may stand for one from then on.
    const fromUs = sinceUs - (sinceUs % (1000 * (profile.resolutionMs ?? 1)));
    const fresh = fills.filter(({ timeUs }) => timeUs === 0 || timeUs >= fromUs);
    return { kind: 'fills', fills: fresh.sort((a, b) => a.timeUs - b.timeUs) };
  }

  async openOrders(): Promise<OpenOrdersAnswer> {
    const answer = await this.ask((client) => client.fetchOpenOrders());
    if (answer.kind !== 'answered') return asUnavailable(answer);
    const orders = answer.value.map((order) => this.state(order, undefined));
    return { kind: 'orders', orders: orders.filter((one) => one !== undefined) };
  }

  async balances(): Promise<BalancesAnswer> {
    const params = this.options.profile.balanceParams ?? {};
    const answer = await this.ask((client) => client.fetchBalance(params));
    if (answer.kind !== 'answered') return asUnavailable(answer);
    const own = answer.value as unknown as Record<string, Record<string, string | undefined>>;
    const { free = {}, used = {} } = own;
    const names = new Set([...Object.keys(free), ...Object.keys(used)]);
    return {
      kind: 'balances',
      balances: [...names].map((name) => ({
        asset: assetId(name),
        available: figure(free[name]),
        locked: figure(used[name]),
      })),
    };
  }

  listen(onPush: (push: VenuePush) => void): void {
    if (!this.options.stream) return;
    watchAccount({
      client: () => this.client,
      sleep: this.options.sleep,
      isClosed: () => this.closed,
      onPush,
      fillOf: (trade) => this.pushedFill(trade),
    });
  }

  health(): ConnectorHealth {
    return { ok: this.trouble === '', reason: this.trouble };
  }

  async close(): Promise<void> {
    this.closed = true;
    this.options.stop();
    await Promise.allSettled(this.options.endpoints.map(({ client }) => client.close()));
  }

  private get client(): CcxtClient {
    const at = this.options.endpoints[this.current % this.options.endpoints.length];
    if (at === undefined) throw new Error('a venue has at least one endpoint');
    return at.client;
  }

  /** One call of the venue, its errors as values. */
  private async ask<Value>(
    call: (client: CcxtClient) => Promise<Value>,
  ): Promise<{ readonly kind: 'answered'; readonly value: Value } | Failure> {
    const { client } = this;
    try {
      const run = () => call(client);
      const value = await (this.turns === undefined ? run() : this.turns.take(run));
      this.failures = 0;
      this.trouble = '';
      return { kind: 'answered', value };
    } catch (error) {
      const failure = this.options.classify(error);
      if (failure.kind === 'ambiguous') this.failed(failure.detail);
      else {
        this.failures = 0;
        this.trouble =
          failure.kind === 'refused' && failure.reason === 'NOT_PERMITTED' ? failure.detail : '';
      }
      return failure;
    }
  }

  /** The next endpoint is used for what comes; what is under way is not repeated. */
  private failed(detail: string): void {
    this.failures += 1;
    if (this.failures < FAILURES_MAX) return;
    this.trouble = detail;
    const { endpoints } = this.options;
    if (endpoints.length < 2) return;
    this.failures = 0;
    this.current = (this.current + 1) % endpoints.length;
    this.options.onFailover(endpoints[this.current]?.name ?? '');
  }

  /** ccxt cuts what does not fit the market; nobody asked for an order that is cut. */
  private unfit(
    symbol: string,
    order: { readonly amount: string; readonly price: string },
  ): string | undefined {
    try {
      const amount = this.client.amountToPrecision(symbol, order.amount);
      if (!figure(amount).equals(figure(order.amount))) {
        return `quantity ${order.amount} is off the venue's step: it would be ${amount}`;
      }
      const price = this.client.priceToPrecision(symbol, order.price);
      if (figure(price).equals(figure(order.price))) return undefined;
      return `price ${order.price} is off the venue's tick: it would be ${price}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** What the venue said to an order that it took. */
  private placed(placed: CcxtOrder, order: VenueSubmit): SubmitAnswer {
    const { id } = placed;
    if (id === undefined || id === '') {
      return { kind: 'ambiguous', detail: 'The venue answered without an id.' };
    }
    const state = this.state(placed, order);
    const fills = this.fills(
      (placed.trades ?? []).map((trade) => ({ ...trade, order: id, side: order.side })),
      false,
    );
    // Only an answer that tells every fill with its fee says how the order stands.
    const told = fills.reduce((sum, { quantity }) => sum.add(quantity), figure('0'));
    const isWhole =
      state !== undefined &&
      placed.status !== undefined &&
      placed.filled !== undefined &&
      told.equals(state.cumulativeQuantity);
    const isPriced = fills.every(({ fee }) => fee !== undefined);
    if (!isWhole || !isPriced) return { kind: 'accepted', venueOrderId: id };
    return { kind: 'accepted', venueOrderId: id, state, fills };
  }

  private symbolOf({ instrument }: OrderReference): string {
    return this.options.markets.get(instrument)?.symbol ?? instrument;
  }

  private asked(order: OrderReference) {
    const venueClientId = this.options.profile.venueClientId(order.clientOrderId);
    return { ...order, symbol: this.symbolOf(order), venueClientId };
  }

  private state(order: CcxtOrder, known: OrderReference | undefined): VenueOrderState | undefined {
    const instrument = this.instruments.get(order.symbol ?? '') ?? known?.instrument;
    if (instrument === undefined) return undefined;
    return stateFrom(order, { instrument, known, profile: this.options.profile });
  }

  private told({ trades, orderFee }: TradesOfOrder): ToldFills {
    const fills = this.fills(trades, orderFee !== undefined);
    return orderFee === undefined ? { fills } : { fills, orderFee };
  }

  private fills(trades: readonly CcxtTrade[], ofOrder: boolean): readonly VenueFill[] {
    return trades.map((trade) => this.fill(trade, ofOrder)).filter((one) => one !== undefined);
  }

  /** @returns undefined when the push does not tell a whole fill, all digits there */
  private pushedFill(trade: CcxtTrade): VenueFill | undefined {
    const { pushedTrades } = this.options.profile;
    const fill = pushedTrades === undefined ? undefined : this.fill(trade, false);
    if (fill?.fee === undefined) return undefined;
    const { asset, amount } = fill.fee;
    if (![fill.quantity, fill.price, amount].every(isExact)) return undefined;
    if (pushedTrades === 'whole') return fill;
    return { ...fill, fee: { asset, amount: amount.negate() } };
  }

  private fill(trade: CcxtTrade, feeIsOfOrder: boolean): VenueFill | undefined {
    const instrument = this.instruments.get(trade.symbol ?? '');
    if (instrument === undefined) return undefined;
    const perMarket = this.options.profile.tradeIdsPerMarket === true;
    return fillFrom(trade, { instrument, perMarket, feeIsOfOrder });
  }
}

/** Pushed figures may have been numbers, which hold so many digits for certain. */
const EXACT_DIGITS_MAX = 15;
const isExact = ({ units }: Decimal): boolean =>
  units.toString().replace('-', '').length <= EXACT_DIGITS_MAX;

function refusedOr(
  failure: Failure,
): Extract<CancelAnswer & ReplaceAnswer, { readonly detail: string }> {
  switch (failure.kind) {
    case 'rate-limited':
    case 'ambiguous':
      return failure;
    default:
      return { kind: 'refused', detail: failure.detail };
  }
}
