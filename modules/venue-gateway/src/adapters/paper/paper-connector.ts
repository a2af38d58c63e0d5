import {
  type AssetId,
  type BookTop,
  copyBookTop,
  Decimal,
  type InstrumentId,
  type Listing,
  type MarketEvent,
  type Trade,
  type VenueId,
} from '@ats/domain';
import { type Clock, RecentMap, type Timers } from '@ats/runtime';
import type { MarketBus, MarketSubscription } from '@ats/storage';
import type {
  BalancesAnswer,
  CancelAnswer,
  ConnectorHealth,
  FillsAnswer,
  OpenOrdersAnswer,
  QueryAnswer,
  ReplaceAnswer,
  SubmitAnswer,
  VenueConnector,
  VenuePush,
  VenueReplace,
  VenueSubmit,
} from '../../app/venue-connector.ts';
import { PaperLiquidity } from '../../domain/paper-liquidity.ts';
import type { OrderReference, VenueFill, VenueOrderState } from '../../domain/venue-facts.ts';

export interface PaperOptions {
  readonly venue: VenueId;
  readonly listings: readonly Listing[];
  readonly bus: MarketBus;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Time from here to the pretended venue, and the same back. */
  readonly latencyMs: number;
  /** Money at the start, by asset. */
  readonly balances: Readonly<Record<string, string>>;
}

interface PaperOrder {
  state: VenueOrderState;
  readonly listing: Listing;
  readonly fills: VenueFill[];
}

/** Done orders that are remembered. */
const DONE_MAX = 10_000;
/** Digits that fees are rounded up to. */
const FEE_DIGITS = 12;
const BPS = Decimal.parse('0.0001');

/**
 * A pretended venue: live prices, and fills against the live book with latency, fees and the
 * liquidity that was taken. What rests fills when the market trades through its price. Orders and
 * money are in memory: a restart begins with an empty account and knows no earlier order.
 */
export class PaperConnector implements VenueConnector {
  readonly kind = 'paper';
  readonly pushesFills = true;
  private readonly options: PaperOptions;
  private readonly listings: ReadonlyMap<InstrumentId, Listing>;
  private readonly books = new Map<InstrumentId, PaperLiquidity>();
  private readonly money = new Map<AssetId, Decimal>();
  private readonly orders = new Map<string, PaperOrder>();
  private readonly byClientId = new Map<string, string>();
  /** Those that have not ended, in the order in which they came. */
  private readonly open = new Set<PaperOrder>();
  private readonly done = new RecentMap<string, PaperOrder>({ most: DONE_MAX });
  private subscription: MarketSubscription | undefined;
  private onPush: (push: VenuePush) => void = () => undefined;
  /** Ids go on where an earlier run can not have been. */
  private readonly epochUs: number;
  private count = 0;

  constructor(options: PaperOptions) {
    this.options = options;
    this.epochUs = options.clock.nowUs();
    this.listings = new Map(options.listings.map((one) => [one.instrument, one]));
    for (const [asset, amount] of Object.entries(options.balances)) {
      this.money.set(asset as AssetId, Decimal.parse(amount));
    }
  }

  /** Begins to watch the market. */
  async start(): Promise<void> {
    const filter = { kinds: ['book', 'trade'], venues: [this.options.venue] } as const;
    this.subscription = await this.options.bus.subscribe(filter, (event) => this.saw(event));
  }

  async submit(order: VenueSubmit): Promise<SubmitAnswer> {
    await this.travel();
    const listing = this.listings.get(order.instrument);
    const book = this.books.get(order.instrument);
    if (listing === undefined || book === undefined || !book.isThere) {
      const detail = `there is no live book of ${order.instrument}`;
      return { kind: 'rejected', reason: 'UNKNOWN_INSTRUMENT', detail };
    }
    if (!this.canPay(order, listing)) {
      const detail = 'too little money in the paper account';
      return { kind: 'rejected', reason: 'INSUFFICIENT_FUNDS', detail };
    }
    const offered = book.within(order.side, order.limitPrice);
    if (order.postOnly && offered.length > 0) {
      const detail = 'it would trade at once';
      return { kind: 'rejected', reason: 'POST_ONLY_WOULD_TAKE', detail };
    }
    const one = this.enter(order, listing);
    const enough = offered.reduce((sum, { size }) => sum.add(size), Decimal.ZERO);
    const killed = order.timeInForce === 'fok' && enough.lessThan(order.quantity);
    if (!killed) this.match(one, book, 'taker');
    if (order.timeInForce !== 'gtc' && one.state.status === 'open') this.end(one, 'expired');
    const { state, fills } = one;
    await this.travel();
    return { kind: 'accepted', venueOrderId: state.venueOrderId, state, fills: [...fills] };
  }

  async cancel(order: OrderReference): Promise<CancelAnswer> {
    await this.travel();
    const one = this.find(order);
    if (one?.state.status !== 'open') return { kind: 'refused', detail: 'no such open order' };
    this.end(one, 'canceled');
    await this.travel();
    return { kind: 'accepted' };
  }

