import {
  type ArbitrageTrade,
  type BookTop,
  copyBookTop,
  Decimal,
  type Listing,
  type TradeOrder,
} from '@ats/domain';
import type { MarketBus } from '@ats/storage';
import { bounded, decimalOf } from '../domain/book-decimal.ts';
import { type UnwindMarket, walk } from '../domain/trade/unwind-plan.ts';

const RATE_SCALE = 18;

/** A market with the book that values its money. */
export interface QuotedMarket extends UnwindMarket {
  /** Absent where the money is the numeraire, or nothing converts it. */
  readonly conversion?: Pick<Listing, 'venue' | 'instrument'> & { readonly book: BookTop };
}

interface Rate {
  readonly rate: Decimal;
  readonly conversion?: NonNullable<QuotedMarket['conversion']>;
}

/** Books as they stand now, for what is off the hot path: they are asked of the bus. */
export class TradeBooks {
  private readonly bus: Pick<MarketBus, 'latest'>;
  private readonly listings: readonly Listing[];
  private readonly numeraire: string;

  constructor(options: {
    readonly bus: Pick<MarketBus, 'latest'>;
    readonly listings: readonly Listing[];
    readonly numeraire: string;
  }) {
    this.bus = options.bus;
    this.listings = options.listings;
    this.numeraire = options.numeraire;
  }

  /** The newest whole books by `venue:instrument`. A market that is not live has none. */
  private async books(listings: readonly Listing[]): Promise<ReadonlyMap<string, BookTop>> {
    const events = await this.bus.latest({
      venues: [...new Set(listings.map(({ venue }) => venue))],
      instruments: [...new Set(listings.map(({ instrument }) => instrument))],
    });
    const books = new Map<string, BookTop>();
    const lost = new Set<string>();
    for (const event of events) {
      const key = `${event.venue}:${event.instrument}`;
      if (event.kind === 'book') books.set(key, copyBookTop(event));
      else if (event.kind === 'status' && event.state !== 'live') lost.add(key);
    }
    for (const key of lost) books.delete(key);
    return books;
  }

  /** What the books promise these orders now, in quote: where they hold too little, the limit. */
  async promised(orders: readonly TradeOrder[]): Promise<ReadonlyMap<string, Decimal>> {
    const listings = this.listings.filter((listing) =>
      orders.some(
        ({ venue, instrument }) => listing.venue === venue && listing.instrument === instrument,
      ),
    );
    const books = await this.books(listings);
    const promised = new Map<string, Decimal>();
    for (const { orderId, venue, instrument, side, quantity, limitPrice } of orders) {
      const book = books.get(`${venue}:${instrument}`);
      if (book === undefined) continue;
      const worst = side === 'buy' ? Decimal.parse('1e30') : Decimal.ZERO;
      const taken = walk(book, side, { limitPrice: worst, most: quantity });
      const rest = quantity.subtract(taken.quantity).multiply(limitPrice);
      promised.set(orderId, bounded(taken.notional.add(rest), RATE_SCALE));
    }
    return promised;
  }

  /**
   * Where what a trade has open can be closed: markets of its base in money and, of a triangle, in
   * its coin, and markets of that coin. Whoever trades for another coin is left with some of it.
   */
  async marketsFor(
    trade: Pick<ArbitrageTrade, 'base' | 'bridge' | 'legs'>,
    available: (place: { venue: string; asset: string }) => Decimal,
  ): Promise<readonly QuotedMarket[]> {
    const { base, bridge } = trade;
    const assets = bridge === undefined ? [base] : [base, bridge.asset];
    const markets = await Promise.all(
      assets.map((asset) => this.marketsOf(asset, { trade, available })),
    );
    return markets
      .flat()
      .filter(({ listing: { quote } }) => quote.bridge !== true || quote.id === bridge?.asset);
  }

  /** Every market of a base with its book and the value of its money. */
  async marketsOf(
    base: string,
    source: {
      /** Rates that stand already: those of the trade's decision. */
      readonly trade: Pick<ArbitrageTrade, 'legs'> | undefined;
      readonly available: (place: { venue: string; asset: string }) => Decimal;
    },
  ): Promise<readonly QuotedMarket[]> {
    const ours = this.listings.filter((listing) => listing.base.id === base);
    const books = await this.books([...ours, ...this.conversions()]);
    return ours.map((listing) => ({
      listing,
      book: books.get(`${listing.venue}:${listing.instrument}`),
      ...this.rateOf(listing, books, source.trade),
      baseAvailable: source.available({ venue: listing.venue, asset: listing.base.id }),
      quoteAvailable: source.available({ venue: listing.venue, asset: listing.quote.id }),
    }));
  }

  private rateOf(
    listing: Listing,
    books: ReadonlyMap<string, BookTop>,
    trade: Pick<ArbitrageTrade, 'legs'> | undefined,
  ): Rate | { readonly rate: undefined } {
    const decided = rateOfDecision(trade, listing.quote.id);
    if (decided !== undefined) return { rate: decided };
    return this.rate(listing, books) ?? { rate: undefined };
  }

  private conversions(): readonly Listing[] {
    return this.listings.filter(
      ({ base, quote }) => base.id === this.numeraire || quote.id === this.numeraire,
    );
  }

  /** One unit of a listing's quote in the numeraire, at the best price of a conversion book. */
  private rate(listing: Listing, books: ReadonlyMap<string, BookTop>): Rate | undefined {
    const money = listing.quote.id;
    if (money === this.numeraire) return { rate: Decimal.ONE };
    const fitting = this.conversions()
      .filter(({ base, quote }) => base.id === money || quote.id === money)
      .toSorted((a, b) => Number(b.venue === listing.venue) - Number(a.venue === listing.venue));
    for (const conversion of fitting) {
      const book = books.get(`${conversion.venue}:${conversion.instrument}`);
      if (book === undefined || book.askCount === 0 || book.bidCount === 0) continue;
      const ask = decimalOf(book.askPrices[0] as number);
      const bid = decimalOf(book.bidPrices[0] as number);
      const { venue, instrument } = conversion;
      const source = { conversion: { venue, instrument, book } };
      if (conversion.base.id === money) return { rate: bid, ...source };
      if (ask.isZero()) continue;
      const rate = Decimal.ONE.divide(ask, { scale: RATE_SCALE, rounding: 'down' });
      return { rate, ...source };
    }
    return undefined;
  }
}

function rateOfDecision(
  trade: Pick<ArbitrageTrade, 'legs'> | undefined,
  quote: string,
): Decimal | undefined {
  return trade?.legs.find(({ instrument }) => instrument.split('/')[1] === quote)?.conversionRate;
}
