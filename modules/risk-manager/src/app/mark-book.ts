import { type AssetId, type BookTop, Decimal, type InstrumentId, type VenueId } from '@ats/domain';
import type { MarketBus } from '@ats/storage';
import { baseOf, type Prices, quoteOf } from '../domain/profit/valuation.ts';

/** What one market's base is worth in its quote. */
export interface Mark {
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  /** Quote per base: the middle of the book. */
  readonly price: Decimal;
  /** When the book was received, microseconds since the epoch. */
  readonly atUs: number;
}

const HALF = Decimal.parse('0.5');
const RATE = { scale: 16, rounding: 'half-even' } as const;
/** A conversion keeps to one venue while its book is not this much older than the newest. */
const RIVAL_US = 10_000_000;

const keyOf = (venue: string, instrument: string): string => `${venue} ${instrument}`;

/**
 * The newest mark of every market, by the bus, and what each asset is worth in the numeraire by
 * them. A mark stays when its book goes: what it is worth then is what it was worth last.
 */
export class MarkBook implements Prices {
  private readonly bus: MarketBus | undefined;
  private readonly numeraire: AssetId;
  private readonly marks = new Map<string, Mark>();
  private readonly rates = new Map<AssetId, Decimal | undefined>();

  constructor(options: { readonly bus: MarketBus | undefined; readonly numeraire: AssetId }) {
    this.bus = options.bus;
    this.numeraire = options.numeraire;
  }

  all(): readonly Mark[] {
    return [...this.marks.values()];
  }

  find(venue: VenueId, instrument: InstrumentId): Mark | undefined {
    return this.marks.get(keyOf(venue, instrument));
  }

  readonly markOf = (venue: VenueId, instrument: InstrumentId): Decimal | undefined =>
    this.find(venue, instrument)?.price;

  readonly rateOf = (asset: AssetId): Decimal | undefined => {
    if (asset === this.numeraire) return Decimal.ONE;
    if (!this.rates.has(asset)) {
      this.rates.set(asset, this.directRate(asset) ?? this.rateByWay(asset));
    }
    return this.rates.get(asset);
  };

  /** Takes the books that the bus has now. */
  async refresh(): Promise<void> {
    const events = (await this.bus?.latest({ kinds: ['book'] })) ?? [];
    this.take(events.flatMap((event) => (event.kind === 'book' ? (markOf(event) ?? []) : [])));
  }

  /** Takes marks that are not older than those there are. */
  take(marks: Iterable<Mark>): void {
    for (const mark of marks) {
      const before = this.find(mark.venue, mark.instrument);
      if (before !== undefined && before.atUs > mark.atUs) continue;
      this.marks.set(keyOf(mark.venue, mark.instrument), mark);
    }
    this.rates.clear();
  }

  private directRate(asset: AssetId): Decimal | undefined {
    const { numeraire } = this;
    const market = this.newest(
      ({ instrument }) =>
        instrument === `${asset}/${numeraire}` || instrument === `${numeraire}/${asset}`,
    );
    if (market === undefined) return undefined;
    return baseOf(market.instrument) === asset
      ? market.price
      : Decimal.ONE.divide(market.price, RATE);
  }

  /** Through one other asset: what is traded for dollars alone is counted in Tether so. */
  private rateByWay(asset: AssetId): Decimal | undefined {
    const market = this.newest(({ instrument }) => {
      const [base, quote] = [baseOf(instrument), quoteOf(instrument)];
      return (
        (base === asset && this.directRate(quote) !== undefined) ||
        (quote === asset && this.directRate(base) !== undefined)
      );
    });
    if (market === undefined) return undefined;
    const sold = baseOf(market.instrument) === asset;
    const rate = this.directRate(sold ? quoteOf(market.instrument) : baseOf(market.instrument));
    if (rate === undefined) return undefined;
    const price = sold ? market.price : Decimal.ONE.divide(market.price, RATE);
    return price.multiply(rate).round(RATE.scale, RATE.rounding);
  }

  /** The first by name of those that are about as new as the newest: rates do not hop about. */
  private newest(matches: (mark: Mark) => boolean): Mark | undefined {
    const found = this.all().filter((mark) => matches(mark) && mark.price.isPositive());
    const newestUs = Math.max(...found.map(({ atUs }) => atUs));
    return found
      .filter(({ atUs }) => newestUs - atUs < RIVAL_US)
      .toSorted((a, b) =>
        keyOf(a.venue, a.instrument) < keyOf(b.venue, b.instrument) ? -1 : 1,
      )[0];
  }
}

function markOf(book: BookTop): Mark | undefined {
  if (book.bidCount === 0 || book.askCount === 0) return undefined;
  const bid = Decimal.fromNumber(book.bidPrices[0] as number);
  const price = bid.add(Decimal.fromNumber(book.askPrices[0] as number)).multiply(HALF);
  const { venue, instrument, receivedAtUs } = book;
  return { venue, instrument, price: price.normalized(), atUs: receivedAtUs };
}