  async replace(order: VenueReplace): Promise<ReplaceAnswer> {
    await this.travel();
    const one = this.find(order);
    if (one?.state.status !== 'open') return { kind: 'refused', detail: 'no such open order' };
    const { quantity, limitPrice } = order;
    if (!quantity.greaterThan(one.state.cumulativeQuantity)) {
      return { kind: 'refused', detail: 'as much is filled already' };
    }
    const before = one.state;
    // What it holds now is free for its new terms.
    one.state = { ...before, status: 'canceled' };
    const rest = quantity.subtract(before.cumulativeQuantity);
    const payable = this.canPay({ ...order, quantity: rest }, one.listing);
    one.state = payable ? { ...before, quantity, limitPrice } : before;
    if (!payable) return { kind: 'refused', detail: 'too little money in the paper account' };
    const book = this.books.get(order.instrument);
    if (book !== undefined) this.match(one, book, 'taker');
    await this.travel();
    return { kind: 'replaced' };
  }

  async query(order: OrderReference): Promise<QueryAnswer> {
    await this.travel();
    const one = this.find(order);
    if (one !== undefined) return { kind: 'found', state: one.state };
    if (order.venueOrderId === undefined) return { kind: 'not-found' };
    return { kind: 'found', state: lost(order, order.venueOrderId) };
  }

  async fillsOf(order: OrderReference): Promise<FillsAnswer> {
    await this.travel();
    return { kind: 'fills', fills: [...(this.find(order)?.fills ?? [])] };
  }

  fillsSince(sinceUs: number): Promise<FillsAnswer> {
    const fills = [...this.orders.values()]
      .flatMap((one) => one.fills)
      .filter(({ timeUs }) => timeUs >= sinceUs)
      .sort((a, b) => a.timeUs - b.timeUs);
    return Promise.resolve({ kind: 'fills', fills });
  }

  openOrders(): Promise<OpenOrdersAnswer> {
    return Promise.resolve({ kind: 'orders', orders: this.standing().map(({ state }) => state) });
  }

  balances(): Promise<BalancesAnswer> {
    const balances = [...this.money].map(([asset, total]) => {
      const locked = this.lockedOf(asset);
      return { asset, available: total.subtract(locked), locked };
    });
    return Promise.resolve({ kind: 'balances', balances });
  }

  listen(onPush: (push: VenuePush) => void): void {
    this.onPush = onPush;
    onPush({ kind: 'connected' });
  }

  health(): ConnectorHealth {
    return this.options.bus.health();
  }

  async close(): Promise<void> {
    await this.subscription?.close();
  }

  private travel(): Promise<void> {
    const { latencyMs, timers } = this.options;
    return latencyMs === 0 ? Promise.resolve() : timers.sleep(latencyMs / 2);
  }

  private standing(): readonly PaperOrder[] {
    return [...this.open].filter(({ state }) => state.status === 'open');
  }

  private enter(order: VenueSubmit, listing: Listing): PaperOrder {
    this.count += 1;
    const venueOrderId = `paper-${this.epochUs}-${this.count}`;
    const { clientOrderId, instrument, side, quantity, limitPrice } = order;
    const state: VenueOrderState = {
      venueOrderId,
      clientOrderId,
      instrument,
      side,
      status: 'open',
      quantity,
      limitPrice,
      cumulativeQuantity: Decimal.ZERO,
      detail: '',
    };
    const one: PaperOrder = { state, listing, fills: [] };
    this.orders.set(venueOrderId, one);
    this.open.add(one);
    this.byClientId.set(clientOrderId, venueOrderId);
    return one;
  }

  /** It has ended; the one that ended longest ago is forgotten. */
  private over(one: PaperOrder): void {
    this.open.delete(one);
    const oldest = this.done.set(one.state.venueOrderId, one)?.state;
    if (oldest === undefined) return;
    this.orders.delete(oldest.venueOrderId);
    this.byClientId.delete(oldest.clientOrderId ?? '');
  }

  private find({ venueOrderId, clientOrderId }: OrderReference): PaperOrder | undefined {
    return this.orders.get(venueOrderId ?? this.byClientId.get(clientOrderId) ?? '');
  }

  private end(one: PaperOrder, status: 'canceled' | 'expired'): void {
    one.state = { ...one.state, status, detail: status };
    this.over(one);
  }

  private saw(event: MarketEvent): void {
    if (event.kind === 'book') this.sawBook(event);
    else if (event.kind === 'trade') this.sawTrade(event);
  }

  private sawBook(event: BookTop): void {
    const book = this.books.get(event.instrument) ?? new PaperLiquidity();
    this.books.set(event.instrument, book);
    book.show(copyBookTop(event));
    for (const one of this.standing()) {
      if (one.state.instrument === event.instrument) this.match(one, book, 'maker');
    }
  }

  /** Somebody traded beyond our price: what rested at it before would have been taken first. */
  private sawTrade({ instrument, price, size }: Trade): void {
    const at = Decimal.parse(price);
    let left = Decimal.parse(size);
    for (const one of this.standing()) {
      const { limitPrice, side, quantity, cumulativeQuantity } = one.state;
      if (one.state.instrument !== instrument || limitPrice === undefined) continue;
      const isBeyond = side === 'buy' ? at.lessThan(limitPrice) : at.greaterThan(limitPrice);
      if (!isBeyond || !left.isPositive()) continue;
      const filled = quantity.subtract(cumulativeQuantity).min(left);
      left = left.subtract(filled);
      this.fill(one, { price: limitPrice, size: filled }, 'maker');
    }
  }

  /** Takes what the book offers; an order that rested trades at its own price. */
  private match(one: PaperOrder, book: PaperLiquidity, role: 'maker' | 'taker'): void {
    const { side, limitPrice } = one.state;
    if (limitPrice === undefined) return;
    for (const { price, size } of book.within(side, limitPrice)) {
      const left = one.state.quantity.subtract(one.state.cumulativeQuantity);
      const part = left.min(size).roundToStep(one.listing.quantityStep, 'down');
      if (!part.isPositive()) continue;
      book.take(side, { price, size: part });
      this.fill(one, { price: role === 'maker' ? limitPrice : price, size: part }, role);
    }
  }

  private fill(
    one: PaperOrder,
    at: { readonly price: Decimal; readonly size: Decimal },
    role: 'maker' | 'taker',
  ): void {
    const { listing, state } = one;
    const notional = at.price.multiply(at.size);
    const bps = role === 'maker' ? listing.fees.makerBps : listing.fees.takerBps;
    const fee = notional.multiply(bps).multiply(BPS).round(FEE_DIGITS, 'up');
    const isBuy = state.side === 'buy';
    this.move(listing.base.id, isBuy ? at.size : at.size.negate());
    this.move(listing.quote.id, (isBuy ? notional.negate() : notional).subtract(fee));
    this.count += 1;
    const fill: VenueFill = {
      tradeId: `paper-${this.epochUs}-${this.count}`,
      venueOrderId: state.venueOrderId,
      instrument: state.instrument,
      side: state.side,
      quantity: at.size,
      price: at.price,
      fee: { asset: listing.quote.id, amount: fee },
      timeUs: this.options.clock.nowUs(),
    };
    one.fills.push(fill);
    const cumulativeQuantity = state.cumulativeQuantity.add(at.size);
    const status = cumulativeQuantity.lessThan(state.quantity) ? 'open' : 'filled';
    one.state = { ...state, cumulativeQuantity, status };
    if (status === 'filled') this.over(one);
    if (role === 'maker') this.onPush({ kind: 'fill', fill });
  }

  private move(asset: AssetId, amount: Decimal): void {
    this.money.set(asset, (this.money.get(asset) ?? Decimal.ZERO).add(amount));
  }

  private canPay(
    order: Pick<VenueSubmit, 'side' | 'quantity' | 'limitPrice'>,
    listing: Listing,
  ): boolean {
    const { asset, amount } = costOf(order, listing);
    const free = (this.money.get(asset) ?? Decimal.ZERO).subtract(this.lockedOf(asset));
    return !free.lessThan(amount);
  }

  private lockedOf(asset: AssetId): Decimal {
    return this.standing().reduce((sum, { state, listing }) => {
      const { side, limitPrice } = state;
      if (limitPrice === undefined) return sum;
      const quantity = state.quantity.subtract(state.cumulativeQuantity);
      const cost = costOf({ side, quantity, limitPrice }, listing);
      return cost.asset === asset ? sum.add(cost.amount) : sum;
    }, Decimal.ZERO);
  }
}

/** An order of an earlier run: it ended with that. */
function lost(order: OrderReference, venueOrderId: string): VenueOrderState {
  const { clientOrderId, instrument, side } = order;
  const [quantity, cumulativeQuantity] = [Decimal.ZERO, Decimal.ZERO];
  const detail = 'A restart empties the paper account and ends its orders.';
  return {
    ...{ venueOrderId, clientOrderId, instrument, side, quantity, cumulativeQuantity, detail },
    status: 'canceled',
    limitPrice: undefined,
  };
}

/** What an order can cost at worst: base to sell, or quote to buy and the higher of both fees. */
function costOf(
  order: Pick<VenueSubmit, 'side' | 'quantity' | 'limitPrice'>,
  { base, quote, fees }: Listing,
): { readonly asset: AssetId; readonly amount: Decimal } {
  if (order.side === 'sell') return { asset: base.id, amount: order.quantity };
  const notional = order.limitPrice.multiply(order.quantity);
  const fee = notional.multiply(fees.takerBps.max(fees.makerBps)).multiply(BPS);
  return { asset: quote.id, amount: notional.add(fee.round(FEE_DIGITS, 'up')) };
}
